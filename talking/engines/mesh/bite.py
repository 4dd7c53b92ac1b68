"""Where a face's teeth are: the plane they are drawn in, their midline, their cutting edges and the jaw's reach."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.faceframe import Array, FaceFrame
from talking.engines.mesh.layer import Affine

OPEN_SOURCE = 0.03
"""Lips further apart than this (IOD) count as open in the source."""

UPPER_EDGE, LOWER_EDGE = 0.058, 0.045
"""Cutting edges below the closed seam at rest, IOD: upper teeth overlap the lower ones."""

PLANE_DEPTH = 0.10
"""The front teeth stand this far behind the lips, IOD."""

JAW_RATE = 0.30
"""How much a fully opened jaw drops a point, per unit of its distance in front of the jaw joint."""

FOLLOW = 0.8
"""How much of the mouth's slope the rows of teeth share; lips may be raised on one side."""


@dataclass(frozen=True)
class Bite:
    """Lengths are face coordinates, in IOD.

    `plane_z` the depth of the plane the teeth are drawn in; `x` the midline; `slope` how much the rows descend per
    x and `bend` how the seam curves (y = bend x^2); `upper_edge`, `lower_edge` the y of the middle incisors' cutting
    edges with the jaw closed; `jaw_drop` how far the lower row moves down at jaw 1; `lean` (2,) where something one
    unit deeper appears in the plane; `is_open` whether the picture shows parted lips; `from_picture` maps picture
    points to the plane's x and y.
    """

    plane_z: float
    x: float
    slope: float
    bend: float
    upper_edge: float
    lower_edge: float
    jaw_drop: float
    lean: Array
    is_open: bool
    from_picture: Affine


def find_bite(frame: FaceFrame) -> Bite:
    """The bite of a face, guessed from its lips."""
    points = frame.points
    plane_z = float(points[[13, 14], 2].mean()) + PLANE_DEPTH
    upper_lip, lower_lip = float(points[13, 1]), float(points[14, 1])
    gap = lower_lip - upper_lip
    # Parted lips close mostly from below.
    seam = upper_lip + 0.175 * gap if gap > OPEN_SOURCE else 0.5 * (upper_lip + lower_lip)
    joint = float(points[[lm.TEMPLE_A, lm.TEMPLE_B], 2].mean()) + 0.1
    lean = np.clip(np.linalg.solve(frame.rotation[:2, :2], frame.rotation[:2, 2]), -0.8, 0.8)
    slope, bend = _seam_curve(points, plane_z, lean)
    flat = np.linalg.inv(frame.rotation[:2, :2] * frame.iod)
    anchor = frame.to_pixels(np.array([0.0, 0.0, plane_z]))[:2]
    return Bite(
        plane_z=plane_z,
        x=float(points[[13, 14, 0, 17], 0].mean()),
        slope=FOLLOW * slope,
        bend=bend,
        upper_edge=seam + UPPER_EDGE,
        lower_edge=seam + LOWER_EDGE,
        jaw_drop=JAW_RATE * max(0.35, joint - plane_z),
        lean=lean,
        is_open=gap > OPEN_SOURCE,
        from_picture=np.column_stack([flat, -flat @ anchor]),
    )


def fitted(bite: Bite, ends: Array, follow: float) -> Bite:
    """The same with its upper row ending a little below `ends`, picture points (N, 2), where teeth are seen to end.

    `follow` is the share of `bend` that the row's edge takes.
    """
    x, y = bite.from_picture @ np.column_stack([ends, np.ones(len(ends))]).T
    x = x - bite.x
    near = np.abs(x) < 0.25
    if near.sum() < 4:
        return bite
    level = y[near] - bite.slope * x[near]
    edge, bend = np.linalg.lstsq(np.column_stack([np.ones(near.sum()), x[near] ** 2]), level, rcond=None)[0]
    return replace(bite, upper_edge=float(edge) + 0.015, bend=float(np.clip(bend / follow, -3.0, 1.0)))


def _seam_curve(points: Array, plane_z: float, lean: Array) -> tuple[float, float]:
    """Slope and bend of the seam as it appears in the plane: y = slope x + bend x^2 through both corners."""
    row = points[[lm.UPPER_INNER_LIP[0], lm.UPPER_INNER_LIP[-1]]]
    middle = points[[13, 14]].mean(axis=0)
    flat = row[:, :2] + (row[:, 2:] - plane_z) * lean - middle[:2] - (middle[2] - plane_z) * lean
    slope, bend = np.linalg.solve(np.stack([flat[:, 0], flat[:, 0] ** 2], axis=1), flat[:, 1])
    return float(np.clip(slope, -0.3, 0.3)), float(np.clip(bend, -0.8, 0.8))
