"""The inside of the mouth: made once from the picture, drawn into every frame's opening."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh.bite import Bite, find_bite, fitted
from talking.engines.mesh.faceframe import FaceFrame
from talking.engines.mesh.finish import measure_finish
from talking.engines.mesh.layer import (
    BLACK,
    GREY,
    Affine,
    Layer,
    Sheet,
    dim,
    lay,
    lowered,
    new_sheet,
    resized,
    softened,
)
from talking.engines.mesh.ownteeth import ENLARGED, find_own_teeth
from talking.engines.mesh.teeth import FOLLOW, LOWER_ROW, UPPER_ROW, row_relief
from talking.engines.mesh.textures import flesh_layer, row_layer, throat_backdrop
from talking.engines.mesh.tones import measure_tones
from talking.engines.mesh.tongue import MOUND_HALF, TIP_HALF, mound_relief, tip_relief
from talking.types import Floats, Image

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
Box = tuple[int, int, int, int]

SHADED = 0.86
"""Brightness of a tongue in front of a picture's own teeth, which is drawn after the light is taken away."""

DEEP = 0.5
"""Brightness of a tongue behind the teeth or on the floor of the mouth. As light as the lips it passes for the lower
one, and the mouth for less open than it is: to the eye, and to the face mesh.
"""

DENSITY, MAX_DENSITY = 1.2, 640.0
"""Texture px per picture px, and per IOD at most."""


@dataclass(frozen=True)
class Interior:
    """What is drawn inside one portrait's mouth; picklable.

    `bite` where the teeth are; `iod` in px; `density` texture px per IOD; `centre` the rows' column of the midline
    and `upper_row`, `lower_row` their rows of the cutting edge; `mound` the tongue at rest, `raised` its tip behind the
    teeth and `tip` between them; `glow` what shadows gain in U and V. `own` the upper
    teeth of a smiling picture, None without, and `own_place` the map of its pixels to the plane of the teeth.
    """

    bite: Bite
    iod: float
    density: float
    centre: int
    upper_row: int
    lower_row: int
    upper: Layer
    lower: Layer
    mound: Layer
    raised: Layer
    tip: Layer
    throat: Floats
    glow: tuple[float, float]
    own: Layer | None
    own_place: Affine

    @property
    def plane_z(self) -> float:
        """The depth of the plane the teeth lie in, face coordinates."""
        return self.bite.plane_z


def prepare(image: Image, frame: FaceFrame) -> Interior:
    """Everything `draw` needs for the face that `frame` describes in `image` uint8 (H, W, 3) RGB."""
    tones, finish, bite = measure_tones(image, frame), measure_finish(image, frame), find_bite(frame)
    own = find_own_teeth(image, frame, tones) if bite.is_open else None
    if own is not None:
        tones, bite = tones.with_teeth(own.colour), fitted(bite, own.ends, FOLLOW)
    density = min(DENSITY * frame.iod, MAX_DENSITY)
    blur = finish.blur * density / frame.iod
    lean = float(bite.lean[0])
    upper, lower = (row_relief(kind, density, lean, bite.bend, finish.detail) for kind in (UPPER_ROW, LOWER_ROW))
    blade = tip_relief(density, finish.detail)
    return Interior(
        bite=bite,
        iod=frame.iod,
        density=density,
        centre=upper.centre,
        upper_row=upper.edge,
        lower_row=lower.edge,
        upper=row_layer(upper, tones, finish, blur, 1.05),
        lower=row_layer(lower, tones, finish, blur, 0.85),
        mound=flesh_layer(mound_relief(density, finish.detail), tones, finish, blur, DEEP),
        raised=flesh_layer(blade, tones, finish, blur, DEEP),
        tip=flesh_layer(blade, tones, finish, blur, 1.0 if own is None else SHADED),
        throat=throat_backdrop(tones),
        glow=(-4.0 * tones.colour, 9.0 * tones.colour),
        own=None if own is None else own.layer,
        own_place=_enlarged(bite, own.origin if own is not None else (0, 0)),
    )


