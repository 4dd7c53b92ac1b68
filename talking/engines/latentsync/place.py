"""A painted face back in the picture it was cut from, and how much of it counts where."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from talking.engines.latentsync.align import Matrix, crop_size, kept
from talking.engines.lips.patch import around
from talking.engines.mesh.follow import Region
from talking.types import Floats

_FEATHER = 1 / 24
"""Width of the edge of what is painted, as a share of the crop's width. It lies within: up to where the network was
shown the face itself, its own pixels stay."""


class Placing:
    """The way back for faces cut by `matrix` at a `resolution` from a picture of `width` x `height` px.

    `region` of the picture is where anything may be painted, even on all sides, and `share` float32 (h, w) in [0, 1]
    how much of what is painted there counts.
    """

    def __init__(self, matrix: Matrix, resolution: int, width: int, height: int) -> None:
        across, down = crop_size(resolution)
        scale = min(1.0, 1.0 / float(np.hypot(matrix[0, 0], matrix[1, 0])))
        # A face that is smaller in the picture than in the crop is made smaller first, so that nothing is skipped.
        self._size = max(2, round(across * scale)), max(2, round(down * scale))
        ratio = np.array([[self._size[0] / across], [self._size[1] / down]])
        # Pixels are counted from their middles: half a pixel of the one is not half a pixel of the other.
        self._matrix = matrix * ratio
        self._matrix[:, 2] += (0.5 * ratio - 0.5)[:, 0]
        share = _inside(resolution, self._size)
        rows, columns = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
        corners = np.array([(x, y, 1) for x in columns[[0, -1]] for y in rows[[0, -1]]], np.float64)
        places = corners @ cv2.invertAffineTransform(self._matrix).T
        (x0, y0), (x1, y1) = places.min(axis=0) - 1, places.max(axis=0) + 2
        self.region: Region = around(x0, y0, x1, y1, width, height)
        self._matrix[:, 2] += self._matrix[:, :2] @ (self.region.x, self.region.y)
        size = self.region.width, self.region.height
        self.share: Floats = np.asarray(
            cv2.warpAffine(share, self._matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP), np.float32
        )

    def back(self, pictures: Tensor) -> Tensor:
        """The region uint8 [F, h, w, 3] RGB of square faces [F, 3, S, S] in [-1, 1], on their device."""
        width, height = self._size
        fitted = functional.interpolate(pictures.float(), size=(height, width), mode="bicubic", antialias=True)
        grid = self._grid().to(fitted.device).expand(len(pictures), -1, -1, -1)
        placed = functional.grid_sample(fitted, grid, mode="bilinear", padding_mode="border", align_corners=True)
        return ((placed / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1)

    def _grid(self) -> Tensor:
        """Where each pixel of the region lies on a face, float32 [1, h, w, 2], its corners at -1 and 1. Exact, where
        OpenCV counts in steps of 1/32 px.
        """
        x, y = np.meshgrid(np.arange(self.region.width), np.arange(self.region.height))
        points = np.stack([x, y, np.ones_like(x)], axis=-1) @ self._matrix.T
        corners = points / (np.array(self._size) - 1) * 2 - 1
        return torch.from_numpy(corners.astype(np.float32))[None]


def _inside(resolution: int, size: tuple[int, int]) -> Floats:
    """How much of what the network paints counts, float32 (height, width) in [0, 1] of a face of `size`."""
    anew = cv2.resize((kept(resolution) < 0.5).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    anew[0] = anew[-1] = 0
    reach = max(3, round(_FEATHER * size[0]))
    distance = cv2.distanceTransform(anew, cv2.DIST_L2, 3)
    ramp = np.clip(np.maximum(distance - 1, 0) / reach, 0, 1)
    return np.asarray(ramp * ramp * (3 - 2 * ramp), np.float32)
