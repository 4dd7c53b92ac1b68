"""Head motion of a talking face: slow sway, nods on stress, a breath; it starts and ends at the portrait's own pose.

Amplitudes and rates lie inside what was measured on talking people (pose deviations 1 to 6 degrees, faster
parts about a third of it); the shapes are raised cosines and sums of sinusoids.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from talking.motion.chance import generator
from talking.motion.prosody import Prosody
from talking.types import FPS, Floats

SWAY = (1.2, 1.8, 0.8)
"""Standard deviation of the sway in degrees: pitch, yaw, roll."""

LIMITS = (8.0, 10.0, 6.0)
"""Largest pitch, yaw and roll in degrees."""

BREATH_HERTZ = 0.25

FADE_FRAMES = 12
"""Frames over which the motion grows from the portrait's pose and returns to it."""


def head(prosody: Prosody, frames: int, *, seed: int) -> tuple[Floats, Floats, Floats]:
    """Pose (T, 3) in degrees, shift (T, 2) in face widths and breath (T,) in [-1, 1], all float32."""
    seconds = (np.arange(frames) + 0.5) / FPS
    fade = _fade(frames)[:, None]
    quiet = 1.0 if prosody.phrases else 0.6
    pose = _sway(generator(seed, "sway"), seconds, SWAY) * quiet
    pose = pose + _nods(generator(seed, "nod"), prosody, seconds)
    phase = generator(seed, "breath").uniform(0.0, 2.0 * np.pi)
    breath = np.sin(2.0 * np.pi * BREATH_HERTZ * seconds + phase)
    pose[:, 0] += 0.3 * breath
    pose = np.clip(_smooth(pose), -np.array(LIMITS), LIMITS) * fade
    # The neck leads the head: a turn carries it a little sideways, a nod a little down.
    shift = np.stack([0.004 * pose[:, 1], 0.003 * pose[:, 0]], axis=1)
    shift += _sway(generator(seed, "shift"), seconds, (0.008, 0.005)) * fade
    return pose.astype(np.float32), shift.astype(np.float32), (breath * fade[:, 0]).astype(np.float32)


def _fade(frames: int) -> Floats:
    """0 at both ends, 1 between, cosine ramps of FADE_FRAMES or a third of the clip."""
    ramp = max(1, min(FADE_FRAMES, frames // 3))
    distance = np.minimum(np.arange(frames), np.arange(frames)[::-1])
    fade: Floats = (0.5 - 0.5 * np.cos(np.pi * np.clip(distance / ramp, 0.0, 1.0))).astype(np.float32)
    return fade


def _sway(rng: np.random.Generator, seconds: Floats, deviation: tuple[float, ...]) -> Floats:
    """Three slow sinusoids per axis with the standard deviations asked for, (T, axes)."""
    axes = []
    for sigma in deviation:
        hertz = rng.uniform(0.08, 0.35, size=3)
        phase = rng.uniform(0.0, 2.0 * np.pi, size=3)
        weight = np.array([0.7, 0.55, 0.45])
        waves = np.sin(2.0 * np.pi * hertz * seconds[:, None] + phase) @ weight
        axes.append(sigma * np.sqrt(2.0) * waves)
    sway: Floats = np.stack(axes, axis=1)
    return sway


def _nods(rng: np.random.Generator, prosody: Prosody, seconds: Floats) -> Floats:
    """Nods and tilts on accents, a small lift where a phrase begins, degrees (T, 3)."""
    pose = np.zeros((len(seconds), 3), dtype=np.float32)
    for accent in prosody.accents:
        kind, size, down, back, side = rng.uniform(size=5)
        if kind < 0.5:
            _bump(pose[:, 0], seconds, accent, 0.16 + 0.08 * down, 0.3 + 0.15 * back, 1.5 + 2.0 * size)
        elif kind < 0.65:
            axis = 1 if side < 0.5 else 2
            sign = 1.0 if (side * 4) % 1 < 0.5 else -1.0
            _bump(pose[:, axis], seconds, accent, 0.25, 0.5, sign * (1.0 + size))
    for phrase in prosody.phrases:
        _bump(pose[:, 0], seconds, phrase.start - 0.15, 0.3, 0.5, -1.0)
    return pose


def _bump(track: Floats, seconds: Floats, start: float, rise: float, fall: float, size: float) -> None:
    """Add a raised-cosine hill that starts at `start`, peaks after `rise` and ends after `fall` more seconds."""
    first, last = np.searchsorted(seconds, (start, start + rise + fall))
    t = seconds[first:last] - start
    hill = np.where(t < rise, 0.5 - 0.5 * np.cos(np.pi * t / rise), 0.5 + 0.5 * np.cos(np.pi * (t - rise) / fall))
    track[first:last] += (size * hill).astype(np.float32)


def _smooth(track: Floats) -> Floats:
    """A gaussian of 1.5 frames, so that no accent jerks the head."""
    smoothed: Floats = gaussian_filter1d(track, 1.5, axis=0, mode="nearest")
    return smoothed
