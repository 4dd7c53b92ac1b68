"""Portraits that were looked at lately: whoever makes several films of one portrait has it looked at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np

from talking.recent import Recent
from talking.types import Image, Portrait

MOST_PIXELS = 4_000_000
"""Of all portraits that are kept: one of the largest that is filmed, or fifteen of 512 px. Each takes about 40 bytes a
pixel."""

T = TypeVar("T")


class Known(Generic[T]):
    """What was made of portraits, the last few of them. Safe for threads."""

    def __init__(self, most_pixels: int = MOST_PIXELS) -> None:
        self._kept: Recent[tuple[int, T]] = Recent(most_pixels, lambda kept: kept[0])

    def get(self, portrait: Portrait, backdrop: Image | None, cutout: bool, make: Callable[[], T]) -> T:
        """What `make` made of this portrait before this backdrop, to be cut out or not, or makes now."""
        height, width = portrait.image.shape[:2]
        _, made = self._kept.get(_key(portrait, backdrop) + bytes([cutout]), lambda: (height * width, make()))
        return made

    def clear(self) -> None:
        """Free the memory."""
        self._kept.clear()


def _key(portrait: Portrait, backdrop: Image | None) -> bytes:
    """Names all that a film's frames come from, beside the motion: pixels and face."""
    digest = hashlib.blake2b(digest_size=20)
    for array in (portrait.image, portrait.face.landmarks, portrait.face.box, backdrop):
        if array is not None:
            digest.update(f"{array.shape}{array.dtype}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.digest()
