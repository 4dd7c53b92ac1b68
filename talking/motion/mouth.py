"""The mouth over time: viseme shapes blended as a speaker's lips blend them, with lips that really close.

Timing and filters follow measurements on talking faces: lips run ahead of the sound, plain smoothing of the
shapes beats dominance blending, and closures need a second, sharper rule or they vanish at normal speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d

from talking.motion.phonemes import VISEME, VISEMES, Segment
from talking.motion.visemes import COLUMNS, TABLE, solve_jaw
from talking.types import BLENDSHAPES, CHANNEL, FPS, Floats, Speech

STEP = 0.01
"""Seconds between rows of the internal tracks; row i stands for the time i * STEP."""

SIL, PP, FF = VISEME["sil"], VISEME["PP"], VISEME["FF"]

SHORT_PAUSE, LONG_PAUSE = 0.12, 0.35
"""Seconds. A shorter pause than the first holds the lips, one up to the second relaxes them, a longer closes them."""

PAUSE_OPENING = 0.10
"""Lips stay parted this far in pauses between SHORT_PAUSE and LONG_PAUSE."""

EARLY, LATE = 0.10, 0.15
"""Seconds before speech in which lips part, and after it in which they close; the lead of `open` comes on top of the
first. Talkers take 120 to 200 ms for either.
"""

CLOSURE_SECONDS = 0.08
"""Least length of a lip closure, two video frames; natural ones last 50 to 110 ms."""

MAX_CHANGE = 0.35
"""Most that `open` changes in one frame: about 150 mm/s on an adult face, a brisk but human pace for lips."""

LEAD = {
    "open": 0.05, "wide": 0.05, "up": 0.05, "low": 0.05, "pucker": 0.08, "funnel": 0.08,
    "press": 0.025, "tuck": 0.025, "tongue": 0.04, "tip": 0.03,
}  # fmt: skip
"""Seconds by which each channel runs ahead of the sound."""

SMOOTHING = {
    "open": 0.04, "wide": 0.04, "up": 0.04, "low": 0.04, "pucker": 0.06, "funnel": 0.06,
    "press": 0.015, "tuck": 0.02, "tongue": 0.03, "tip": 0.025,
}  # fmt: skip
"""Sigma in seconds of each channel's gaussian."""

_SHAPING = ("open", "wide", "pucker", "funnel", "up", "low")

COLUMN = {name: index for index, name in enumerate(COLUMNS)}


def mouth(
    speech: Speech, segments: Sequence[Segment], posteriors: Floats | None = None, *, gain: float = 1.0
) -> Floats:
    """Mouth blendshapes float32 (T, 53) in [0, 1]; columns that are no part of the mouth are zero.

    `segments` cover the speech in time order. `posteriors` float32 (M, 15), 50 rows a second with row k at
    (k + 0.5) / 50 s, replace the segments' shapes when only the sound is known; closures come from the
    segments in both cases. `gain` 0 to 2 scales what opens, widens and rounds the mouth; closures close all the same.
    """
    steps = round(speech.num_frames / FPS / STEP) + 1
    held = _one_closure_at_a_time(_hold_short_pauses(segments))
    known = _from_segments(held, steps)
    weights = known if posteriors is None else _silenced(_from_posteriors(posteriors, steps), known[:, SIL])
    openness = _openness(held, steps)
    targets = weights @ TABLE
    targets[:, COLUMN["open"]] *= openness
    targets[:, COLUMN["open"]] += weights[:, SIL] * _pause_opening(held, steps)
    targets[:, COLUMN["open"]] *= _loudness(speech, weights[:, SIL], steps)
    tracks = {name: _smooth(targets[:, i], SMOOTHING[name]) for i, name in enumerate(COLUMNS)}
    if posteriors is not None:
        tracks["open"] *= _reach(tracks["open"][weights[:, SIL] < 0.5])
    tracks["open"] = np.maximum(tracks["open"], _edges(held, steps))
    sealed = _closures(held, PP, steps)
    tucked = _closures(held, FF, steps)
    tracks["press"] = _smooth(sealed, SMOOTHING["press"])
    tracks["tuck"] = _smooth(tucked, SMOOTHING["tuck"])
    times = (np.arange(speech.num_frames) + 0.5) / FPS
    rows = {name: _sample(tracks[name], times + LEAD[name]) for name in COLUMNS}
    rows["press"] = np.maximum(rows["press"], _frame_peak(tracks["press"], times + LEAD["press"]))
    _snap(rows["press"], held, PP, LEAD["press"])
    _snap(rows["tuck"], held, FF, LEAD["tuck"])
    return _blendshapes(rows, gain)


