"""Two rows of teeth as pictures without colour: shapes and shading, tooth by tooth, from measured proportions.

Lengths are in IOD (about 63 mm), x to the picture's right from the midline between the incisors, y down from the
cutting edge of the middle incisors. A row stands on an arch seen from the front, so teeth narrow and dim towards the
corners of the mouth; a turned head shows more of one side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from talking.types import Floats

Axis = NDArray[np.float64]

SEED = 20
"""Teeth are a little irregular, and everybody gets the same irregularity."""

FOLLOW = 0.4
"""How much of the seam's bend the rows of teeth share."""

CONTACT = 0.42
"""Below this share of a tooth's height neighbours touch; above it gum fills the gap between them."""


@dataclass(frozen=True)
class ToothKind:
    """`width` along the arch, `height` from gum to edge, `rise` of the edge above the middle incisors' (IOD);
    `corner` how far the far and the near corner of the edge are rounded off, as shares of the height, `power` how
    late that sets in (1 is a point, 5 a chisel); `tone` brightness against the middle incisors; `warmth` 0..1.
    """

    width: float
    height: float
    rise: float
    corner: tuple[float, float]
    power: float
    tone: float
    warmth: float


@dataclass(frozen=True)
class RowKind:
    """`teeth` from the midline outwards; the arch is an ellipse `half_width` wide and `depth` deep; `smile` curves
    the edges upwards with x squared; `upper` rows hang, lower rows stand.
    """

    teeth: tuple[ToothKind, ...]
    half_width: float
    depth: float
    smile: float
    upper: bool


UPPER_ROW = RowKind(
    (
        ToothKind(0.136, 0.166, 0.000, (0.105, 0.170), 4.2, 1.00, 0.0),
        ToothKind(0.108, 0.152, 0.009, (0.120, 0.200), 3.3, 0.97, 0.1),
        ToothKind(0.124, 0.168, 0.001, (0.140, 0.200), 1.8, 0.94, 0.5),
        ToothKind(0.114, 0.142, 0.007, (0.130, 0.160), 1.8, 0.92, 0.4),
        ToothKind(0.110, 0.132, 0.011, (0.110, 0.130), 1.9, 0.90, 0.4),
        ToothKind(0.150, 0.120, 0.018, (0.120, 0.140), 2.2, 0.88, 0.4),
    ),
    half_width=0.42,
    depth=0.44,
    smile=0.14,
    upper=True,
)
LOWER_ROW = RowKind(
    (
        ToothKind(0.084, 0.135, 0.000, (0.080, 0.100), 4.4, 1.00, 0.1),
        ToothKind(0.093, 0.137, 0.002, (0.090, 0.130), 3.8, 0.99, 0.1),
        ToothKind(0.108, 0.150, -0.004, (0.170, 0.230), 1.6, 0.95, 0.5),
        ToothKind(0.108, 0.130, 0.006, (0.150, 0.180), 1.8, 0.93, 0.4),
        ToothKind(0.112, 0.120, 0.010, (0.140, 0.150), 2.0, 0.90, 0.4),
        ToothKind(0.160, 0.110, 0.012, (0.120, 0.140), 2.4, 0.88, 0.4),
    ),
    half_width=0.375,
    depth=0.46,
    smile=0.06,
    upper=False,
)


@dataclass(frozen=True)
class RowRelief:
    """A row without its colours, all float32 (H, W): `tooth` and `gum` coverage 0..1 (their sum at most 1), `tone`
    brightness of what covers (1 is fully lit), `warmth` 0 (the tooth's own hue) .. 1 (yellower).

    The middle of pixel (row, column) lies at x = (column - centre) / density, y = (row - edge) / density.
    """

    tooth: Floats
    gum: Floats
    tone: Floats
    warmth: Floats
    centre: int
    edge: int
    density: float


def row_relief(kind: RowKind, density: float, lean: float, bend: float, detail: float) -> RowRelief:
    """Draw a row.

    `density` px per IOD; `lean` how far something one IOD deeper appears shifted in x, 0 on a frontal face; `bend`
    how the seam of the lips curves (y = bend x^2), which the rows follow in part; `detail` 0 keeps the teeth nearly
    one band, as painters do, 1 models each of them.
    """
    centre = int(np.ceil(0.52 * density))
    gumward, edgeward = int(np.ceil(0.27 * density)), int(np.ceil(0.07 * density))
    x = (np.arange(2 * centre + 1) - centre) / density
    y = (np.arange(gumward + edgeward + 1) - gumward) / density
    arch = _arch(kind, lean, bend)
    sums = np.zeros((5, len(y), len(x)))
    rng = np.random.default_rng(SEED + kind.upper)
    for side in (-1, 1):
        reach = np.cumsum([0.0, *(tooth.width for tooth in kind.teeth)])
        bounds = np.interp(side * reach, arch.along, arch.seen)
        for tooth, near, far in zip(kind.teeth, bounds[:-1], bounds[1:], strict=True):
            wobble = rng.uniform(-1.0, 1.0, 3)
            if abs(far - near) * density >= 1.0:
                _add_tooth(sums, (x, y), density, tooth, (near, far), arch.drop(0.5 * (near + far)), wobble, detail)
    tooth_cover, gum_cover, tooth_tone, gum_tone, warmth = sums
    corridor = np.clip(1.0 - 0.88 * np.abs(np.interp(x, arch.seen, arch.x) / kind.half_width) ** 2.2, 0.08, 1.0)
    tone = (tooth_tone + gum_tone) / np.maximum(tooth_cover + gum_cover, 1e-6) * corridor
    warm = warmth / np.maximum(tooth_cover, 1e-6)
    rows = slice(None) if kind.upper else slice(None, None, -1)
    tooth_cover, gum_cover, tone, warm = (plane[rows] for plane in (tooth_cover, gum_cover, tone, warm))
    covers, gums, tones, warms = (np.asarray(plane, np.float32) for plane in (tooth_cover, gum_cover, tone, warm))
    return RowRelief(covers, gums, tones, warms, centre, gumward if kind.upper else edgeward, density)


