"""Which frames speak: lips painted by sound rest when nobody speaks, instead of chattering on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from talking.types import CHANNEL, FPS, Floats, Motion

_STEMS = (
    *("jawOpen", "jawForward", "jawLeft", "jawRight", "mouthClose", "mouthFunnel", "mouthPucker", "mouthPress"),
    *("mouthRollLower", "mouthRollUpper", "mouthStretch", "mouthUpperUp", "mouthLowerDown", "tongueOut", "tongueUp"),
)
_LIPS = [index for name, index in CHANNEL.items() if name.removesuffix("Left").removesuffix("Right") in _STEMS]
"""What speech moves. Smiles, frowns and sneers are no part of it: they carry what was painted along."""

_TOLD_BY = [CHANNEL[name] for name in ("mouthFunnel", "mouthPucker", "mouthLowerDownLeft", "mouthRollLower",
                                       "tongueUp", "tongueOut")]  # fmt: skip
"""Channels of which every sound moves at least one and no expression any."""

_MOVED = 0.02

_HELD = round(0.35 * FPS)
"""Frames of silence, at most, through which lips stay ready: a longer pause closes them, as in the motion itself."""

_LEAD = 2
"""Frames before and after speech in which what is painted is already, and still, fully there."""

_FADE = 3
"""Frames on the way from the mouth at rest to the painted one, and back."""


def speaking(motion: Motion) -> Floats:
    """How far the painted mouth shows in each frame, float32 (T,): 1 in speech, 0 in silence, a slope between."""
    moves = _filled(motion.blendshapes[:, _TOLD_BY].max(axis=1) > _MOVED, _HELD)
    shown = np.mean([_grown(moves, _LEAD + further) for further in range(_FADE + 1)], axis=0)
    return np.asarray(shown, np.float32)


def at_rest(motion: Motion) -> Motion:
    """The same motion with a mouth that says nothing."""
    blendshapes = motion.blendshapes.copy()
    blendshapes[:, _LIPS] = 0.0
    return replace(motion, blendshapes=blendshapes)


def opening(motion: Motion) -> Floats:
    """How far the jaw is open in each frame, float32 (T,) in [0, 1]."""
    return motion.channel("jawOpen")


def _filled(moves: NDArray[np.bool_], longest: int) -> NDArray[np.bool_]:
    """Frames that move, and gaps of at most `longest` frames between them."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], moves, [False]]).astype(np.int8)))
    filled = moves.copy()
    for stop, start in zip(edges[1::2][:-1], edges[2::2], strict=True):
        if start - stop <= longest:
            filled[stop:start] = True
    return filled


def _grown(moves: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """Frames with one that moves at most `by` frames away."""
    reach = np.ones(2 * by + 1)
    return np.convolve(moves.astype(np.float64), reach, mode="full")[by : by + len(moves)] > 0.5
