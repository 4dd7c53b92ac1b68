"""How each basic movement of the mouth displaces the face, in face coordinates; those of the rest come along.

The lip seam is the only cut: `above` holds the fields as seen from above it, `below` as seen from below. Both agree
beyond the mouth corners and where the influence of the lips has faded. The shapes and figures were found by eye and
by re-measuring rendered frames; docs/mesh.md tells their story.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.faceframe import Array, FaceFrame, smoothstep
from talking.engines.mesh.features import FEATURES, SKEW, feature_fields
from talking.engines.mesh.mouth import Mouth
from talking.engines.mesh.spot import Spot

_SIDED = ("wide", "smile", "frown", "up", "low")

MOVEMENTS = (
    *("jaw", "wide", "smile", "frown", "pucker", "funnel", "up", "low", "round", "press", "tuck", "close", "shrug"),
    *(name + SKEW for name in _SIDED),
    *FEATURES,
)
"""The basis, in the order of the first axis of every field array."""

_SPOKEN = {
    *("jaw", "wide", "pucker", "funnel", "up", "low", "round", "press", "tuck", "close"),
    *("brow_in", "brow_out", "look_x", "look_y"),
}

TEMPER = np.array([0 if name in _SPOKEN else 2 if name.endswith(SKEW) else 1 for name in MOVEMENTS])
"""How rare a movement is, (len(MOVEMENTS),): 0 in most frames of speech, 1 in feelings, 2 in lopsided ones. The rare
ones are kept apart from the others, so that frames without them are drawn no slower.
"""

_CORNER_TAIL = 0.35
_POWER, _ROOT = 2.2, 0.6  # of the seam profile; a root of .5 gave steep corners, .7 V-shaped lips
_HALVES = 0.45  # of the seam's half width to either side of the middle, where one half goes over into the other


@dataclass(frozen=True)
class Seam:
    """Points as seen from the lips: `t` along the seam, `upper` and `lower` the heights below either inner contour
    (negative above it), `between` the height below the middle of both, `gap` the opening in the picture, IOD."""

    t: Array
    upper: Array
    lower: Array
    between: Array
    gap: Array


def seam(mouth: Mouth, spot: Spot) -> Seam:
    """The points as seen from the lips."""
    upper, lower = mouth.inner(spot.x)
    return Seam(mouth.across(spot.x), spot.y - upper, spot.y - lower, spot.y - (upper + lower) / 2, lower - upper)


def mouth_fields(frame: FaceFrame, mouth: Mouth, spot: Spot, *, above: bool) -> Array:
    """Displacements (len(MOVEMENTS), 3, ...) at coefficient 1, in IOD of face coordinates, seen from one side."""
    s = seam(mouth, spot)
    fields = np.zeros((len(MOVEMENTS), 3, *spot.x.shape))
    rows = dict(zip(MOVEMENTS, fields, strict=True))
    _jaw(rows["jaw"], frame, mouth, spot, s, above=above)
    _sideways(rows, spot, s)
    _lips(rows, mouth, spot, s, above=above)
    lopsided = 2 * smoothstep(-_HALVES, _HALVES, s.t) - 1
    for name in _SIDED:
        rows[name + SKEW][:] = lopsided * rows[name]
    feature_fields(rows, frame, spot)
    return fields


def _jaw(field: Array, frame: FaceFrame, mouth: Mouth, spot: Spot, s: Seam, *, above: bool) -> None:
    """A rotation about the jaw joint of all that hangs on the jaw, with the lower lip following by its height."""
    joint_z = frame.points[[lm.TEMPLE_A, lm.TEMPLE_B], 2].mean() + 0.1
    if above:
        follows = smoothstep(0, 0.45, s.upper - s.gap)
    else:
        a = _seam_profile(s.t)
        follows = np.where(s.lower < 0, a, a + (1 - a) * smoothstep(0, 0.45, s.lower))
    follows = follows * _on_face(spot) * (1 - smoothstep(0.75, 1.15, np.abs(spot.x - mouth.middle)))
    field[1] = 0.30 * follows * np.maximum(0.35, joint_z - spot.z)
    field[2] = 0.30 * follows * np.clip(spot.y - 0.35, 0, 1.5)
    field[0] = -0.012 * _along(s.t) * _around(s, spot)
    # The corners come along a little: without that an open mouth is a D lying on its face, not an oval.
    field[1] += 0.08 * _along(s.t) ** 2 * np.exp(-((s.between / 0.28) ** 2)) * _on_face(spot)


def _sideways(rows: dict[str, Array], spot: Spot, s: Seam) -> None:
    """What pulls the corners apart or together; the same on both sides of the seam."""
    g = _around(s, spot)
    along = _along(s.t)
    square = along**2
    wider = np.clip(s.t, -1.2, 1.2) * np.exp(-(np.maximum(np.abs(s.t) - 1, 0) ** 2) / 0.7)
    wide, smile, frown = (rows[name] for name in ("wide", "smile", "frown"))
    wide[0], wide[1], wide[2] = 0.085 * along * g, -0.02 * square * g, 0.05 * square * g
    smile[0], smile[1] = 0.06 * along * g, -0.07 * wider**2 * g
    frown[0], frown[1] = -0.01 * along * g, 0.06 * wider**2 * g
    middle = np.exp(-((s.t / 0.75) ** 2)) * np.exp(-((s.between / np.where(s.between < 0, 0.2, 0.4)) ** 2))
    rows["shrug"][1] = -0.05 * middle * _on_face(spot)
    forward = np.exp(-(np.maximum(np.abs(s.t) - 1, 0) ** 2) / _CORNER_TAIL) * (1 - 0.6 * np.clip(s.t, -1.2, 1.2) ** 2)
    rows["pucker"][0], rows["pucker"][2] = -0.115 * along * g, -0.10 * forward * g
    rows["funnel"][0], rows["funnel"][2] = -0.07 * along * g, -0.09 * forward * g


def _lips(rows: dict[str, Array], mouth: Mouth, spot: Spot, s: Seam, *, above: bool) -> None:
    """What opens, rolls or thins one lip."""
    a, narrow, face = _seam_profile(s.t), _seam_profile(s.t / 0.8), _on_face(spot)
    top, bottom = mouth.outer(spot.x)
    if above:
        lift = np.where(s.upper < 0, np.exp(-((s.upper / 0.17) ** 2)), np.exp(-((s.upper / 0.3) ** 2))) * face
        height = np.maximum(spot.y - s.upper - top, 0.02)
        bell = _bell(-s.upper, height, 0.14) * face
        rows["pucker"][1] -= 0.03 * a * bell
        rows["funnel"][1] -= 0.055 * a * lift
        rows["up"][1] -= 0.095 * a * lift
        rows["round"][1] -= 0.028 * narrow * lift
        rows["press"][1] += 0.42 * height * bell * a**0.5
        rows["tuck"][1] -= 0.012 * a * lift
        rows["close"][1] += 0.35 * s.gap / 2 * np.exp(-((s.upper / 0.25) ** 2)) * face
        return
    drop = np.where(s.lower < 0, 1.0, np.exp(-((s.lower / 0.22) ** 2))) * face
    height = np.maximum(bottom - (spot.y - s.lower), 0.02)
    bell = _bell(s.lower, height, 0.16) * face
    rows["pucker"][1] -= 0.02 * a * drop
    rows["funnel"][1] += 0.06 * a * drop
    rows["low"][1] += 0.08 * a * drop
    rows["round"][1] += 0.06 * narrow * drop
    rows["press"][1] -= 0.38 * height * bell * a**0.5
    rows["tuck"][1] -= 0.012 * a**0.3 * drop + 0.50 * height * bell * a**0.3
    rows["tuck"][2] += 0.05 * a * drop
    rows["close"][1] -= (0.5 + 0.65 / 2) * s.gap * drop


def _seam_profile(t: Array) -> Array:
    """1 in the middle of the seam, 0 at and beyond the corners."""
    profile: Array = np.clip(1 - np.abs(t) ** _POWER, 0, None) ** _ROOT
    return profile


def _along(t: Array) -> Array:
    """-1 to 1 along the seam, fading out beyond the corners."""
    along: Array = np.clip(t, -1.2, 1.2) * np.exp(-(np.maximum(np.abs(t) - 1, 0) ** 2) / _CORNER_TAIL)
    return along


def _around(s: Seam, spot: Spot) -> Array:
    """1 on the seam, fading above and below it and outside the face."""
    around: Array = np.exp(-((s.between / 0.35) ** 2)) * _on_face(spot)
    return around


def _on_face(spot: Spot) -> Array:
    return 1 - smoothstep(0, 0.75, spot.outside)


def _bell(distance: Array, height: Array, tail: float) -> Array:
    """0 at the seam, 1 at the outer border of a lip `height` high, fading beyond it."""
    beyond = np.maximum(distance - height, 0)
    bell: Array = np.clip(distance / height, 0, 1) * np.exp(-((beyond / tail) ** 2))
    return bell
