"""The planes of frames and cut-outs, and pictures as planes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.types import Cutout, Floats, Frame, Image

Plane: TypeAlias = NDArray[np.uint8]

# ITU-R BT.709: luma weights, and the chroma scales 2 (1 - Kb) and 2 (1 - Kr), in the limited range of 8 bits.
_LUMA = np.array([0.2126, 0.7152, 0.0722])
_TO_YUV = np.vstack(
    [
        np.append(_LUMA * 219 / 255, 16),
        np.append((np.array([0, 0, 1]) - _LUMA) * 224 / 255 / (2 * (1 - _LUMA[2])), 128),
        np.append((np.array([1, 0, 0]) - _LUMA) * 224 / 255 / (2 * (1 - _LUMA[0])), 128),
    ]
)

BLACK = (16, 128, 128)
"""Y, U and V of black."""


@dataclass(frozen=True)
class Size:
    """Width and height of a film in px, both even."""

    width: int
    height: int

    @property
    def frame(self) -> tuple[int, int]:
        """The shape of its frames."""
        return self.height * 3 // 2, self.width

    @property
    def cutout(self) -> tuple[int, int]:
        """The shape of its cut-outs."""
        return self.height * 5 // 2, self.width


def views(frame: Frame | Cutout, size: Size) -> tuple[Plane, ...]:
    """Y (H, W), U and V (H / 2, W / 2) of a frame, and alpha (H, W) of a cut-out, without a copy."""
    height, width = size.height, size.width
    assert frame.shape in (size.frame, size.cutout), f"{frame.shape} is no frame of {width} x {height}"
    chroma = frame[height : height * 3 // 2].reshape(2, height // 2, width // 2)
    planes = (frame[:height], chroma[0], chroma[1])
    return planes if frame.shape == size.frame else (*planes, frame[height * 3 // 2 :])


def blank(shape: tuple[int, int], size: Size) -> Frame | Cutout:
    """A black frame, or a cut-out in which there is nothing."""
    empty = np.zeros(shape, np.uint8)
    for plane, value in zip(views(empty, size), BLACK, strict=False):
        plane[:] = value
    return empty


def to_frame(image: Image) -> Frame:
    """The frame of an RGB picture (H, W, 3) whose sides are even."""
    y, u, v = yuv(image)
    planes = to_bytes(y), to_bytes(halved(u)), to_bytes(halved(v))
    frame: Frame = np.concatenate([plane.ravel() for plane in planes]).reshape(-1, y.shape[1])
    return frame


def yuv(image: Image) -> list[Floats]:
    """Y, U and V of an RGB picture, each float32 (H, W) in the limited range, chroma not yet reduced."""
    whole = np.asarray(cv2.transform(image.astype(np.float32), _TO_YUV), np.float32)
    return [np.ascontiguousarray(whole[..., index]) for index in range(3)]


def halved(plane: Floats) -> Floats:
    """A plane (H, W), sides even, as a chroma plane (H / 2, W / 2): sited on the left pixel, between two rows."""
    weights = np.array([0.25, 0.5, 0.25])
    level = np.asarray(cv2.sepFilter2D(plane, -1, weights, np.ones(1), borderType=cv2.BORDER_REPLICATE), np.float32)
    left: Floats = (level[::2, ::2] + level[1::2, ::2]) / 2
    return left


def to_bytes(plane: Floats) -> Plane:
    """Rounded to whole numbers from 0 to 255."""
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)
