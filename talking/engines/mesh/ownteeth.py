"""The teeth a smiling portrait shows itself, cut out of the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.faceframe import Array, FaceFrame, smoothstep
from talking.engines.mesh.layer import Layer, make_layer, resized, softened
from talking.engines.mesh.tones import LUMA, Tones
from talking.types import Floats, Image

ENOUGH = 0.5
"""Teeth have to fill this share of the parted lips; with less, a second row drawn behind them would show."""

ENLARGED = 2
"""The cutting's size against the picture's."""


@dataclass(frozen=True)
class OwnTeeth:
    """`layer` at twice the picture's size, its pixel (0, 0) covering the picture's pixel `origin` (x, y); `colour`
    RGB float64 (3,) of the lit enamel; `ends` float64 (N, 2) picture points where the teeth end below.
    """

    layer: Layer
    origin: tuple[int, int]
    colour: Array
    ends: Array


def find_own_teeth(image: Image, frame: FaceFrame, tones: Tones) -> OwnTeeth | None:
    """The upper row seen between parted lips in `image` uint8 (H, W, 3); None when there is not enough of it."""
    rim = frame.pixels[[*lm.UPPER_INNER_LIP, *lm.LOWER_INNER_LIP[::-1]], :2]
    height, width = image.shape[:2]
    x0, y0 = np.maximum(np.floor(rim.min(axis=0)).astype(int) - 3, 0)
    x1, y1 = np.minimum(np.ceil(rim.max(axis=0)).astype(int) + 4, (width, height))
    if x1 - x0 < 12 or y1 - y0 < 8:
        return None
    crop = image[y0:y1, x0:x1]
    rgb = crop.astype(np.float64)
    inside = np.zeros(crop.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round((rim - (x0, y0)) * 16).astype(np.int32)], (255.0,), cv2.LINE_AA, 4)
    share = (inside / np.float32(255)).astype(np.float32)
    tooth = share * _likeness(rgb, tones)
    if tooth.sum() < ENOUGH * share.sum():
        return None
    lit = rgb[tooth > 0.6]
    colour = lit[lit @ LUMA >= np.median(lit @ LUMA)].mean(axis=0)
    bottom, seen = _bottom(tooth, share, frame.iod)
    above = np.clip(bottom[None] + 0.5 - np.arange(len(crop))[:, None], 0.0, 1.0)
    lip = _redness(rgb, colour) * _lower_part(share)  # what is red in the upper part is gum
    cover = softened((share * above * (1.0 - lip)).astype(np.float32), 0.6)
    size = (ENLARGED * crop.shape[1], ENLARGED * crop.shape[0])
    large = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_LANCZOS4), np.float32)
    layer = make_layer(large, np.clip(resized(cover, size, cv2.INTER_LINEAR), 0.0, 1.0, dtype=np.float32))
    ends = np.stack([np.flatnonzero(seen) + x0, bottom[seen] + y0], axis=1).astype(np.float64)
    return OwnTeeth(layer, (int(x0), int(y0)), colour, ends)


def _likeness(rgb: Array, tones: Tones) -> Floats:
    """How much each pixel looks like enamel: bright enough and pale."""
    bright = smoothstep(0.38, 0.62, rgb @ LUMA / float(tones.teeth @ LUMA))
    saturation = (rgb.max(axis=2) - rgb.min(axis=2)) / np.maximum(rgb.max(axis=2), 1.0)
    return (bright * (1.0 - smoothstep(0.38, 0.60, saturation))).astype(np.float32)


def _redness(rgb: Array, enamel: Array) -> Array:
    """How much each pixel looks like lip: lit, and redder than the enamel."""
    red = (rgb[..., 0] - rgb[..., 1]) / np.maximum(rgb[..., 0], 1.0)
    own = float((enamel[0] - enamel[1]) / max(float(enamel[0]), 1.0))
    lit = smoothstep(0.30, 0.50, rgb @ LUMA / float(enamel @ LUMA))
    return smoothstep(0.07, 0.17, red - own) * lit


def _lower_part(share: Floats) -> Array:
    """0 in the upper third of every column of the opening .. 1 in its lower part."""
    rows = np.arange(len(share))[:, None]
    top = np.where(share > 0.5, rows, len(share)).min(axis=0)
    height = np.maximum((share > 0.5).sum(axis=0), 1)
    return smoothstep(0.35, 0.60, (rows - top) / height)


def _upper_row(tooth: NDArray[np.bool_], iod: float) -> NDArray[np.bool_]:
    """The teeth above the first gap of every column: what shows below it is the lower row, which goes with the jaw."""
    high = max(2, round(0.03 * iod))
    none = (~tooth).astype(np.uint8)
    gap = cv2.erode(none, np.ones((high, 1), np.uint8), anchor=(0, 0), borderValue=(1.0,)) > 0
    below = np.maximum.accumulate(tooth, axis=0) & gap
    return tooth & ~np.maximum.accumulate(below, axis=0)


def _bottom(tooth: Floats, share: Floats, iod: float) -> tuple[Array, NDArray[np.bool_]]:
    """The row where the teeth end in each column, and the columns that show teeth.

    What is dark above that is kept as it is. Beside the teeth, where it is dark down to the lip, all is kept.
    """
    rows = np.arange(len(tooth))[:, None]
    seen = (tooth > 0.5).any(axis=0)
    lip = np.where(share > 0.5, rows, 0).max(axis=0).astype(np.float64)
    bottom = np.where(seen, np.where(_upper_row(tooth > 0.5, iod), rows, 0).max(axis=0), lip)
    reach = 2 * int(0.05 * iod) + 3
    padded = np.pad(bottom, reach // 2, mode="edge")
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, reach), axis=1)
    lift = 0.012 * iod  # the lip's own edge is soft
    return np.minimum(smooth, lip - lift), seen
