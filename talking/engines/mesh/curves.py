"""Monotone cubic curves y(x) through a few landmarks: no overshoot between them, flat beyond the ends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from talking.engines.mesh.faceframe import Array

Curve = Callable[[Array], Array]


def curve(x: Array, y: Array) -> Curve:
    """The curve through the points (x, y), in any order (Fritsch and Carlson 1980)."""
    order = np.argsort(x)
    x, y = x[order].astype(np.float64), y[order].astype(np.float64)
    keep = np.append(True, np.diff(x) > 1e-6 * max(float(np.ptp(x)), 1e-9))
    x, y = x[keep], y[keep]
    slopes = _slopes(x, y)

    def evaluate(at: Array) -> Array:
        inside = np.clip(at, x[0], x[-1])
        i = np.clip(np.searchsorted(x, inside, side="right") - 1, 0, len(x) - 2)
        h = x[i + 1] - x[i]
        s = (inside - x[i]) / h
        value: Array = (
            (1 + 2 * s) * (1 - s) ** 2 * y[i]
            + s * (1 - s) ** 2 * h * slopes[i]
            + s**2 * (3 - 2 * s) * y[i + 1]
            + s**2 * (s - 1) * h * slopes[i + 1]
        )
        return value

    return evaluate


def _slopes(x: Array, y: Array) -> Array:
    """Slopes at the points: the weighted harmonic mean of the neighbouring secants, 0 at a turn."""
    h = np.diff(x)
    secant = np.diff(y) / h
    slopes = np.zeros_like(y)
    slopes[0], slopes[-1] = secant[0], secant[-1]
    before, after = secant[:-1], secant[1:]
    same_way = before * after > 0
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (w1 + w2) / (w1 / before + w2 / after)
    slopes[1:-1] = np.where(same_way, mean, 0.0)
    return slopes