def _blendshapes(rows: dict[str, Floats], gain: float) -> Floats:
    """Channels (T,) to blendshapes (T, 53): lips seal under press, nearly seal under tuck, the jaw does the rest."""
    sealed, tucked = rows["press"], rows["tuck"]
    rows = {name: row * gain if name in _SHAPING else row for name, row in rows.items()}
    effort = min(1.0, 2.0 * gain)  # lips that hardly open need not be pressed to be seen to close
    free = 1.0 - sealed
    opening = rows["open"] * free
    opening = _unhurried(np.minimum(opening, 1.5 - 1.3 * tucked))
    pucker, funnel = rows["pucker"] * (1.0 - 0.6 * sealed), rows["funnel"] * free
    up, low = rows["up"] * free, rows["low"] * free * (1.0 - tucked)
    jaw, factor = solve_jaw(opening, up, low, funnel, pucker)
    # The raised upper lip is what shows the teeth on the tucked lower lip: it does not yield to a small opening.
    up = up * np.maximum(factor, effort * tucked)
    jaw = jaw * (1.0 - 0.85 * tucked)
    out = np.zeros((len(jaw), len(BLENDSHAPES)), dtype=np.float32)
    for name, row in (
        ("jawOpen", jaw),
        ("mouthFunnel", funnel),
        ("mouthPucker", pucker),
        ("mouthRollLower", effort * tucked),
        ("tongueUp", effort * rows["tongue"]),
        ("tongueOut", rows["tip"] * (opening > 0.02)),
    ):
        out[:, CHANNEL[name]] = row
    wide = rows["wide"] * (1.0 - 0.5 * sealed)
    for stem, row in (
        ("mouthStretch", wide),
        ("mouthUpperUp", up),
        ("mouthLowerDown", low * factor),
        ("mouthPress", 0.9 * effort * sealed),
    ):
        out[:, CHANNEL[stem + "Left"]] = out[:, CHANNEL[stem + "Right"]] = row
    return np.clip(out, 0.0, 1.0, out=out)


def _unhurried(opening: Floats) -> Floats:
    """The largest track (T,) below `opening` that changes by at most MAX_CHANGE from frame to frame: lips on their way
    to a closure are already half closed, and a closure itself is never weakened.
    """
    slope = MAX_CHANGE * np.arange(len(opening))
    forward = np.minimum.accumulate(opening - slope) + slope
    backward = np.minimum.accumulate((opening + slope)[::-1])[::-1] - slope
    limited: Floats = np.minimum(forward, backward).astype(np.float32)
    return limited


def _hold_short_pauses(segments: Sequence[Segment]) -> list[Segment]:
    """Give pauses shorter than SHORT_PAUSE to the sound before them, except the first."""
    held: list[Segment] = []
    for segment in segments:
        if (
            segment.viseme == SIL
            and segment.end - segment.start < SHORT_PAUSE
            and held
            and held[-1].viseme not in (PP, SIL)
        ):
            last = held[-1]
            held[-1] = replace(last, end=segment.end)
        else:
            held.append(segment)
    return held


def _one_closure_at_a_time(segments: Sequence[Segment]) -> list[Segment]:
    """Closures that follow one another within 40 ms become the longest of them: lips cannot do both, and an ear that
    wavers between p and f means one.
    """
    merged: list[Segment] = []
    for segment in segments:
        last = merged[-1] if merged else None
        if last and {last.viseme, segment.viseme} <= {PP, FF} and min(_length(last), _length(segment)) < 0.04:
            kept = max(last, segment, key=_length)
            merged[-1] = replace(kept, start=last.start, end=segment.end)
        else:
            merged.append(segment)
    return merged


def _length(segment: Segment) -> float:
    return segment.end - segment.start


def _span(start: float, end: float, steps: int) -> slice:
    first = min(max(round(start / STEP), 0), steps)
    return slice(first, min(max(round(end / STEP), first), steps))


def _from_segments(segments: Sequence[Segment], steps: int) -> Floats:
    """One-hot weights (steps, 15), crossfaded over about 20 ms."""
    weights = np.zeros((steps, len(VISEMES)), dtype=np.float32)
    for segment in segments:
        weights[_span(segment.start, segment.end, steps), segment.viseme] = 1.0
    weights[weights.sum(axis=1) == 0, SIL] = 1.0
    faded: Floats = gaussian_filter1d(weights, 0.01 / STEP, axis=0, mode="nearest")
    return faded


def _from_posteriors(posteriors: Floats, steps: int) -> Floats:
    """The network's 50 Hz classes at the internal rate, (steps, 15)."""
    position = np.clip(np.arange(steps) * STEP * 50.0 - 0.5, 0, len(posteriors) - 1)
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, len(posteriors) - 1)
    share = (position - low)[:, None].astype(np.float32)
    weights: Floats = posteriors[low] * (1.0 - share) + posteriors[high] * share
    return weights


def _silenced(heard: Floats, silence: Floats) -> Floats:
    """The heard weights (steps, 15) with nothing but `sil` where a pause was decided on: the doubt that is left there
    would keep the lips trembling.
    """
    weights = heard * (1.0 - silence[:, None])
    weights[:, SIL] += silence
    return weights


