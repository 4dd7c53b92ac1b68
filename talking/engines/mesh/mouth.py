"""Where a portrait's lips are: the seam between them, their outer borders, and whether they are parted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.curves import curve
from talking.engines.mesh.faceframe import Array, FaceFrame

OPEN = 0.03
"""Inner lips farther apart than this in the middle, IOD, are a mouth open in the picture."""


@dataclass(frozen=True)
class Mouth:
    """The lips in face coordinates.

    `middle`, `half` the centre and half the width of the seam; `upper`, `lower` the inner contours and `top`,
    `bottom` the outer ones, each (2, N) x and y; `gap` between the inner contours in the middle; all in IOD.
    """

    middle: float
    half: float
    upper: Array
    lower: Array
    top: Array
    bottom: Array
    gap: float

    @property
    def is_open(self) -> bool:
        return self.gap > OPEN

    def across(self, x: Array) -> Array:
        """Position along the seam: -1 at the corner on the picture's left, 1 at the other one."""
        return (x - self.middle) / self.half

    def inner(self, x: Array) -> tuple[Array, Array]:
        """Height of the upper and of the lower lip's inner contour at x, the upper one never below the lower."""
        upper, lower = curve(*self.upper)(x), curve(*self.lower)(x)
        between = (upper + lower) / 2
        return np.minimum(upper, between), np.maximum(lower, between)

    def outer(self, x: Array) -> tuple[Array, Array]:
        """Height of the upper lip's upper border and of the lower lip's lower one at x."""
        return curve(*self.top)(x), curve(*self.bottom)(x)


def find_mouth(frame: FaceFrame) -> Mouth:
    """The lips of a face. When they are closed, both inner contours are one and the same seam."""
    upper, lower, top, bottom = (
        frame.points[list(row), :2].T.copy()
        for row in (lm.UPPER_INNER_LIP, lm.LOWER_INNER_LIP, lm.UPPER_OUTER_LIP, lm.LOWER_OUTER_LIP)
    )
    left, right = upper[0, 0], upper[0, -1]
    middle, half = (left + right) / 2, abs(right - left) / 2
    centre = np.array([middle])
    gap = max(float((curve(*lower)(centre) - curve(*upper)(centre))[0]), 0.0)
    if gap <= OPEN:
        seam = (upper + lower) / 2
        upper, lower, gap = seam, seam, 0.0
    return Mouth(float(middle), float(half), upper, lower, top, bottom, gap)
