"""Where a part of the portrait goes while the head moves: what others paint on a face stays on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from talking.engines.mesh.expression import coefficients, keep_looking
from talking.engines.mesh.grid import Grid
from talking.engines.mesh.pose import pose_matrix
from talking.engines.mesh.sampling import enlarged, lookup
from talking.engines.mesh.setup import MeshState
from talking.engines.mesh.warp import Drive, displacement, drive, origin
from talking.types import BLENDSHAPES, CHANNEL, Floats, Motion

_STEPS = (4, 1)  # as the frames are drawn: what is laid on them must land where they put the face

_SLACK = 2  # cells around where a part goes, for what the nodes between them may reach


@dataclass(frozen=True)
class Region:
    """Px of the picture from (`x`, `y`), both even, `width` and `height`, both even."""

    x: int
    y: int
    width: int
    height: int

    @property
    def rows(self) -> slice:
        return slice(self.y, self.y + self.height)

    @property
    def columns(self) -> slice:
        return slice(self.x, self.x + self.width)


@dataclass(frozen=True)
class Place:
    """Where a region of the picture is seen in a frame: somewhere in `seen`, a region of the frame.

    `luma` float32 (2, height, width) are the picture's x and y, px, of each luma pixel of `seen`; `chroma` float32
    (2, height / 2, width / 2) of each of its chroma samples, half a px to the right of them: where the mean of a pixel
    and its left neighbour, kept at the pixel, shows what the sample shows.
    """

    seen: Region
    luma: Floats
    chroma: Floats


def place(state: MeshState, motion: Motion, index: int, region: Region) -> Place | None:
    """Where `region` of the picture is in frame `index` of a motion; None where it is left in its place."""
    move = _drive(state, motion, index)
    if move.head is None and move.mouth is None:
        return None
    nodes = state.body.grid
    displaced = displacement(state.body, move)
    cells = _reached(state, displaced, region)
    where = nodes.to_px(origin(displaced, nodes, cells, steps=_STEPS))
    seen = _inner(cells, state.planes.width, state.planes.height)
    return Place(seen, _maps(where, cells, seen, cells.step), _maps(where, cells, seen, cells.step // 2))


def chin_drop(state: MeshState, points: Floats) -> Floats:
    """How far an open jaw, coefficient 1, takes points float32 (N, 2) px of the outline with it: float32 (N, 2) px."""
    row = np.zeros(len(BLENDSHAPES), np.float32)
    row[CHANNEL["jawOpen"]] = 1.0
    move = drive(np.zeros((2, 4)), np.eye(3), 0.0, state.frame.iod, coefficients(row, is_open=False))
    nodes = state.body.grid
    moved = displacement(state.body, move) * np.float32(nodes.step)
    first = np.array([nodes.x()[0], nodes.y()[0]])
    at = ((points - first) / nodes.step).astype(np.float32)
    found: Floats = lookup(moved, at[None])[0]
    return found


def _drive(state: MeshState, motion: Motion, index: int) -> Drive:
    row = coefficients(motion.blendshapes[index], is_open=state.mouth.is_open)
    matrix, rotation = pose_matrix(state.frame, motion.pose[index], motion.shift[index])
    mouth = keep_looking(row, motion.pose[index])
    return drive(matrix, rotation, float(motion.breath[index]), state.frame.iod, mouth)


def _reached(state: MeshState, displaced: Floats, region: Region) -> Grid:
    """The cells of a frame in which a region may be seen, one more on every side, even in number both ways."""
    nodes, step = state.body.grid, state.body.grid.step
    x, y = nodes.x(), nodes.y()
    inside = np.ix_(
        (y > region.y - step) & (y < region.y + region.height + step),
        (x > region.x - step) & (x < region.x + region.width + step),
    )
    across, down = np.meshgrid(np.arange(nodes.columns), np.arange(nodes.rows))
    columns = across[inside] + displaced[..., 0][inside] + nodes.column
    rows = down[inside] + displaced[..., 1][inside] + nodes.row
    whole = state.cells
    left, right = _even(columns.min(), columns.max(), whole.column, whole.columns)
    top, bottom = _even(rows.min(), rows.max(), whole.row, whole.rows)
    return Grid(step, left, top, right - left, bottom - top)


def _even(low: float, high: float, start: int, count: int) -> tuple[int, int]:
    """First cell and the one after the last around low..high, within `count` cells from `start`, `count` even."""
    first = int(np.clip(np.floor(low) - _SLACK, start, start + count - 4))
    last = int(np.clip(np.ceil(high) + _SLACK + 1, first + 4, start + count))
    if (last - first) % 2:
        first, last = (first - 1, last) if first > start else (first, last + 1)
    return first, last


def _inner(cells: Grid, width: int, height: int) -> Region:
    """The px of all cells but the outermost, within the picture."""
    left, top = max((cells.column + 1) * cells.step, 0), max((cells.row + 1) * cells.step, 0)
    right = min((cells.column + cells.columns - 1) * cells.step, width)
    bottom = min((cells.row + cells.rows - 1) * cells.step, height)
    return Region(left, top, max(right - left, 0), max(bottom - top, 0))


def _maps(where: Floats, cells: Grid, seen: Region, scale: int) -> Floats:
    """Maps of cells, float32 (2, rows, columns), for the samples of `seen` of which a cell has `scale` each way."""
    share = cells.step // scale
    rows, columns = slice(1, cells.rows - 1), slice(1, cells.columns - 1)
    left, top = (cells.column + 1) * scale, (cells.row + 1) * scale
    there = (
        slice(seen.y // share - top, (seen.y + seen.height) // share - top),
        slice(seen.x // share - left, (seen.x + seen.width) // share - left),
    )
    return np.stack([enlarged(part, rows, columns, scale)[there] for part in where])
