"""The part of a portrait that MuseTalk 1.5 looks at, and how it wants to see it.

The rules are those of its published inference code (TMElyralab/MuseTalk, MIT): it was trained on crops like these.
"""

from __future__ import annotations

import cv2
import numpy as np

from talking.engines.lips.box import Box
from talking.face.points68 import points68
from talking.types import Face, Image

SIDE = 256
"""Px of the square it paints."""

_MARGIN = 10
"""Px of the picture below the chin, whatever the size of the face."""

_BRIDGE = 29
"""Of the 68 points: the lower bridge of the nose, which lies in the middle of the crop. Below it is painted."""


def face_box(face: Face, width: int, height: int) -> Box:
    """The box of a face in a picture of `width` x `height` px: as wide as its 68 points, as far above the bridge of
    the nose as the chin is below. Where that is no box, the one that the face was found in.
    """
    points = points68(face.landmarks).astype(np.int32)
    bridge, lowest = int(points[_BRIDGE, 1]), int(points[:, 1].max())
    left, right, top = int(points[:, 0].min()), int(points[:, 0].max()), max(0, 2 * bridge - lowest)
    if left < 0 or right <= left or lowest <= top:
        left, top, right, lowest = (int(value) for value in np.maximum(face.box, 0))
    # Points may lie beyond the picture, where there is nothing to look at.
    return Box(left, top, min(right, width), min(lowest + _MARGIN, height))


def crop(image: Image, box: Box) -> Image:
    """What is in the box as the network sees it, uint8 (256, 256, 3) RGB; its proportions are not kept."""
    part = np.ascontiguousarray(image[box.y0 : box.y1, box.x0 : box.x1])
    return np.asarray(cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_LANCZOS4), np.uint8)
