"""Faces as the older networks want them: a box and 68 or 106 points, whichever detector found them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from talking.face.detect import find_faces
from talking.face.points68 import points68
from talking.types import Floats, Image


@dataclass(frozen=True)
class FacePoints:
    """A face: `box` float32 (4,) x0 y0 x1 y1 px, `score` in [0, 1], and `points` float32 (68, 2) px in the order of
    iBUG or (106, 2) px in that of insightface.
    """

    box: Floats
    score: float
    points: Floats


class Finder(Protocol):
    """Finds faces in a picture, uint8 RGB, largest first."""

    def __call__(self, image: Image) -> list[FacePoints]: ...


def by_mesh(image: Image) -> list[FacePoints]:
    """The finder that is always here: 68 points of mediapipe's face mesh."""
    return [FacePoints(face.box, face.score, points68(face.landmarks)) for face in find_faces(image)]


_ANCHORS: dict[int, tuple[tuple[int, ...], ...]] = {
    68: (tuple(range(17, 22)), tuple(range(22, 27)), tuple(range(27, 36))),
    106: ((43, 48, 49, 51, 50), (101, 102, 103, 104, 105), (74, 77, 83, 86)),
}
"""Points of each layout whose means are the brows, the one at the left of the picture first, and the nose: those that
the published code of LatentSync (bytedance/LatentSync, Apache-2.0) aligns faces by, 68 in 1.0 and 106 later.
"""


def anchors(face: FacePoints) -> NDArray[np.float64]:
    """The middles of both brows and of the nose, float64 (3, 2) px."""
    groups = _ANCHORS[len(face.points)]
    return np.array([face.points[list(group)].mean(axis=0) for group in groups], np.float64)


def at(finder: Finder, image: Image, box: Floats) -> FacePoints | None:
    """The face that a finder finds where there is one in `box`, float32 (4,) px; None when it finds none there."""
    middle = (box[:2] + box[2:]) / 2
    held = [face for face in finder(image) if (face.box[:2] < middle).all() and (middle < face.box[2:]).all()]
    return min(held, key=lambda face: float(np.abs(face.box - box).sum()), default=None)
