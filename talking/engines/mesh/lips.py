"""The lips: two warps that meet at the seam, and the opening between them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from talking.engines.mesh.faceframe import FaceFrame
from talking.engines.mesh.fields import seam
from talking.engines.mesh.grid import Grid, covering, power_of_two
from talking.engines.mesh.mouth import Mouth
from talking.engines.mesh.paint import MIXED, SOLID, Canvas, cover_map, draw_chroma, draw_luma, paint
from talking.engines.mesh.planar import Plane, Planes
from talking.engines.mesh.relief import Relief
from talking.engines.mesh.sampling import enlarged, lookup
from talking.engines.mesh.warp import Drive, Sheet, displacement, origin, sheet, spots
from talking.types import Floats

_SIDE, _OVER, _UNDER = 0.08, 0.08, 0.50
"""How far beside, above and below the lips the two warps may differ, IOD."""

_SLACK = 0.2  # IOD of source around that, for what the pose moves into sight


@dataclass(frozen=True)
class LipPatch:
    """The surroundings of the mouth on a fine grid.

    `above`, `below` the warps of either side of the seam; `heights` float32 (rows, columns, 3), px below the upper
    and below the lower inner contour of the lips in the picture, and |t| along the seam, 1 at the corners; `cover` as
    for `paint`; `inner` the part where the two warps may differ.
    """

    above: Sheet
    below: Sheet
    heights: Floats
    cover: Plane
    inner: Grid


@dataclass(frozen=True)
class Opening:
    """What shows between the lips in a frame: `x`, `y` the left upper corner in px, both even, and the `mask`
    float32 (h, w) in [0, 1], h and w even."""

    x: int
    y: int
    mask: Floats


def lip_patch(frame: FaceFrame, mouth: Mouth, relief: Relief, planes: Planes) -> LipPatch:
    """The patch of a portrait."""
    step = power_of_two(frame.iod / 36, least=2)
    inner = _box(frame, mouth, step, 0.0)
    grid = _box(frame, mouth, step, _SLACK)
    spot = spots(frame, relief, grid)
    s = seam(mouth, spot)
    heights = np.stack([s.upper * frame.iod, s.lower * frame.iod, np.abs(s.t)], axis=-1)
    cover = cover_map(planes, grid)
    for edge in (cover[0], cover[-1], cover[:, 0], cover[:, -1]):
        edge[:] = MIXED  # it stands for all beyond it, where there may be no subject at all
    return LipPatch(
        sheet(frame, mouth, relief, grid, above=True),
        sheet(frame, mouth, relief, grid, above=False),
        heights.astype(np.float32),
        cover,
        inner,
    )


def _box(frame: FaceFrame, mouth: Mouth, step: int, slack: float) -> Grid:
    """The cells around the mouth, `slack` IOD wider on every side."""
    left, right = mouth.middle - mouth.half - _SIDE - slack, mouth.middle + mouth.half + _SIDE + slack
    top, bottom = float(mouth.top[1].min()) - _OVER - slack, float(mouth.bottom[1].max()) + _UNDER + slack
    depth = float(frame.points[[13, 14], 2].mean())
    corners = frame.to_pixels(np.array([[x, y, depth] for x in (left, right) for y in (top, bottom)]))
    (x0, y0), (x1, y1) = corners[:, :2].min(axis=0), corners[:, :2].max(axis=0)
    return covering(step, x0, y0, x1, y1)


@dataclass(frozen=True)
class LipMove:
    """A frame's displacement of either side of the seam, in steps of the patch's grid, and the `cells` to draw, one
    more on every side."""

    above: Floats
    below: Floats
    cells: Grid


def move_lips(patch: LipPatch, move: Drive, width: int, height: int) -> LipMove | None:
    """Where the surroundings of the mouth go in a frame of `width` x `height` px; None when out of sight."""
    above, below = (displacement(side, move) for side in (patch.above, patch.below))
    step = patch.inner.step
    window = patch.above.grid.window(patch.inner)
    shift = np.concatenate([part[window][::3, ::3].reshape(-1, 2) for part in (above, below)]).T
    low, high = np.floor(shift.min(axis=1)), np.ceil(shift.max(axis=1))
    left = max(patch.inner.column + int(low[0]), 0)
    top = max(patch.inner.row + int(low[1]), 0)
    right = min(patch.inner.column + patch.inner.columns + int(high[0]), -(-width // step))
    bottom = min(patch.inner.row + patch.inner.rows + int(high[1]), -(-height // step))
    columns, rows = right - left, bottom - top
    if columns < 1 or rows < 1:
        return None
    return LipMove(above, below, Grid(step, left - 1, top - 1, columns + 2 + columns % 2, rows + 2 + rows % 2))


def paint_lips(canvas: Canvas, patch: LipPatch, move: LipMove) -> Opening | None:
    """Draw the surroundings of the mouth; return what shows between the lips."""
    nodes, cells = patch.above.grid, move.cells
    above, below = (origin(part, nodes, cells, steps=(4, 2), damping=0.8) for part in (move.above, move.below))
    height_above, height_below = (lookup(patch.heights, side) for side in (above, below))
    past = (height_below[..., 1] > -0.5) & (height_above[..., 0] > 0)
    chosen = np.where(past[..., None], below, above)
    cover = lookup(patch.cover, chosen, nearest=True)
    paint(canvas, cells, nodes.to_px(chosen), np.maximum(cover, MIXED))
    band = _band(height_above, height_below, cells.step)
    if band is None:
        return None
    solid = bool((cover[band] == SOLID).all())
    sides = nodes.to_px(above), nodes.to_px(below)
    return _paint_seam(canvas, cells, band, sides, (height_above[..., 0], height_below[..., 1]), solid)


Band = tuple[slice, slice]
"""Rows and columns of cells."""


def _band(above: Floats, below: Floats, step: int) -> Band | None:
    """The cells where the choice of a side is made per px: along the seam and in the opening."""
    near = (above[..., 0] > -1.5 * step) & (below[..., 1] < 1.5 * step) & (above[..., 2] < 1.03)
    near[[0, -1]] = near[:, [0, -1]] = False
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    if len(rows) == 0:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _paint_seam(
    canvas: Canvas,
    cells: Grid,
    band: Band,
    sides: tuple[Floats, Floats],
    heights: tuple[Floats, Floats],
    solid: bool,
) -> Opening | None:
    """Draw a band of cells px by px, each from the side of the seam it belongs to; what shows between the sides."""
    rows, columns = band
    step = cells.step
    x0, y0 = (cells.column + columns.start) * step, (cells.row + rows.start) * step
    width = min((columns.stop - columns.start) * step, canvas.width - x0)
    height = min((rows.stop - rows.start) * step, canvas.height - y0)
    if width < 2 or height < 2:
        return None

    def full(part: Floats) -> Floats:
        return enlarged(part, rows, columns, step)[:height, :width]

    upper, lower = full(heights[0]), full(heights[1])
    under = (lower > -0.5) & (upper > 0)
    x, y = (np.where(under, full(sides[1][axis]), full(sides[0][axis])) for axis in (0, 1))
    _paint_px(canvas, x0, y0, x, y, solid=solid)
    mask = np.clip(_beyond(upper) - _beyond(lower), 0, 1)
    return Opening(x0, y0, mask) if mask.max() > 0.02 else None


def _beyond(height: Floats) -> Floats:
    """The share of each px that lies beyond the line of height 0, from heights that stretch with the skin."""
    across, down = (cv2.Sobel(height, cv2.CV_32F, *axis, ksize=1, scale=0.5) for axis in ((1, 0), (0, 1)))
    distance: Floats = height / np.maximum(cv2.magnitude(across, down), np.float32(0.3))
    return np.clip(distance + np.float32(0.5), 0, 1)


def _paint_px(canvas: Canvas, x0: int, y0: int, x: Floats, y: Floats, *, solid: bool) -> None:
    """Draw a box whose px come from the picture points (x, y), each on its own; `solid` when no background shows."""
    height, width = x.shape
    half = slice(y0 // 2, (y0 + height) // 2), slice(x0 // 2, (x0 + width) // 2)
    right, down = x[::2, ::2] + np.float32(0.5), y[::2, ::2] + np.float32(0.5)
    draw_chroma(canvas, half, right, down, solid=solid)
    box = slice(y0, y0 + height), slice(x0, x0 + width)
    draw_luma(canvas, box, 2 * x + np.float32(0.5), 2 * y + np.float32(0.5), solid=solid)
