"""Blinks: the skin between brow and lashes stretches down over the eye."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.curves import curve
from talking.engines.mesh.eyes import EyeOutline, eye_outlines
from talking.engines.mesh.faceframe import Array, FaceFrame, smoothstep
from talking.engines.mesh.glasses import BareSkin
from talking.engines.mesh.grid import Grid, covering, power_of_two
from talking.engines.mesh.paint import SOLID, Canvas, cover_map, raise_to
from talking.engines.mesh.planar import Plane, Planes
from talking.engines.mesh.sampling import enlarged, in_nodes, lookup, sample
from talking.types import Floats, Image

_REACH = 0.95  # share of the way from the lashes up to the brow that the moving skin takes
_LASHES = 0.003  # IOD below the lash line that travel with the lid
_OVER = 0.014  # IOD below the lower lid's line where the lash line ends: its wet rim shines like the white of the eye
_CORNER = 0.035  # IOD beyond the seen eye where the lids meet: the width of their rims
_AROUND = 0.22  # IOD beyond the eye in which the skin gives way
_LOOSE = 0.08  # IOD: the skin above the lashes spreads their way sidewards as a Gaussian of this width
_RIM = (0.02, 0.14)  # IOD above the lower lid where it begins to do so, and from where on it does
_RISE = 0.15  # at most so steeply the lashes of a closed lid rise towards the outer corner
_TAIL = 0.18  # IOD beyond the outer corner in which lashes still do
_THINNER = 0.75  # of the height of lashes and the fold over them: what goes at the lashes of a closed lid
_BAND = 0.4  # share of the strip's height in which lashes and the fold become lower
_CLOSING = 0.6  # travel over the strip's height from which on they are

_DRAWN_OUT = (1.5, 3.5)  # times its height, at which skin begins to lose its fine lines, and has none left
_LINES = 0.03  # IOD: what is finer than that would be drawn out into streaks

_STRETCHES = 96
_HEIGHTS = 256
_MOST = 6.0  # the opening over the height of the strip above it, at most
_LOWEST = -_MOST


@dataclass(frozen=True)
class Lid:
    """One eye's upper lid on a grid of picture nodes.

    `height` float32 (rows, columns): height above the lash line over `strip`, the height of the skin that moves in
    IOD; `travel` the way at a full blink over `strip`, on the lower lid that of the lash line and farther up that of
    the skin around; `inside` 1 between the corners of the eye and a little beyond, fading outside;
    `down` (2,) the face's downward direction in px per IOD;
    `whole` whether all of it is solid subject, with no background to be seen.
    """

    grid: Grid
    height: Floats
    travel: Floats
    strip: Floats
    inside: Floats
    down: Floats
    whole: bool


def lids(image: Image, frame: FaceFrame, planes: Planes) -> tuple[Lid, Lid]:
    """The lids of the eye on the picture's left and of the other one, of the face in `image` uint8 RGB."""
    a, b = eye_outlines(image, frame)
    brows = (lm.BROW_A_LOWER, lm.BROW_B_LOWER)
    first, second = (
        _lid(frame, planes, eye, frame.on_plane(frame.pixels[list(brow)], eye.depth).T, out)
        for eye, brow, out in zip((a, b), brows, (-1.0, 1.0), strict=True)
    )
    return first, second


def _lid(frame: FaceFrame, planes: Planes, eye: EyeOutline, brow: Array, out: float) -> Lid:
    """The lid over an eye below a brow (2, N), x and y; `out` is the sign of x away from the nose."""
    step = power_of_two(frame.iod / 40, least=2)
    x = np.linspace(eye.left, eye.right, 9)
    left, right = eye.left - _AROUND, eye.right + _AROUND
    top, bottom = min(float(brow[1].min()), float(eye.upper(x).min())) - 0.05, float(eye.lower(x).max()) + 0.15
    corners = frame.to_pixels(np.array([[x, y, eye.depth] for x in (left, right) for y in (top, bottom)]))[:, :2]
    grid = covering(step, *corners.min(axis=0), *corners.max(axis=0))

    x, y = np.moveaxis(frame.on_plane(np.stack(grid.mesh(), axis=-1), eye.depth), -1, 0)
    lower, brows = eye.lower(x), curve(*brow)(x)
    lash = lower - _opening(eye, x)
    strip = np.maximum((lash - brows) * _REACH, 0.05)
    beyond = np.maximum(np.maximum(eye.left - x, x - eye.right), 0.0)
    return Lid(
        grid=grid,
        height=((lash - y) / strip).astype(np.float32),
        travel=np.minimum((_way(eye, x, lower - y) + _sag(eye, x, out)) / strip, _MOST).astype(np.float32),
        strip=strip.astype(np.float32),
        inside=(1 - smoothstep(0.6 * _AROUND, 0.95 * _AROUND, beyond)).astype(np.float32),
        down=frame.direction_to_pixels(np.array([0.0, 1.0, 0.0]))[:2].astype(np.float32),
        whole=bool((cover_map(planes, grid) == SOLID).all()),
    )


