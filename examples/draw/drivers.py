"""Film the little clips by which the page shows its drivers: one portrait, one sentence, eighteen ways to move.

python examples/draw/drivers.py [--portrait examples/portraits/rosa.jpg]
"""

from __future__ import annotations

import argparse
import tempfile
from fractions import Fraction
from pathlib import Path

import av

import talking
from talking.motion.drivers import DRIVERS

CLIPS = Path(__file__).parents[2] / "talking" / "ui" / "clips"
SENTENCE = "Look how I move when I talk to you."
SIDE, FPS, SECONDS = 144, 12, 2.4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--portrait", type=Path, default=Path("examples/portraits/rosa.jpg"))
    portrait = parser.parse_args().portrait
    CLIPS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in DRIVERS:
            options = talking.Options(
                driver=name, seed=3, stitch=False, output_resolution=288, mute=True, fluent=True
            )  # fmt: skip
            film = talking.generate(
                portrait, text=SENTENCE, voice="espeak:en-us", out=Path(folder) / "film.mp4", options=options
            )
            small = CLIPS / f"{name.replace('/driver-', '-')}.mp4"
            shrink(film.path, small)
            print(f"{name}: {small.stat().st_size} bytes")


def shrink(film: Path, to: Path) -> None:
    """Every other picture of a film, small enough that eighteen of them weigh little; the first also as a JPG."""
    with av.open(film) as source, av.open(to, "w", options={"movflags": "faststart"}) as target:
        stream = target.add_stream("libx264", FPS, options={"crf": "30", "preset": "veryslow"})
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        pictures = list(source.decode(video=0))
        wanted = [pictures[min(round(i * 25 / FPS), len(pictures) - 1)] for i in range(round(SECONDS * FPS))]
        for number, picture in enumerate(wanted):
            little = picture.reformat(SIDE, SIDE, "yuv420p", interpolation="AREA")
            if number == 0:
                little.to_image().save(to.with_suffix(".jpg"), quality=72, optimize=True)
            little.pts, little.time_base = number, Fraction(1, FPS)
            target.mux(stream.encode(little))
        target.mux(stream.encode())


if __name__ == "__main__":
    main()