def draw(
    interior: Interior,
    planes: Planes,
    origin: tuple[int, int],
    opening: Floats,
    to_pixels: Affine,
    *,
    jaw: float,
    pucker: float = 0.0,
    tongue: float = 0.0,
    tip: float = 0.0,
    cover: float = 1.0,
) -> None:
    """Paint the inside of the mouth where it is open, in place.

    `planes` Y uint8 (h, w), U, V uint8 (h / 2, w / 2), views of one box of the frame whose first pixel is `origin`
    (x, y), all even; `opening` float32 (h, w), 0 lips .. 1 open, its edge anti-aliased; `to_pixels` float64 (2, 3)
    maps face (x, y) at depth `interior.plane_z` to picture points (pixel middles are whole numbers) under the head
    pose of this frame; `jaw` the coefficient that opens the lips; `pucker` 0..1 rounds them, which darkens; `tongue`
    0..1 raises its tip behind the upper teeth; `tip` 0..1 puts it between the teeth; `cover` 0..1 fades all of it in
    over what the picture itself shows between parted lips. Pixels that are not open are left as they are.
    """
    box = _open_box(opening)
    if box is None:
        return
    left, top, right, bottom = box
    opening = opening[top:bottom, left:right]
    place = (origin[0] + left, origin[1] + top, origin[0] + right, origin[1] + bottom)
    pucker = min(pucker, 1.0)
    # Rounded lips stand off from the teeth and hide more of them.
    rows = _Rows(
        to_pixels @ _sheared(interior),
        interior.bite.upper_edge - 0.035 * pucker,
        interior.bite.lower_edge + interior.bite.jaw_drop * jaw + 0.02 * pucker,
    )
    sheet = _floor(interior, place, rows, min(jaw, 1.0), tongue)
    light = _light(opening, sheet.origin, interior.iod)
    upper = _row_map(interior, rows.to_pixels, interior.upper_row, rows.upper)
    if interior.own is None:
        _lay_tip(interior, sheet, rows, opening, tip)
        lay(sheet, interior.upper, upper)
        dim(sheet, light, interior.glow)
    else:
        lay(sheet, interior.upper, upper)
        dim(sheet, light, interior.glow)
        # Cut from the picture, these teeth bring their own shadows; the tongue has to pass in front of them.
        lay(sheet, interior.own, _composed(to_pixels, interior.own_place))
        _lay_tip(interior, sheet, rows, opening, tip)
    shade = 1.0 - pucker * (0.6 if interior.own is None else 0.12)
    _mix(planes, box, sheet, opening * np.float32(np.clip(cover, 0.0, 1.0)), shade)


@dataclass(frozen=True)
class _Rows:
    """Where both rows are in a frame: `to_pixels` maps the level plane, `upper` and `lower` are the heights of their
    middle cutting edges in it.
    """

    to_pixels: Affine
    upper: float
    lower: float


def _floor(interior: Interior, box: Box, rows: _Rows, jaw: float, tongue: float) -> Sheet:
    """Throat, tongue and lower teeth."""
    upper, lower = rows.upper, rows.lower
    sheet = new_sheet(
        box, interior.throat, _stretched(interior, rows, interior.throat, 0.5, upper - 0.05, lower + 0.06)
    )
    rise = 0.05 + 0.16 * jaw
    lay(sheet, interior.mound, _stretched(interior, rows, interior.mound.luma, MOUND_HALF, lower - rise, lower + 0.07))
    if tongue > 0.02:
        floor = lower + 0.05
        raised = floor + tongue * (upper - 0.045 - floor)
        place = _stretched(interior, rows, interior.raised.luma, 1.2 * TIP_HALF, floor, raised)
        lay(sheet, interior.raised, place)
    lay(sheet, interior.lower, _row_map(interior, rows.to_pixels, interior.lower_row, lower))
    return sheet


def _lay_tip(interior: Interior, sheet: Sheet, rows: _Rows, opening: Floats, tip: float) -> None:
    """The tip of the tongue, from under the upper teeth to the lower lip, wherever that is now."""
    if tip < 0.02:
        return
    lip = _lower_lip(interior, sheet, rows.to_pixels, opening)
    end = min(max(rows.lower + 0.05, lip - 0.01), lip + 0.03)
    if interior.own is None:  # it comes forward from behind the upper teeth
        start = min(rows.upper - 0.04, end - 0.12)
        end = start + tip * (end - start)
    else:  # it rises over the lower lip
        start = end - 0.115 * tip
        end = start + 0.115
    lay(sheet, interior.tip, _stretched(interior, rows, interior.tip.luma, TIP_HALF, start, end))


def _lower_lip(interior: Interior, sheet: Sheet, to_pixels: Affine, opening: Floats) -> float:
    """Height of the opening's lower border on the midline, in face coordinates."""
    column, seam = to_pixels @ (interior.bite.x, interior.bite.lower_edge, 1.0) - sheet.origin
    open_share = opening[:, int(np.clip(round(column), 0, opening.shape[1] - 1))]
    open_rows = np.flatnonzero(open_share > 0.5)
    last = int(open_rows[-1]) if len(open_rows) else len(open_share) - 1
    row = last - 0.5 + float(open_share[last : last + 2].sum())
    return interior.bite.lower_edge + (row - float(seam)) / float(to_pixels[1, 1])


