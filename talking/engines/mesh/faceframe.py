"""The face's own coordinate system: everything the engine moves is measured and moved in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh import landmarks as lm

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FaceFrame:
    """Face coordinates F = (P - origin) @ rotation / iod of a point P in picture px (x, y, z).

    `origin` (3,) px, the middle between the eyes; `rotation` (3, 3), columns are the face's X (towards the
    picture's right), Y (towards the chin) and Z (away from the viewer) axes in picture space; `iod` px, the
    3-D distance between the eye centres and the unit of length; `points` (478, 3), the landmarks in face
    coordinates; `pixels` (478, 3), the same in px.
    """

    origin: Array
    rotation: Array
    iod: float
    points: Array
    pixels: Array

    def to_face(self, pixels: Array) -> Array:
        """Face coordinates (..., 3) of picture points (..., 3)."""
        face: Array = (pixels - self.origin) @ self.rotation / self.iod
        return face

    def to_pixels(self, face: Array) -> Array:
        """Picture points (..., 3) of face coordinates (..., 3)."""
        pixels: Array = face @ self.rotation.T * self.iod + self.origin
        return pixels

    def direction_to_pixels(self, face: Array) -> Array:
        """Picture displacements (..., 3) in px of face displacements (..., 3)."""
        pixels: Array = face @ self.rotation.T * self.iod
        return pixels

    def on_plane(self, pixels: Array, z: float) -> Array:
        """Face x and y (..., 2) of picture points (..., 2 or more) as if they all lay in the plane of face depth z."""
        flat = (pixels[..., :2] - self.origin[:2]) / self.iod - z * self.rotation[:2, 2]
        inverse: Array = np.linalg.inv(self.rotation[:2, :2])
        face: Array = flat @ inverse.T
        return face

    @property
    def yaw(self) -> float:
        """How far the source is turned, degrees, positive when the nose points to the picture's right edge."""
        facing = -self.rotation[:, 2]
        return float(np.degrees(np.arctan2(facing[0], -facing[2])))


def face_frame(points: NDArray[np.float32]) -> FaceFrame:
    """The face frame of landmarks float32 (478, 3) in px."""
    p = points.astype(np.float64)
    eye_a = p[list(lm.EYE_CORNERS_A)].mean(axis=0)
    eye_b = p[list(lm.EYE_CORNERS_B)].mean(axis=0)
    iod = float(np.linalg.norm(eye_a - eye_b))
    origin = (eye_a + eye_b) / 2
    x = p[[263, 362, 454, 291]].sum(axis=0) - p[[33, 133, 234, 61]].sum(axis=0)
    x /= np.linalg.norm(x)
    y = p[lm.CHIN] - p[lm.FOREHEAD]
    y -= x * (y @ x)
    y /= np.linalg.norm(y)
    rotation = np.stack([x, y, np.cross(x, y)], axis=1)
    return FaceFrame(origin, rotation, iod, (p - origin) @ rotation / iod, p)


def smoothstep(low: float | Array, high: float | Array, value: Array) -> Array:
    """0 at or below `low`, 1 at or above `high`, a smooth cubic between them."""
    t = np.clip((value - low) / (np.asarray(high) - low), 0.0, 1.0)
    eased: Array = t * t * (3.0 - 2.0 * t)
    return eased
