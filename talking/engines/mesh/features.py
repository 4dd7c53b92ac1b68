"""How brows, lids, cheeks and nose displace the face, in face coordinates: the same on both sides of the lip seam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.curves import curve
from talking.engines.mesh.faceframe import Array, FaceFrame, smoothstep
from talking.engines.mesh.spot import Spot

SKEW = "_skew"
"""The end of the name of a movement that the picture's right half makes forwards and the left half backwards: with
the movement of both halves, it makes any of one half."""

_SIDED = ("brow_out", "brow_down", "lid", "squint", "cheek", "sneer")

FEATURES = ("brow_in", *_SIDED, *(name + SKEW for name in _SIDED), "look_x", "look_y")
"""The movements, in the order of their rows."""

_WIDE = 0.045  # IOD by which the upper lid rises
_NARROW = 0.15  # IOD; irises of eyes that open less grow less
_EYEBALL = 0.19  # its radius in IOD: 12 mm of 63


@dataclass(frozen=True)
class _Side:
    """The landmarks of one half of the face; `out` is the sign of x away from the middle."""

    out: float
    brow: tuple[int, ...]
    inner_brow: tuple[int, ...]
    upper: tuple[int, ...]
    lower: tuple[int, ...]
    iris: tuple[int, ...]
    cheek: tuple[int, ...]
    wing: int


_A = _Side(
    out=-1.0,
    brow=lm.BROW_A_UPPER + lm.BROW_A_LOWER,
    inner_brow=(107, 55),
    upper=lm.UPPER_LID_A,
    lower=lm.LOWER_LID_A,
    iris=lm.IRIS_A,
    cheek=(50, 205),
    wing=lm.WING_A,
)
_B = _Side(
    out=1.0,
    brow=lm.BROW_B_UPPER + lm.BROW_B_LOWER,
    inner_brow=(336, 285),
    upper=lm.UPPER_LID_B,
    lower=lm.LOWER_LID_B,
    iris=lm.IRIS_B,
    cheek=(280, 425),
    wing=lm.WING_B,
)
"""The half on the picture's left and the other one."""


def feature_fields(rows: dict[str, Array], frame: FaceFrame, spot: Spot) -> None:
    """Set the rows (3, ...) of FEATURES to the displacements at coefficient 1, in IOD."""
    first, second = _half(frame, _A, spot), _half(frame, _B, spot)
    rows["brow_in"][:] = first["brow_in"] + second["brow_in"]
    for name in _SIDED:
        rows[name][:] = first[name] + second[name]
        rows[name + SKEW][:] = second[name] - first[name]
    _gaze(rows["look_x"], rows["look_y"], frame, spot)


def _half(frame: FaceFrame, side: _Side, spot: Spot) -> dict[str, Array]:
    """What one half of the face does."""
    rows = {name: np.zeros((3, *spot.x.shape)) for name in ("brow_in", *_SIDED)}
    _brow(rows, frame, side, spot)
    _lids(rows, frame, side, spot)
    _cheek(rows, frame, side, spot)
    return rows


def _brow(rows: dict[str, Array], frame: FaceFrame, side: _Side, spot: Spot) -> None:
    """A brow goes up and takes the skin above along, more at its inner or its outer part; or down and inwards."""
    points = frame.points[list(side.brow), :2]
    y = float(points[:, 1].mean())
    inner = float(frame.points[list(side.inner_brow), 0].mean())
    outer = inner + 0.72 * (float(points[:, 0].max() if side.out > 0 else points[:, 0].min()) - inner)
    upwards = np.exp(-(((spot.y - y) / np.where(spot.y > y, 0.16, 0.35)) ** 2))
    from_inner = side.out * (spot.x - inner)
    rows["brow_in"][1] = -0.072 * np.exp(-((from_inner / 0.24) ** 2)) * upwards
    rows["brow_out"][1] = -0.070 * np.exp(-(((spot.x - outer) / 0.36) ** 2)) * upwards
    downwards = np.exp(-(((spot.y - y) / np.where(spot.y > y, 0.13, 0.30)) ** 2))
    along = np.exp(-(np.where(from_inner < 0, from_inner / 0.16, from_inner / 0.42) ** 2))
    rows["brow_down"][1] = 0.055 * along * downwards
    rows["brow_down"][0] = -0.035 * side.out * np.exp(-(((from_inner - 0.06) / 0.2) ** 2)) * downwards


