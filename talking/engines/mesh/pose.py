"""Head pose as a matrix on picture points, within what one picture allows."""

from __future__ import annotations

import numpy as np

from talking.engines.mesh.faceframe import Array, FaceFrame
from talking.types import Floats

PIVOT = np.array([0.0, 2.0, 1.07])
"""Where the head turns about, face coordinates: the neck, below the face and, after _DEPTH, 1.2 behind it."""

_DEPTH = 1.12
"""By how much depth counts for more than the relief says, which is smooth. Without it the middle of a face turns by
what is told (optical flow), with its outline by nine tenths of that; to the face mesh it looks like less still."""

_LIMIT = np.array([11.0, 13.0, 12.0])  # pitch, yaw, roll in degrees that hold on a frontal face
_TURNED_YAW = 8.0  # what holds when the source is turned by 30 degrees or more: beyond it the far cheek stretches
_FACE_WIDTH = 2.1  # temple to temple, IOD, the unit of shifts


def limited(pose: Array, source_yaw: float) -> Array:
    """Pitch, yaw and roll (3,) in degrees, eased towards what a source turned by `source_yaw` degrees can show."""
    turned = float(np.clip((abs(source_yaw) - 15) / 15, 0, 1))
    limit = _LIMIT.copy()
    limit[1] += turned * (_TURNED_YAW - limit[1])
    knee = 0.6 * limit
    over = np.maximum(np.abs(pose) - knee, 0)
    room = limit - knee
    eased: Array = np.sign(pose) * (np.minimum(np.abs(pose), knee) + room * np.tanh(over / room))
    return eased


def rotation(pose: Array) -> Array:
    """The rotation (3, 3) in face coordinates for pitch (down +), yaw (picture's right +), roll (clockwise +)."""
    (cp, cy, cr), (sp, sy, sr) = np.cos(np.radians(pose)), np.sin(np.radians(pose))
    pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    yaw = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    turned: Array = roll @ yaw @ pitch
    return turned


def pose_matrix(frame: FaceFrame, pose: Floats, shift: Floats) -> tuple[Array, Array]:
    """Displacement (2, 4) of picture points in px, and the rotation (3, 3) in picture space.

    Applied to (dx, dy, dz, 1), the offset from the pivot in px, the first gives the head's displacement in px;
    `shift` is right and down in face widths.
    """
    turned = rotation(limited(pose.astype(np.float64), frame.yaw))
    # Written so that no turn is exactly the unit matrix: without a motion not one byte may change.
    picture = np.eye(3) + frame.rotation @ (turned - np.eye(3)) @ frame.rotation.T
    matrix = np.zeros((2, 4))
    matrix[:, :3] = (picture - np.eye(3))[:2] * (1.0, 1.0, _DEPTH)
    matrix[:, 3] = shift.astype(np.float64) * (_FACE_WIDTH * frame.iod)
    return matrix, picture
