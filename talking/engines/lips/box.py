"""The box of a face, and what is painted for it laid where it lies."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh.follow import Region
from talking.types import Image


@dataclass(frozen=True)
class Box:
    """Corners of a face in whole px of its picture, `x1` and `y1` not in it."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0


def fitted(painted: Image, box: Box) -> Image:
    """A painted square in the size of the box, uint8 (h, w, 3)."""
    return np.asarray(cv2.resize(painted, (box.width, box.height), interpolation=cv2.INTER_LINEAR), np.uint8)


def placed(under: NDArray[np.uint8], region: Region, box: Box, part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A copy of `under`, which shows the region, with `part`, which shows the box, in its place."""
    whole = under.copy()
    top, left = box.y0 - region.y, box.x0 - region.x
    whole[top : top + box.height, left : left + box.width] = part
    return whole