def _opening(eye: EyeOutline, x: Array) -> Array:
    """How far apart the lids are, in IOD: nothing from the corners on, where they meet in a round end."""
    within = np.clip(x, eye.left, eye.right)
    beyond = np.clip(np.abs(x - within) / _CORNER, 0, 1)
    opening: Array = np.maximum(eye.lower(within) - eye.upper(within), 0.0) * np.sqrt(1 - beyond**2)
    return opening


def _sag(eye: EyeOutline, x: Array, out: float) -> Array:
    """How much deeper than on the lower lid the lash line ends towards the outer corner and beyond it, IOD.

    The lower lid rises there, and lashes that ended on all of it would turn down again in a hook where they leave it.
    """
    corner = eye.right if out > 0 else eye.left
    across = np.linspace(eye.left, eye.right, 65)
    heights = eye.lower(across)
    deepest = float(heights.max())
    start = float(across[heights.argmax()])
    within = np.clip(x, eye.left, eye.right)
    level = deepest - _RISE * np.maximum(out * (within - start), 0.0)
    flatter = np.maximum(level - eye.lower(within), 0.0) * (out * (within - start) > 0)
    sag: Array = flatter * (1 - smoothstep(0, _TAIL, out * (x - corner)))
    return sag


def _way(eye: EyeOutline, x: Array, above: Array) -> Array:
    """How far a full blink takes what comes to lie `above` the lower lid, IOD.

    The lash line ends on the lower lid from corner to corner, which is steep at the corners. The skin is loose: farther
    up the way changes gently, or it would stand in peaks over them.
    """
    offsets = np.linspace(-2.5 * _LOOSE, 2.5 * _LOOSE, 21)
    weights = np.exp(-((offsets / _LOOSE) ** 2) / 2)
    loose = sum(weight * _opening(eye, x + offset) for offset, weight in zip(offsets, weights, strict=True))
    lashes = _opening(eye, x)
    lashes = lashes + _OVER * smoothstep(0, 0.04, lashes)
    way: Array = lashes + np.maximum(loose / weights.sum() - lashes, 0.0) * smoothstep(*_RIM, above)
    return way


@functools.cache
def _stretch_table() -> Floats:
    """Height h a point of the strip had before the lash line went down by g: float32 (_STRETCHES, _HEIGHTS).

    Heights are over the strip's own, 0 at the lashes. A point at h goes to h - g (1 - smoothstep(h)), and the band of
    the lashes and the fold over them becomes lower meanwhile; the table holds the inverse for g in 0.._MOST (rows) at
    heights from _LOWEST to 1 (columns). Below the lashes all moves by g.
    """
    at = np.linspace(_LOWEST - 0.5, 1.0, 6000)
    wanted = np.linspace(_LOWEST, 1.0, _HEIGHTS)
    lowered = np.maximum(at, 0) * np.exp(-((at / _BAND) ** 2))
    rows = []
    for g in np.linspace(0, _MOST, _STRETCHES):
        goes = at - g * (1 - smoothstep(0, 1, at)) - _THINNER * smoothstep(0, _CLOSING, np.array(g)) * lowered
        rows.append(np.interp(wanted, goes, at, left=np.nan))
        below = np.isnan(rows[-1])
        rows[-1][below] = wanted[below] + g
    return np.array(rows, np.float32)


@functools.cache
def _soft_table() -> Floats:
    """How much of its fine lines the skin of `_stretch_table` loses, 0..1, float32 of the same shape."""
    came = np.gradient(_stretch_table(), (1 - _LOWEST) / (_HEIGHTS - 1), axis=1)
    return smoothstep(*_DRAWN_OUT, 1 / np.maximum(came, 0.01)).astype(np.float32)


def lid_shift(lid: Lid, blink: float) -> tuple[Floats, Floats]:
    """A lid closed by `blink` in [0, 1], on its grid.

    First, float32 (rows, columns, 2), where each node's skin comes from, as an offset in px. Second, float32
    (rows, columns, 3), how far, in px, a node lies within the lid's lower edge, how far the lid is there at all, and
    how much of its fine lines the skin has lost, 0..1.
    """
    travel = lid.travel * np.float32(blink)
    u = (lid.height - np.float32(_LOWEST)) * np.float32((_HEIGHTS - 1) / (1 - _LOWEST))
    v = travel * np.float32((_STRETCHES - 1) / _MOST)
    where, skin = np.stack([u, v], axis=-1), lid.height < 1
    came = np.where(skin, lookup(_stretch_table(), where), lid.height)
    soft = np.where(skin, lookup(_soft_table(), where), 0)
    unit = np.float32(np.linalg.norm(lid.down))
    within = (came * lid.strip + np.float32(_LASHES)) * unit
    present = np.clip((came - lid.height) * lid.strip * unit * 2, 0, 1) * lid.inside
    present[[0, -1]] = present[:, [0, -1]] = 0.0
    up = (came - lid.height) * lid.strip
    return np.asarray(-up[..., None] * lid.down, np.float32), np.stack([within, present, soft], axis=-1).astype(
        np.float32
    )