def _lids(rows: dict[str, Array], frame: FaceFrame, side: _Side, spot: Spot) -> None:
    """The upper lid rises off the eye; the lower one rises over it."""
    line = frame.points[list(side.upper), :2].T
    top, bottom = curve(*line)(spot.x), curve(*frame.points[list(side.lower), :2].T)(spot.x)
    left, right = line[0].min(), line[0].max()
    across = np.clip(1 - np.abs((2 * spot.x - left - right) / (1.08 * (right - left))) ** 3, 0, 1)
    height = np.maximum(bottom - top, 0.05)
    skin = np.exp(-((np.maximum(top - spot.y, 0) / 0.10) ** 2))
    rows["lid"][1] = -_WIDE * across * skin * np.clip((bottom - spot.y) / height, 0, 1)
    _keep_round(rows["lid"], frame, side, spot, height)
    skin = np.exp(-((np.maximum(spot.y - bottom, 0) / 0.14) ** 2))
    rows["squint"][1] = -0.045 * across * skin * (1 - smoothstep(0, 0.6, (bottom - spot.y) / height))


def _keep_round(lid: Array, frame: FaceFrame, side: _Side, spot: Spot, height: Array) -> None:
    """The eye that a rising lid makes higher, iris and all, becomes nearly as much wider around the iris."""
    ring = frame.points[list(side.iris), :2]
    x, y = ring[0]
    radius = float(np.linalg.norm(ring[1:] - ring[0], axis=1).mean())
    from_iris = spot.x - x
    near = 1 - smoothstep(0.9 * radius, 2.2 * radius, np.abs(from_iris))
    near *= 1 - smoothstep(1.2 * radius, 2.0 * radius, np.abs(spot.y - y))
    lid[0] = 0.75 * _WIDE / np.maximum(height, _NARROW) * from_iris * near


def _cheek(rows: dict[str, Array], frame: FaceFrame, side: _Side, spot: Spot) -> None:
    """The cheek is pushed up under the eye; the wing of the nose is drawn up, with the lip below it."""
    x, y = frame.points[list(side.cheek), :2].mean(axis=0)
    apple = np.exp(-(((spot.x - x) / 0.34) ** 2) - ((spot.y - y) / 0.30) ** 2)
    cheek = rows["cheek"]
    cheek[1], cheek[0], cheek[2] = -0.055 * apple, 0.012 * side.out * apple, -0.03 * apple
    x, y = frame.points[side.wing, :2]
    wing = np.exp(-(((spot.x - x) / 0.17) ** 2) - ((spot.y - y) / np.where(spot.y > y, 0.26, 0.24)) ** 2)
    rows["sneer"][1], rows["sneer"][0] = -0.05 * wing, 0.012 * side.out * wing


def _gaze(look_x: Array, look_y: Array, frame: FaceFrame, spot: Spot) -> None:
    """What shows between the lids turns with the eyeball, by 30 degrees at coefficient 1, most in the middle."""
    turns = np.zeros_like(spot.x)
    for side in (_A, _B):
        line = frame.points[list(side.upper), :2].T
        top, bottom = curve(*line)(spot.x), curve(*frame.points[list(side.lower), :2].T)(spot.x)
        left, right = line[0].min(), line[0].max()
        between = np.clip(4 * (spot.y - top) * (bottom - spot.y) / np.maximum(bottom - top, 0.02) ** 2, 0, 1)
        across = np.clip(1 - np.abs((2 * spot.x - left - right) / (right - left)) ** 3, 0, 1)
        turns += np.sqrt(between) * across
    look_x[0] = look_y[1] = 0.5 * _EYEBALL * turns
