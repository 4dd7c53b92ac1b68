"""The inside of the mouth: made once from the picture, drawn into every frame's opening."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.faceframe import Array, FaceFrame
from talking.engines.mesh.finish import Finish, measure_finish
from talking.engines.mesh.layer import (
    BLACK,
    GREY,
    Affine,
    Layer,
    Sheet,
    blank_sheet,
    lay,
    lowered,
    make_layer,
    resized,
    softened,
)
from talking.engines.mesh.teeth import LOWER_ROW, UPPER_ROW, RowRelief, row_relief
from talking.engines.mesh.tones import Tones, measure_tones
from talking.engines.mesh.tongue import Relief, mound_relief, tip_relief
from talking.types import Floats, Image

Plane = NDArray[np.uint8]

OPEN_SOURCE = 0.03
"""Lips further apart than this (IOD) count as open in the source."""

UPPER_EDGE, LOWER_EDGE = 0.058, 0.045
"""Cutting edges below the closed seam at rest, IOD: upper teeth overlap the lower ones."""

PLANE_DEPTH = 0.10
"""The front teeth stand this far behind the lips, IOD."""

JAW_RATE = 0.30
"""How much a fully opened jaw drops a point, per unit of its distance in front of the jaw joint."""

DENSITY = 1.2
"""Texture px per picture px."""

MAX_DENSITY = 640.0


@dataclass(frozen=True)
class Interior:
    """What is drawn inside one portrait's mouth; picklable.

    Lengths are face coordinates. `plane_z` the depth of the plane everything lies in, `x` the midline,
    `upper_edge`, `lower_edge` the y of the middle incisors' cutting edges with the jaw closed, `jaw_drop` how far
    the lower row moves down at jaw 1, `iod` in px, `density` texture px per unit, `centre` the row textures' midline
    column, `upper_row`, `lower_row` the cutting edge's row in them.
    """

    plane_z: float
    x: float
    upper_edge: float
    lower_edge: float
    jaw_drop: float
    iod: float
    density: float
    centre: int
    upper_row: int
    lower_row: int
    upper: Layer
    lower: Layer
    mound: Layer
    tip: Layer
    throat: Layer
    mound_half: float
    tip_half: float


def prepare(image: Image, frame: FaceFrame) -> Interior:
    """Everything `draw` needs for the face that `frame` describes in `image` uint8 (H, W, 3) RGB."""
    tones, finish = measure_tones(image, frame), measure_finish(image, frame)
    points = frame.points
    plane_z = float(points[[13, 14], 2].mean()) + PLANE_DEPTH
    upper_lip, lower_lip = float(points[13, 1]), float(points[14, 1])
    gap = lower_lip - upper_lip
    seam = upper_lip + 0.175 * gap if gap > OPEN_SOURCE else 0.5 * (upper_lip + lower_lip)
    joint = float(points[[lm.TEMPLE_A, lm.TEMPLE_B], 2].mean()) + 0.1
    density = min(DENSITY * frame.iod, MAX_DENSITY)
    lean = _lean(frame)
    upper = row_relief(UPPER_ROW, density, lean, finish.detail)
    lower = row_relief(LOWER_ROW, density, lean, finish.detail)
    mound, tip = mound_relief(density, finish.detail), tip_relief(density, finish.detail)
    blur = finish.blur * density / frame.iod
    return Interior(
        plane_z=plane_z,
        x=float(points[[13, 14, 0, 17], 0].mean()),
        upper_edge=seam + UPPER_EDGE,
        lower_edge=seam + LOWER_EDGE,
        jaw_drop=JAW_RATE * max(0.35, joint - plane_z),
        iod=frame.iod,
        density=density,
        centre=upper.centre,
        upper_row=upper.edge,
        lower_row=lower.edge,
        upper=_row_layer(upper, tones, finish, blur, 1.0),
        lower=_row_layer(lower, tones, finish, blur, 0.80),
        mound=_flesh_layer(mound, tones, finish, blur),
        tip=_flesh_layer(tip, tones, finish, blur),
        throat=_throat_layer(tones),
        mound_half=mound.half,
        tip_half=tip.half,
    )


def draw(
    interior: Interior,
    planes: tuple[Plane, Plane, Plane],
    origin: tuple[int, int],
    opening: Floats,
    to_pixels: Affine,
    *,
    jaw: float,
    pucker: float = 0.0,
    tongue: float = 0.0,
    tip: float = 0.0,
) -> None:
    """Paint the inside of the mouth where it is open, in place.

    `planes` Y uint8 (h, w), U, V uint8 (h / 2, w / 2), views of one box of the frame whose first pixel is `origin`
    (x, y), all even; `opening` float32 (h, w), 0 lips .. 1 open, its edge anti-aliased; `to_pixels` float64 (2, 3)
    maps face (x, y) at depth `interior.plane_z` to picture points (pixel middles are whole numbers) under the head
    pose of this frame; `jaw` the coefficient that opens the lips; `pucker` 0..1 rounds them, which darkens; `tongue`
    0..1 raises its tip behind the upper teeth; `tip` 0..1 puts it between the teeth. Pixels that are not open are
    left as they are.
    """
    box = _open_box(opening)
    if box is None:
        return
    left, top, right, bottom = box
    opening = opening[top:bottom, left:right]
    sheet = blank_sheet(right - left, bottom - top, (origin[0] + left, origin[1] + top))
    drop = interior.jaw_drop * jaw
    upper, lower = interior.upper_edge, interior.lower_edge + drop
    lay(
        sheet,
        interior.throat,
        _stretched(interior, to_pixels, interior.throat, 0.5, upper - 0.05, lower + 0.06),
        cv2.BORDER_REPLICATE,
    )
    rise = 0.05 + 0.16 * min(jaw, 1.0)
    lay(
        sheet,
        interior.mound,
        _stretched(interior, to_pixels, interior.mound, interior.mound_half, lower - rise, lower + 0.07),
    )
    if tongue > 0.02:
        height = tongue * (lower + 0.05 - upper + 0.045)
        lay(
            sheet,
            interior.tip,
            _stretched(interior, to_pixels, interior.tip, 1.2 * interior.tip_half, lower + 0.05, lower + 0.05 - height),
        )
    lay(sheet, interior.lower, _row_map(interior, to_pixels, interior.lower_row, lower))
    if tip > 0.02:
        reach = max(lower + 0.05, upper + 0.10)
        lay(
            sheet,
            interior.tip,
            _stretched(
                interior,
                to_pixels,
                interior.tip,
                interior.tip_half,
                upper - 0.04,
                upper - 0.04 + tip * (reach - upper + 0.04),
            ),
        )
    lay(sheet, interior.upper, _row_map(interior, to_pixels, interior.upper_row, upper))
    _mix(planes, box, sheet, opening, _light(opening, interior.iod) * (1.0 - 0.5 * min(pucker, 1.0)))


def _open_box(opening: Floats) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of the open pixels, widened to even numbers; None when the lips are closed."""
    x, y, width, height = cv2.boundingRect((opening > 1e-3).astype(np.uint8))
    if width == 0:
        return None
    return x // 2 * 2, y // 2 * 2, (x + width + 1) // 2 * 2, (y + height + 1) // 2 * 2


