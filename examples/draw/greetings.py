"""Film the clips by which the page shows, before anything is made, what becomes of our drawn portraits.

python examples/draw/greetings.py
"""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import av
import PIL.Image

import talking

ROOT = Path(__file__).parents[2]
CLIPS = ROOT / "talking" / "ui" / "clips"
PEOPLE = {
    "maya": "Hello! Give me some words, and I say them.",
    "elias": "Any portrait will do, if you may use it.",
    "rosa": "Good news, all of it happens right here.",
}
SIDE, FPS, SECONDS = 176, 12, 2.6


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, sentence) in enumerate(PEOPLE.items()):
            options = talking.Options(driver="lively", seed=number + 5, output_resolution=352)
            film = talking.generate(
                ROOT / "examples" / "portraits" / f"{name}.jpg",
                text=sentence,
                voice="espeak:en-us",
                out=Path(folder) / "film.mp4",
                options=options,
            )
            small = CLIPS / f"hello-{name}.mp4"
            shrink(film.path, small)
            print(f"{small.name}: {small.stat().st_size} bytes")


def shrink(film: Path, to: Path) -> None:
    """The upper square of a film, as the page's strip shows its portrait, with half the pictures and without sound."""
    with av.open(film) as source, av.open(to, "w", options={"movflags": "faststart"}) as target:
        stream = target.add_stream("libx264", FPS, options={"crf": "29", "preset": "veryslow"})
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        for number in range(round(SECONDS * FPS)):
            picture = next(each for each in source.decode(video=0) if each.pts * each.time_base >= number / FPS - 1e-3)
            little = av.VideoFrame.from_image(_upper_square(picture.to_image()))
            little.pts, little.time_base = number, Fraction(1, FPS)
            target.mux(stream.encode(little))
        target.mux(stream.encode())


def _upper_square(picture: PIL.Image.Image) -> PIL.Image.Image:
    side = min(picture.size)
    left = (picture.width - side) // 2
    return picture.crop((left, 0, left + side, side)).resize((SIDE, SIDE), PIL.Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
