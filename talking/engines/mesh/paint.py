"""Draw the warped subject over its background, strip by strip, straight into the planes of a frame."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from talking.engines.mesh.grid import Grid
from talking.engines.mesh.planar import Plane, Planes, opacity, views
from talking.engines.mesh.sampling import sample
from talking.types import Cutout, Floats, Frame

NOTHING, MIXED, SOLID = 0, 1, 2
"""What covers a cell: no subject at all, subject and background, the subject alone."""


_STRIP = 64  # rows drawn at once; lower strips fit the outline better, higher ones need fewer calls
_SHORTEST = 32  # px worth a run of their own


class Palette:
    """What to draw a portrait from, packed for sampling, and memory to work in.

    `plain` uint8 (2H, 2W) is the subject's Y, `luma` (2H, 2W, 4) its Y and alpha, `chroma` (H, W, 4) its U, V and
    alpha. OpenCV samples four channels at once in little more time than one; what is left over is not used.
    """

    def __init__(self, planes: Planes) -> None:
        self.plain = planes.y
        self.luma: Plane = _packed(planes.y, planes.alpha)
        self.chroma = _packed(planes.u, planes.v, planes.alpha_uv)
        self._bytes = np.empty(0, np.uint8)
        self._floats = np.empty(0, np.float32)

    def bytes_for(self, size: int) -> Plane:
        """uint8 (size,) with any values in it, the same memory each time: fresh memory can cost more than drawing."""
        if len(self._bytes) < size:
            self._bytes = np.empty(size, np.uint8)
        return self._bytes

    def floats_for(self, size: int) -> Floats:
        """As `bytes_for`, float32 (size,)."""
        if len(self._floats) < size:
            self._floats = np.empty(size, np.float32)
        return self._floats


def _packed(*planes: Plane) -> Plane:
    """Planes as the channels of one, the last taken again to make four."""
    return np.asarray(cv2.merge([*planes, *planes[-1:] * (4 - len(planes))]), np.uint8)


@dataclass(frozen=True)
class Canvas:
    """A frame to draw on and what to draw from: planes Y, U, V of each, and the frame's alpha if it has one."""

    planes: Planes
    palette: Palette
    out: tuple[Plane, Plane, Plane]
    background: tuple[Plane, Plane, Plane]
    opacity: Plane | None

    @property
    def height(self) -> int:
        return self.out[0].shape[0]

    @property
    def width(self) -> int:
        return self.out[0].shape[1]


