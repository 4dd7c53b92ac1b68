"""Our MuseTalk against the published code: same weights, picture, face box and sound; how far the results are apart.

    python benchmarks/musetalk_parity.py --upstream MuseTalk --checkpoints FOLDER --portrait P.jpg --sound S.wav

`--upstream` is a clone of TMElyralab/MuseTalk, which needs torchvision, einops and librosa; `--checkpoints` has
musetalk, sd-vae-ft-mse, whisper-tiny and face-parsing. Exit code 0 when pasted frames agree to 50 dB or better, else 1.
"""

from __future__ import annotations

import argparse
import sys
import wave
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from talking.bench.musetalk import published
from talking.bench.upstream import Upstream, bgr
from talking.engines import Means, device
from talking.engines.lips.box import Box, fitted
from talking.engines.lips.load import Shelf
from talking.engines.lips.mask import soft, square
from talking.engines.lips.patch import blend
from talking.engines.lips.sound import Ear
from talking.engines.musetalk.crop import crop, face_box
from talking.engines.musetalk.mask import looked_at, parsed
from talking.engines.musetalk.networks import Networks, faces, labels, read, seen
from talking.face.detect import find_portrait
from talking.media import audio, image
from talking.types import Image, Portrait, Speech

LEAST = 50.0
"""dB of the pasted frames."""

Picture = NDArray[np.uint8]


def ours(networks: Networks, portrait: Portrait, box: Box, speech: Speech, count: int) -> Iterator[tuple[Image, Image]]:
    """Painted squares and pictures with them pasted, by the parts that our engine is made of."""
    ear = Ear(networks.ear, speech, normed=True)
    shown = seen(networks, crop(portrait.image, box))
    place = square(box)
    mask = soft(parsed(labels(networks, looked_at(portrait.image, place))), box, place).astype(np.float32) / 255
    painted, _ = faces(networks, shown, ear.tokens(0, count))
    for face in painted.cpu().numpy():
        picture = portrait.image.copy()
        part = picture[box.y0 : box.y1, box.x0 : box.x1]
        part[:] = blend(part, fitted(face, box).astype(np.float32), mask)
        yield face, picture


def theirs(code: Upstream, networks: Networks, portrait: Portrait, box: Box, sound: Path, count: int) -> Iterator[Any]:
    """The same by the published code, called as its script for inference calls it."""
    heard, length = code.audio.get_audio_feature(str(sound))
    whisper = SimpleNamespace(encoder=networks.ear)
    chunks = code.audio.get_whisper_chunk(heard, "cpu", torch.float32, whisper, length, fps=25)[:count]
    frame = bgr(portrait.image)
    small = cv2.resize(frame[box.y0 : box.y1, box.x0 : box.x1], (256, 256), interpolation=cv2.INTER_LANCZOS4)
    latents = code.vae.get_latents_for_unet(small).repeat(count, 1, 1, 1)
    still = torch.tensor([0])
    painted = code.vae.decode_latents(code.unet(latents, still, encoder_hidden_states=code.places(chunks)).sample)
    for face in painted:
        large = cv2.resize(face.astype(np.uint8), (box.width, box.height))
        pasted = code.paste(frame.copy(), large, [box.x0, box.y0, box.x1, box.y1], mode="jaw", fp=code.parser)
        yield bgr(face), bgr(pasted)


def apart(one: Picture, other: Picture) -> tuple[float, int]:
    """Signal to noise in dB, 99 when equal, and the largest difference in levels."""
    difference = one.astype(int) - other
    error = float(np.square(difference).mean())
    return (99.0 if error == 0 else 10 * np.log10(255**2 / error)), int(np.abs(difference).max())


def main() -> int:
    arguments = _arguments()
    torch.set_num_threads(1)
    portrait = find_portrait(image.load(arguments.portrait).image)
    height, width = portrait.image.shape[:2]
    box = face_box(portrait.face, width, height)
    speech = audio.load(arguments.sound)
    means = Means(checkpoints=arguments.checkpoints, device="cpu", allow_noncommercial=True)
    with closing(Shelf(means, device.choose("cpu"))) as shelf, torch.inference_mode():
        networks = read(shelf, parsing=True)
        mine = list(ours(networks, portrait, box, speech, arguments.frames))
        with published(means, networks, arguments.upstream.resolve()) as code:
            other = list(theirs(code, networks, portrait, box, arguments.sound, arguments.frames))
    worst = 99.0
    say = sys.stdout.write
    say(f"face box {box}, {len(mine)} frames\n")
    for index, ((face, picture), (face_there, picture_there)) in enumerate(zip(mine, other, strict=True)):
        (square_db, square_most), (db, most) = apart(face, face_there), apart(picture, picture_there)
        worst = min(worst, db)
        say(f"frame {index}: painted {square_db:.1f} dB, {square_most} levels; pasted {db:.1f} dB, {most} levels\n")
    say(f"worst pasted frame: {worst:.1f} dB, {LEAST:.0f} are asked for\n")
    return 0 if worst >= LEAST else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    for name in ("upstream", "checkpoints", "portrait", "sound"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=8)
    arguments = parser.parse_args()
    arguments.sound = arguments.sound.resolve()
    with wave.open(str(arguments.sound)) as file:
        if file.getframerate() != 16_000 or file.getnchannels() != 1:
            parser.error("the sound must be a mono WAV of 16 kHz, so that nothing resamples it")
    return arguments


if __name__ == "__main__":
    raise SystemExit(main())
