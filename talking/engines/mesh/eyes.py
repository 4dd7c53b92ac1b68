"""Where the eyes end in the picture: drawn and wide eyes are larger than the face mesh thinks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.curves import Curve, curve
from talking.engines.mesh.faceframe import Array, FaceFrame
from talking.types import Image

Mask: TypeAlias = NDArray[np.bool_]

_SPACING = 0.01  # IOD between the points at which the picture is looked at
_REACH = 0.12  # IOD beyond the landmarks' outline that is looked at
_IRIS = 0.13  # IOD
_CONTRAST = 7.0  # difference in hue (CIE a, b) between the white of the eye and the skin to tell them apart by
_LEAST = 0.012  # IOD; less is within what the landmarks can err by


@dataclass(frozen=True)
class EyeOutline:
    """One eye in face coordinates: the lid lines as curves y(x), where they meet, `left` and `right`, and their z."""

    upper: Curve
    lower: Curve
    left: float
    right: float
    depth: float


def eye_outlines(image: Image, frame: FaceFrame) -> tuple[EyeOutline, EyeOutline]:
    """The eye on the picture's left and the other one, of the face in `image` uint8 RGB."""
    a = _outline(image, frame, lm.UPPER_LID_A, lm.LOWER_LID_A, lm.IRIS_A[0])
    b = _outline(image, frame, lm.UPPER_LID_B, lm.LOWER_LID_B, lm.IRIS_B[0])
    return a, b


def _outline(
    image: Image, frame: FaceFrame, upper_row: tuple[int, ...], lower_row: tuple[int, ...], iris: int
) -> EyeOutline:
    upper, lower = (frame.points[list(row), :2].T for row in (upper_row, lower_row))
    depth = float(frame.points[list(upper_row), 2].mean())
    x = np.arange(upper[0].min() - _REACH, upper[0].max() + _REACH, _SPACING)
    y = np.arange(upper[1].min() - _REACH, lower[1].max() + 2 * _REACH, _SPACING)
    top, bottom = curve(*upper)(x), curve(*lower)(x)
    inside = (y[:, None] >= top) & (y[:, None] <= bottom) & (x > upper[0].min()) & (x < upper[0].max())
    eye = _eye_like(_look(image, frame, x, y, depth), inside, x, y, frame.points[iris, :2], bottom)
    columns = eye.any(axis=0)
    across = x[columns] if columns.any() else upper[0]
    left, right = min(float(across[0]), float(upper[0].min())), max(float(across[-1]), float(upper[0].max()))
    t = (2 * x - left - right) / (right - left)
    round_off = np.clip(1 - t**2, 0, 1) ** 0.5
    inner = columns & (np.abs(t) < 0.6)
    higher = _more(top[inner] - y[eye[:, inner].argmax(axis=0)]) * round_off
    deeper = _more(y[len(y) - 1 - eye[::-1, inner].argmax(axis=0)] - bottom[inner]) * round_off
    return EyeOutline(curve(x, top - higher), curve(x, bottom + deeper), left, right, depth)


def _more(beyond: Array) -> float:
    """How far an eye reaches beyond its landmarks when its columns reach `beyond` them; an eye has a smooth edge."""
    reach = float(np.percentile(beyond, 75)) if len(beyond) else 0.0
    return reach if reach > _LEAST else 0.0


def _look(image: Image, frame: FaceFrame, x: Array, y: Array, depth: float) -> Array:
    """The picture's colours at face coordinates as CIE L, a, b, (len(y), len(x), 3)."""
    face = np.stack([*np.meshgrid(x, y), np.full((len(y), len(x)), depth)], axis=-1)
    where = frame.to_pixels(face)[..., :2].astype(np.float32)
    soft = max(_SPACING * frame.iod * 0.6, 0.3)
    (left, top), (right, bottom) = where.min(axis=(0, 1)) - 4 * soft - 2, where.max(axis=(0, 1)) + 4 * soft + 3
    left, top = max(int(left), 0), max(int(top), 0)
    part = cv2.GaussianBlur(image[top : max(int(bottom), top + 1), left : max(int(right), left + 1)], (0, 0), soft)
    seen = cv2.remap(part, where[..., 0] - left, where[..., 1] - top, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.cvtColor(np.asarray(seen, np.float32) / 255, cv2.COLOR_RGB2LAB), np.float64)


def _eye_like(colours: Array, inside: Mask, x: Array, y: Array, iris: Array, bottom: Array) -> Mask:
    """What looks like the white of the eye and hangs together with the landmarks' outline."""
    away = np.hypot(x - iris[0], y[:, None] - iris[1]) > _IRIS
    whites, below = colours[inside & away], (y[:, None] > bottom + 0.12) & (y[:, None] < bottom + 0.2)
    if len(whites) < 8 or not below.any():
        return inside
    skin = np.median(colours[below], axis=0)
    white = whites[whites[:, 0] >= np.percentile(whites[:, 0], 60)].mean(axis=0)
    span = white[1:] - skin[1:]
    if np.linalg.norm(span) < _CONTRAST or white[0] < 0.85 * skin[0]:
        return inside  # in the shade, or of the skin's own hue: no telling apart
    hue = (colours[..., 1:] - skin[1:]) @ span / (span @ span)
    like = (hue > 0.5) & (colours[..., 0] > 0.55 * white[0])
    near = cv2.dilate(inside.astype(np.uint8), np.ones((2 * int(0.1 / _SPACING) + 1,) * 2, np.uint8)) > 0
    mask = cv2.morphologyEx(((like & near) | inside).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(mask, connectivity=4)
    own = np.bincount(np.asarray(labels)[inside & (mask > 0)], minlength=2)
    own[0] = 0
    whole: Mask = np.asarray(labels) == own.argmax()
    return whole
