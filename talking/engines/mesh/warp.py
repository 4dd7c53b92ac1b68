"""Displacements on a grid of nodes, and their inverse: where each output point comes from in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh.faceframe import Array, FaceFrame, smoothstep
from talking.engines.mesh.fields import TEMPER, mouth_fields
from talking.engines.mesh.grid import Grid
from talking.engines.mesh.mouth import Mouth
from talking.engines.mesh.pose import PIVOT
from talking.engines.mesh.relief import Relief
from talking.engines.mesh.sampling import lookup
from talking.engines.mesh.spot import Spot
from talking.types import Floats

BREATH = 0.018
"""How far a full breath lifts the chest, IOD."""

_CALL = 600  # nodes times movements; a field of its own costs as much as so many more of them

_STILL = (0.05, 0.15)  # px; a movement's field below the first is cut to zero, so that what hardly moves does not


@dataclass(frozen=True)
class Field:
    """Some movements, and where they move anything: `basis` float32 (3 * n, nodes of `grid`), the displacement in px
    of picture space at coefficient 1, and `rows` (3 * n,) the rows of `Drive.mouth` that drive it."""

    grid: Grid
    rows: NDArray[np.intp]
    basis: Floats


@dataclass(frozen=True)
class Sheet:
    """A grid whose nodes are displaced.

    `head` float32 (5, rows, columns): head weight times the offset from the pivot in px (3), the head weight, the
    breath weight. `fields` are the mouth, the brows and the eyes; `moving` is the part of the grid outside of which
    they are all zero.
    """

    grid: Grid
    head: Floats
    moving: Grid
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Drive:
    """One frame's movement: `head` float32 (5, 2) for Sheet.head, `mouth` float32 (3 * len(MOVEMENTS), 2) for
    Sheet.fields, None where nothing moves."""

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
    head = np.stack([*np.moveaxis(offset * weight[..., None], -1, 0), weight, breath])

    fields = mouth_fields(frame, mouth, spot, above=above)
    fields = frame.direction_to_pixels(np.moveaxis(fields, 1, -1))  # (movement, rows, columns, xyz)
    strength = np.linalg.norm(fields, axis=-1, keepdims=True)
    fields *= smoothstep(*_STILL, strength)
    moves = strength[..., 0] > _STILL[0]
    moving = _bounds(grid, moves.any(axis=0))
    return Sheet(grid, head.astype(np.float32), moving, _fields(grid, moves, fields))


def _fields(grid: Grid, moves: Array, fields: Array) -> tuple[Field, ...]:
    """The fields (movement, rows, columns, 3), together where what `moves` (movement, rows, columns) overlaps.

    Most movements reach a small part of the face only: left apart, they need a sixth of the work. So do rare ones.
    """
    groups = [([movement], _bounds(grid, where)) for movement, where in enumerate(moves) if where.any()]
    groups.sort(key=lambda group: group[1].rows * group[1].columns)
    joined: list[tuple[list[int], Grid]] = []
    for group in groups:
        for index, other in enumerate(joined):
            if TEMPER[group[0][0]] != TEMPER[other[0][0]]:
                continue
            members = group[0] + other[0]
            box = _bounds(grid, moves[members].any(axis=0))
            if _work(members, box) <= _work(*group) + _work(*other) + _CALL:
                joined[index] = (members, box)
                break
        else:
            joined.append(group)
    return tuple(_field(grid, sorted(members), box, fields) for members, box in joined)


def _work(movements: list[int], box: Grid) -> int:
    return len(movements) * box.rows * box.columns


def _field(grid: Grid, movements: list[int], box: Grid, fields: Array) -> Field:
    rows, columns = grid.window(box)
    part = np.moveaxis(fields[movements, rows, columns], -1, 1).reshape(3 * len(movements), box.rows * box.columns)
    drives = (3 * np.array(movements)[:, None] + np.arange(3)).ravel()
    return Field(box, drives, np.ascontiguousarray(part, np.float32))


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
        moved = (sheet.head.reshape(5, -1).T @ (move.head * scale)).reshape(rows, columns, 2)
    if move.mouth is not None:
        mouth = move.mouth * scale
        for field in sheet.fields:
            driven = mouth[field.rows]
            if driven.any():
                part = field.basis.T @ driven
                moved[sheet.grid.window(field.grid)] += part.reshape(field.grid.rows, field.grid.columns, 2)
    return moved


def origin(displaced: Floats, nodes: Grid, out: Grid, *, steps: tuple[int, int], damping: float = 1.0) -> Floats:
    """Where the cells of `out` come from, counted in the columns and rows of `nodes`: float32 (rows, columns, 2).

    `displaced` is in steps of `nodes`, which has the step of `out`, both sides of which are even in number. The
    inverse is the fixed point of s = X - D(s), sought in a few steps on every other cell, under-relaxed, and in fewer
    on all of them.
    """
    left, top = out.column - nodes.column, out.row - nodes.row
    target = _cells(left, top, out.columns, out.rows, 1)
    half = _cells(left + 0.5, top + 0.5, out.columns // 2, out.rows // 2, 2)
    x, y = displaced[displaced.shape[0] // 2, displaced.shape[1] // 2].tolist()
    guess = _cells(left + 0.5 - x, top + 0.5 - y, out.columns // 2, out.rows // 2, 2)
    back = _settle(displaced, half, half - lookup(displaced, guess), steps[0], 0.8)
    back -= half
    start = np.asarray(cv2.resize(back, (out.columns, out.rows), interpolation=cv2.INTER_LINEAR), np.float32)
    start += target
    return _settle(displaced, target, start, steps[1], damping)


def _settle(displaced: Floats, target: Floats, start: Floats, steps: int, damping: float) -> Floats:
    source = start
    for _ in range(steps):
        wanted = lookup(displaced, source)
        np.subtract(target, wanted, out=wanted)
        if damping < 1.0:
            wanted -= source
            wanted *= np.float32(damping)
            wanted += source
        source = wanted
    return source


def _cells(left: float, top: float, columns: int, rows: int, step: int) -> Floats:
    """Columns from `left` and rows from `top` on, `step` apart, float32 (rows, columns, 2)."""
    cells = np.empty((rows, columns, 2), np.float32)
    cells[..., 0] = np.arange(columns, dtype=np.float32) * np.float32(step) + np.float32(left)
    cells[..., 1] = (np.arange(rows, dtype=np.float32) * np.float32(step) + np.float32(top))[:, None]
    return cells