@dataclass(frozen=True)
class _Arch:
    """Samples along the visible part of the arch, left to right: length `along` it from the midline, where it is
    `seen` in x, its true `x`, and how far its edges are `dropped` (towards the tooth's free end).
    """

    along: Axis
    seen: Axis
    x: Axis
    dropped: Axis

    def drop(self, seen: float) -> float:
        return float(np.interp(seen, self.seen, self.dropped))


def _arch(kind: RowKind, lean: float, bend: float) -> _Arch:
    angle = np.linspace(-1.45, 1.45, 581)
    x, z = kind.half_width * np.sin(angle), kind.depth * (1.0 - np.cos(angle))
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(z)))])
    seen = x + lean * z
    middle = len(angle) // 2
    hidden = np.diff(seen) <= 0.04 * np.diff(along)
    first = middle - int(np.argmax(hidden[:middle][::-1])) if hidden[:middle].any() else 0
    last = middle + int(np.argmax(hidden[middle:])) if hidden[middle:].any() else len(angle) - 1
    part = slice(first, last + 1)
    towards_edge = 1.0 if kind.upper else -1.0
    dropped = towards_edge * (FOLLOW * bend - kind.smile) * seen**2
    return _Arch((along - along[middle])[part], seen[part], x[part], dropped[part])


def _add_tooth(
    sums: Axis,
    axes: tuple[Axis, Axis],
    density: float,
    tooth: ToothKind,
    span: tuple[float, float],
    drop: float,
    wobble: Axis,
    detail: float,
) -> None:
    """Add one tooth and its gum to `sums` (tooth, gum, tooth tone, gum tone, warmth); y runs towards its edge."""
    x, y = axes
    near, far = span
    half = 0.5 * abs(far - near)
    first, last = np.searchsorted(x, (min(near, far) - 1.0 / density, max(near, far) + 1.0 / density))
    p = (x[first:last] - 0.5 * (near + far)) / (0.5 * (far - near))  # -1 towards the midline, 1 away from it
    reach = np.minimum(np.abs(p), 1.0)
    height = tooth.height * (1.0 + 0.02 * wobble[0])
    bottom = drop - tooth.rise + 0.002 * wobble[1]
    corner = np.where(p < 0, tooth.corner[0], tooth.corner[1]) * reach**tooth.power
    edge = bottom - height * corner + 0.018 * wobble[2] * half * p
    gum_line = bottom - height * (1.0 - CONTACT * reach**2.6)

    column = _ramp((1.0 - np.abs(p)) * half * density)[None]
    gum = _ramp((gum_line[None] - y[:, None]) * density) * column
    cover = _ramp((edge[None] - y[:, None]) * density) * column - gum
    cover = np.maximum(cover, 0.0)
    q = np.clip((y[:, None] - (bottom - height)) / height, 0.0, 1.0)
    tone = tooth.tone * (1.0 + 0.035 * wobble[1]) * _modelling(p[None], q, detail)
    depth = np.clip((gum_line[None] - y[:, None]) / 0.12, 0.0, 1.0)
    place = (slice(None), slice(first, last))
    for total, part in zip(
        sums, (cover, gum, cover * tone, gum * (0.95 - 0.45 * depth), cover * _warmth(q, tooth.warmth)), strict=True
    ):
        total[place] += part


def _modelling(p: Axis, q: Axis, detail: float) -> Axis:
    """Brightness over a tooth: p -1..1 across, q 0 (gum) .. 1 (edge)."""
    reach = np.minimum(np.abs(p), 1.0)
    # The gap is tightest where neighbours touch and widens towards gum and edge.
    width = 0.15 + 0.30 * np.abs(q - 0.60)
    crease = np.clip((reach - 1.0) / width + 1.0, 0.0, 1.0) ** 2
    round_off = 1.0 - (0.06 + 0.07 * detail) * reach**2 - (0.10 + 0.24 * detail) * crease
    neck = 1.0 - 0.12 * np.clip(1.0 - q / 0.4, 0.0, 1.0) ** 2
    glassy = 1.0 - 0.10 * np.clip((q - 0.72) / 0.28, 0.0, 1.0) ** 1.5
    shine = 0.07 * np.exp(-(((p + 0.12) / 0.42) ** 2) - ((q - 0.50) / 0.20) ** 2)
    glint = 0.06 * np.exp(-(((p + 0.24) / 0.10) ** 2) - ((q - 0.60) / 0.16) ** 2)
    toned: Axis = round_off * neck * glassy + detail * (shine + glint)
    return toned


def _warmth(q: Axis, own: float) -> Axis:
    warm: Axis = 0.5 * own + 0.5 * np.clip(1.0 - q / 0.55, 0.0, 1.0) - 0.25 * np.clip((q - 0.75) / 0.25, 0.0, 1.0)
    return warm


def _ramp(distance: Axis) -> Axis:
    """Coverage of a pixel whose middle lies `distance` px inside an edge."""
    covered: Axis = np.clip(distance + 0.5, 0.0, 1.0)
    return covered
