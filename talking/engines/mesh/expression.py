"""From blendshape names to the engine's own basis: the one table."""

from __future__ import annotations

import numpy as np

from talking.engines.mesh.faceframe import smoothstep
from talking.engines.mesh.fields import MOVEMENTS
from talking.types import BLENDSHAPES, CHANNEL, Floats

# The speaker's right side is on the picture's left, where eye, lid and brow are called "a".
_TABLE: dict[str, dict[str, float]] = {
    "jaw": {"jawOpen": 1},
    "wide": {"mouthStretchLeft": 0.5, "mouthStretchRight": 0.5, "mouthDimpleLeft": 0.3, "mouthDimpleRight": 0.3},
    "smile": {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5, "mouthFrownLeft": -0.35, "mouthFrownRight": -0.35},
    "pucker": {"mouthPucker": 1},
    "funnel": {"mouthFunnel": 1},
    "up": {"mouthUpperUpLeft": 0.5, "mouthUpperUpRight": 0.5},
    "low": {"mouthLowerDownLeft": 0.5, "mouthLowerDownRight": 0.5},
    "round": {"mouthPucker": 0.75},
    "press": {"mouthPressLeft": 0.5, "mouthPressRight": 0.5},
    "tuck": {"mouthRollLower": 1},
    "close": {"mouthClose": 1},
    "brow_a": {"browInnerUp": 0.6, "browOuterUpRight": 0.6, "browDownRight": -0.4},
    "brow_b": {"browInnerUp": 0.6, "browOuterUpLeft": 0.6, "browDownLeft": -0.4},
    # Looking to the speaker's left is to the picture's right: out for the left eye, in for the right one.
    "look_x": {"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5, "eyeLookInLeft": -0.5, "eyeLookOutRight": -0.5},
    "look_y": {"eyeLookDownLeft": 0.5, "eyeLookDownRight": 0.5, "eyeLookUpLeft": -0.5, "eyeLookUpRight": -0.5},
}

_SPEAKING = ("jaw", "wide", "pucker", "funnel", "up", "low", "press", "tuck")
"""Movements that show a mouth is busy; a smile or a brow is not speech."""

_FULLY_BUSY = 0.2  # sum of the speaking movements from which on a mouth open in the picture is closed first


def _matrix() -> Floats:
    matrix = np.zeros((len(MOVEMENTS), len(BLENDSHAPES)), np.float32)
    for row, name in enumerate(MOVEMENTS):
        for channel, weight in _TABLE[name].items():
            matrix[row, CHANNEL[channel]] = weight
    return matrix


_MATRIX = _matrix()
_BUSY = np.array([name in _SPEAKING for name in MOVEMENTS], np.float32)
_CLOSE = MOVEMENTS.index("close")
_LOOK = [MOVEMENTS.index("look_x"), MOVEMENTS.index("look_y")]
_FARTHEST = 0.6  # of 30 degrees; irises lose their shape beyond
_STEADY = 0.8  # of the head's turn that the eyes make up for


def coefficients(blendshapes: Floats, *, is_open: bool) -> Floats:
    """Basis coefficients float32 (len(MOVEMENTS),) of one row of blendshapes float32 (53,).

    A mouth that `is_open` in the picture is closed as soon as it speaks, so that speech starts from sealed lips and
    a silent portrait keeps its own mouth; `mouthClose` seals it on its own. Closed mouths have nothing to close.
    """
    basis: Floats = _MATRIX @ blendshapes
    if is_open:
        busy = smoothstep(0, _FULLY_BUSY, np.array(float(_BUSY @ np.abs(basis))))
        basis[_CLOSE] = max(float(basis[_CLOSE]), float(busy))
    else:
        basis[_CLOSE] = 0.0
    return basis


def keep_looking(basis: Floats, pose: Floats) -> Floats:
    """The coefficients with the eyes turned back by most of the head's pitch and yaw (degrees), as eyes that rest on
    the viewer are."""
    looking = basis.copy()
    looking[_LOOK] = np.clip(looking[_LOOK] - np.float32(_STEADY / 30) * pose[[1, 0]], -_FARTHEST, _FARTHEST)
    return looking


def tongue(blendshapes: Floats) -> tuple[float, float]:
    """How far the tongue is raised behind the upper teeth, and how far its tip shows between the teeth."""
    return float(blendshapes[CHANNEL["tongueUp"]]), float(blendshapes[CHANNEL["tongueOut"]])


def blinks(blendshapes: Floats) -> tuple[float, float]:
    """How far the lids of eye a (picture's left) and eye b are closed, in [0, 1]."""
    right, left = (
        float(
            blendshapes[CHANNEL[f"eyeBlink{side}"]]
            + 0.3 * blendshapes[CHANNEL[f"eyeSquint{side}"]]
            + 0.15 * blendshapes[CHANNEL[f"cheekSquint{side}"]]
        )
        for side in ("Right", "Left")
    )
    return min(right, 1.0), min(left, 1.0)
