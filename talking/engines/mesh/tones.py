"""The colours of the mouth's inside, taken from the face they have to fit into."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.faceframe import Array, FaceFrame
from talking.types import Image

LUMA = np.array([0.2126, 0.7152, 0.0722])
"""BT.709 weights of R, G, B."""

WARM_WHITE = np.array([1.0, 0.95, 0.83])
FLESH = np.array([1.0, 0.52, 0.50])
DARK_FLESH = np.array([1.0, 0.38, 0.33])
BRIGHTEST = 224.0
"""Teeth are never paper white."""


@dataclass(frozen=True)
class Tones:
    """RGB colours, float64 (3,) 0..255, as they look fully lit; `tilt`, the relative brightness gained per unit of
    face x where the light comes from one side; `colour` 0 in a black-and-white picture .. 1.
    """

    teeth: Array
    gum: Array
    tongue: Array
    throat: Array
    tilt: float
    colour: float

    def with_teeth(self, rgb: Array) -> Tones:
        """The same with teeth of the colour `rgb`."""
        return replace(self, teeth=rgb)


def measure_tones(image: Image, frame: FaceFrame) -> Tones:
    """The tones for the face that `frame` describes in `image` uint8 (H, W, 3) RGB.

    Teeth take their hue from the whites of the eyes and the skin's own cast, their brightness from the whites,
    the cheeks and the highlights, held below what the face itself reaches: a dark painting gets dim teeth. A face
    without colour gets a mouth without colour.
    """
    face, points, iod = _crop(image, frame)
    skin = face[_polygon(face, points[list(lm.OVAL)])]
    luma = skin @ LUMA
    cheeks = np.array([_disc_mean(face, points[index], 0.08 * iod) for index in lm.CHEEKS])
    cheek = float(np.mean(cheeks @ LUMA))
    whites = _eye_whites(face, points, iod)
    white = float(whites @ LUMA) if whites is not None else 1.1 * cheek
    highlight = float(np.percentile(luma, 97))
    upper, lower = cheeks[:2] @ LUMA, cheeks[2:] @ LUMA
    shade = float(np.clip(lower.mean() / max(float(upper.mean()), 1.0), 0.6, 1.0))  # of a beard, or of the head itself
    teeth = max(1.10 * white, 1.12 * cheek, 0.83 * highlight * shade)
    teeth = min(teeth, BRIGHTEST, 1.06 * highlight)
    flesh = float(np.clip(0.66 * cheek, 20.0, 140.0))
    red = _mix(_scaled(FLESH, flesh), _scaled(_lips(face, points), flesh), 0.35)
    colour = _colourfulness(np.median(skin, axis=0))
    return Tones(
        teeth=_faded(_scaled(_enamel(whites, cheeks.mean(axis=0)), teeth), colour),
        gum=_faded(red, colour),
        tongue=_faded(1.02 * red, colour),
        throat=_faded(_scaled(DARK_FLESH, 0.27 * flesh + 3.0), colour),
        tilt=_side_light(cheeks @ LUMA, frame),
        colour=colour,
    )


def _enamel(whites: Array | None, cheek: Array) -> Array:
    """Hue of the teeth: warm white under the picture's light, which whites of the eyes show best, then the skin."""
    skin_cast = _scaled(cheek, 1.0) / _scaled(np.array([1.0, 0.76, 0.65]), 1.0)
    cast: Array = WARM_WHITE * (0.65 + 0.35 * np.clip(skin_cast, 0.5, 1.4))
    if whites is None:
        return cast
    seen = whites / max(float(whites.max()), 1.0)
    # Lids redden what is seen of the whites; red light does too, but then on the skin as well.
    least = 0.88 * float(np.clip(cheek[1] / max(float(cheek[0]), 1.0) / 0.72, 0.85, 1.0))
    seen = np.clip(seen, (0.8, least, 0.52), 1.0)
    return _mix(_scaled(cast, 1.0), _scaled(seen, 1.0), 0.5)