def canvas(planes: Planes, palette: Palette, out: Frame | Cutout) -> Canvas:
    """The planes of a frame, ready to be drawn on."""
    colours = out[: planes.height * 3 // 2]
    return Canvas(planes, palette, views(colours), views(planes.background), opacity(out, planes.height))


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

    `origin` float32 (2, rows, columns) px says where each cell comes from, with one cell more on every side than is
    drawn; `cover` uint8 (rows, columns) what covers it.
    """
    luma = origin * np.float32(2)
    luma += np.float32(0.5)
    for rows, runs in _strips(cells, cover):
        columns = slice(runs[0][0], runs[-1][1])
        _paint_strip(canvas, cells, rows, columns, runs, (luma, origin))


Run = tuple[int, int, int]
"""First column, column after the last, and the cover of a run of cells."""


def _strips(cells: Grid, cover: Plane) -> Iterator[tuple[slice, list[Run]]]:
    """Strips of rows with the runs of columns to draw in each."""
    height = max(_STRIP // cells.step, 1)
    starts = np.arange(1, max(cells.rows - 1 - height // 2, 2), height)  # the last one may be up to half higher
    inner = cover[: cells.rows - 1]
    most, least = np.maximum.reduceat(inner, starts, axis=0), np.minimum.reduceat(inner, starts, axis=0)
    kinds = np.minimum(most, 1 + (least == SOLID))
    kinds[:, [0, -1]] = NOTHING
    shortest = max(_SHORTEST // cells.step, 1)
    bounds = [*starts.tolist(), cells.rows - 1]
    for strip, runs in itertools.groupby(_runs(kinds, shortest), key=operator.itemgetter(0)):
        yield slice(bounds[strip], bounds[strip + 1]), [run[1:] for run in runs]


def _runs(kinds: Plane, shortest: int) -> list[tuple[int, int, int, int]]:
    """Row, first column, column after the last and kind of the runs of one kind that are drawn in rows of cells.

    What is too short to be worth a run of its own counts as MIXED. Rows begin and end with NOTHING.
    """
    rows, edges = (kinds[:, 1:] != kinds[:, :-1]).nonzero()
    edges += 1
    changes = zip(rows.tolist(), edges.tolist(), kinds[rows, edges].tolist(), strict=True)
    runs: list[tuple[int, int, int, int]] = []
    for (row, first, kind), (next_row, last, _) in itertools.pairwise(changes):
        if row != next_row:
            continue
        if kind != MIXED and last - first < shortest:
            kind = MIXED
        if kind == MIXED and runs and runs[-1][0] == row and runs[-1][2:] == (first, MIXED):
            runs[-1] = (row, runs[-1][1], last, MIXED)
        elif kind != NOTHING:
            runs.append((row, first, last, kind))
    return runs


def _paint_strip(
    canvas: Canvas, cells: Grid, rows: slice, columns: slice, runs: list[Run], maps: tuple[Floats, Floats]
) -> None:
    for draw, scale, part, height, width in (
        (draw_luma, cells.step, maps[0], canvas.height, canvas.width),
        (draw_chroma, cells.step // 2, maps[1], canvas.height // 2, canvas.width // 2),
    ):
        map_x, map_y = _enlarged(canvas.palette, part, rows, columns, scale)
        y0, x0 = (cells.row + rows.start) * scale, (cells.column + columns.start) * scale
        top, bottom = max(y0, 0), min((cells.row + rows.stop) * scale, height)
        for first, last, kind in runs:
            left, right = max((cells.column + first) * scale, 0), min((cells.column + last) * scale, width)
            if top < bottom and left < right:
                there = slice(top - y0, bottom - y0), slice(left - x0, right - x0)
                here = slice(top, bottom), slice(left, right)
                draw(canvas, here, map_x[there], map_y[there], solid=kind == SOLID)


def _enlarged(palette: Palette, part: Floats, rows: slice, columns: slice, scale: int) -> tuple[Floats, Floats]:
    """As `sampling.enlarged`, of both maps of `part` float32 (2, rows, columns), in memory that is used again."""
    cells = part[:, rows.start - 1 : rows.stop + 1, columns.start - 1 : columns.stop + 1]
    _, high, wide = cells.shape
    size = (wide * scale, 2 * high * scale)
    room = palette.floats_for(size[0] * size[1])[: size[0] * size[1]].reshape(size[1], size[0])
    cv2.resize(cells.reshape(2 * high, wide), size, room, interpolation=cv2.INTER_LINEAR)
    large = room.reshape(2, high * scale, wide * scale)[:, scale:-scale, scale:-scale]
    return large[0], large[1]


Place = tuple[slice, slice]
"""Rows and columns of a plane."""


def draw_luma(canvas: Canvas, here: Place, x: Floats, y: Floats, *, solid: bool) -> None:
    """Draw a part of plane Y from points of `Palette.luma`, float32 (h, w) each; `solid` where no background shows."""
    palette, out = canvas.palette, canvas.out[0][here]
    if solid:
        sample(palette.plain, x, y, out)
        if canvas.opacity is not None:
            canvas.opacity[here] = 255
        return
    size, shape = x.size, x.shape
    room = palette.bytes_for(6 * size)
    both = sample(palette.luma, x, y, room[: 4 * size].reshape(*shape, 4))
    subject, alpha = room[4 * size : 5 * size].reshape(shape), room[5 * size : 6 * size].reshape(shape)
    cv2.mixChannels([both], [subject, alpha], [0, 0, 1, 1])
    if canvas.opacity is not None:
        canvas.opacity[here] = alpha
    cv2.bitwise_not(alpha, alpha)
    _mix(subject, alpha, canvas.background[0][here], out, alpha)


def draw_chroma(canvas: Canvas, here: Place, x: Floats, y: Floats, *, solid: bool) -> None:
    """Draw a part of planes U and V from points of `Palette.chroma`, float32 (h, w) each."""
    palette, outs = canvas.palette, [plane[here] for plane in canvas.out[1:]]
    size, shape = x.size, x.shape
    room = palette.bytes_for(8 * size)
    all_three = sample(palette.chroma, x, y, room[: 4 * size].reshape(*shape, 4))
    if solid:
        cv2.mixChannels([all_three], outs, [0, 0, 1, 1])
        return
    u, v, alpha, shining = (room[n * size : (n + 1) * size].reshape(shape) for n in range(4, 8))
    cv2.mixChannels([all_three], [u, v, alpha], [0, 0, 1, 1, 2, 2])
    cv2.bitwise_not(alpha, alpha)
    for subject, ground, out in zip((u, v), canvas.background[1:], outs, strict=True):
        _mix(subject, alpha, ground[here], out, shining)


def raise_to(opacity: Plane, cover: Floats) -> None:
    """Make a part of the frame at least as opaque as what was laid on it, float32 (h, w) in [0, 1]."""
    np.maximum(opacity, cv2.convertScaleAbs(cover, alpha=255), out=opacity)


def _mix(subject: Plane, clear: Plane, ground: Plane, out: Plane, shining: Plane) -> None:
    """Lay the premultiplied subject over the background, as `Planes` describes; `clear` is 255 - alpha, `shining`
    is room for what shows of the background."""
    cv2.add(subject, cv2.multiply(ground, clear, shining, 1 / 255), out)
