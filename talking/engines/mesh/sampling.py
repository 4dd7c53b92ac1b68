"""Values of planes and fields between their pixels and nodes."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh.grid import Grid
from talking.engines.mesh.planar import Plane
from talking.types import Floats

Field = TypeVar("Field", bound=NDArray[Any])

_NO_SECOND_MAP = cast(Any, None)


def sample(source: Plane, x: Floats, y: Floats, out: Plane | None = None) -> Plane:
    """A plane's values at points (x, y) of it, float32 (h, w) each, into `out` when given.

    Beyond its edge the plane is mirrored, which shows less than streaks where a head moves away from the edge.
    """
    return cast(Plane, cv2.remap(source, x, y, cv2.INTER_LINEAR, dst=out, borderMode=cv2.BORDER_REFLECT))


def lookup(field: Field, where: Floats, *, nearest: bool = False, zero_outside: bool = False) -> Field:
    """A field's values at points float32 (h, w, 2), x and y counted in its columns and rows.

    Beyond its edge the field continues with its edge's values, or with zeros.
    """
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    border = cv2.BORDER_CONSTANT if zero_outside else cv2.BORDER_REPLICATE
    return cast(Field, cv2.remap(field, where, _NO_SECOND_MAP, how, borderMode=border))


def in_nodes(grid: Grid, px: Floats) -> Floats:
    """Points in px, float32 (h, w, 2), counted in the columns and rows of a grid's nodes."""
    where: Floats = (px - np.array([grid.x()[0], grid.y()[0]], np.float32)) * np.float32(1 / grid.step)
    return where


def enlarged(part: Floats, rows: slice, columns: slice, scale: int) -> Floats:
    """Cells of a map (h, w), `scale` times as large each way.

    Their neighbours are enlarged too and cut off again, since the outermost half cell is not interpolated.
    """
    cells = np.ascontiguousarray(part[rows.start - 1 : rows.stop + 1, columns.start - 1 : columns.stop + 1])
    size = (cells.shape[1] * scale, cells.shape[0] * scale)
    large = cast(Floats, cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR))
    return large[scale:-scale, scale:-scale]
