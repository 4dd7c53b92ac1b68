"""A painted face back in the picture it was cut from, and how much of it counts where."""

from __future__ import annotations

import cv2
import numpy as np

from talking.engines.latentsync.align import Matrix, crop_size, kept
from talking.engines.lips.patch import around
from talking.engines.mesh.follow import Region
from talking.types import Floats, Image

_FEATHER = 1 / 24
"""Width of the edge of what is painted, as a share of the crop's width. It lies within: up to where the network was
shown the face itself, its own pixels stay."""


class Placing:
    """The way back for faces cut by `matrix` at a `resolution` from a picture of `width` x `height` px.

    `region` of the picture is where anything may be painted, even on all sides; `size` (width, height) the faces have
    when they come: that of the crop, or smaller where the picture shows them smaller.
    """

    def __init__(self, matrix: Matrix, resolution: int, width: int, height: int) -> None:
        across, down = crop_size(resolution)
        scale = min(1.0, 1.0 / float(np.hypot(matrix[0, 0], matrix[1, 0])))
        self.size = max(2, round(across * scale)), max(2, round(down * scale))
        ratio = np.array([[self.size[0] / across], [self.size[1] / down]])
        # Pixels are counted from their middles: half a pixel of the one is not half a pixel of the other.
        self._matrix = matrix * ratio
        self._matrix[:, 2] += (0.5 * ratio - 0.5)[:, 0]
        share = _inside(resolution, self.size)
        rows, columns = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
        corners = np.array([(x, y, 1) for x in columns[[0, -1]] for y in rows[[0, -1]]], np.float64)
        places = corners @ cv2.invertAffineTransform(self._matrix).T
        (x0, y0), (x1, y1) = places.min(axis=0) - 1, places.max(axis=0) + 2
        self.region: Region = around(x0, y0, x1, y1, width, height)
        self.share: Floats = self._warped(share)

    def back(self, face: Floats) -> Image:
        """The region uint8 (h, w, 3) of a face float32 (height, width, 3) in 0..255 of `size`."""
        return np.asarray(np.rint(self._warped(face)), np.uint8)

    def _warped(self, layer: Floats) -> Floats:
        matrix = self._matrix.copy()
        matrix[:, 2] += matrix[:, :2] @ (self.region.x, self.region.y)
        return np.asarray(
            cv2.warpAffine(
                layer, matrix, (self.region.width, self.region.height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            ),
            np.float32,
        )  # fmt: skip


def _inside(resolution: int, size: tuple[int, int]) -> Floats:
    """How much of what the network paints counts, float32 (height, width) in [0, 1] of a face of `size`."""
    anew = cv2.resize((kept(resolution) < 0.5).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    anew[0] = anew[-1] = 0
    reach = max(3, round(_FEATHER * size[0]))
    distance = cv2.distanceTransform(anew, cv2.DIST_L2, 3)
    ramp = np.clip(np.maximum(distance - 1, 0) / reach, 0, 1)
    return np.asarray(ramp * ramp * (3 - 2 * ramp), np.float32)
