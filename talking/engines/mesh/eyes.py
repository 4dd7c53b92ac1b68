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
_REACH = 0.18  # IOD beyond the landmarks' outline that is looked at
_IRIS = 0.13  # IOD
_CONTRAST = 7.0  # difference in hue (CIE a, b) between the white of the eye and the skin to tell them apart by
_THICK = 0.05  # IOD above the upper line within which the lashes grow
_RIM = 0.03  # IOD below the lower line within which the lower lid's dark rim lies, if it has one
_BRIGHT_RIM = 0.012  # IOD; how wide a rim is taken to be that is not dark: it shines like the white of the eye
_LEAST = 0.012  # IOD; less is within what the landmarks can err by


@dataclass(frozen=True)
class EyeOutline:
    """One eye in the plane of face depth `depth`: the lash line and the lower lid's rim as curves y(x); they meet at
    `left` and `right`."""

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
    depth = float(frame.points[list(upper_row), 2].mean())
    upper, lower = (frame.on_plane(frame.pixels[list(row)], depth).T for row in (upper_row, lower_row))
    middle = frame.on_plane(frame.pixels[iris], depth)
    x = np.arange(upper[0].min() - _REACH, upper[0].max() + _REACH, _SPACING)
    y = np.arange(upper[1].min() - _REACH, lower[1].max() + _REACH + 0.06, _SPACING)
    top, bottom = curve(*upper)(x), curve(*lower)(x)
    inside = (y[:, None] >= top) & (y[:, None] <= bottom) & (x > upper[0].min()) & (x < upper[0].max())
    colours = _look(image, frame, x, y, depth)
    hue, white = _hue(colours, inside, x, y, middle, bottom)
    eye = _eye_like(hue, colours[..., 0] > 0.55 * white, inside)
    columns = eye.any(axis=0)
    across = x[columns] if columns.any() else upper[0]
    left, right = min(float(across[0]), float(upper[0].min())), max(float(across[-1]), float(upper[0].max()))
    whole = _rounded(eye | inside)
    inner = columns & (np.abs(2 * x - left - right) < 0.85 * (right - left))
    inner &= np.abs(x - middle[0]) > 0.8 * _IRIS
    higher = _more(top - y[whole.argmax(axis=0)], columns, inner)
    deeper = _more(y[len(y) - 1 - whole[::-1].argmax(axis=0)] - bottom, columns, inner)
    # Not just the darkest: what has a colour of the eye and not of the skin has to be as dark as lashes are.
    lashes = _darkest(colours[..., 0] * (1 + 0.4 * np.clip(hue, 0, 1)), (top - higher - y[0]) / _SPACING)
    rim = np.maximum(_darkest(colours[..., 0], (bottom + deeper - y[0]) / _SPACING, -_RIM), _BRIGHT_RIM)
    return EyeOutline(curve(x, top - higher - lashes), curve(x, bottom + deeper + rim), left, right, depth)


def _darkest(lightness: Array, row: Array, reach: float = _THICK) -> Array:
    """How far from a row of `lightness`, given for each column, the columns are darkest: up to `reach` IOD above it, or
    below it for a negative one."""
    rises = np.arange(0, abs(reach), _SPACING / 2)
    rows = (row - np.sign(reach) * rises[:, None] / _SPACING).astype(np.float32)
    columns = np.broadcast_to(np.arange(len(row), dtype=np.float32), rows.shape)
    above = cv2.remap(lightness.astype(np.float32), columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    best = rises[cv2.blur(above, (5, 1)).argmin(axis=0)]
    smooth: Array = cv2.GaussianBlur(best[None].astype(np.float32), (0, 0), 3.0)[0].astype(np.float64)
    return smooth


def _rounded(eye: Mask) -> Mask:
    """The mask without dents, such as an iris leaves that is as dark as the lashes: an eye's outline has none."""
    points = np.argwhere(eye)[:, ::-1].astype(np.int32)
    return cv2.fillConvexPoly(np.zeros(eye.shape, np.uint8), cv2.convexHull(points), (1,)).astype(bool)


def _more(beyond: Array, columns: Mask, inner: Mask) -> Array:
    """How far an eye reaches beyond its landmarks in each column, of what its picture says.

    It is believed in the eye's `columns` and as far as the `inner` ones, where the white is seen, mostly agree.
    """
    reach = float(np.percentile(beyond[inner], 75)) if inner.any() else 0.0
    if reach < _LEAST:
        return np.zeros_like(beyond)
    more = np.where(columns, np.clip(beyond, 0, 1.6 * reach), 0).astype(np.float32)
    smooth: Array = cv2.GaussianBlur(more[None], (0, 0), 2.0)[0].astype(np.float64)
    return smooth


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


def _hue(colours: Array, inside: Mask, x: Array, y: Array, iris: Array, bottom: Array) -> tuple[Array, float]:
    """Hue from 0 like the skin below to 1 like the white of the eye, and how light that is; 0 where there is no telling
    them apart, in the shade or because they are of one hue."""
    away = np.hypot(x - iris[0], y[:, None] - iris[1]) > _IRIS
    whites, below = colours[inside & away], (y[:, None] > bottom + 0.12) & (y[:, None] < bottom + 0.2)
    none: Array = np.zeros(inside.shape)
    if len(whites) < 8 or not below.any():
        return none, 0.0
    skin = np.median(colours[below], axis=0)
    white = whites[whites[:, 0] >= np.percentile(whites[:, 0], 60)].mean(axis=0)
    span = white[1:] - skin[1:]
    if np.linalg.norm(span) < _CONTRAST or white[0] < 0.85 * skin[0]:
        return none, 0.0
    return (colours[..., 1:] - skin[1:]) @ span / (span @ span), float(white[0])


def _eye_like(hue: Array, light: Mask, inside: Mask) -> Mask:
    """What looks like the white of the eye and hangs together with the landmarks' outline."""
    like = (hue > 0.5) & light
    if not like.any():
        return inside
    near = cv2.dilate(inside.astype(np.uint8), np.ones((2 * int(0.9 * _REACH / _SPACING) + 1,) * 2, np.uint8)) > 0
    mask = cv2.morphologyEx(((like & near) | inside).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(mask, connectivity=4)
    own = np.bincount(np.asarray(labels)[inside & (mask > 0)], minlength=2)
    own[0] = 0
    whole: Mask = np.asarray(labels) == own.argmax()
    return whole
