"""From blendshape names to the engine's own basis: the one table."""

from __future__ import annotations

import numpy as np

from talking.engines.mesh.faceframe import smoothstep
from talking.engines.mesh.features import SKEW
from talking.engines.mesh.fields import MOVEMENTS
from talking.types import BLENDSHAPES, CHANNEL, Floats

_TABLE: dict[str, dict[str, float]] = {
    "jaw": {"jawOpen": 1},
    "pucker": {"mouthPucker": 1},
    "funnel": {"mouthFunnel": 1},
    "round": {"mouthPucker": 0.75},
    "press": {"mouthPressLeft": 0.5, "mouthPressRight": 0.5},
    "tuck": {"mouthRollLower": 1},
    "close": {"mouthClose": 1},
    "shrug": {"mouthShrugUpper": 1},
    # Looking to the speaker's left is to the picture's right: out for the left eye, in for the right one.
    "look_x": {"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5, "eyeLookInLeft": -0.5, "eyeLookOutRight": -0.5},
    "look_y": {"eyeLookDownLeft": 0.5, "eyeLookDownRight": 0.5, "eyeLookUpLeft": -0.5, "eyeLookUpRight": -0.5},
    "brow_in": {"browInnerUp": 1},
}

_PAIRS: dict[str, dict[str, float]] = {
    "wide": {"mouthStretch": 1, "mouthDimple": 0.6},
    "smile": {"mouthSmile": 1},
    "frown": {"mouthFrown": 1},
    "up": {"mouthUpperUp": 1},
    "low": {"mouthLowerDown": 1},
    "brow_out": {"browOuterUp": 1},
    "brow_down": {"browDown": 1},
    "lid": {"eyeWide": 1},
    "squint": {"eyeSquint": 0.7, "cheekSquint": 0.5},
    "cheek": {"cheekSquint": 1},
    "sneer": {"noseSneer": 1},
}
"""Movements that each half of the face makes with the channel of its own side: together, and their skew apart."""

_SPEAKING = ("jaw", "wide", "frown", "pucker", "funnel", "up", "low", "press", "tuck")
"""Movements that show a mouth is busy: with speech, or with a frown, which an open mouth would deny; a smile or a brow
does not.
"""

_FULLY_BUSY = 0.2  # sum of the speaking movements from which on a mouth open in the picture is closed first


def _matrix() -> Floats:
    matrix = np.zeros((len(MOVEMENTS), len(BLENDSHAPES)), np.float32)
    for name, channels in _TABLE.items():
        for channel, weight in channels.items():
            matrix[MOVEMENTS.index(name), CHANNEL[channel]] = weight
    for name, stems in _PAIRS.items():
        for stem, weight in stems.items():
            # The speaker's left is on the picture's right, which a skew moves forwards.
            for side, forwards in (("Left", 0.5), ("Right", -0.5)):
                matrix[MOVEMENTS.index(name), CHANNEL[stem + side]] = 0.5 * weight
                matrix[MOVEMENTS.index(name + SKEW), CHANNEL[stem + side]] = forwards * weight
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
        float(blendshapes[CHANNEL[f"eyeBlink{side}"]] + 0.2 * blendshapes[CHANNEL[f"eyeSquint{side}"]])
        for side in ("Right", "Left")
    )
    return min(right, 1.0), min(left, 1.0)
