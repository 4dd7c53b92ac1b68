"""The 68 points that older face networks were made for, taken from the face mesh."""

from __future__ import annotations

from talking.types import Floats

# The published list of LatentSync 1.0 (bytedance/LatentSync, Apache-2.0), in the order of iBUG.
_MESH = (
    *(162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389),
    *(71, 63, 105, 66, 107),
    *(336, 296, 334, 293, 301),
    *(168, 197, 5, 4),
    *(75, 97, 2, 326, 305),
    *(33, 160, 158, 133, 153, 144),
    *(362, 385, 387, 263, 373, 380),
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),
    *(78, 82, 13, 312, 308, 317, 14, 87),
)


def points68(landmarks: Floats) -> Floats:
    """Jaw 17, brows 5 and 5, nose 4 and 5, eyes 6 and 6, lips 12 and 8: float32 (68, 2) px of a mesh (478, 3) px."""
    return landmarks[list(_MESH), :2]
