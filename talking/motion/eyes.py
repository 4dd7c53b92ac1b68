"""Blinks, gaze and brows: blinks at the rate of people in conversation and near pauses, brows on stress and questions,
and the small jumps of eyes that look at somebody."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from talking.motion.acting import AS_PLANNED, Acting
from talking.motion.chance import generator
from talking.motion.drivers import Gaze
from talking.motion.expressions import CALM, Mood
from talking.motion.prosody import Prosody
from talking.types import BLENDSHAPES, CHANNEL, FPS, Floats

BLINK = (0.5, 1.0, 1.0, 0.7, 0.35, 0.1)
"""Lid closure over six frames: people close in 50 to 80 ms and open more slowly."""

SILENT_SHARE = 17.0 / 22.0
"""Of a style's blinks that are left when nothing is said. Conversation averages 26 a minute with a range of 10 to 32,
silent gaze 17.
"""

FIRST_BLINK = 8
"""No blink starts before this frame, so that a video opens with the portrait's own eyes; it ends with them, too."""


JUMP = 0.035
"""Standard deviation of the gaze around the viewer, as a blendshape of 30 degrees: one degree of a small saccade."""


def eyes(prosody: Prosody, frames: int, *, seed: int, acting: Acting = AS_PLANNED, mood: Mood = CALM) -> Floats:
    """Lid, gaze and brow blendshapes float32 (T, 53) in [0, 1], T = `frames`, of a style."""
    style, knobs = acting.style, acting.knobs
    out = np.zeros((frames, len(BLENDSHAPES)), dtype=np.float32)
    planned = _blink_starts(generator(seed, "blink"), prosody, frames, style.blinks)
    lids = _lids(kept_blinks(planned, prosody, frames, seed=seed, acting=acting, mood=mood), frames)
    brow = np.clip(_all_brows(seed, prosody, frames, style.brow, mood) * knobs.expression, 0.0, 1.0)
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        out[:, CHANNEL[name]] = lids
    out[:, CHANNEL["browInnerUp"]] = brow
    for name in ("browOuterUpLeft", "browOuterUpRight"):
        out[:, CHANNEL[name]] = 0.8 * brow
    look(out, knobs.gaze * _gaze(seed, _lids(planned, frames), style.gaze))
    return out


def kept_blinks(
    planned: Sequence[int], prosody: Prosody, frames: int, *, seed: int, acting: Acting, mood: Mood
) -> list[int]:
    """The blinks that start, of those `planned` (frames): thinned out where the knob and the mood ask for fewer, with
    others between them where they ask for more. What is left stays where it was.
    """
    wanted = [acting.knobs.blink * mood.blink_at(start) for start in planned]
    chances = generator(seed, "fewer blinks").uniform(size=len(planned))
    kept = [start for start, factor, chance in zip(planned, wanted, chances, strict=True) if chance < factor]
    more = generator(seed, "more blinks")
    for start in _blink_starts(more, prosody, frames, acting.style.blinks):
        wish = acting.knobs.blink * mood.blink_at(start) - 1.0
        if more.uniform() < wish and all(abs(start - other) > 2 * len(BLINK) for other in kept):
            kept.append(start)
    return sorted(kept)


def look(out: Floats, gaze: Floats) -> None:
    """Set the gaze channels of blendshapes `out` (T, 53) to `gaze` (T, 2) in [-1, 1]: towards the picture's right and
    down. ARKit's Left is on its right, and looking there is out for that eye, in for the other.
    """
    right, down = np.clip(gaze, 0.0, 1.0).T
    left, up = np.clip(-gaze, 0.0, 1.0).T
    for names, track in (
        (("eyeLookOutLeft", "eyeLookInRight"), right),
        (("eyeLookInLeft", "eyeLookOutRight"), left),
        (("eyeLookDownLeft", "eyeLookDownRight"), down),
        (("eyeLookUpLeft", "eyeLookUpRight"), up),
    ):
        for name in names:
            out[:, CHANNEL[name]] = track


def _gaze(seed: int, lids: Floats, habits: Gaze) -> Floats:
    """Where the eyes look (T, 2), resting at the viewer: a new place every 0.8 to 2 s, held while the lids are down."""
    rng, away = generator(seed, "gaze"), generator(seed, "aside")
    gaze = np.zeros((len(lids), 2), dtype=np.float32)
    clock = rng.uniform(0.8, 2.0) / habits.pace
    while (frame := round(clock * FPS)) < len(lids) - 2:
        place = rng.normal(0.0, (JUMP, 0.5 * JUMP)) * habits.spread
        share, along = away.uniform(size=2)
        if share < habits.aside:
            place += np.array(habits.towards) / 30.0 * (0.8 + 0.4 * along)
        gaze[frame:] = place
        clock += rng.uniform(0.8, 2.0) / habits.pace
    for frame in np.flatnonzero(lids > 0.5):
        gaze[frame] = gaze[max(0, frame - 1)]
    gaze[-2:] = 0.0
    return gaze