def paint_lid(
    canvas: Canvas, lid: Lid, blink: float, cells: Grid, origin: Floats, skin: BareSkin | None = None
) -> None:
    """Draw a closing lid over an eye.

    `origin` float32 (rows, columns, 2) px is where `cells` of the frame come from without the blink; `skin` is
    what lies behind glasses, which stay where they are.
    """
    shift, edge = lid_shift(lid, blink)
    there = lookup(edge, in_nodes(lid.grid, origin), zero_outside=True)[..., 1] > 0
    there[[0, -1]] = there[:, [0, -1]] = False
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if len(rows) == 0:
        return
    down, across = _widened(rows, cells.rows), _widened(columns, cells.columns)
    step = cells.step
    x0, y0 = (cells.column + across.start) * step, (cells.row + down.start) * step
    width = min((across.stop - across.start) * step, canvas.width - x0)
    height = min((down.stop - down.start) * step, canvas.height - y0)
    if x0 < 0 or y0 < 0 or width < 2 or height < 2:
        return
    x, y = (enlarged(origin[..., axis], down, across, step)[:height, :width] for axis in (0, 1))
    where = in_nodes(lid.grid, np.stack([x, y], axis=-1))
    off, edge = lookup(shift, where, zero_outside=True), lookup(edge, where, zero_outside=True)
    cover = np.clip(edge[..., 0] + np.float32(0.5), 0, 1) * edge[..., 1]
    if skin is not None:
        cover *= 1 - lookup(skin.rim, np.stack([x - skin.x, y - skin.y], axis=-1))
    x, y = x + off[..., 0], y + off[..., 1]
    if not lid.whole:  # on a head turned far away: what is not solid has no colour of its own to lend
        alpha = sample(canvas.planes.alpha, 2 * x + np.float32(0.5), 2 * y + np.float32(0.5))
        cover *= np.clip((alpha.astype(np.float32) - 240) / 15, 0, 1)
    over = _skin(canvas.planes, skin, x, y)
    over = (_without_streaks(over[0], edge[..., 2], lid), *over[1:])
    half = slice(y0 // 2, (y0 + height) // 2), slice(x0 // 2, (x0 + width) // 2)
    if canvas.opacity is not None and not lid.whole:
        raise_to(canvas.opacity[y0 : y0 + height, x0 : x0 + width], cover)
    _mix(canvas.out[0][y0 : y0 + height, x0 : x0 + width], over[0], cover)
    cover = (cover[::2, ::2] + cover[1::2, ::2]) * np.float32(0.5)
    for plane, out in zip(over[1:], canvas.out[1:], strict=True):
        _mix(out[half], plane, cover)


def _skin(planes: Planes, skin: BareSkin | None, x: Floats, y: Floats) -> tuple[Plane, Plane, Plane]:
    """Y (h, w), U and V (h / 2, w / 2) at picture points."""
    luma, u, v = planes.y, planes.u, planes.v
    if skin is not None:
        luma, u, v = skin.luma, skin.u, skin.v
        x, y = x - np.float32(skin.x), y - np.float32(skin.y)
    right, down = x[::2, ::2] + np.float32(0.5), y[::2, ::2] + np.float32(0.5)
    above = sample(luma, 2 * x + np.float32(0.5), 2 * y + np.float32(0.5))
    return above, sample(u, right, down), sample(v, right, down)


def _without_streaks(luma: Plane, soft: Floats, lid: Lid) -> Plane:
    """Skin that is drawn out downwards, smoothed across by as much as `soft` in [0, 1] says."""
    across = cv2.GaussianBlur(luma, (0, 0), _LINES * float(np.linalg.norm(lid.down)), sigmaY=0.5)
    return np.asarray(cv2.blendLinear(across, luma, soft, 1 - soft), np.uint8)


def _widened(indices: NDArray[np.intp], size: int) -> slice:
    """From one before the first to one after the last index, leaving the outermost cells out."""
    return slice(max(int(indices[0]) - 1, 1), min(int(indices[-1]) + 2, size - 1))


def _mix(out: Plane, over: Plane, cover: Floats) -> None:
    out[:] = cv2.blendLinear(over, out, cover, 1 - cover)
