"""What of a painted lower face counts: softly, within the box of the face, and down with its jaw."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import PIL.Image

from talking.engines.lips.box import Box
from talking.engines.lips.jaw import Square
from talking.engines.mesh.planar import Plane

_EXPAND = 1.5
"""The square around a face that its mask is made in, in lengths of its box."""

SOFT = 0.05
"""Width of the mask's edge, as a share of that square."""

_LEVELS = 12
"""Masks between a closed jaw and an open one: finer steps than anybody sees through the soft edge."""


class JawMasks:
    """The masks of a face by how far its jaw is open, each made once.

    `made` makes one, uint8 (h, w) of the painted region, of a jaw from 0, closed, to 1.
    """

    def __init__(self, made: Callable[[float], Plane]) -> None:
        self._made = made
        self._known: dict[int, Plane] = {}

    def __call__(self, jaw: float) -> Plane:
        """The mask of a jaw that is open so far, to the nearest of twelve steps; beyond 0 and 1 as at them."""
        level = round(_LEVELS * min(max(jaw, 0.0), 1.0))
        if level not in self._known:
            self._known[level] = self._made(level / _LEVELS)
        return self._known[level]


def square(box: Box) -> Square:
    """The square around a face box that masks are made in."""
    half = int(max(box.width, box.height) // 2 * _EXPAND)
    return Square((box.x0 + box.x1) // 2 - half, (box.y0 + box.y1) // 2 - half, 2 * half)


def soft(hard: Plane, box: Box, place: Square, *, share: float = SOFT) -> Plane:
    """A mask, 0 or 255, of a square in any size, as it is used within the box: uint8 (h, w) of the box.

    Only what lies in the box and in the lower half of the square is left, its edge `share` of the square wide.
    """
    whole = PIL.Image.fromarray(hard).resize((place.side, place.side), PIL.Image.Resampling.BICUBIC)
    left, top = box.x0 - place.x, box.y0 - place.y
    rows, columns = slice(top, top + box.height), slice(left, left + box.width)
    kept = np.zeros((place.side, place.side), np.uint8)
    kept[rows, columns] = np.asarray(whole)[rows, columns]
    kept[: place.side // 2] = 0
    size = int(share * place.side // 2 * 2) + 1
    return np.asarray(cv2.GaussianBlur(kept, (size, size), 0), np.uint8)[rows, columns]
