"""Textures of the mouth's inside: premultiplied, planar, placed by affine maps and laid over one another."""

from __future__ import annotations

import math
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


def make_backdrop(rgb: Floats) -> Floats:
    """A soft, opaque texture float32 (H, W, 3), Y - 16, U - 128, V - 128, of `rgb` float32 (H, W, 3) 0..255."""
    red, green, blue = (rgb[..., channel] for channel in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return _interleaved(
        luma * LUMA_RANGE, (blue - luma) * (CHROMA_RANGE / 1.8556), (red - luma) * (CHROMA_RANGE / 1.5748)
    )


def new_sheet(box: tuple[int, int, int, int], backdrop: Floats, placed: Affine) -> Sheet:
    """A sheet for the picture's `box` (left, top, right, bottom), all even, showing `backdrop`.

    `placed` maps the backdrop's pixels (column, row) to picture points; its border goes on for ever. It has no fine
    detail, so it is sampled coarsely and enlarged.
    """
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    size = (max(2, width // 6), max(2, height // 6))
    step = np.array([width / size[0], height / size[1]])
    coarse = placed / step[:, None]
    coarse[:, 2] += (0.5 - np.array([left, top])) / step - 0.5  # pixel j there covers step pixels here
    border = cv2.BORDER_REPLICATE
    planes = cv2.split(cv2.warpAffine(backdrop, coarse, size, flags=cv2.INTER_LINEAR, borderMode=border))
    sizes = ((width, height), (width // 2, height // 2), (width // 2, height // 2))
    y, u, v = (
        resized(np.asarray(plane, np.float32), whole, cv2.INTER_LINEAR)
        for plane, whole in zip(planes, sizes, strict=True)
    )
    return Sheet(y, u, v, (left, top))


def lay(sheet: Sheet, layer: Layer, placed: Affine) -> None:
    """Lay `layer` on `sheet` in place; `placed` maps its pixels (column, row) to picture points."""
    luma_map = placed.copy()
    luma_map[:, 2] -= sheet.origin
    _over((sheet.luma,), layer.luma, luma_map)
    # A chroma texel averages 2 x 2; a chroma sample sits on the left luma pixel of its block, between the rows.
    chroma_map = luma_map.copy()
    chroma_map[:, 2] += luma_map[:, :2] @ (0.5, 0.5) - (0.0, 0.5)
    chroma_map[:, 2] *= 0.5
    _over((sheet.u, sheet.v), layer.chroma, chroma_map)


def dim(sheet: Sheet, light: Floats, glow: tuple[float, float]) -> None:
    """Multiply a sheet in place by `light` (h, w), 0..1.

    What light is left has gone through flesh: shadows gain `glow`, levels of U and V.
    """
    np.multiply(sheet.luma, light, out=sheet.luma)
    light = resized(light, (light.shape[1] // 2, light.shape[0] // 2), cv2.INTER_AREA)
    shadow = 1.0 - light
    for plane, gain in zip((sheet.u, sheet.v), glow, strict=True):
        plane *= light
        plane += gain * shadow


def _over(planes: tuple[Floats, ...], texture: Floats, placed: Affine) -> None:
    """Premultiplied `texture` over `planes`, where it reaches."""
    window = _reach(texture.shape, placed, planes[0].shape)
    if window is None:
        return
    left, top, right, bottom = window
    placed = placed - ((0.0, 0.0, left), (0.0, 0.0, top))
    *colours, cover = cv2.split(cv2.warpAffine(texture, placed, (right - left, bottom - top), flags=cv2.INTER_LINEAR))
    clear = np.subtract(1.0, cover, dtype=np.float32)
    for plane, colour in zip(planes, colours, strict=True):
        part = plane[top:bottom, left:right]
        part *= clear
        part += colour


def _reach(texture: tuple[int, ...], placed: Affine, plane: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of what a placed texture covers of a plane; None when it covers nothing."""
    (xx, xy, x0), (yx, yy, y0) = placed.tolist()
    rows, columns = texture[0], texture[1]
    x = [x0 + xx * column + xy * row for column in (-1, columns) for row in (-1, rows)]
    y = [y0 + yx * column + yy * row for column in (-1, columns) for row in (-1, rows)]
    left, top = max(math.floor(min(x)), 0), max(math.floor(min(y)), 0)
    right, bottom = min(math.ceil(max(x)) + 1, plane[1]), min(math.ceil(max(y)) + 1, plane[0])
    return (left, top, right, bottom) if left < right and top < bottom else None


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
