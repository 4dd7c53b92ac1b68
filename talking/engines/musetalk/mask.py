"""Which part of a face MuseTalk paints anew: its jaw and mouth, softly, as far as the jaw goes.

Where the weights of a face parser are there and allowed, skin and lips are found by it, as the published code does
(TMElyralab/MuseTalk, MIT); otherwise the face mesh tells where jaw and nose are.
"""

from __future__ import annotations

import cv2
import numpy as np
import PIL.Image

from talking.engines.lips.jaw import Square
from talking.engines.mesh.planar import Plane
from talking.engines.musetalk.crop import Box
from talking.nets import bisenet
from talking.types import Image

_EXPAND = 1.5
"""The square around a face that the parser looks at, in lengths of its box."""

SOFT = 0.05
"""Width of the mask's edge, as a share of that square."""

_CHEEKS = 90
"""Px to either side of the middle of the parser's square from which on it is cheek, where the mask keeps its distance
from the outline."""

_CONE, _TAIL = 21, 12  # rows of the shape that skin is grown with: it closes the mouth and the nostrils from below
_CHEEK_SHAPE = (35, 3)


def square(box: Box) -> Square:
    """The square around a face box that masks are made in."""
    half = int(max(box.width, box.height) // 2 * _EXPAND)
    return Square((box.x0 + box.x1) // 2 - half, (box.y0 + box.y1) // 2 - half, 2 * half)


def parsed(labels: Plane) -> Plane:
    """Jaw and mouth, 0 or 255, of classes uint8 (512, 512) of a face parser."""
    skin = (labels == bisenet.SKIN).astype(np.uint8) * 255
    grown = cv2.dilate(skin, _growth())
    narrow = cv2.erode(grown, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, _CHEEK_SHAPE), iterations=2)
    middle = bisenet.SIDE // 2
    found = grown.copy()
    found[:, : middle - _CHEEKS + 1] = narrow[:, : middle - _CHEEKS + 1]
    found[:, middle + _CHEEKS :] = narrow[:, middle + _CHEEKS :]
    found[labels == bisenet.NOSE] = 0
    found[np.isin(labels, (bisenet.MOUTH, bisenet.UPPER_LIP, bisenet.LOWER_LIP))] = 255
    return np.asarray(found, np.uint8)


def _growth() -> Plane:
    """A cone that widens downwards and goes on straight, uint8 (33, 33), its middle the anchor."""
    shape = np.zeros((_CONE + _TAIL, _CONE + _TAIL), np.uint8)
    middle = (_CONE + _TAIL) // 2
    for row in range(_CONE // 2, _CONE + _TAIL):
        reach = min(row, _CONE - 1) - _CONE // 2
        shape[row, middle - reach : middle + reach + 1] = 1
    return shape


def looked_at(image: Image, place: Square) -> Image:
    """The picture's part in a square, uint8 (512, 512, 3), black beyond the picture."""
    part = PIL.Image.fromarray(image).crop((place.x, place.y, place.x + place.side, place.y + place.side))
    return np.asarray(part.resize((bisenet.SIDE, bisenet.SIDE), PIL.Image.Resampling.BILINEAR))


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
