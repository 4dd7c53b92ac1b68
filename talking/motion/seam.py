"""Tracks that can be played in a loop without a jump."""

from __future__ import annotations

import numpy as np

from talking.types import Floats


def rising(frames: int) -> Floats:
    """A smoothstep of `frames` values, the last one 1, none of them 0: float32."""
    t = (np.arange(frames) + 1) / max(frames, 1)
    return np.asarray(t * t * (3.0 - 2.0 * t), np.float32)


def looped(track: Floats, overlap: int) -> Floats:
    """One turn of an endless loop of a track (T, n): T - `overlap` frames, the last `overlap` of which become what
    leads up to the first."""
    turn: Floats = track[overlap:].copy()
    if overlap:
        share = rising(overlap)[:, None]
        turn[-overlap:] = (1 - share) * turn[-overlap:] + share * track[:overlap]
    return turn


def repeated(turn: Floats, frames: int) -> Floats:
    """`frames` frames of a loop (T, n)."""
    times = -(-frames // len(turn))
    return np.tile(turn, (times, 1))[:frames]


def returned(track: Floats, frames: int) -> Floats:
    """A track (T, n) whose last `frames` frames ease to its first one."""
    frames = min(frames, len(track) // 3)
    if frames == 0:
        return track
    back: Floats = track.copy()
    share = rising(frames)[:, None]
    back[-frames:] = (1 - share) * back[-frames:] + share * track[:1]
    return back


def through_rest(track: Floats, reach: int) -> Floats:
    """A periodic track (T, n) that is 0 in its first frame, changed only `reach` frames to either side of it."""
    length = len(track)
    distance = np.minimum(np.arange(length), length - np.arange(length))
    hump = 0.5 + 0.5 * np.cos(np.pi * np.clip(distance / max(1, min(reach, length // 2)), 0.0, 1.0))
    return np.asarray(track - hump[:, None] * track[0], track.dtype)
