"""The lower face as the face mesh knows it: where lips may be painted when no parser of faces tells."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from talking.engines.mesh.follow import chin_drop
from talking.engines.mesh.planar import Plane
from talking.engines.mesh.setup import MeshState
from talking.types import Floats

_JAW = (132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361)
"""The outline of the lower face, from ear to ear below the chin, and the way back below the nose."""
_BELOW_NOSE = (425, 327, 326, 2, 97, 98, 205)

_INSIDE = 0.94
"""How far from the middle of the mouth to the outline the mask reaches when it is made from the mesh: hair, ears and
neck begin beyond."""


@dataclass(frozen=True)
class Square:
    """Px of the picture from (`x`, `y`), `side` each way; it may reach beyond the picture."""

    x: int
    y: int
    side: int


def meshed(landmarks: Floats, place: Square) -> Plane:
    """Jaw and mouth, 0 or 255, of a face mesh float32 (478, 3) px, uint8 (side, side) of a square."""
    points = landmarks[:, :2] - np.array([place.x, place.y], np.float32)
    middle = points[[13, 14]].mean(axis=0)
    jaw = middle + _INSIDE * (points[list(_JAW)] - middle)
    outline = np.concatenate([jaw, points[list(_BELOW_NOSE)]])
    found = np.zeros((place.side, place.side), np.uint8)
    cv2.fillPoly(found, [np.rint(outline).astype(np.int32)], (255,))
    return found


def lowered(landmarks: Floats, jaw: float, state: MeshState) -> Floats:
    """A face mesh float32 (478, 3) px whose chin is where the head's mesh, `state`, takes it when the jaw is open so
    far, 0 to 1."""
    points = landmarks.copy()
    points[:, :2] += jaw * chin_drop(state, points[:, :2])
    return points
