"""The sheet everything is drawn on: face coordinates, soft functions, noise, strokes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Canvas:
    """A square sheet of `size` px. Lengths are in eye distances, the origin between the eyes, v downwards."""

    size: int = 1024
    eye_distance: float = 0.174
    eye_line: float = 0.44

    @property
    def unit(self) -> float:
        """Pixels in one eye distance."""
        return self.size * self.eye_distance

    def grid(self) -> tuple[Array, Array]:
        """u, v of every pixel centre, float32 (size, size) each."""
        axis = np.arange(self.size, dtype=np.float32) + 0.5
        u, v = np.meshgrid((axis - self.size / 2) / self.unit, (axis - self.size * self.eye_line) / self.unit)
        return u.astype(np.float32), v.astype(np.float32)

    def pixels(self, points: NDArray[np.floating[Any]]) -> NDArray[np.int32]:
        """Face coordinates (..., 2) as pixels with four fractional bits, as OpenCV draws them."""
        origin = np.array([self.size / 2, self.size * self.eye_line])
        return np.asarray(np.round((points * self.unit + origin - 0.5) * 16), np.int32)

    def blur(self, values: Array, sigma: float) -> Array:
        """Gaussian blur, `sigma` in eye distances; wide ones at reduced size."""
        pixels = sigma * self.unit
        step = max(1, int(pixels / 4))
        if step == 1:
            return np.asarray(cv2.GaussianBlur(values, (0, 0), max(pixels, 0.3)), np.float32)
        small = cv2.resize(values, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), pixels / step)
        return np.asarray(cv2.resize(small, values.shape[1::-1], interpolation=cv2.INTER_CUBIC), np.float32)

    def edge(self, distance: Array, softness: float = 0.0) -> Array:
        """1 where `distance` > 0, antialiased over one pixel, or over `softness`."""
        return np.clip(distance / max(softness, 1 / self.unit) + 0.5, 0, 1)

    def noise(self, cell: float | tuple[float, float], seed: int) -> Array:
        """Smooth noise of about unit variance, cells of `cell` eye distances (or (u, v))."""
        cu, cv = cell if isinstance(cell, tuple) else (cell, cell)
        span = 1 / self.eye_distance
        shape = (max(2, round(span / cv)), max(2, round(span / cu)))
        values = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
        return np.asarray(cv2.resize(values, (self.size, self.size), interpolation=cv2.INTER_CUBIC), np.float32)


def smoothstep(low: float, high: float, x: Array) -> Array:
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def bump(u: Array, v: Array, centre: tuple[float, float], size: tuple[float, float], turn: float = 0.0) -> Array:
    """A gaussian hill of height 1, `turn` in radians clockwise."""
    x, y = u - centre[0], v - centre[1]
    c, s = np.cos(turn), np.sin(turn)
    a, b = (c * x + s * y) / size[0], (c * y - s * x) / size[1]
    return np.asarray(np.exp(-(a * a) - b * b), np.float32)


def curve(x: Array | NDArray[np.floating[Any]], points: Sequence[tuple[float, float]]) -> Array:
    """A smooth line through `points`, level beyond its ends."""
    xs, ys = np.array(points, float).T
    return np.asarray(PchipInterpolator(xs, ys)(np.clip(x, xs[0], xs[-1])), np.float32)


def rgb(code: str) -> Array:
    """ "#c08060" as linear light, float32 (3,)."""
    values = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255
    return np.asarray(values**2.2, np.float32)


def mix(under: Array, over: Array, weight: Array | float) -> Array:
    """`over` laid upon `under`; a weight of the picture's shape applies to all three colours."""
    w = weight[..., None] if isinstance(weight, np.ndarray) and weight.ndim == 2 else weight
    return np.asarray(under + (over - under) * w, np.float32)


class Strokes:
    """Antialiased hairs on a layer of their own: a linear-light colour per point, thickness in eye distances."""

    def __init__(self, canvas: Canvas, ground: Array) -> None:
        self.canvas = canvas
        self.colour = np.empty((canvas.size, canvas.size, 3), np.uint8)
        self.colour[:] = _encoded(ground)
        self.cover = np.zeros((canvas.size, canvas.size), np.uint8)

    def draw(self, points: NDArray[np.floating[Any]], colours: Array, width: float) -> None:
        """One tapering hair through `points` (n, 2), `colours` (n, 3)."""
        pixels = self.canvas.pixels(points)
        codes = _encoded(colours)
        n = len(points) - 1
        for i in range(n):
            taper = min(1.0, 2.2 * (1 - i / n) + 0.15, 0.6 + 3 * i / n)
            thickness = max(1, round(width * taper * self.canvas.unit))
            start, end = tuple(map(int, pixels[i])), tuple(map(int, pixels[i + 1]))
            code = tuple(map(int, codes[i]))
            cv2.line(self.colour, start, end, code, thickness, cv2.LINE_AA, 4)
            cv2.line(self.cover, start, end, (255,), thickness, cv2.LINE_AA, 4)

    def over(self, picture: Array, strength: float | Array = 1.0) -> Array:
        """The layer laid upon a linear-light picture."""
        colour = (self.colour.astype(np.float32) / 255) ** 2.2
        return mix(picture, colour, self.cover.astype(np.float32) / 255 * strength)


def _encoded(colours: Array) -> NDArray[np.uint8]:
    return np.asarray(np.clip(colours, 0, 1) ** (1 / 2.2) * 255 + 0.5, np.uint8)
