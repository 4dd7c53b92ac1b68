"""Pictures as planar YUV, and the layers of a portrait as planes that a renderer can sample.

Everything is BT.709, limited range. A chroma sample sits on the luma column of its left pixel and between the two
rows it covers, which is what decoders assume of 4:2:0 by default.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh.matte import Layers
from talking.types import Floats, Frame, Image

Plane = NDArray[np.uint8]

# ITU-R BT.709: luma weights, and the chroma scales 2 (1 - Kb) and 2 (1 - Kr).
_KR, _KG, _KB = 0.2126, 0.7152, 0.0722
_LUMA = np.array([_KR, _KG, _KB])
_TO_YUV = np.vstack(
    [
        np.append(_LUMA * 219 / 255, 16),
        np.append((np.array([0, 0, 1]) - _LUMA) * 224 / 255 / (2 * (1 - _KB)), 128),
        np.append((np.array([1, 0, 0]) - _LUMA) * 224 / 255 / (2 * (1 - _KR)), 128),
    ]
)


@dataclass(frozen=True)
class Planes:
    """A portrait ready for sampling; H and W are the picture's, all planes uint8.

    `y` and `alpha` (2H, 2W), `u`, `v` and `alpha_uv` (H, W): the subject, premultiplied, all of them twice as dense
    as the output plane they serve. `background` and `source`: I420 frames (H * 3 / 2, W).

    Every 2x2 block of a dense plane sums to exactly four times one value of its output plane, so that sampling the
    middle of a block with `cv2.remap(..., INTER_LINEAR)` returns that value. To show the picture point (x, y), in px
    with pixel centres at whole numbers, sample `y` and `alpha` at (2 x + .5, 2 y + .5), and `u`, `v` and `alpha_uv` at
    (x + .5, y). The output luma pixel (i, j) lies at the point (i, j), the chroma sample (i, j) at (2 i, 2 j + .5): an
    identity map thus samples both at (2 i + .5, 2 j + .5).

    The output value is `cv2.add(P, cv2.multiply(B, 255 - A, scale=1 / 255))` with P and A sampled from the subject
    and the background B at its own place, and just P where A is 255. An identity map returns `source`, bit for bit.
    """

    y: Plane
    u: Plane
    v: Plane
    alpha: Plane
    alpha_uv: Plane
    background: Frame
    source: Frame

    @property
    def height(self) -> int:
        return self.alpha_uv.shape[0]

    @property
    def width(self) -> int:
        return self.alpha_uv.shape[1]


def views(frame: Frame) -> tuple[Plane, Plane, Plane]:
    """The planes Y (H, W), U and V (H / 2, W / 2) of a frame, without a copy."""
    width = frame.shape[1]
    height = frame.shape[0] * 2 // 3
    chroma = frame[height:].reshape(2, height // 2, width // 2)
    return frame[:height], chroma[0], chroma[1]


def to_i420(image: Image) -> Frame:
    """The frame of an RGB picture whose sides are even."""
    raise NotImplementedError


def i420_to_rgb(frame: Frame) -> Image:
    """The RGB picture of a frame, uint8 (H, W, 3); chroma is interpolated."""
    raise NotImplementedError


def planes(image: Image, layers: Layers) -> Planes:
    """The planes of a portrait and its layers."""
    raise NotImplementedError
