"""Head motion of a talking face: slow sway, nods on stress, a breath; it starts and ends at the portrait's own pose.

Amplitudes and rates lie inside what was measured on talking people (pose deviations 1 to 6 degrees, faster
parts about a third of it); the shapes are raised cosines and sums of sinusoids.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from talking.motion.acting import AS_PLANNED, Acting
from talking.motion.chance import generator
from talking.motion.expressions import CALM, Mood
from talking.motion.prosody import Prosody
from talking.motion.seam import through_rest
from talking.types import FPS, Floats

SWAY = (1.2, 1.8, 0.8)
"""Standard deviation of the sway in degrees: pitch, yaw, roll."""

LIMITS = (8.0, 10.0, 6.0)
"""Largest pitch, yaw and roll in degrees."""

BREATH_HERTZ = 0.25

FADE_FRAMES = 12
"""Frames over which the motion grows from the portrait's pose and returns to it."""

_KNEE = 0.8  # of the limits, from where on the head is held back
_PASS = 25  # frames before and after the seam of a loop in which the head is led through the portrait's pose
_BEYOND = 2.0  # seconds after which no nod that began in the film lasts


def head(
    prosody: Prosody, frames: int, *, seed: int, acting: Acting = AS_PLANNED, mood: Mood = CALM
) -> tuple[Floats, Floats]:
    """Pose (T, 3) in degrees and shift (T, 2) in face widths, float32, of a style's head."""
    style = acting.style
    seconds = (np.arange(frames) + 0.5) / FPS
    period = frames / FPS if acting.fluent else None
    quiet = 1.0 if prosody.phrases else 0.6
    sway = _sway(generator(seed, "sway"), seconds, SWAY, style.tempo, period)
    pose = sway * (quiet * style.amplitude * np.array(style.balance))
    pose = pose + _all_nods(seed, prosody, frames, acting, mood)
    pose[:, 0] += 0.3 * breath_wave(seed, frames, fluent=acting.fluent)
    pose = _smooth(pose, fluent=acting.fluent) + (1.0 + acting.kept_rest) * np.array(style.idle)
    drift = _sway(generator(seed, "shift"), seconds, (0.008, 0.005), style.tempo, period) * style.amplitude
    return placed(pose, acting, mood, drift)


def placed(pose: Floats, acting: Acting, mood: Mood, drift: Floats, *, following: bool = True) -> tuple[Floats, Floats]:
    """The head that plays `pose` (T, 3) and `drift` (T, 2): scaled, in the mood's attitude, within LIMITS, and led
    from and to the portrait's own pose when it is aligned; as pose and shift, float32.

    The neck leads the head when `following`: a turn carries it a little sideways, a nod a little down.
    """
    pose = _limited((pose + mood.attitude) * acting.head_gain)
    drift = drift * acting.head_gain
    if acting.aligned and acting.fluent:
        pose, drift = through_rest(pose, _PASS), through_rest(drift, _PASS)
    elif acting.aligned:
        fade = faded(len(pose))[:, None]
        pose, drift = pose * fade, drift * fade
    if following:
        drift = drift + np.stack([0.004 * pose[:, 1], 0.003 * pose[:, 0]], axis=1)
    return pose.astype(np.float32), drift.astype(np.float32)


def breath(frames: int, *, seed: int, acting: Acting = AS_PLANNED) -> Floats:
    """The chest's lift (T,) float32, in [-1, 1] as planned, up to twice that when the knob asks for more."""
    wave = breath_wave(seed, frames, fluent=acting.fluent) * acting.knobs.breathing
    if not acting.fluent:
        wave = wave * faded(frames)
    return wave.astype(np.float32)


def breath_wave(seed: int, frames: int, *, fluent: bool) -> Floats:
    """The breath without beginning and end, (T,), in whole breaths when the film is a loop."""
    phase = generator(seed, "breath").uniform(0.0, 2.0 * np.pi)
    hertz = _in_whole_turns(np.array(BREATH_HERTZ), frames / FPS) if fluent else BREATH_HERTZ
    seconds = (np.arange(frames) + 0.5) / FPS
    wave: Floats = np.sin(2.0 * np.pi * hertz * seconds + phase)
    return wave


