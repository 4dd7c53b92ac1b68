"""What was painted brought to the light and the grain of the portrait around it, so that no edge shows."""

from __future__ import annotations

import cv2
import numpy as np

from talking.engines.lips.patch import Painted
from talking.types import Floats, Image

_REDUCED = 64
"""Px of the longer side on which colours are compared: light changes slowly across a face."""

_REACH = 0.16
"""How far the edge of the mask tells of colours within it, as a share of the region's longer side."""

_OWN = 25.0
"""Levels of difference that are still a matter of light; much more of it is something else that was painted there."""

_MOST = 16.0
"""Levels by which colours are moved at most."""

_KEPT = 0.7
"""Share of the last frame's correction in the next one's: light does not flicker."""

_MOST_GRAIN = 10.0
"""Levels of grain added at most."""

_CLEAR = 2.5
"""How far, in its own spread, the portrait's texture is taken over: pores and stubble, but not the line of the lips."""

_ALIKE = 12.0
"""Levels of difference between painting and portrait up to which it is about the same skin."""


class Match:
    """Matches what is painted of one region, frame after frame in order, to the portrait's own `source` uint8
    (h, w, 3) RGB there."""

    def __init__(self, source: Image) -> None:
        height, width = source.shape[:2]
        scale = min(1.0, _REDUCED / max(height, width))
        self._size = max(2, round(width * scale)), max(2, round(height * scale))
        self._source, self._fine = _small(source, self._size), _roughness(source)
        rng = np.random.default_rng(height * 65_537 + width)
        grain = cv2.GaussianBlur(rng.standard_normal((height, width)).astype(np.float32), (0, 0), 0.6)
        self._grain: Floats = np.asarray(grain / grain.std(), np.float32)
        self._texture: Floats = np.clip(self._fine / max(_noise(self._fine), 0.1), -_CLEAR, _CLEAR)
        self._light: Floats | None = None
        self._level: float | None = None

    def __call__(self, painted: Painted) -> Painted:
        """The painted region in the portrait's colours and as rough as its skin: its own texture where the same skin is
        seen, grain where it is not."""
        light, alike, level = self._measured(painted)
        self._light = light if self._light is None else _KEPT * self._light + (1 - _KEPT) * light
        self._level = level if self._level is None else _KEPT * self._level + (1 - _KEPT) * level
        height, width = painted.mask.shape
        shift = np.asarray(cv2.resize(self._light, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
        if self._level > 0.0:
            own = np.asarray(cv2.resize(alike, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
            shift = shift + (self._level * (own * self._texture + (1 - own) * self._grain))[..., None]
        picture = np.clip(np.rint(painted.picture + shift), 0, 255).astype(np.uint8)
        return Painted(picture, painted.mask)

    def _measured(self, painted: Painted) -> tuple[Floats, Floats, float]:
        """What to add to the colours, float32 (reduced h, w, 3), where the same skin is seen, float32 (reduced h, w),
        and how much is missing of its roughness, levels."""
        share = _small(painted.mask, self._size) / np.float32(255)
        apart = self._source - _small(painted.picture, self._size)
        # Where the mask fades, both are seen: there they must agree, as far as they show the same.
        edge = 4 * share * (1 - share) * np.exp(-np.square(np.abs(apart).max(axis=-1) / _OWN))
        reach = _REACH * max(self._size)
        weight = cv2.GaussianBlur(edge, (0, 0), reach)[..., None]
        spread = cv2.GaussianBlur(apart * edge[..., None], (0, 0), reach)
        light = np.clip(spread / np.maximum(weight, 0.01), -_MOST, _MOST)
        alike = np.exp(-np.square(np.abs(apart - light).max(axis=-1) / _ALIKE)).astype(np.float32)
        inside = painted.mask > 127
        if not inside.any():
            return light.astype(np.float32), alike, 0.0
        missing = _noise(self._fine[inside]) ** 2 - _noise(_roughness(painted.picture)[inside]) ** 2
        return light.astype(np.float32), alike, float(min(np.sqrt(max(missing, 0.0)), _MOST_GRAIN))


def _small(picture: Image, size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _roughness(picture: Image) -> Floats:
    """What is finer than 2 px in a picture, float32 (h, w), levels of green, which has most of the light."""
    green = picture[..., 1].astype(np.float32)
    return green - np.asarray(cv2.GaussianBlur(green, (0, 0), 1.0), np.float32)


def _noise(rough: Floats) -> float:
    """The spread of grain, levels, whatever lines run through it: lips and folds are few among many pixels."""
    return float(np.median(np.abs(rough))) / 0.6745
