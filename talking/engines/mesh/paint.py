"""Draw the warped subject over its background, strip by strip, straight into the planes of a frame."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from talking.engines.mesh.grid import Grid
from talking.engines.mesh.planar import Plane, Planes, views
from talking.engines.mesh.sampling import enlarged, sample
from talking.types import Floats, Frame

NOTHING, MIXED, SOLID = 0, 1, 2
"""What covers a cell: no subject at all, subject and background, the subject alone."""


_STRIP = 64  # rows drawn at once; lower strips fit the outline better, higher ones need fewer calls
_SHORTEST = 32  # px worth a run of their own


@dataclass(frozen=True)
class Canvas:
    """A frame to draw on and what to draw from: planes Y, U, V of each."""

    planes: Planes
    out: tuple[Plane, Plane, Plane]
    background: tuple[Plane, Plane, Plane]

    @property
    def height(self) -> int:
        return self.out[0].shape[0]

    @property
    def width(self) -> int:
        return self.out[0].shape[1]


def canvas(planes: Planes, out: Frame) -> Canvas:
    """The planes of a frame, ready to be drawn on."""
    return Canvas(planes, views(out), views(planes.background))


def cover_map(planes: Planes, grid: Grid) -> Plane:
    """What covers each node's cell and its neighbourhood in the picture: uint8 (rows, columns) of NOTHING..SOLID."""
    reach = 2 * (int(0.8 * grid.step) + 1) + 1
    kernel = np.ones((reach, reach), np.uint8)
    parts = [planes.alpha[i::2, j::2] for i in (0, 1) for j in (0, 1)]
    some = cv2.dilate(functools.reduce(np.maximum, parts), kernel) > 0
    solid = cv2.erode(functools.reduce(np.minimum, parts), kernel) == 255
    x = np.clip(np.round(grid.x()).astype(int), 0, planes.width - 1)
    y = np.clip(np.round(grid.y()).astype(int), 0, planes.height - 1)
    cover = (some.astype(np.uint8) + (some & solid))[np.ix_(y, x)]
    return np.ascontiguousarray(cover, np.uint8)


def paint(canvas: Canvas, cells: Grid, origin: Floats, cover: Plane) -> None:
    """Draw the inner cells of `cells`.

    `origin` float32 (rows, columns, 2) px says where each cell comes from, with one cell more on every side than is
    drawn; `cover` uint8 (rows, columns) what covers it.
    """
    x, y = np.ascontiguousarray(origin[..., 0]), np.ascontiguousarray(origin[..., 1])
    luma = (2 * x + np.float32(0.5), 2 * y + np.float32(0.5))
    for rows, runs in _strips(cells, cover):
        columns = slice(runs[0][0], runs[-1][1])
        _paint_strip(canvas, cells, rows, columns, runs, luma, (x, y))


Run = tuple[int, int, int]
"""First column, column after the last, and the cover of a run of cells."""


def _strips(cells: Grid, cover: Plane) -> Iterator[tuple[slice, list[Run]]]:
    """Strips of rows with the runs of columns to draw in each."""
    starts = np.arange(1, cells.rows - 1, max(_STRIP // cells.step, 1))
    inner = cover[: cells.rows - 1]
    most, least = np.maximum.reduceat(inner, starts, axis=0), np.minimum.reduceat(inner, starts, axis=0)
    kinds = np.minimum(most, 1 + (least == SOLID))
    kinds[:, [0, -1]] = NOTHING
    shortest = max(_SHORTEST // cells.step, 1)
    for start, stop, row in zip(starts.tolist(), [*starts[1:].tolist(), cells.rows - 1], kinds, strict=True):
        runs = _runs(row, shortest)
        if runs:
            yield slice(start, stop), runs


def _runs(kinds: Plane, shortest: int) -> list[Run]:
    """Runs of one kind that are drawn; what is too short to be worth a run of its own counts as MIXED."""
    edges = np.flatnonzero(kinds[1:] != kinds[:-1]) + 1
    bounds = [0, *edges.tolist(), len(kinds)]
    runs: list[Run] = []
    for first, last in itertools.pairwise(bounds):
        kind = int(kinds[first])
        if kind != MIXED and last - first < shortest and first and last < len(kinds):
            kind = MIXED
        if kind == MIXED and runs and runs[-1][2] == MIXED:
            runs[-1] = (runs[-1][0], last, MIXED)
        else:
            runs.append((first, last, kind))
    return [run for run in runs if run[2] != NOTHING]


def _paint_strip(
    canvas: Canvas,
    cells: Grid,
    rows: slice,
    columns: slice,
    runs: list[Run],
    luma: tuple[Floats, Floats],
    chroma: tuple[Floats, Floats],
) -> None:
    planes, step = canvas.planes, cells.step
    for scale, maps, sources, alpha, outs, grounds in (
        (step, luma, (planes.y,), planes.alpha, canvas.out[:1], canvas.background[:1]),
        (step // 2, chroma, (planes.u, planes.v), planes.alpha_uv, canvas.out[1:], canvas.background[1:]),
    ):
        height, width = outs[0].shape
        map_x, map_y = (enlarged(part, rows, columns, scale) for part in maps)
        y0, x0 = (cells.row + rows.start) * scale, (cells.column + columns.start) * scale
        top, bottom = max(y0, 0), min((cells.row + rows.stop) * scale, height)
        for first, last, kind in runs:
            left, right = max((cells.column + first) * scale, 0), min((cells.column + last) * scale, width)
            if top >= bottom or left >= right:
                continue
            here = slice(top, bottom), slice(left, right)
            there = slice(top - y0, bottom - y0), slice(left - x0, right - x0)
            u, v = map_x[there], map_y[there]
            if kind == SOLID:
                for source, out in zip(sources, outs, strict=True):
                    sample(source, u, v, out[here])
                continue
            clear = ~sample(alpha, u, v)
            for source, out, ground in zip(sources, outs, grounds, strict=True):
                paint_mixed(sample(source, u, v), clear, ground[here], out[here])


def paint_mixed(subject: Plane, clear: Plane, ground: Plane, out: Plane) -> None:
    """Lay the premultiplied subject over the background, as `Planes` describes; `clear` is 255 - alpha."""
    cv2.add(subject, cv2.multiply(ground, clear, scale=1 / 255), dst=out)