def _openness(segments: Sequence[Segment], steps: int) -> Floats:
    factor = np.ones(steps, dtype=np.float32)
    for segment in segments:
        factor[_span(segment.start, segment.end, steps)] = segment.openness
    return factor


def _pause_opening(segments: Sequence[Segment], steps: int) -> Floats:
    """How far the lips stay parted in pauses, (steps,)."""
    opening = np.zeros(steps, dtype=np.float32)
    for index, segment in enumerate(segments):
        inner = 0 < index < len(segments) - 1
        if segment.viseme == SIL and inner and segment.end - segment.start <= LONG_PAUSE:
            opening[_span(segment.start, segment.end, steps)] = PAUSE_OPENING
    return opening


def _loudness(speech: Speech, silence: Floats, steps: int) -> Floats:
    """A factor (steps,) in 0.75..1.2 that follows the level over about a second; faster would fight the phonemes."""
    edges = np.round(np.arange(steps + 1) * STEP * speech.rate).astype(np.int64)
    total = np.concatenate([[0.0], np.cumsum(np.square(speech.samples, dtype=np.float64))])
    power = np.diff(total[np.minimum(edges, len(speech.samples))]) / np.maximum(np.diff(edges), 1)
    voiced = (silence < 0.5).astype(np.float64)
    near = gaussian_filter1d(power * voiced, 0.5 / STEP) / np.maximum(gaussian_filter1d(voiced, 0.5 / STEP), 1e-3)
    if not voiced.any() or near.max() <= 0:
        return np.ones(steps, dtype=np.float32)
    level = 10.0 * np.log10(np.maximum(near, near.max() * 1e-6))
    factor: Floats = np.clip(1.0 + 0.02 * (level - np.median(level[voiced > 0])), 0.75, 1.2).astype(np.float32)
    return factor


def _reach(opening: Floats) -> float:
    """The factor for shapes that were heard: doubt between classes averages their peaks away, but every talker's
    widest openings (95th percentile) are near 1 by the definition of the unit. At most half as much again.
    """
    widest = float(np.percentile(opening, 95)) if len(opening) else 0.0
    return min(max(0.9 / widest, 1.0), 1.5) if widest > 0.2 else 1.0


def _edges(segments: Sequence[Segment], steps: int) -> Floats:
    """Lips part before speech begins after a pause, and close gently when it ends: a floor (steps,) for `open`."""
    floor = np.zeros(steps, dtype=np.float32)
    for before, after in pairwise(segments):
        if before.viseme == SIL and before.end - before.start >= 0.3 and after.viseme not in (SIL, PP):
            part = floor[_span(before.end - EARLY, before.end + 0.05, steps)]
            np.maximum(part, 0.12 * np.minimum(np.arange(len(part)) * STEP / EARLY, 1.0), out=part)
        if after.viseme == SIL and after.end - after.start >= 0.3 and before.viseme != PP:
            part = floor[_span(after.start, after.start + LATE, steps)]
            np.maximum(part, 0.10 * (1.0 - np.arange(len(part)) * STEP / LATE), out=part)
    return floor


def _closures(segments: Sequence[Segment], viseme: int, steps: int) -> Floats:
    """1 while a closure of this viseme lasts, (steps,), each at least CLOSURE_SECONDS long."""
    track = np.zeros(steps, dtype=np.float32)
    for start, end, firmness in _closure_times(segments, viseme):
        track[_span(start, end, steps)] = firmness
    return track


def _closure_times(segments: Sequence[Segment], viseme: int) -> list[tuple[float, float, float]]:
    """Start, end and firmness in 0..1 of each closure, short ones extended to both sides."""
    times = []
    for segment in segments:
        if segment.viseme == viseme:
            missing = max(0.0, CLOSURE_SECONDS - (segment.end - segment.start))
            times.append((segment.start - missing / 2, segment.end + missing / 2, min(segment.openness, 1.0)))
    return times


def _snap(row: Floats, segments: Sequence[Segment], viseme: int, lead: float) -> None:
    """Close fully in the frame nearest to the middle of each closure; a closure between two frames is seen as none."""
    for start, end, firmness in _closure_times(segments, viseme):
        frame = int(np.clip(round(((start + end) / 2 - lead) * FPS - 0.5), 0, len(row) - 1))
        row[frame] = max(row[frame], firmness)


def _smooth(track: Floats, sigma: float) -> Floats:
    smoothed: Floats = gaussian_filter1d(track, sigma / STEP, mode="nearest").astype(np.float32)
    return smoothed


def _sample(track: Floats, times: Floats) -> Floats:
    sampled: Floats = np.interp(times, np.arange(len(track)) * STEP, track).astype(np.float32)
    return sampled


def _frame_peak(track: Floats, times: Floats) -> Floats:
    """The highest value within each frame's own 40 ms."""
    offsets = np.arange(-0.5, 0.51, 0.25) / FPS
    peaks: Floats = np.max([_sample(track, times + offset) for offset in offsets], axis=0).astype(np.float32)
    return peaks