def _lids(starts: Sequence[int], frames: int) -> Floats:
    """How far the lids are closed (T,) by blinks that start at these frames."""
    lids = np.zeros(frames, dtype=np.float32)
    for start in starts:
        part = lids[start : start + len(BLINK)]
        np.maximum(part, BLINK[: len(part)], out=part)
    return lids


def _blink_starts(rng: np.random.Generator, prosody: Prosody, frames: int, rate: float) -> list[int]:
    """Frames at which blinks start, `rate` a minute in speech: log-normal gaps, moved to a pause or phrase end within
    0.7 s, some doubled."""
    mean = 60.0 / (rate if prosody.phrases else rate * SILENT_SHARE)
    ends = np.array([phrase.end for phrase in prosody.phrases])
    starts: list[int] = []
    clock = 0.0
    while True:
        gap, double = rng.lognormal(np.log(mean) - 0.18, 0.6), rng.uniform()
        clock += max(0.6, gap)
        if clock * FPS >= frames:
            return starts
        moment = _near(clock, ends)
        frame = max(FIRST_BLINK, round(moment * FPS))
        if (starts and frame - starts[-1] < 0.5 * FPS) or frame > frames - 2 * len(BLINK) - 2:
            continue
        starts.append(frame)
        if double < 0.12:
            starts.append(frame + len(BLINK))


def _near(moment: float, ends: Sequence[float] | Floats) -> float:
    """The phrase end within 0.7 s of `moment`, or `moment` itself."""
    if len(ends) == 0:
        return moment
    nearest = float(ends[int(np.argmin(np.abs(np.asarray(ends) - moment)))])
    return nearest if abs(nearest - moment) < 0.7 else moment


def _all_brows(seed: int, prosody: Prosody, frames: int, gain: float, mood: Mood) -> Floats:
    """Brow rises (T,): a quarter of the accents, most questions, all that the script stresses."""
    seconds = (np.arange(frames) + 0.5) / FPS
    brow = np.zeros(frames, dtype=np.float32)
    _brows(brow, generator(seed, "brow"), prosody, seconds, gain, mood)
    rng = generator(seed, "emphasised brow")
    for moment, strength in prosody.emphases:
        size = strength * (0.55 + 0.15 * rng.uniform()) * mood.brow_at(moment)
        _rise(brow, seconds, moment, 0.14, 0.55, size)
    return brow


def _brows(brow: Floats, rng: np.random.Generator, prosody: Prosody, seconds: Floats, gain: float, mood: Mood) -> None:
    """Raise the brow (T,) on some accents and most questions, more often and further with more `gain`."""
    often, far = min(0.25 * gain, 0.6), 0.5 + 0.5 * min(gain, 1.6)
    for accent in prosody.accents:
        chance, size, length, early = rng.uniform(size=4)
        if chance < often and prosody.shows(accent):
            height = far * (0.3 + 0.3 * size) * mood.brow_at(accent)
            _rise(brow, seconds, accent, 0.10 + 0.05 * early, 0.4 + 0.3 * length, height)
    for phrase in prosody.phrases:
        chance, size = rng.uniform(size=2)
        if phrase.question and chance < min(0.8 * gain**0.5, 0.95):
            height = far * (0.4 + 0.3 * size) * mood.brow_at(phrase.end)
            _rise(brow, seconds, phrase.end - 0.2, 0.25, 0.8, height)


def _rise(brow: Floats, seconds: Floats, peak: float, before: float, length: float, size: float) -> None:
    """Raise the brow from `before` seconds ahead of `peak`, for `length` seconds in all."""
    start, end = peak - before, peak - before + length
    first, last = np.searchsorted(seconds, (start, end))
    t = seconds[first:last]
    up = np.clip((t - start) / before, 0.0, 1.0)
    down = np.clip((end - t) / (end - peak), 0.0, 1.0)
    hill = np.minimum(up, down)
    np.maximum(brow[first:last], (size * hill * hill * (3.0 - 2.0 * hill)).astype(np.float32), out=brow[first:last])
