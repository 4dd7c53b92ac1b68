"""Displacements on a grid of nodes, and their inverse: where each output point comes from in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from talking.engines.mesh.faceframe import Array, FaceFrame, smoothstep
from talking.engines.mesh.fields import MOVEMENTS, Spot, mouth_fields
from talking.engines.mesh.grid import Grid
from talking.engines.mesh.mouth import Mouth
from talking.engines.mesh.pose import PIVOT
from talking.engines.mesh.relief import Relief
from talking.engines.mesh.sampling import lookup
from talking.types import Floats

BREATH = 0.018
"""How far a full breath lifts the chest, IOD."""

_STILL = (0.05, 0.15)  # px; a movement's field below the first is cut to zero, so that what hardly moves does not


@dataclass(frozen=True)
class Sheet:
    """A grid whose nodes are displaced.

    `head` float32 (rows, columns, 5): head weight times the offset from the pivot in px (3), the head weight, the
    breath weight. `basis` float32 (n, 3 * len(MOVEMENTS)): displacement in px of picture space at coefficient 1, for
    the nodes of `moving`, the part of the grid outside of which all are zero.
    """

    grid: Grid
    head: Floats
    moving: Grid
    basis: Floats


@dataclass(frozen=True)
class Drive:
    """One frame's movement: `head` float32 (5, 2) for Sheet.head, `mouth` float32 (3 * len(MOVEMENTS), 2) for
    Sheet.basis, None where nothing moves."""

    head: Floats | None
    mouth: Floats | None


def drive(pose: Array, rotation: Array, breath: float, iod: float, coefficients: Floats) -> Drive:
    """A frame's movement from the pose matrix (2, 4), the rotation (3, 3) in picture space, the breath in [-1, 1]
    and the basis coefficients."""
    head = np.zeros((5, 2), np.float32)
    head[:4] = pose.T
    head[4, 1] = -BREATH * iod * breath
    mouth = (coefficients[:, None, None] * rotation[:2].T[None]).reshape(-1, 2).astype(np.float32)
    return Drive(head if head.any() else None, mouth if coefficients.any() else None)


def spots(frame: FaceFrame, relief: Relief, grid: Grid) -> Spot:
    """The nodes of a grid as points of the face."""
    x, y = grid.mesh()
    depth = relief.at(relief.depth, x, y)
    face = frame.to_face(np.stack([x, y, depth * frame.iod], axis=-1))
    return Spot(face[..., 0], face[..., 1], face[..., 2], relief.at(relief.outside, x, y).astype(np.float64))


def sheet(frame: FaceFrame, mouth: Mouth, relief: Relief, grid: Grid, *, above: bool) -> Sheet:
    """The fields of a face on a grid, seen from above or from below the lip seam."""
    x, y = grid.mesh()
    spot = spots(frame, relief, grid)
    pivot = frame.to_pixels(PIVOT)
    weight = relief.at(relief.head, x, y).astype(np.float64)
    depth = relief.at(relief.depth, x, y) * frame.iod
    offset = np.stack([x, y, depth], axis=-1) - pivot
    breath = relief.at(relief.breath, x, y).astype(np.float64)
    head = np.concatenate([offset * weight[..., None], weight[..., None], breath[..., None]], axis=-1)

    fields = mouth_fields(frame, mouth, spot, above=above)
    fields = frame.direction_to_pixels(np.moveaxis(fields, 1, -1))  # (movement, rows, columns, xyz)
    strength = np.linalg.norm(fields, axis=-1, keepdims=True)
    fields *= smoothstep(*_STILL, strength)
    moving = _bounds(grid, (strength[..., 0] > _STILL[0]).any(axis=0))
    rows, columns = grid.window(moving)
    part = np.moveaxis(fields[:, rows, columns], 0, 2).reshape(moving.rows * moving.columns, 3 * len(MOVEMENTS))
    return Sheet(grid, head.astype(np.float32), moving, np.ascontiguousarray(part, np.float32))


def _bounds(grid: Grid, mask: Array) -> Grid:
    """The part of a grid that holds all of `mask`."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return Grid(grid.step, grid.column, grid.row, 1, 1)
    return Grid(
        grid.step,
        grid.column + int(columns[0]),
        grid.row + int(rows[0]),
        int(columns[-1] - columns[0]) + 1,
        int(rows[-1] - rows[0]) + 1,
    )


def displacement(sheet: Sheet, move: Drive) -> Floats:
    """Displacement of every node in steps of its grid, float32 (rows, columns, 2)."""
    rows, columns = sheet.grid.rows, sheet.grid.columns
    scale = np.float32(1 / sheet.grid.step)
    if move.head is None:
        moved = np.zeros((rows, columns, 2), np.float32)
    else:
        moved = (sheet.head.reshape(-1, 5) @ (move.head * scale)).reshape(rows, columns, 2)
    if move.mouth is not None:
        part = (sheet.basis @ (move.mouth * scale)).reshape(sheet.moving.rows, sheet.moving.columns, 2)
        moved[sheet.grid.window(sheet.moving)] += part
    return moved


def origin(displaced: Floats, nodes: Grid, out: Grid, *, steps: tuple[int, int], damping: float = 1.0) -> Floats:
    """Where the cells of `out` come from: px, float32 (rows, columns, 2), both sides of `out` even in number.

    `displaced` is in steps of `nodes`, which has the step of `out`. The inverse is the fixed point of
    s = X - D(s), sought in a few steps on every other cell, under-relaxed, and in fewer on all of them.
    """
    left, top = out.column - nodes.column, out.row - nodes.row
    target = np.empty((out.rows, out.columns, 2), np.float32)
    target[..., 0] = np.arange(left, left + out.columns, dtype=np.float32)
    target[..., 1] = np.arange(top, top + out.rows, dtype=np.float32)[:, None]
    half = target[::2, ::2] + np.float32(0.5)
    middle = displaced[displaced.shape[0] // 2, displaced.shape[1] // 2]
    back = _settle(displaced, half, half - lookup(displaced, half - middle), steps[0], 0.8)
    start = target + cv2.resize(back - half, (out.columns, out.rows), interpolation=cv2.INTER_LINEAR)
    found = _settle(displaced, target, start, steps[1], damping)
    found *= np.float32(nodes.step)
    found += np.array([nodes.x()[0], nodes.y()[0]], np.float32)
    return found


def _settle(displaced: Floats, target: Floats, start: Floats, steps: int, damping: float) -> Floats:
    source = start
    for _ in range(steps):
        wanted = target - lookup(displaced, source)
        if damping < 1.0:
            wanted -= source
            wanted *= np.float32(damping)
            wanted += source
        source = wanted
    return source
