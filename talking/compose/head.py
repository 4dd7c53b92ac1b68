"""How much room a head takes in a picture, judged by its face mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from talking.types import Face, Floats

_FOREHEAD, _CHIN = 10, 152
_CROWN = (10, 67, 297, 109, 338, 127, 356)  # forehead and temples, which hair stands above
_EYES = (33, 133, 263, 362)

_HAIR = 0.45
"""How far hair reaches above the mesh, which ends at the hairline, in lengths of the face."""

_AIR = 0.08
"""What is left free around all of it, in lengths of the face."""


@dataclass(frozen=True)
class Head:
    """`box` float32 (4,) x0 y0 x1 y1 around face and hair, `eyes` float32 (2,) between them, `iod` from one eye to
    the other, all in px of the picture. A box may reach beyond the picture.
    """

    box: Floats
    eyes: Floats
    iod: float


def find_head(face: Face) -> Head:
    """The head around a face, upright or not."""
    points = face.landmarks[:, :2]
    up = points[_FOREHEAD] - points[_CHIN]
    # A face seen from above or below is foreshortened, and its width says more.
    length = max(float(np.linalg.norm(up)), float(np.ptp(points[:, 0])))
    up = up / max(float(np.linalg.norm(up)), 1e-6)
    outline = np.concatenate([points, points[list(_CROWN)] + _HAIR * length * up])
    box = np.concatenate([outline.min(axis=0) - _AIR * length, outline.max(axis=0) + _AIR * length])
    corners = face.landmarks[list(_EYES)]
    iod = float(np.linalg.norm(corners[:2].mean(axis=0) - corners[2:].mean(axis=0)))
    return Head(box.astype(np.float32), corners[:, :2].mean(axis=0), max(iod, 1.0))
