"""Films of a few frames, made for the tests: drawn by the mesh engine, or of plain pictures at odd times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from talking.engines.mesh import animate
from talking.media.video import encode
from talking.types import FPS, Floats, Image, Motion, Portrait, Speech

BLINKS = (15, 40, 80)
"""Frames of the known film at which blinks begin."""


@dataclass(frozen=True)
class Played:
    """A film, and what was to be seen in it."""

    path: Path
    motion: Motion


def write_film(path: Path, pictures: Iterable[Image], times: Iterable[float], **options: str) -> Path:
    """A film of pictures at any times, in seconds."""
    codec = options.get("codec", "libx264")
    tick = Fraction(1, 100) if codec == "gif" else Fraction(1, 1000)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.pix_fmt = "rgb8" if codec == "gif" else "yuv420p"
        stream.codec_context.time_base = tick
        for picture, seconds in zip(pictures, times, strict=True):
            if not stream.codec_context.is_open:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = round(seconds / tick), tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def film(portrait: Portrait, motion: Motion, path: Path) -> Path:
    """A motion of a portrait as the engine draws it, silent."""
    silence = Speech(np.zeros(motion.num_frames * 16_000 // FPS, np.float32), 16_000)
    height, width = portrait.image.shape[:2]
    frames = animate(portrait, motion, workers=0)
    encode(frames, silence, path, width=width, height=height, num_frames=motion.num_frames)
    return path


def grey(level: int, height: int = 120, width: int = 160) -> Image:
    return np.full((height, width, 3), level, np.uint8)


def correlation(a: Floats, b: Floats) -> float:
    return float(np.corrcoef(a, b)[0, 1])
