"""Draw the warped subject over its background, strip by strip, straight into the planes of a frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from talking.engines.mesh.grid import Grid
from talking.engines.mesh.planar import Plane, Planes, views
from talking.engines.mesh.sampling import enlarged, sample
from talking.types import Floats, Frame

NOTHING, MIXED, SOLID = 0, 1, 2
"""What covers a cell: no subject at all, subject and background, the subject alone."""


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
    alpha = cast(Plane, cv2.resize(planes.alpha, (planes.width, planes.height), interpolation=cv2.INTER_AREA))
    reach = 2 * (int(0.8 * grid.step) + 1) + 1
    kernel = np.ones((reach, reach), np.uint8)
    some = cv2.dilate(alpha, kernel) > 0
    solid = cv2.erode(alpha, kernel) == 255
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
    for rows, runs in _strips(cells, cover, tall=canvas.height * canvas.width > 1_500_000):
        left, right = runs[0][0], runs[-1][1]
        _paint_strip(canvas, cells, rows, (left, right), runs, luma, (x, y))


Run = tuple[int, int, int]
"""First column, column after the last, and the cover of a run of cells."""


def _strips(cells: Grid, cover: Plane, *, tall: bool) -> Iterator[tuple[tuple[int, int], list[Run]]]:
    """Strips of rows with the runs to draw in each: a solid one and its two mixed flanks, empty ones left out."""
    per_strip = max((128 if tall else 64) // cells.step, 1)
    for top in range(1, cells.rows - 1, per_strip):
        bottom = min(top + per_strip, cells.rows - 1)
        strip = cover[top:bottom, 1:-1]
        drawn = np.flatnonzero(strip.max(axis=0))
        if len(drawn) == 0:
            continue
        first, last = int(drawn[0]) + 1, int(drawn[-1]) + 2
        begin, end = _longest(strip.min(axis=0) == SOLID)
        runs = [(first, begin + 1, MIXED), (begin + 1, end + 1, SOLID), (end + 1, last, MIXED)]
        if begin == end:
            runs = [(first, last, MIXED)]
        yield (top, bottom), [run for run in runs if run[0] < run[1]]


def _longest(flags: Plane) -> tuple[int, int]:
    """The longest run of true flags as first and one past the last index; (0, 0) when there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.view(np.int8), [0]])))
    if len(edges) == 0:
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    best = int(np.argmax(ends - starts))
    return int(starts[best]), int(ends[best])


def _paint_strip(
    canvas: Canvas,
    cells: Grid,
    rows: tuple[int, int],
    columns: tuple[int, int],
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
        map_x, map_y = (enlarged(part, slice(*rows), slice(*columns), scale) for part in maps)
        y0, x0 = (cells.row + rows[0]) * scale, (cells.column + columns[0]) * scale
        top, bottom = max(y0, 0), min((cells.row + rows[1]) * scale, height)
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
            hidden = cv2.bitwise_not(sample(alpha, u, v))
            for source, out, ground in zip(sources, outs, grounds, strict=True):
                behind = cv2.multiply(ground[here], hidden, scale=1 / 255)
                cv2.add(sample(source, u, v), behind, dst=out[here])
