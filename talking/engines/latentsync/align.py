"""Where LatentSync wants a face, and which part of it is painted anew.

The network was trained on faces whose brows and nose lie at fixed points of an upright crop of 3 : 4, squeezed into a
square. Figures from the published code (bytedance/LatentSync, Apache-2.0): template, ratio and mask.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.types import Floats, Image

Matrix = NDArray[np.float64]
"""A 2x3 affine map from px of the picture to px of the crop."""

_TEMPLATE = np.array([[17.0, 20.0], [58.0, 20.0], [37.5, 40.0]])
_CROP = (75, 100)  # width and height in the same unit
_RATIO = 2.8 / 256  # px for each, by the network's resolution

_BROW_A, _BROW_B = (71, 63, 105, 66, 107), (336, 296, 334, 293, 301)
_NOSE = (168, 197, 5, 4, 75, 97, 2, 326, 305)
"""Points of the face mesh that stand for 17 to 21, 22 to 26 and 27 to 35 of the 68 that LatentSync 1.0 was aligned on:
the published list, which later versions replaced with points of another detector at the same places."""

_FILL = 127.0


def crop_size(resolution: int) -> tuple[int, int]:
    """Width and height, px, of the crop that becomes a square of `resolution`."""
    return int(_CROP[0] * _RATIO * resolution), int(_CROP[1] * _RATIO * resolution)


def anchors(landmarks: Floats) -> Matrix:
    """The middles of both brows and of the nose, (3, 2), of a face mesh (478, 2 or 3)."""
    return np.array([landmarks[list(part), :2].mean(axis=0) for part in (_BROW_A, _BROW_B, _NOSE)], np.float64)


def face_matrix(points: Matrix, resolution: int) -> Matrix:
    """The similarity (2, 3) that brings anchors (3, 2) to their places in the crop.

    Scale is the ratio of how far the points spread, as in the published code, and not that of least squares.
    """
    template = _TEMPLATE * (_RATIO * resolution)
    centre, place = points.mean(axis=0), template.mean(axis=0)
    spread = _spread(template) / _spread(points)
    left, _, right = np.linalg.svd((points - centre).T @ (template - place))
    if np.linalg.det(right.T @ left.T) < 0:
        right[-1] *= -1
    turn = spread * (right.T @ left.T)
    return np.hstack([turn, (place - turn @ centre)[:, None]])


def nudge(points: Matrix, resolution: int) -> NDArray[np.float64]:
    """What the published code adds to the crop's place, (2,), below a pixel: how far the nose lies off after both sets
    are scaled to one. Its training data have it too.
    """
    template = _TEMPLATE * (_RATIO * resolution)
    off: NDArray[np.float64] = (template[2] - template.mean(axis=0)) / _spread(template)
    off -= (points[2] - points.mean(axis=0)) / _spread(points)
    return off


def cut_face(picture: Image, matrix: Matrix, resolution: int) -> Image:
    """The face as the network sees it, uint8 (resolution, resolution, 3); grey beyond the picture."""
    from scipy.ndimage import affine_transform

    width, height = crop_size(resolution)
    back = cv2.invertAffineTransform(matrix)
    turn, corner = back[::-1, 1::-1], back[::-1, 2]  # rows before columns
    # Exact, where OpenCV counts in steps of 1/32 px.
    planes = [
        affine_transform(
            plane.astype(np.float32), turn, corner, (height, width), order=1, mode="grid-constant", cval=_FILL
        )
        for plane in cv2.split(picture)
    ]
    # Cut off, not rounded, as the training data were: half a grey level darker.
    square = cv2.resize(cv2.merge(planes).astype(np.uint8), (resolution, resolution), interpolation=cv2.INTER_LANCZOS4)
    return np.asarray(square, np.uint8)


def kept(resolution: int) -> Floats:
    """What the network is shown, float32 (resolution, resolution): 1 where a face is kept, 0 where it is painted anew,
    which is a band below the eyes, without the nose, that narrows to the chin. Soft edges unless at 256.
    """
    mask = np.full((256, 256), 255, np.uint8)
    mask[95:128, 9:78] = 0
    mask[95:128, 178:247] = 0
    mask[128:135, 9:248] = 0
    for row, (left, right) in enumerate(zip(_LEFT, _RIGHT, strict=True), 135):
        mask[row, left:right] = 0
    return np.asarray(cv2.resize(mask, (resolution, resolution), interpolation=cv2.INTER_LANCZOS4) / 255, np.float32)


def _spread(points: Matrix) -> float:
    """Standard deviation of all coordinates about their middle."""
    return float((points - points.mean(axis=0)).std(ddof=1))


# fmt: off
_LEFT = (
    9, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11,
    11, 12, 12, 12, 12, 12, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 18, 18, 19, 19, 20, 21, 21, 22, 22, 23, 24,
    25, 26, 26, 27, 28, 29, 30, 31, 32, 33, 34, 34, 35, 36, 37, 38, 39, 40, 42, 43, 44, 45, 47, 48, 49, 51, 52, 54,
    56, 57, 59, 60, 62, 64, 66, 68, 70, 72, 74, 76, 78, 80, 82, 85, 87, 90, 93, 95, 99, 104, 108, 131,
)
_RIGHT = (
    247, 247, 247, 247, 247, 247, 247, 247, 247, 247, 247, 247, 247, 247, 246, 246, 246, 246, 246, 246, 246, 246,
    246, 246, 246, 246, 246, 246, 245, 245, 245, 245, 245, 245, 245, 244, 244, 243, 243, 242, 242, 241, 241, 240,
    239, 239, 238, 237, 237, 236, 235, 235, 234, 233, 233, 232, 231, 231, 230, 229, 229, 228, 227, 226, 225, 224,
    224, 223, 222, 221, 220, 219, 218, 217, 216, 215, 214, 213, 212, 211, 209, 208, 207, 205, 204, 203, 201, 200,
    198, 197, 195, 193, 192, 190, 188, 186, 184, 181, 179, 176, 174, 172, 169, 167, 165, 161, 157, 153,
)
# fmt: on
