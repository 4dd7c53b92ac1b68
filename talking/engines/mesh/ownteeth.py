"""The teeth a smiling portrait shows itself, cut out of the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.faceframe import Array, FaceFrame, smoothstep
from talking.engines.mesh.layer import Layer, make_layer, softened
from talking.engines.mesh.tones import LUMA, Tones
from talking.types import Floats, Image

ENOUGH = 0.5
"""Teeth have to fill this share of the parted lips; with less, a second row drawn behind them would show."""

ENLARGED = 2


@dataclass(frozen=True)
class OwnTeeth:
    """`layer` at twice the picture's size, its pixel (0, 0) covering the picture's pixel `origin` (x, y); `colour`
    RGB float64 (3,) of the lit enamel.
    """

    layer: Layer
    origin: tuple[int, int]
    colour: Array


def find_own_teeth(image: Image, frame: FaceFrame, tones: Tones) -> OwnTeeth | None:
    """The upper row seen between parted lips in `image` uint8 (H, W, 3); None when there is not enough of it."""
    rim = frame.pixels[[*lm.UPPER_INNER_LIP, *lm.LOWER_INNER_LIP[::-1]], :2]
    height, width = image.shape[:2]
    x0, y0 = np.maximum(np.floor(rim.min(axis=0)).astype(int) - 3, 0)
    x1, y1 = np.minimum(np.ceil(rim.max(axis=0)).astype(int) + 4, (width, height))
    if x1 - x0 < 12 or y1 - y0 < 8:
        return None
    crop = image[y0:y1, x0:x1]
    inside = np.zeros(crop.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round((rim - (x0, y0)) * 16).astype(np.int32)], (255.0,), cv2.LINE_AA, 4)
    share = (inside / np.float32(255)).astype(np.float32)
    tooth = share * _likeness(crop, tones)
    if tooth.sum() < ENOUGH * share.sum():
        return None
    lit = crop[tooth > 0.6].astype(np.float64)
    lit = lit[lit @ LUMA >= np.median(lit @ LUMA)]
    cover = share * _closed(tooth, frame.iod)
    size = (ENLARGED * cover.shape[1], ENLARGED * cover.shape[0])
    rgb = cv2.resize(crop, size, interpolation=cv2.INTER_LANCZOS4).astype(np.float32)
    cover = np.clip(np.asarray(cv2.resize(cover, size, interpolation=cv2.INTER_LINEAR), np.float32), 0.0, 1.0)
    return OwnTeeth(make_layer(rgb, cover), (int(x0), int(y0)), lit.mean(axis=0))


def _likeness(crop: Image, tones: Tones) -> Floats:
    """How much each pixel looks like enamel: bright enough and pale."""
    rgb = crop.astype(np.float64)
    bright = smoothstep(0.38, 0.62, rgb @ LUMA / float(tones.teeth @ LUMA))
    saturation = (rgb.max(axis=2) - rgb.min(axis=2)) / np.maximum(rgb.max(axis=2), 1.0)
    pale = 1.0 - smoothstep(0.38, 0.60, saturation)
    return (bright * pale).astype(np.float32)


def _closed(tooth: Floats, iod: float) -> Floats:
    """Close the dark lines between teeth, so that they are kept as they are."""
    reach = 2 * int(0.04 * iod) + 3
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    whole = np.asarray(cv2.morphologyEx(tooth, cv2.MORPH_CLOSE, kernel), np.float32)
    return softened(smoothstep(0.3, 0.7, whole.astype(np.float64)).astype(np.float32), 0.7)
