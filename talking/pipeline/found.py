"""Pictures in which a face was found lately: who films one again, or had it looked at before, finds it at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeAlias

from talking.recent import Recent
from talking.types import Portrait

MOST_PIXELS = 8_000_000
"""Of all pictures that are kept, three bytes each."""

Finding: TypeAlias = "tuple[Portrait, tuple[int, int]]"
"""A portrait, and the width and height in px of the picture as it was given."""


class Found:
    """What was found in pictures, the last few of them. Safe for threads."""

    def __init__(self, most_pixels: int = MOST_PIXELS) -> None:
        self._kept = Recent(most_pixels, _pixels)

    def get(self, data: bytes, face: object, find: Callable[[], Finding]) -> Finding:
        """What `find` found in the picture file `data` when asked for a `face`, or finds now; what it raises is not
        kept.
        """
        return self._kept.get((hashlib.sha256(data).digest(), repr(face)), find)

    def clear(self) -> None:
        """Free the memory."""
        self._kept.clear()


def _pixels(found: Finding) -> int:
    height, width = found[0].image.shape[:2]
    return height * width
