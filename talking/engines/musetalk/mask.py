"""Which part of a face MuseTalk paints anew, where the weights of a face parser are there and allowed: its jaw and
mouth as the parser finds them, by the rules of the published code (TMElyralab/MuseTalk, MIT).
"""

from __future__ import annotations

import cv2
import numpy as np
import PIL.Image

from talking.engines.lips.jaw import Square
from talking.engines.mesh.planar import Plane
from talking.nets import bisenet
from talking.types import Image

_CHEEKS = 90
"""Px to either side of the middle of the parser's square from which on it is cheek, where the mask keeps its distance
from the outline."""

_CONE, _TAIL = 21, 12  # rows of the shape that skin is grown with: it closes the mouth and the nostrils from below
_CHEEK_SHAPE = (35, 3)


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
