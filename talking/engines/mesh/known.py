"""Portraits that were looked at lately: whoever makes several films of one portrait has it looked at once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np

from talking.types import Image, Portrait

MOST_PIXELS = 4_000_000
"""Of all portraits that are kept: one of the largest that is filmed, or fifteen of 512 px. Each takes about 40 bytes a
pixel."""

T = TypeVar("T")


class Known(Generic[T]):
    """What was made of portraits, the last few of them. Safe for threads."""

    def __init__(self, most_pixels: int = MOST_PIXELS) -> None:
        self._most_pixels = most_pixels
        self._kept: OrderedDict[bytes, tuple[int, T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, portrait: Portrait, backdrop: Image | None, cutout: bool, make: Callable[[], T]) -> T:
        """What `make` made of this portrait before this backdrop, to be cut out or not, or makes now."""
        key = _key(portrait, backdrop) + bytes([cutout])
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
        made = make()
        height, width = portrait.image.shape[:2]
        with self._lock:
            self._kept[key] = height * width, made
            while len(self._kept) > 1 and sum(size for size, _ in self._kept.values()) > self._most_pixels:
                self._kept.popitem(last=False)
        return made

    def clear(self) -> None:
        """Free the memory."""
        with self._lock:
            self._kept.clear()


def _key(portrait: Portrait, backdrop: Image | None) -> bytes:
    """Names all that a film's frames come from, beside the motion: pixels and face."""
    digest = hashlib.blake2b(digest_size=20)
    for array in (portrait.image, portrait.face.landmarks, portrait.face.box, backdrop):
        if array is not None:
            digest.update(f"{array.shape}{array.dtype}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.digest()
