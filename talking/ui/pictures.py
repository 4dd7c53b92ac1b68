"""Pictures and clips of our own, by their addresses."""

from __future__ import annotations

import base64
import hashlib
import io
from functools import cache
from pathlib import Path

from talking.motion.drivers import DRIVERS

THUMB = 124
"""Longest side of an example in a strip, px: twice as much as it is shown in."""

_CLIPS = Path(__file__).with_name("clips")


@cache
def thumb(path: Path) -> str:
    """A small square of the upper middle of one of our own portraits."""
    from PIL import Image

    with Image.open(path) as picture:
        side = min(picture.size)
        left = (picture.width - side) // 2
        small = (
            picture.convert("RGB").crop((left, 0, left + side, side)).resize((THUMB, THUMB), Image.Resampling.LANCZOS)
        )
    file = io.BytesIO()
    small.save(file, "JPEG", quality=78, optimize=True)
    return data_url("image/jpeg", file.getvalue())


@cache
def example_tiles(shown: tuple[tuple[str, Path], ...]) -> tuple[dict[str, str], ...]:
    """A tile for each of our own portraits by name; those of which a film came along move while they are looked at."""
    tiles = []
    for name, path in shown:
        tile = {"id": name, "title": name, "image": thumb(path)}
        clip = _CLIPS / f"hello-{path.stem}.mp4"
        if clip.is_file():
            tile["clip"] = _address(clip)
        tiles.append(tile)
    return tuple(tiles)


@cache
def driver_tiles() -> tuple[dict[str, str], ...]:
    """A tile for each driver of the bank, with its clip; the automatic choice first."""
    tiles = [{"id": "auto", "title": "driver_auto", "letter": "A"}]
    for name in DRIVERS:
        group, _, number = name.partition("/driver-")
        clip = _CLIPS / f"{group}-{number}"
        tiles.append({
            "id": name,
            "title": f"driver_{group}",
            "number": str(int(number)),
            "image": _address(clip.with_suffix(".jpg")),
            "clip": _address(clip.with_suffix(".mp4")),
        })  # fmt: skip
    return tuple(tiles)


def _address(clip: Path) -> str:
    """Where the server hands a clip out, under the page's root; another clip of this name has another address."""
    return f"tiles/{clip.name}?v={hashlib.sha256(clip.read_bytes()).hexdigest()[:8]}"


def data_url(kind: str, data: bytes) -> str:
    """An address that holds its own bytes."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
