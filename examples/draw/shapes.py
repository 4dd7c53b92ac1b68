"""The lines of a face: outline, lids, lips, brows. All are symmetric; x and |u| are measured from the middle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from canvas import Array, Canvas, curve
from numpy.typing import NDArray
from person import Person
from scipy.interpolate import CubicSpline

CENTRE = 0.1
"""v of the point the head's outline is drawn around."""

_OUTLINE = (
    *((0, -1.62), (0.35, -1.56), (0.7, -1.37), (0.95, -1.08), (1.1, -0.72), (1.155, -0.35), (1.15, 0.0)),
    *((1.125, 0.3), (1.065, 0.6), (0.97, 0.88), (0.85, 1.13), (0.69, 1.36), (0.51, 1.545), (0.32, 1.65), (0.155, 1.69)),
    (0, 1.70),
)


def outline_ratio(u: Array, v: Array, person: Person) -> Array:
    """0 in the middle of the head, 1 on its outline, float32 as `u`."""
    points = np.array(_OUTLINE)
    low = np.clip((points[:, 1] - 0.3) / 1.4, 0, 1)
    points[:, 0] *= 1 + (person.jaw - 1) * np.sin(np.pi * np.minimum(low * 0.75, 1)) ** 1.0
    points[:, 0] *= 1 + (person.chin - 1) * low**4
    points[:, 1] = np.where(points[:, 1] > 0, points[:, 1] * person.length, points[:, 1])
    angle = np.arctan2(points[:, 0], -(points[:, 1] - CENTRE))
    radius = np.hypot(points[:, 0], points[:, 1] - CENTRE)
    both = np.concatenate([-angle[::-1][:-1], angle]), np.concatenate([radius[::-1][:-1], radius])
    spline = CubicSpline(both[0], both[1], bc_type="periodic")
    table = spline(np.linspace(-np.pi, np.pi, 4097))
    theta = np.arctan2(u, -(v - CENTRE))
    limit = np.interp(theta, np.linspace(-np.pi, np.pi, 4097), table)
    return np.asarray(np.hypot(u, v - CENTRE) / limit, np.float32)


@dataclass(frozen=True)
class Eye:
    """The opening of an eye around its centre at |u| = 0.5; x grows outwards."""

    person: Person

    def _lid(self, x: Array, points: tuple[tuple[float, float], ...]) -> Array:
        k = self.person.eye
        y = curve(x / k, points) * k
        return np.asarray(y - self.person.tilt * x, np.float32)

    def upper(self, x: Array) -> Array:
        points = ((-0.215, 0.022), (-0.185, -0.008), (-0.12, -0.056), (-0.02, -0.087), (0.07, -0.086), (0.15, -0.053))
        return self._lid(x, (*points, (0.222, 0.0)))

    def lower(self, x: Array) -> Array:
        points = ((-0.215, 0.022), (-0.17, 0.038), (-0.09, 0.06), (0.01, 0.072), (0.1, 0.064), (0.17, 0.038))
        return self._lid(x, (*points, (0.222, 0.0)))

    def crease(self, x: Array) -> Array:
        fade = np.clip(1 - ((x - 0.03) / (0.3 * self.person.eye)) ** 2, 0, 1)
        return np.asarray(self.upper(x) - self.person.crease * (0.3 + 0.7 * fade), np.float32)

    @property
    def span(self) -> tuple[float, float]:
        return -0.215 * self.person.eye, 0.222 * self.person.eye

    def opening(self, x: Array, y: Array, canvas: Canvas) -> Array:
        inside = (x > self.span[0]) & (x < self.span[1])
        return canvas.edge(y - self.upper(x)) * canvas.edge(self.lower(x) - y) * inside


@dataclass(frozen=True)
class Mouth:
    """The lips around the seam; t = u / half width."""

    person: Person

    @property
    def middle(self) -> float:
        return 1.065 * self.person.length

    def t(self, u: Array) -> Array:
        return np.asarray(u / self.person.mouth, np.float32)

    def seam(self, u: Array) -> Array:
        t = np.clip(self.t(u), -1.25, 1.25)
        bow = 0.012 * np.exp(-((t / 0.22) ** 2)) - 0.008 * np.exp(-(((np.abs(t) - 0.45) / 0.25) ** 2))
        return np.asarray(self.middle + bow - self.person.smile * np.abs(t) ** 2.2, np.float32)

    def upper(self, u: Array) -> Array:
        t = np.abs(self.t(u))
        rise = curve(t, ((0, 0.82), (0.09, 0.86), (0.2, 1.0), (0.34, 0.93), (0.6, 0.62), (0.85, 0.23), (1, 0)))
        return np.asarray(self.seam(u) - 0.112 * self.person.lips * rise, np.float32)

    def lower(self, u: Array) -> Array:
        t = np.abs(self.t(u))
        drop = curve(t, ((0, 1), (0.15, 0.99), (0.35, 0.92), (0.6, 0.69), (0.85, 0.28), (1, 0)))
        return np.asarray(self.seam(u) + 0.15 * self.person.lips * drop, np.float32)


def brow_line(x: Array, person: Person) -> Array:
    """v of a brow's middle at x = |u| - 0.5."""
    a = person.brow_arch
    points = ((-0.33, -0.285), (-0.2, -0.315 - 0.01 * a), (0.0, -0.335 - 0.03 * a), (0.14, -0.335 - 0.04 * a))
    return curve(x, (*points, (0.26, -0.29 - 0.03 * a), (0.38, -0.215))) - np.float32(person.brow_height)


def brow_width(x: Array | NDArray[np.float64]) -> Array:
    """Thickness along a brow, 1 at its fullest."""
    return curve(x, ((-0.36, 0.55), (-0.28, 0.9), (-0.1, 1.0), (0.12, 0.85), (0.28, 0.5), (0.4, 0.14)))