def faded(frames: int) -> Floats:
    """0 at both ends, 1 between, cosine ramps of FADE_FRAMES or a third of the clip."""
    ramp = max(1, min(FADE_FRAMES, frames // 3))
    distance = np.minimum(np.arange(frames), np.arange(frames)[::-1])
    fade: Floats = (0.5 - 0.5 * np.cos(np.pi * np.clip(distance / ramp, 0.0, 1.0))).astype(np.float32)
    return fade


def _sway(
    rng: np.random.Generator, seconds: Floats, deviation: tuple[float, ...], tempo: float, period: float | None
) -> Floats:
    """Three slow sinusoids per axis with the standard deviations asked for, (T, axes); in whole turns of `period`
    seconds, where it is given."""
    axes = []
    for sigma in deviation:
        hertz = rng.uniform(0.08, 0.35, size=3) * tempo
        phase = rng.uniform(0.0, 2.0 * np.pi, size=3)
        weight = np.array([0.7, 0.55, 0.45])
        if period is not None:
            whole = _in_whole_turns(hertz, period)
            weight, hertz = weight * np.minimum(1.0, hertz / whole), whole  # a turn that had to be quicker is smaller
        waves = np.sin(2.0 * np.pi * hertz * seconds[:, None] + phase) @ weight
        axes.append(sigma * np.sqrt(2.0) * waves)
    sway: Floats = np.stack(axes, axis=1)
    return sway


def _in_whole_turns(hertz: Floats, period: float) -> Floats:
    """The nearest frequencies that fit into a period in seconds, at least one turn."""
    turns: Floats = np.maximum(1.0, np.round(hertz * period)) / period
    return turns


def _all_nods(seed: int, prosody: Prosody, frames: int, acting: Acting, mood: Mood) -> Floats:
    """What accents, emphases and phrases do to the head, degrees (T, 3); in a loop, what began before its end goes on
    at its beginning."""
    margin = round(_BEYOND * FPS) if acting.fluent else 0
    seconds = (np.arange(-margin, frames + margin) + 0.5) / FPS
    pose = _nods(generator(seed, "nod"), prosody, seconds, acting.style.nod, mood)
    _emphasised(pose, generator(seed, "emphasis"), prosody, seconds, mood)
    if not margin:
        return pose
    turn = pose[margin : margin + frames]
    reach = min(margin, frames)
    turn[:reach] += pose[margin + frames : margin + frames + reach]
    turn[-reach:] += pose[margin - reach : margin]
    return turn


def _nods(rng: np.random.Generator, prosody: Prosody, seconds: Floats, gain: float, mood: Mood) -> Floats:
    """Nods and tilts on accents, a small lift where a phrase begins, degrees (T, 3)."""
    pose = np.zeros((len(seconds), 3), dtype=np.float32)
    often = min(0.5 * gain, 0.85)
    for accent in prosody.accents:
        kind, size, down, back, side = rng.uniform(size=5)
        if not prosody.shows(accent):
            continue
        strength = gain * mood.nod_at(accent)
        if kind < often:
            _bump(pose[:, 0], seconds, accent, 0.16 + 0.08 * down, 0.3 + 0.15 * back, strength * (1.5 + 2.0 * size))
        elif kind < often + 0.15:
            axis = 1 if side < 0.5 else 2
            sign = 1.0 if (side * 4) % 1 < 0.5 else -1.0
            _bump(pose[:, axis], seconds, accent, 0.25, 0.5, sign * strength * (1.0 + size))
    for phrase in prosody.phrases:
        _bump(pose[:, 0], seconds, phrase.start - 0.15, 0.3, 0.5, -min(gain, 1.5))
    return pose


def _emphasised(pose: Floats, rng: np.random.Generator, prosody: Prosody, seconds: Floats, mood: Mood) -> None:
    """Add a sure nod where the script stresses something, whoever speaks."""
    for moment, strength in prosody.emphases:
        size = strength * (3.2 + 0.8 * rng.uniform()) * mood.nod_at(moment)
        _bump(pose[:, 0], seconds, moment - 0.06, 0.2, 0.42, size)


def _bump(track: Floats, seconds: Floats, start: float, rise: float, fall: float, size: float) -> None:
    """Add a raised-cosine hill that starts at `start`, peaks after `rise` and ends after `fall` more seconds."""
    first, last = np.searchsorted(seconds, (start, start + rise + fall))
    t = seconds[first:last] - start
    hill = np.where(t < rise, 0.5 - 0.5 * np.cos(np.pi * t / rise), 0.5 + 0.5 * np.cos(np.pi * (t - rise) / fall))
    track[first:last] += (size * hill).astype(np.float32)


def _smooth(track: Floats, *, fluent: bool) -> Floats:
    """A gaussian of 1.5 frames, so that no accent jerks the head."""
    smoothed: Floats = gaussian_filter1d(track, 1.5, axis=0, mode="wrap" if fluent else "nearest")
    return smoothed


def _limited(pose: Floats) -> Floats:
    """A pose (T, 3) eased towards LIMITS beyond _KNEE of them."""
    limit = np.array(LIMITS)
    knee = _KNEE * limit
    over = np.maximum(np.abs(pose) - knee, 0.0)
    eased: Floats = np.sign(pose) * (np.minimum(np.abs(pose), knee) + (limit - knee) * np.tanh(over / (limit - knee)))
    return eased