def _row_map(interior: Interior, to_pixels: Affine, row: int, edge: float) -> Affine:
    scale = 1.0 / interior.density
    return _placed(to_pixels, (scale, scale), (interior.x - interior.centre * scale, edge - row * scale))


def _stretched(interior: Interior, to_pixels: Affine, layer: Layer, half: float, top: float, bottom: float) -> Affine:
    """Lay a texture's first row at y = `top`, its last at `bottom`, its columns from -half to half of the midline."""
    height, width = layer.luma.shape[:2]
    scale = (2.0 * half / (width - 1), (bottom - top) / (height - 1))
    return _placed(to_pixels, scale, (interior.x - half, top))


def _placed(to_pixels: Affine, scale: tuple[float, float], first: tuple[float, float]) -> Affine:
    placed = np.empty((2, 3))
    placed[:, :2] = to_pixels[:, :2] * scale
    placed[:, 2] = to_pixels[:, :2] @ first + to_pixels[:, 2]
    return placed


def _light(opening: Floats, iod: float) -> Floats:
    """How much light reaches the inside, 0..1 (h, w): little beside the lips, least below the upper one."""
    height, width = opening.shape
    step = max(1, round(0.02 * iod))
    small = resized(opening, (max(2, width // step), max(2, height // step)), cv2.INTER_AREA)
    scale = iod / step
    near = softened(small, max(0.3, 0.030 * scale))
    low = lowered(near, 0.022 * scale)
    wide = lowered(softened(small, 0.09 * scale), 0.05 * scale)
    lit = np.minimum(0.42 + 0.95 * np.minimum(near, low), 1.0) * (0.80 + 0.20 * np.minimum(1.25 * wide, 1.0))
    return resized(lit, (width, height), cv2.INTER_LINEAR)


def _mix(
    planes: tuple[Plane, Plane, Plane], box: tuple[int, int, int, int], sheet: Sheet, opening: Floats, light: Floats
) -> None:
    left, top, right, bottom = box
    _blend(planes[0][top:bottom, left:right], sheet.luma, opening, light, BLACK)
    half = (opening.shape[1] // 2, opening.shape[0] // 2)
    share, light = (resized(plane, half, cv2.INTER_AREA) for plane in (opening, light))
    for plane, colour in zip(planes[1:], (sheet.u, sheet.v), strict=True):
        _blend(plane[top // 2 : bottom // 2, left // 2 : right // 2], colour, share, light, GREY)


def _blend(plane: Plane, colour: Floats, share: Floats, light: Floats, zero: float) -> None:
    skin = plane.astype(np.float32)
    skin += share * (colour * light + zero - skin)
    np.rint(skin, out=skin)
    plane[...] = np.clip(skin, 0, 255, out=skin)


def _lean(frame: FaceFrame) -> tuple[float, float]:
    """Where something one unit deeper appears in the mouth's plane: the direction of view in face coordinates."""
    lean = np.linalg.solve(frame.rotation[:2, :2], frame.rotation[:2, 2])
    return float(np.clip(lean[0], -0.8, 0.8)), float(np.clip(lean[1], -0.8, 0.8))


def _row_layer(relief: RowRelief, tones: Tones, finish: Finish, blur: float, brightness: float) -> Layer:
    tone = (relief.tone * brightness * _side_light(relief.tone.shape, relief.centre / relief.density, tones))[..., None]
    yellow = 1.0 + tones.colour * np.array([0.01, -0.015, -0.10], np.float32)
    enamel = tones.teeth.astype(np.float32) * yellow ** relief.warmth[..., None]
    cover = np.clip(relief.tooth + relief.gum, 0.0, 1.0, dtype=np.float32)
    share = (relief.tooth / np.maximum(relief.tooth + relief.gum, 1e-6))[..., None]
    rgb = (enamel * share + tones.gum.astype(np.float32) * (1.0 - share)) * tone
    shadow = 0.55 * _cast_shadow(relief.tooth, relief.density)
    behind = (1.0 - cover) * shadow
    whole = cover + behind
    rgb *= (cover / np.maximum(whole, 1e-6))[..., None]
    return make_layer(rgb, whole, blur, _grain(cover.shape, finish))


def _cast_shadow(tooth: Floats, density: float) -> Floats:
    """Teeth shade what is close behind and below them."""
    soft = softened(tooth, max(0.5, 0.018 * density))
    return lowered(soft, 0.022 * density)


def _flesh_layer(relief: Relief, tones: Tones, finish: Finish, blur: float) -> Layer:
    tone = relief.tone * _side_light(relief.tone.shape, relief.half, tones)
    pale = np.clip(relief.tone - 1.0, 0.0, 1.0)[..., None] * 60.0
    rgb = tones.tongue.astype(np.float32) * tone[..., None] + pale
    return make_layer(np.clip(rgb, 0.0, 255.0), relief.cover, blur, _grain(relief.cover.shape, finish))


def _throat_layer(tones: Tones) -> Layer:
    """The back of the mouth: dark in the middle, redder towards the cheeks and the floor; 1 x 1 IOD and opaque."""
    y, x = np.mgrid[0:33, 0:49].astype(np.float32)
    x, y = np.abs(x / 24.0 - 1.0) * 0.5, y / 32.0
    tone: Floats = 0.62 + 0.75 * np.clip(y - 0.25, 0, 1) ** 1.5 + 0.7 * np.clip(x / 0.3, 0, 1) ** 2
    tone *= 1.0 - 0.35 * np.exp(-((x / 0.12) ** 2) - ((y - 0.35) / 0.25) ** 2)
    rgb = tones.throat.astype(np.float32) * tone[..., None]
    return make_layer(rgb, np.ones((33, 49), np.float32))


def _side_light(shape: tuple[int, ...], half: float, tones: Tones) -> Array:
    x = np.linspace(-half, half, shape[1], dtype=np.float32)
    return np.clip(1.0 + tones.tilt * x, 0.6, 1.3)[None]


def _grain(shape: tuple[int, ...], finish: Finish) -> Floats | None:
    if finish.grain < 0.8:
        return None
    noise = np.random.default_rng(11).standard_normal(shape).astype(np.float32)
    # Textures are sampled bilinearly, which takes about a third of the noise away.
    return noise * (1.4 * finish.grain)
