"""How sharp and how grainy a picture is around the face, so that what is drawn into it does not stand out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.faceframe import FaceFrame
from talking.types import Floats, Image

EYES = (lm.UPPER_LID_A + lm.LOWER_LID_A, lm.UPPER_LID_B + lm.LOWER_LID_B)
SHARP = 0.85
"""Sigma in px that a one-pixel edge measures here; a texture drawn with soft edges is about as sharp."""


@dataclass(frozen=True)
class Finish:
    """`blur` gaussian sigma in px to soften a crisp texture by; `grain` standard deviation of the noise in levels;
    `detail` 0 (flat, as painted) .. 1 (every pore), how much fine modelling the picture can carry.
    """

    blur: float
    grain: float
    detail: float


def measure_finish(image: Image, frame: FaceFrame) -> Finish:
    """The finish of the face that `frame` describes in `image` uint8 (H, W, 3) RGB."""
    sigma = _edge_sigma(image, frame)
    grain, texture = _skin_noise(image, frame)
    blur = float(np.sqrt(max(0.0, sigma**2 - SHARP**2)))
    resolution = np.clip((frame.iod / max(sigma, SHARP) - 25.0) / 75.0, 0.0, 1.0)
    detail = float(resolution * (0.45 + 0.55 * np.clip(texture / 2.0, 0.0, 1.0)))
    return Finish(min(blur, 0.02 * frame.iod), grain, detail)


def _edge_sigma(image: Image, frame: FaceFrame) -> float:
    """Blur of the sharpest edges round the eyes: a step of height C blurred by s has the slope C / (s sqrt(2 pi))."""
    sigmas = []
    for rim in EYES:
        patch = _patch(image, frame.pixels[list(rim), :2], 0.08 * frame.iod)
        if patch is None:
            continue
        slope = np.hypot(
            cv2.Sobel(patch, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(patch, cv2.CV_32F, 0, 1, scale=0.125)
        )
        low, high = np.percentile(patch, (2, 98))
        steepest = float(np.percentile(slope, 99.7))
        sigmas.append((high - low) / (2.507 * max(steepest, 1e-3)))
    return float(np.clip(min(sigmas, default=SHARP), SHARP, 6.0))


def _skin_noise(image: Image, frame: FaceFrame) -> tuple[float, float]:
    """Noise (finest scale) and texture (up to some px) of the smoother half of the cheeks, in levels."""
    noise, texture = [], []
    for index in lm.CHEEKS:
        centre = frame.pixels[index, :2]
        patch = _patch(image, centre[None], 0.14 * frame.iod)
        if patch is None or min(patch.shape) < 8:
            continue
        # Immerkaer's mask: blind to planes and to straight edges, so what it leaves is noise.
        mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6.0
        finest = cv2.filter2D(patch, cv2.CV_32F, mask)[1:-1, 1:-1]
        noise.append(1.4826 * float(np.median(np.abs(finest))))
        broad = patch - cv2.GaussianBlur(patch, (0, 0), max(2.0, 0.02 * frame.iod))
        texture.append(1.4826 * float(np.median(np.abs(broad))))
    if not noise:
        return 0.0, 1.0
    return float(np.clip(np.median(noise), 0.0, 8.0)), float(np.median(texture))


def _patch(image: Image, points: NDArray[np.float64], margin: float) -> Floats | None:
    """Luma float32 of the points' bounding box plus `margin`; None where the picture leaves too little of it."""
    height, width = image.shape[:2]
    x0, y0 = np.maximum(np.floor(points.min(axis=0) - margin), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(points.max(axis=0) + margin) + 1, (width, height)).astype(int)
    if x1 - x0 < 6 or y1 - y0 < 6:
        return None
    luma: Floats = image[y0:y1, x0:x1].astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return luma