def _open_box(opening: Floats) -> Box | None:
    """Left, top, right, bottom of the open pixels, widened to even numbers; None when the lips are closed."""
    x, y, width, height = cv2.boundingRect((opening > 1e-3).view(np.uint8))
    if width == 0:
        return None
    return x // 2 * 2, y // 2 * 2, (x + width + 1) // 2 * 2, (y + height + 1) // 2 * 2


def _sheared(interior: Interior) -> Affine:
    """The 3x3 map that lets rows drawn level follow the slope of the mouth."""
    return np.array(
        [[1.0, 0.0, 0.0], [interior.bite.slope, 1.0, -interior.bite.slope * interior.bite.x], [0.0, 0.0, 1.0]]
    )


def _row_map(interior: Interior, to_pixels: Affine, row: int, edge: float) -> Affine:
    scale = 1.0 / interior.density
    return _placed(to_pixels, (scale, scale), (interior.bite.x - interior.centre * scale, edge - row * scale))


def _stretched(interior: Interior, rows: _Rows, texture: Floats, half: float, top: float, bottom: float) -> Affine:
    """Lay a texture's first row at y = `top`, its last at `bottom`, its columns from -half to half of the midline."""
    height, width = texture.shape[:2]
    scale = (2.0 * half / (width - 1), (bottom - top) / (height - 1))
    return _placed(rows.to_pixels, scale, (interior.bite.x - half, top))


def _placed(to_pixels: Affine, scale: tuple[float, float], first: tuple[float, float]) -> Affine:
    return _composed(to_pixels, np.array([[scale[0], 0.0, first[0]], [0.0, scale[1], first[1]]]))


def _composed(outer: Affine, inner: Affine) -> Affine:
    """The affine map that does `inner`, then `outer`."""
    placed = outer[:, :2] @ inner
    placed[:, 2] += outer[:, 2]
    return placed


def _enlarged(bite: Bite, origin: tuple[int, int]) -> Affine:
    """Where the pixels of an enlarged cutting of the picture lie in the plane."""
    # The first enlarged pixel's middle lies before the picture's own.
    before = 0.5 * (1.0 - 1.0 / ENLARGED)
    return _placed(bite.from_picture, (1.0 / ENLARGED, 1.0 / ENLARGED), (origin[0] - before, origin[1] - before))


def _light(opening: Floats, origin: tuple[int, int], iod: float) -> Floats:
    """How much light reaches the inside, 0..1 (h, w): little beside the lips, least below the upper one.

    Computed coarsely, on cells that stay where they are in the picture: cells that went along with the opening's
    box would make the teeth flicker.
    """
    height, width = opening.shape
    step = max(1, round(0.015 * iod))
    left, top = origin[0] % step, origin[1] % step
    right, bottom = -(left + width) % step, -(top + height) % step
    padded = cv2.copyMakeBorder(opening, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(0.0,))
    whole = (padded.shape[1], padded.shape[0])
    small = resized(np.asarray(padded, np.float32), (whole[0] // step, whole[1] // step), cv2.INTER_AREA)
    scale = iod / step
    near = softened(small, max(0.3, 0.030 * scale))
    low = lowered(near, 0.022 * scale)
    wide = lowered(softened(small, 0.09 * scale), 0.05 * scale)
    lit = np.minimum(0.46 + 1.0 * np.minimum(near, low), 1.0) * (0.82 + 0.18 * np.minimum(1.25 * wide, 1.0))
    return resized(lit, whole, cv2.INTER_LINEAR)[top : top + height, left : left + width]


def _mix(planes: Planes, box: Box, sheet: Sheet, share: Floats, light: float) -> None:
    left, top, right, bottom = box
    _blend(planes[0][top:bottom, left:right], sheet.luma, share, light, BLACK)
    share = resized(share, (share.shape[1] // 2, share.shape[0] // 2), cv2.INTER_AREA)
    for plane, colour in zip(planes[1:], (sheet.u, sheet.v), strict=True):
        _blend(plane[top // 2 : bottom // 2, left // 2 : right // 2], colour, share, light, GREY)


def _blend(plane: Plane, colour: Floats, share: Floats, light: float, zero: float) -> None:
    skin = plane.astype(np.float32)
    skin += share * (colour * np.float32(light) + np.float32(zero) - skin)
    plane[...] = cv2.convertScaleAbs(skin)