def _eye_whites(face: Array, points: Array, iod: float) -> Array | None:
    """Mean of the brightest 40 % of the pixels between the lids and outside the irises; None where none are seen."""
    seen = []
    for upper, lower, iris in (
        (lm.UPPER_LID_A, lm.LOWER_LID_A, lm.IRIS_A[0]),
        (lm.UPPER_LID_B, lm.LOWER_LID_B, lm.IRIS_B[0]),
    ):
        inside = _polygon(face, points[[*upper, *lower[::-1]]])
        ys, xs = np.nonzero(inside)
        away = np.hypot(xs - points[iris, 0], ys - points[iris, 1]) > 0.13 * iod
        seen.append(face[ys[away], xs[away]])
    whites: Array = np.concatenate(seen)
    if len(whites) < 6:
        return None
    luma: Array = whites @ LUMA
    bright: Array = whites[luma >= np.percentile(luma, 60)].mean(axis=0)
    return bright


def _lips(face: Array, points: Array) -> Array:
    """Mean colour of the red of the lower lip."""
    ring = points[[*lm.LOWER_OUTER_LIP, *lm.LOWER_INNER_LIP[::-1]]]
    red: Array = face[_polygon(face, ring)]
    return np.asarray(red.mean(axis=0)) if len(red) else 120.0 * FLESH


def _side_light(cheeks: Array, frame: FaceFrame) -> float:
    """Relative brightness gained per unit of x, from the lower cheeks of both sides."""
    left, right = frame.points[205, 0], frame.points[425, 0]
    span = max(float(right - left), 0.3)
    slope = (cheeks[3] - cheeks[2]) / max(float(cheeks[2:].mean()), 8.0) / span
    return float(np.clip(0.8 * slope, -0.9, 0.9))


def _colourfulness(rgb: Array) -> float:
    """0 for a black-and-white face, 1 for one with colour."""
    saturation = (rgb.max() - rgb.min()) / max(float(rgb.max()), 1.0)
    return float(np.clip((saturation - 0.04) / 0.10, 0.0, 1.0))


def _faded(rgb: Array, colour: float) -> Array:
    clipped = np.clip(rgb, 0.0, 255.0)
    return _mix(np.full(3, float(clipped @ LUMA)), clipped, colour)


def _scaled(rgb: Array, luma: float) -> Array:
    """The hue of `rgb` at the given luma."""
    scaled: Array = rgb * (luma / max(float(rgb @ LUMA), 1e-3))
    return scaled


def _mix(a: Array, b: Array, share: float) -> Array:
    return a + (b - a) * share


def _crop(image: Image, frame: FaceFrame) -> tuple[Array, Array, float]:
    """The face's box as float64 RGB, shrunk to an IOD of 120 px at most, the landmarks (478, 2) and the IOD in it."""
    points = frame.pixels[:, :2]
    height, width = image.shape[:2]
    x0, y0 = np.clip(np.floor(points.min(axis=0)), 0, (width - 8, height - 8)).astype(int)
    x1, y1 = np.ceil(points.max(axis=0)).astype(int) + 1
    crop = image[y0 : max(y1, y0 + 8), x0 : max(x1, x0 + 8)]
    scale = min(1.0, 120.0 / frame.iod)
    if scale < 1.0:
        crop = np.asarray(cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return crop.astype(np.float64), (points - (x0, y0)) * scale, frame.iod * scale


def _polygon(face: Array, corners: Array) -> NDArray[np.bool_]:
    mask = np.zeros(face.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], (1.0,))
    return mask.astype(bool)


def _disc_mean(face: Array, centre: Array, radius: float) -> Array:
    """Mean colour round a point; the nearest picture point where it lies outside."""
    height, width = face.shape[:2]
    x, y = np.clip(centre, 0, (width - 1, height - 1))
    r = max(1.0, radius)
    patch = face[int(max(0, y - r)) : int(y + r) + 1, int(max(0, x - r)) : int(x + r) + 1]
    mean: Array = patch.reshape(-1, 3).mean(axis=0)
    return mean
