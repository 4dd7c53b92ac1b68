"""One frame of a talking portrait: any frame, in any order, by any worker."""

from __future__ import annotations

import numpy as np

from talking.engines.mesh import interior
from talking.engines.mesh.expression import blinks, coefficients, keep_looking, tongue
from talking.engines.mesh.faceframe import Array
from talking.engines.mesh.fields import MOVEMENTS
from talking.engines.mesh.grid import Grid
from talking.engines.mesh.lids import paint_lid
from talking.engines.mesh.lips import Opening, move_lips, paint_lips
from talking.engines.mesh.paint import MIXED, NOTHING, Canvas, Palette, canvas, paint, raise_to
from talking.engines.mesh.pose import PIVOT, pose_matrix
from talking.engines.mesh.sampling import lookup
from talking.engines.mesh.setup import MeshState
from talking.engines.mesh.warp import Drive, displacement, drive, origin
from talking.types import Cutout, Floats, Frame, Motion

_JAW, _PUCKER, _CLOSE = MOVEMENTS.index("jaw"), MOVEMENTS.index("pucker"), MOVEMENTS.index("close")
_LEAST_BLINK = 0.02
_OWN_GONE = 0.4  # of the way to sealed lips, from where on nothing is left of what the picture shows between them
_STEPS = (4, 1)  # errors of .08 px in speech on a face of 100 px between the eyes, .25 px on one of 480


class Renderer:
    """Draws frames of one portrait. Frames do not depend on one another."""

    def __init__(self, state: MeshState) -> None:
        self.state = state
        self._palette = Palette(state.planes)

    def draw(self, motion: Motion, index: int, out: Frame | Cutout) -> None:
        """Draw frame `index` of a motion into `out`, uint8 of the shape of the source in `state.planes`: with alpha
        when that has it. No motion gives the source's own bytes."""
        state = self.state
        row = motion.blendshapes[index]
        mouth = keep_looking(coefficients(row, is_open=state.mouth.is_open), motion.pose[index])
        matrix, rotation = pose_matrix(state.frame, motion.pose[index], motion.shift[index])
        move = drive(matrix, rotation, float(motion.breath[index]), state.frame.iod, mouth)
        blink = blinks(row)
        np.copyto(out, state.planes.source if move.head is None else state.ground)
        target = canvas(state.planes, self._palette, out)
        lips = None if move.mouth is None else move_lips(state.lips, move, target.width, target.height)
        cells, source = _paint_body(state, target, move, lips.cells if lips else None)
        if lips is not None:
            opening = paint_lips(target, state.lips, lips)
            if opening is not None:
                _paint_interior(state, target, opening, (matrix, rotation), mouth, row)
        for lid, closed in zip(state.lids, blink, strict=True):
            if closed > _LEAST_BLINK:
                paint_lid(target, lid, closed, cells, source.transpose(1, 2, 0), state.skin)


class Painting:
    """A portrait's motion as frames by number, for `talking.engines.farm`."""

    def __init__(self, state: MeshState, motion: Motion) -> None:
        self._renderer, self._motion = Renderer(state), motion

    def draw(self, index: int, out: Frame | Cutout) -> None:
        """Draw frame `index` over all of `out`."""
        self._renderer.draw(self._motion, index, out)


def lip_gap(state: MeshState, blendshapes: Floats) -> float:
    """How far apart a row of blendshapes float32 (53,) puts the middle of the inner lips, in IOD, at least 0."""
    mouth = coefficients(blendshapes, is_open=state.mouth.is_open)
    upper, lower = state.lip_points @ mouth
    return max(float(lower[1] - upper[1]) + state.mouth.gap, 0.0)


def _paint_body(state: MeshState, target: Canvas, move: Drive, hidden: Grid | None) -> tuple[Grid, Floats]:
    """Draw all that moves but the `hidden` cells, which the lips will be drawn on; where the cells come from."""
    nodes = state.body.grid
    cells = state.cells if move.head is not None else _around(state.body.moving, state.cells)
    where = origin(displacement(state.body, move), nodes, cells, steps=_STEPS)
    source = nodes.to_px(where)
    if move.head is not None or move.mouth is not None:
        cover = lookup(state.cover, where, nearest=True)
        if move.head is None:  # the ground is the source: what has left a cell must be drawn over
            cover = np.maximum(cover, MIXED)
        if hidden is not None:
            cover[_inside(hidden, cells)] = NOTHING
        paint(target, cells, source, cover)
    return cells, source


def _inside(fine: Grid, coarse: Grid) -> tuple[slice, slice]:
    """The cells of `coarse` that lie wholly on drawn cells of `fine`."""
    ratio = coarse.step // fine.step
    spans = (
        (-(-(first + 1) // ratio) - start, (first + count - 1) // ratio - start)
        for first, count, start in (
            (fine.row, fine.rows, coarse.row),
            (fine.column, fine.columns, coarse.column),
        )
    )
    rows, columns = (slice(max(first, 0), max(last, 0)) for first, last in spans)
    return rows, columns


def _around(moving: Grid, whole: Grid) -> Grid:
    """The cells that a moving part may reach: itself and a few more, one on every side of which is not drawn."""
    slack = 8
    left, top = max(moving.column - slack, whole.column), max(moving.row - slack, whole.row)
    right = min(moving.column + moving.columns + slack, whole.column + whole.columns)
    bottom = min(moving.row + moving.rows + slack, whole.row + whole.rows)
    left, top = left - (right - left) % 2, top - (bottom - top) % 2
    return Grid(whole.step, left, top, right - left, bottom - top)


def _paint_interior(
    state: MeshState, target: Canvas, opening: Opening, pose: tuple[Array, Array], mouth: Floats, row: Floats
) -> None:
    height, width = opening.mask.shape
    x, y = opening.x, opening.y
    half = slice(y // 2, (y + height) // 2), slice(x // 2, (x + width) // 2)
    views = (target.out[0][y : y + height, x : x + width], target.out[1][half], target.out[2][half])
    raised, tip = tongue(row)
    cover = min(1.0, float(mouth[_CLOSE]) / _OWN_GONE) if state.mouth.is_open else 1.0
    if target.opacity is not None:
        raise_to(target.opacity[y : y + height, x : x + width], opening.mask * np.float32(cover))
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
        cover=cover,
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
