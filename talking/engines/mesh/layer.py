"""Textures of the mouth's inside: premultiplied, planar, placed by affine maps and laid over one another."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.types import Floats

Affine = NDArray[np.float64]
"""A 2x3 affine map."""

LUMA_RANGE, CHROMA_RANGE = 219.0 / 255.0, 224.0 / 255.0
BLACK, GREY = 16.0, 128.0


@dataclass(frozen=True)
class Layer:
    """A texture in limited-range BT.709, black and grey taken as zero so that light and cover multiply.

    `luma` float32 (H, W, 2): (Y - 16) x cover and cover; `chroma` float32 (H / 2, W / 2, 3): (U - 128) x cover,
    (V - 128) x cover, cover. Cover lies in 0..1, the rest is premultiplied by it.
    """

    luma: Floats
    chroma: Floats


@dataclass(frozen=True)
class Sheet:
    """What layers are laid on: `luma` (h, w), `u`, `v` (h / 2, w / 2), float32, black and grey as zero, and the
    picture point `origin` (x, y) its first pixel shows.
    """

    luma: Floats
    u: Floats
    v: Floats
    origin: tuple[int, int]


def make_layer(rgb: Floats, cover: Floats, blur: float = 0.0, grain: Floats | None = None) -> Layer:
    """A layer of `rgb` float32 (H, W, 3) 0..255 that covers as `cover` float32 (H, W) 0..1 says.

    `blur` is a gaussian sigma in texture px, `grain` float32 (H, W) is added to the luma, in levels.
    """
    height, width = cover.shape
    rgb, cover = rgb[: height // 2 * 2, : width // 2 * 2], cover[: height // 2 * 2, : width // 2 * 2]
    red, green, blue = (rgb[..., channel] * cover for channel in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    planes = [luma * LUMA_RANGE, (blue - luma) * (CHROMA_RANGE / 1.8556), (red - luma) * (CHROMA_RANGE / 1.5748), cover]
    if blur > 0.1:
        planes = [softened(plane, blur, cv2.BORDER_REPLICATE) for plane in planes]
    y, u, v, alpha = planes
    if grain is not None:
        y = np.clip(y + grain[: y.shape[0], : y.shape[1]] * alpha, 0.0, 219.0 * alpha)
    half = (alpha.shape[1] // 2, alpha.shape[0] // 2)
    small = [resized(plane, half, cv2.INTER_AREA) for plane in (u, v, alpha)]
    return Layer(_interleaved(y, alpha), _interleaved(*small))


def blank_sheet(width: int, height: int, origin: tuple[int, int]) -> Sheet:
    """A black sheet; `width`, `height` and `origin` are even."""
    chroma = (height // 2, width // 2)
    return Sheet(
        np.zeros((height, width), np.float32), np.zeros(chroma, np.float32), np.zeros(chroma, np.float32), origin
    )


def lay(sheet: Sheet, layer: Layer, placed: Affine, border: int = cv2.BORDER_CONSTANT) -> None:
    """Lay `layer` on `sheet` in place; `placed` maps its pixels (column, row) to picture points."""
    luma_map = placed.copy()
    luma_map[:, 2] -= sheet.origin
    _over((sheet.luma,), layer.luma, luma_map, border)
    # A chroma texel averages 2 x 2; a chroma sample sits on the left luma pixel of its block, between the rows.
    chroma_map = luma_map.copy()
    chroma_map[:, 2] += luma_map[:, :2] @ (0.5, 0.5) - (0.0, 0.5)
    chroma_map[:, 2] *= 0.5
    _over((sheet.u, sheet.v), layer.chroma, chroma_map, border)


def dim(sheet: Sheet, light: Floats, half_light: Floats, glow: tuple[float, float]) -> None:
    """Multiply a sheet in place by `light` (h, w) and, for the chroma, by the same at half size.

    What light is left has gone through flesh: shadows gain `glow`, levels of U and V.
    """
    np.multiply(sheet.luma, light, out=sheet.luma)
    shadow = 1.0 - half_light
    for plane, gain in zip((sheet.u, sheet.v), glow, strict=True):
        plane *= half_light
        plane += gain * shadow


def _over(planes: tuple[Floats, ...], texture: Floats, placed: Affine, border: int) -> None:
    height, width = planes[0].shape
    warped = cv2.warpAffine(texture, placed, (width, height), flags=cv2.INTER_LINEAR, borderMode=border)
    *colours, cover = cv2.split(warped)
    clear = np.subtract(1.0, cover, dtype=np.float32)
    for plane, colour in zip(planes, colours, strict=True):
        cv2.multiply(plane, clear, dst=plane)
        cv2.add(plane, colour, dst=plane)


def resized(plane: Floats, size: tuple[int, int], interpolation: int) -> Floats:
    """A plane at `size` (width, height)."""
    return np.asarray(cv2.resize(plane, size, interpolation=interpolation), np.float32)


def softened(plane: Floats, sigma: float, border: int = cv2.BORDER_CONSTANT) -> Floats:
    """A plane blurred by a gaussian."""
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=border), np.float32)


def lowered(plane: Floats, shift: float) -> Floats:
    """A plane moved down by `shift` px, zero above."""
    down = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, shift]])
    return np.asarray(cv2.warpAffine(plane, down, plane.shape[::-1], flags=cv2.INTER_LINEAR), np.float32)


def _interleaved(*planes: Floats) -> Floats:
    return np.ascontiguousarray(np.stack(planes, axis=-1), dtype=np.float32)
