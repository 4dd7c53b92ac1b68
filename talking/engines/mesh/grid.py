"""Regular grids of nodes over the picture; displacements live on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from talking.engines.mesh.faceframe import Array
from talking.types import Floats


@dataclass(frozen=True)
class Grid:
    """Nodes at x = (column + i) step + (step - 1) / 2 and y = (row + j) step + (step - 1) / 2, in px.

    A node thus is the centre of a cell of `step` x `step` px, and enlarging an array of node values `step` times
    with `cv2.resize` gives one value for each px of those cells. `column` and `row` may be negative.
    """

    step: int
    column: int
    row: int
    columns: int
    rows: int

    @property
    def offset(self) -> float:
        """Where the node of cell 0 lies, px."""
        return (self.step - 1) / 2

    def x(self) -> Array:
        """Node columns in px, float64 (columns,)."""
        return (self.column + np.arange(self.columns)) * float(self.step) + self.offset

    def y(self) -> Array:
        """Node rows in px, float64 (rows,)."""
        return (self.row + np.arange(self.rows)) * float(self.step) + self.offset

    def to_px(self, where: Floats) -> Floats:
        """Points counted in columns and rows, float32 (h, w, 2), in px: x and y, float32 (2, h, w)."""
        px = np.empty((2, *where.shape[:2]), np.float32)
        for axis, first in enumerate((self.column, self.row)):
            np.multiply(where[..., axis], np.float32(self.step), out=px[axis])
            px[axis] += np.float32(first * self.step + self.offset)
        return px

    def mesh(self) -> tuple[Array, Array]:
        """x and y of all nodes, px, float64 (rows, columns) each."""
        x, y = np.meshgrid(self.x(), self.y())
        return x, y

    def window(self, other: Grid) -> tuple[slice, slice]:
        """Rows and columns of this grid that `other`, of the same step and inside this one, covers."""
        row, column = other.row - self.row, other.column - self.column
        return slice(row, row + other.rows), slice(column, column + other.columns)


def covering(step: int, x0: float, y0: float, x1: float, y1: float) -> Grid:
    """The smallest grid whose cells cover the px x0..x1 and y0..y1."""
    column, row = int(np.floor(x0 / step)), int(np.floor(y0 / step))
    return Grid(step, column, row, int(np.floor(x1 / step)) - column + 1, int(np.floor(y1 / step)) - row + 1)


def power_of_two(limit: float, *, least: int) -> int:
    """The largest power of two that is at most `limit`, or `least`."""
    return max(least, 1 << max(int(np.floor(np.log2(max(limit, 1.0)))), 0))
