"""One frame of a talking portrait: any frame, in any order, by any worker."""

from __future__ import annotations

import numpy as np

from talking.engines.mesh import interior
from talking.engines.mesh.expression import blinks, coefficients, tongue
from talking.engines.mesh.faceframe import Array
from talking.engines.mesh.fields import MOVEMENTS
from talking.engines.mesh.grid import Grid
from talking.engines.mesh.lids import Lid, paint_lid
from talking.engines.mesh.lips import Opening, paint_lips
from talking.engines.mesh.paint import MIXED, Canvas, canvas, paint
from talking.engines.mesh.planar import Plane
from talking.engines.mesh.pose import PIVOT, pose_matrix
from talking.engines.mesh.sampling import enlarged, in_nodes, lookup
from talking.engines.mesh.setup import MeshState
from talking.engines.mesh.warp import Drive, displacement, drive, origin
from talking.types import Floats, Frame, Motion

_JAW, _PUCKER = MOVEMENTS.index("jaw"), MOVEMENTS.index("pucker")
_LEAST_BLINK = 0.02


class Renderer:
    """Draws frames of one portrait. Frames do not depend on one another."""

    def __init__(self, state: MeshState) -> None:
        self.state = state

    def draw(self, motion: Motion, index: int, out: Frame) -> None:
        """Draw frame `index` of a motion into `out`, uint8 (H * 3 / 2, W). No motion gives the source's own bytes."""
        state = self.state
        row = motion.blendshapes[index]
        mouth = coefficients(row, is_open=state.mouth.is_open)
        matrix, rotation = pose_matrix(state.frame, motion.pose[index], motion.shift[index])
        move = drive(matrix, rotation, float(motion.breath[index]), state.frame.iod, mouth)
        blink = blinks(row)
        np.copyto(out, state.planes.source if move.head is None else state.ground)
        target = canvas(state.planes, out)
        cells, source = _paint_body(state, target, move)
        if move.mouth is not None:
            opening = paint_lips(target, state.lips, move)
            if opening is not None:
                _paint_interior(state, target, opening, (matrix, rotation), mouth, row)
        for lid, closed in zip(state.lids, blink, strict=True):
            if closed > _LEAST_BLINK:
                _paint_lid(target, lid, closed, cells, source)


class Painting:
    """A portrait's motion as frames by number, for `talking.engines.farm`."""

    def __init__(self, state: MeshState, motion: Motion) -> None:
        self._renderer, self._motion = Renderer(state), motion

    def draw(self, index: int, out: Frame) -> None:
        """Draw frame `index` over all of `out`."""
        self._renderer.draw(self._motion, index, out)


def lip_gap(state: MeshState, blendshapes: Floats) -> float:
    """How far apart a row of blendshapes float32 (53,) puts the middle of the inner lips, in IOD, at least 0."""
    mouth = coefficients(blendshapes, is_open=state.mouth.is_open)
    upper, lower = state.lip_points @ mouth
    return max(float(lower[1] - upper[1]) + state.mouth.gap, 0.0)


def _paint_body(state: MeshState, target: Canvas, move: Drive) -> tuple[Grid, Floats]:
    """Draw all that moves but the lips; where the cells of the picture come from."""
    nodes = state.body.grid
    moved = displacement(state.body, move)
    if move.head is not None:
        source = origin(moved, nodes, state.cells, first=5, then=2, damping=1.0)
        paint(target, state.cells, source, _cover(state, source))
        return state.cells, source
    cells = _around(state.body.moving, state.cells)
    source = origin(moved, nodes, cells, first=5, then=2, damping=1.0)
    if move.mouth is not None:
        paint(target, cells, source, np.maximum(_cover(state, source), MIXED))
    return cells, source


def _around(moving: Grid, whole: Grid) -> Grid:
    """The cells that a moving part may reach: itself and a few more, one on every side of which is not drawn."""
    slack = 8
    left, top = max(moving.column - slack, whole.column), max(moving.row - slack, whole.row)
    right = min(moving.column + moving.columns + slack, whole.column + whole.columns)
    bottom = min(moving.row + moving.rows + slack, whole.row + whole.rows)
    left, top = left - (right - left) % 2, top - (bottom - top) % 2
    return Grid(whole.step, left, top, right - left, bottom - top)


def _cover(state: MeshState, source: Floats) -> Plane:
    return lookup(state.cover, in_nodes(state.body.grid, source), nearest=True)


def _paint_interior(
    state: MeshState, target: Canvas, opening: Opening, pose: tuple[Array, Array], mouth: Floats, row: Floats
) -> None:
    height, width = opening.mask.shape
    x, y = opening.x, opening.y
    half = slice(y // 2, (y + height) // 2), slice(x // 2, (x + width) // 2)
    views = (target.out[0][y : y + height, x : x + width], target.out[1][half], target.out[2][half])
    raised, tip = tongue(row)
    interior.draw(
        state.interior,
        views,
        (x, y),
        opening.mask,
        _plane_to_pixels(state, pose),
        jaw=float(mouth[_JAW]),
        pucker=float(mouth[_PUCKER]),
        tongue=raised,
        tip=tip,
    )


def _plane_to_pixels(state: MeshState, pose: tuple[Array, Array]) -> Array:
    """The map (2, 3) from face x and y in the plane of the teeth to picture points under a head pose."""
    frame = state.frame
    matrix, _ = pose
    axes = frame.rotation * frame.iod  # columns: what a step of one IOD along the face's axes is in px
    start = frame.origin + axes[:, 2] * state.interior.plane_z
    turned = matrix[:, :3] + np.eye(3)[:2]
    pivot = frame.to_pixels(PIVOT)
    place = np.empty((2, 3))
    place[:, :2] = turned @ axes[:, :2]
    place[:, 2] = start[:2] + matrix[:, :3] @ (start - pivot) + matrix[:, 3]
    return place


def _paint_lid(target: Canvas, lid: Lid, closed: float, cells: Grid, source: Floats) -> None:
    """Draw a lid wherever the cells that come from its surroundings are now."""
    grid, step = lid.grid, cells.step
    where = in_nodes(grid, source)
    near = ((where > 0) & (where < (grid.columns - 1, grid.rows - 1))).all(axis=-1)
    near[[0, -1]] = near[:, [0, -1]] = False
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    if len(rows) == 0:
        return
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    x0, y0 = (cells.column + left) * step, (cells.row + top) * step
    width, height = min((right - left) * step, target.width - x0), min((bottom - top) * step, target.height - y0)
    if x0 < 0 or y0 < 0 or width < 2 or height < 2:
        return
    x, y = (
        enlarged(source[..., axis], slice(top, bottom), slice(left, right), step)[:height, :width] for axis in (0, 1)
    )
    paint_lid(target, lid, closed, x0, y0, (x, y))
