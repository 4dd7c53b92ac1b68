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
from talking.types import Cutout, Floats, Frame, Image

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

_MARGIN = 8
"""Pixels around the subject's box, more than a Lanczos filter reaches."""

_CRISP = np.float32(1.1)
"""Contrast within the 2x2 block that stands for a pixel. With more, even slopes would not move evenly any more."""

_STRIP = 32
"""Rows settled at a time: few enough to stay in the processor's cache."""


@dataclass(frozen=True)
class Planes:
    """A portrait ready for sampling; H and W are the picture's, all planes uint8.

    `y` and `alpha` (2H, 2W), `u`, `v` and `alpha_uv` (H, W): the subject, premultiplied, all of them twice as dense
    as the output plane they serve. `background` and `source`: I420 frames (H * 3 / 2, W); a `source` that shall be
    drawn without its background is a Cutout, its `background` black.

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
    source: Frame | Cutout

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


def opacity(frame: Frame | Cutout, height: int) -> Plane | None:
    """The alpha (H, W) of a cutout `height` px high, without a copy; None of a frame that has none."""
    rows = height * 3 // 2
    return frame[rows:] if len(frame) > rows else None


def to_i420(image: Image) -> Frame:
    """The frame of an RGB picture (H, W, 3) whose sides are even."""
    return _frame(yuv(image))


def i420_to_rgb(frame: Frame) -> Image:
    """The RGB picture of a frame, uint8 (H, W, 3); chroma is interpolated linearly."""
    luma, *chroma = views(frame)
    height, width = luma.shape
    # Where each luma pixel lies in the chroma planes: columns at 2 i, rows at 2 j + .5.
    columns = np.broadcast_to(np.arange(width, dtype=np.float32) / 2, (height, width))
    rows = np.broadcast_to((np.arange(height, dtype=np.float32)[:, None] - 0.5) / 2, (height, width))
    full = [
        cv2.remap(plane.astype(np.float32), columns, rows, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
        for plane in chroma
    ]
    inverse = np.linalg.inv(_TO_YUV[:, :3])
    yuv = cv2.merge([luma.astype(np.float32), *full])
    rgb = cv2.transform(yuv, np.column_stack([inverse, -inverse @ _TO_YUV[:, 3]]))
    return _to_bytes(np.asarray(rgb, np.float32))


def planes(image: Image, layers: Layers) -> Planes:
    """The planes of an RGB picture (H, W, 3), sides even, and its layers.

    The subject is what the background leaves of the source: P = source - (1 - alpha) x background, so that nothing
    changes as long as nothing moves. Where that is negative, alpha is raised until it is not; where alpha rounds to
    0, the background is the source.
    """
    rows, columns = box = _box(layers.alpha)
    half = slice(rows.start // 2, rows.stop // 2), slice(columns.start // 2, columns.stop // 2)
    seen, behind = yuv(image), yuv(layers.background[box])
    source = _frame(seen)
    background = source.copy()
    pairs = [(a[part], b[part]) for a, b, part in zip(views(source), views(background), (box, half, half), strict=True)]
    for (_, target), part in zip(pairs, views(_frame(behind)), strict=True):
        target[:] = part

    alpha = layers.alpha[box]
    alpha_uv = lean_left(alpha)
    # What is sharpened is the picture, not what the cut leaves of it: that would put a seam around the subject.
    dense_alpha, dense_behind = _bilinear(alpha), _bilinear(behind[0])
    bare = _enlarge(seen[0][box]) - (1 - dense_alpha) * dense_behind
    luma = _pack([bare], dense_alpha, alpha, pairs[:1])
    bare_uv = [part[box] - (1 - alpha_uv) * b for part, b in zip(seen[1:], behind[1:], strict=True)]
    chroma = _pack(bare_uv, alpha_uv, _halve(alpha_uv), pairs[1:])

    height, width = image.shape[:2]
    y, y_alpha = (_place(plane, (2 * height, 2 * width), 2 * rows.start, 2 * columns.start) for plane in luma)
    u, v, uv_alpha = (_place(plane, (height, width), rows.start, columns.start) for plane in chroma)
    return Planes(y, u, v, y_alpha, uv_alpha, background, source)


def black(height: int, width: int) -> Frame:
    """A black frame."""
    frame = np.full((height * 3 // 2, width), 128, np.uint8)
    frame[:height] = 16
    return frame


def cut_planes(layers: Layers, backdrop: Frame | None) -> Planes:
    """The planes of the subject before `backdrop`, of the picture's size, or without any background when None.

    The subject is alpha times the foreground, whatever lies behind it: over a picture the frames without background
    look as those drawn before that picture.
    """
    height, width = layers.alpha.shape
    rows, columns = box = _box(layers.alpha)
    half = slice(rows.start // 2, rows.stop // 2), slice(columns.start // 2, columns.stop // 2)
    alpha = layers.alpha[box]
    alpha_uv = lean_left(alpha)
    luma, *chroma = _split(layers.foreground[box])
    colours = [lean_left(alpha * plane) for plane in chroma]
    goals = [_to_bytes(plane) for plane in (alpha * luma, *map(_halve, colours))]
    covers = [_to_bytes(255 * plane) for plane in (alpha, _halve(alpha_uv))]

    dense_alpha = _bilinear(alpha)
    loose = [dense_alpha * _enlarge(luma), *colours, 255 * dense_alpha, 255 * alpha_uv]
    dense = [_settle(plane, goal) for plane, goal in zip(loose, [*goals, *covers], strict=True)]
    y, y_alpha = (_place(dense[i], (2 * height, 2 * width), 2 * rows.start, 2 * columns.start) for i in (0, 3))
    u, v, uv_alpha = (_place(dense[i], (height, width), rows.start, columns.start) for i in (1, 2, 4))

    background = black(height, width) if backdrop is None else backdrop
    source = background.copy()
    for out, goal, cover, part in zip(
        views(source), goals, covers[:1] + covers[1:] * 2, (box, half, half), strict=True
    ):
        cv2.add(goal, cv2.multiply(out[part], cv2.bitwise_not(cover), scale=1 / 255), dst=out[part])
    if backdrop is None:
        source = np.concatenate([source, _place(covers[0], (height, width), rows.start, columns.start)])
    return Planes(y, u, v, y_alpha, uv_alpha, background, source)


def yuv(image: Image) -> list[Floats]:
    """Y, U and V float32 (H, W) of a picture; U and V already average a pixel and its left neighbour.

    With that average, the mean of a 2x2 block of U is the chroma sample on the block's left column.
    """
    luma, u, v = _split(image)
    return [luma, lean_left(u), lean_left(v)]


def _split(image: Image) -> list[Floats]:
    """Y, U and V float32 (H, W) of a picture."""
    yuv = cv2.transform(image.astype(np.float32), _TO_YUV)
    return [np.asarray(plane, np.float32) for plane in cv2.split(yuv)]


def lean_left(plane: Floats) -> Floats:
    """The mean of each pixel and its left neighbour."""
    return np.asarray(cv2.blur(plane, (2, 1), anchor=(1, 0), borderType=cv2.BORDER_REPLICATE), np.float32)


def _frame(yuv: list[Floats]) -> Frame:
    """The frame of full-size planes."""
    height, width = yuv[0].shape
    frame = np.empty((height * 3 // 2, width), np.uint8)
    y, u, v = views(frame)
    y[:] = _to_bytes(yuv[0])
    u[:] = _to_bytes(_halve(yuv[1]))
    v[:] = _to_bytes(_halve(yuv[2]))
    return frame


def _halve(plane: Floats) -> Floats:
    return np.asarray(cv2.resize(plane, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)


def _to_bytes(plane: Floats) -> Plane:
    """Rounded and clipped to 0..255."""
    return np.asarray(cv2.convertScaleAbs(np.maximum(plane, 0)), np.uint8)


def _box(alpha: Floats) -> tuple[slice, slice]:
    """The rows and columns that hold the subject, with a margin, starting and ending at even numbers."""
    left, top, width, height = cv2.boundingRect((alpha > 0).astype(np.uint8))
    spans = (top, height, alpha.shape[0]), (left, width, alpha.shape[1])
    rows, columns = (
        slice(max(start - _MARGIN, 0) // 2 * 2, (min(start + length + _MARGIN, end) + 1) // 2 * 2)
        for start, length, end in spans
    )
    return rows, columns


def _enlarge(plane: Floats) -> Floats:
    """Twice the size, float32 (2h, 2w), such that the mean of a 2x2 block comes near the pixel it stands for.

    One round of making up for what the enlarging blurs, and a little more contrast within the blocks for what is lost
    half-way between pixels; both together keep .76 to 1.07 of a face's sharpness there.
    """
    blurred = _halve(_lanczos(plane))
    large = _lanczos(_CRISP * (2 * plane - blurred))
    large -= cv2.resize((_CRISP - 1) * plane, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    return large


def _bilinear(plane: Floats) -> Floats:
    return np.asarray(cv2.resize(plane, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR), np.float32)


def _lanczos(plane: Floats) -> Floats:
    return np.asarray(cv2.resize(plane, None, fx=2, fy=2, interpolation=cv2.INTER_LANCZOS4), np.float32)


def _pack(loose: list[Floats], dense_alpha: Floats, alpha: Floats, pairs: list[tuple[Plane, Plane]]) -> list[Plane]:
    """The dense planes of the subject, then the dense alpha they share.

    `loose` premultiplied float32 (2h, 2w) each; the alphas float32 in [0, 1], (2h, 2w) and (h, w); `pairs` source and
    background uint8 (h, w) for each. Where nothing covers it, the background is set to the source.
    """
    clear = 255 - _to_bytes(255 * alpha)
    for source, background in pairs:
        np.copyto(background, source, where=clear == 255)
    for source, background in pairs:
        np.minimum(clear, 255 * source.astype(np.uint16) // np.maximum(background, 1), out=clear, casting="unsafe")
    dense = []
    for plane, (source, background) in zip(loose, pairs, strict=True):
        shining = cv2.multiply(background, clear, scale=1 / 255)
        dense.append(_settle(plane, np.asarray(cv2.subtract(source, shining), np.uint8)))
    return [*dense, _settle(255 * dense_alpha, np.asarray(cv2.bitwise_not(clear), np.uint8))]


def _settle(loose: Floats, goal: Plane) -> Plane:
    """Whole numbers (2h, 2w) near `loose`, every 2x2 block of which sums to four times `goal` (h, w)."""
    dense = np.empty(loose.shape, np.uint8)
    for top in range(0, len(goal), _STRIP):
        strip = slice(2 * top, 2 * (top + _STRIP))
        dense[strip] = _settle_strip(loose[strip], goal[top : top + _STRIP])
    return dense


def _settle_strip(loose: Floats, goal: Plane) -> Plane:
    height, width = goal.shape
    columns = [np.asarray(column, np.float32) for column in cv2.split(loose.reshape(2 * height, width, 2))]
    settled = [np.empty(column.shape, np.uint8) for column in columns]
    parts = [(column[row::2], whole[row::2]) for row in (0, 1) for column, whole in zip(columns, settled, strict=True)]
    shift = goal - _halve(loose)
    # What rounding takes from one part goes to the next, which spreads the error and leaves none in the end.
    carry = np.zeros_like(shift)
    for part, whole in parts:
        carry += part
        carry += shift
        whole[:] = _to_bytes(carry)
        carry -= whole
    # Except where the last ran into 0 or 255: the others can take it.
    left = np.nonzero(np.abs(carry) > 0.5)
    rest = np.rint(carry[left]).astype(np.int16)
    for _, whole in parts:
        better = np.clip(whole[left] + rest, 0, 255)
        rest -= better - whole[left]
        whole[left] = better
    return np.asarray(cv2.merge(settled), np.uint8).reshape(2 * height, 2 * width)


def _place(plane: Plane, size: tuple[int, int], top: int, left: int) -> Plane:
    """The plane in an empty one of `size` (height, width)."""
    if plane.shape == size:
        return plane
    whole = np.zeros(size, np.uint8)
    whole[top : top + plane.shape[0], left : left + plane.shape[1]] = plane
    return whole
