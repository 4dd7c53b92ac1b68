"""The figures of an evaluation, each with its limits and whether it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from talking.evaluate.tracks import FaceTracks
from talking.motion.phonemes import VISEME, Segment
from talking.types import Floats

Flags = NDArray[np.bool_]


PARTED = 0.04
"""Aperture from which a portrait's lips count as parted, in interocular distances."""


@dataclass(frozen=True)
class Figure:
    """One measured value; `low` and `high` are its limits, None where there is none. Without limits it only informs."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @property
    def gated(self) -> bool:
        return self.low is not None or self.high is not None

    @property
    def passed(self) -> bool:
        """Whether the value lies within the limits; a value that could not be measured does not."""
        if not self.gated:
            return True
        if not np.isfinite(self.value):
            return False
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)


def articulation(tracks: FaceTracks) -> list[Figure]:
    """How far the lips move, and how smoothly.

    The limit of `jerk`, the 99th percentile of the second difference over the range, was set after measuring it on
    real talkers, who reach 0.66 and 0.99 (two clips): lips that meet for a p do stop at once.
    """
    aperture = tracks.aperture[tracks.seen]
    low, high = np.percentile(aperture, (5, 95))
    reach = float(high - low)
    jerk = (
        float(np.percentile(np.abs(np.diff(aperture, n=2)), 99)) / reach
        if reach > 1e-3 and len(aperture) > 4
        else np.nan
    )
    return [
        Figure("range", reach, 0.10, 0.60, "IOD"),
        Figure("jerk", jerk, None, 1.2),
    ]


def closures(tracks: FaceTracks, segments: Sequence[Segment], *, from_text: bool) -> list[Figure]:
    """The share of p, b and m whose lips meet, against the share that chance would give.

    A closure counts when the lowest aperture within 160 ms before and 80 ms after the middle of the sound is below a
    quarter of the 90th percentile, or below 0.02 interocular distances.
    """
    limit = max(0.02, 0.25 * float(np.nanpercentile(tracks.aperture, 90)))
    closed = np.nan_to_num(tracks.aperture, nan=np.inf) < limit
    window = [
        closed[max(0, round((t - 0.16) * tracks.fps - 0.5)) : round((t + 0.08) * tracks.fps - 0.5) + 1].any()
        for t in _closure_middles(segments)
    ]
    chance = np.mean(
        [
            closed[max(0, i - round(0.16 * tracks.fps)) : i + round(0.08 * tracks.fps) + 1].any()
            for i in range(len(closed))
        ]
    )
    hit = float(np.mean(window)) if window else np.nan
    # As a share of what chance leaves to win: speech full of p, b and m gives chance a high score of its own.
    skill = float((hit - chance) / (1.0 - chance)) if chance < 1.0 else 0.0
    gate = from_text and len(window) > 0
    return [
        Figure("closures", float(len(window))),
        Figure("closure_hit", hit, 0.9 if gate else None),
        Figure("closure_skill", skill, 0.5 if gate and len(window) >= 4 else None),
    ]


def _closure_middles(segments: Sequence[Segment]) -> list[float]:
    return [(s.start + s.end) / 2 for s in segments if s.viseme == VISEME["PP"]]


def silence(tracks: FaceTracks, silent: Floats) -> list[Figure]:
    """How still the lips are while nothing is said. `silent` float32 (T,): the probability of silence per frame.

    A portrait that smiles with open lips rests with open lips: when the first frame shows that, `silence_open` only
    informs.
    """
    aperture = tracks.aperture
    speed = np.abs(np.diff(aperture)) * tracks.fps
    quiet = _inner(silent > 0.7, 3)
    resting, talking = speed[quiet[1:] & quiet[:-1]], speed[(silent[1:] < 0.3)]
    still = np.nan
    if np.isfinite(resting).sum() >= 6 and np.isfinite(talking).any():
        still = float(np.nanmean(resting) / max(float(np.nanmean(talking)), 1e-6))
    starts_closed = not aperture[0] > PARTED
    long = _inner(silent > 0.7, round(0.35 * tracks.fps / 2))
    opened = np.nan
    if np.isfinite(aperture[long]).any():
        opened = float(np.nanmedian(aperture[long]) / max(float(np.nanpercentile(aperture, 95)), 1e-6))
    return [
        Figure("stillness", still, None, 0.35 if np.isfinite(still) else None),
        Figure("silence_open", opened, None, 0.15 if np.isfinite(opened) and starts_closed else None),
    ]


def _inner(flags: Flags, margin: int) -> Flags:
    """The flags without `margin` frames at both ends of each run, where lips are still closing or already opening."""
    padded = np.pad(flags.astype(np.int64), margin, mode="edge")
    window = 2 * margin + 1
    full: Flags = np.convolve(padded, np.ones(window, dtype=np.int64), mode="valid") == window
    return full


def liveliness(tracks: FaceTracks) -> list[Figure]:
    """Head motion in degrees, gated from 5 s of video on, and blinks a minute."""
    pitch, yaw, roll = np.nanstd(tracks.pose, axis=0)
    gate = len(tracks.times) / tracks.fps >= 5.0
    return [
        Figure("pitch_std", float(pitch), 0.5 if gate else None, 5.0, "deg"),
        Figure("yaw_std", float(yaw), 0.5 if gate else None, 6.0, "deg"),
        Figure("roll_std", float(roll), unit="deg"),
        _blink_rate(tracks),
    ]


def _blink_rate(tracks: FaceTracks) -> Figure:
    """Blinks a minute: lids below 62 % of their 80th percentile for 40 to 500 ms; gated from 15 s of video on."""
    lids = np.nan_to_num(tracks.lids, nan=1.0)
    shut = lids < 0.62 * np.percentile(lids, 80)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], shut, [False]]).astype(np.int8)))
    lengths = (edges[1::2] - edges[::2]) / tracks.fps
    count = int(((lengths >= 0.039) & (lengths <= 0.5)).sum())
    seconds = len(lids) / tracks.fps
    gate = seconds >= 15.0
    return Figure("blink_rate", 60.0 * count / seconds, 6.0 if gate else None, 40.0 if gate else None, "/min")


def jitter(tracks: FaceTracks) -> Figure:
    """Trembling of the mouth's width between frames: the median second difference, interocular distances.

    The face mesh itself trembles by 0.010 to 0.015, and by 0.03 on faces with 50 px between the eyes.
    """
    width = tracks.width[tracks.seen]
    value = float(np.median(np.abs(np.diff(width, n=2)))) if len(width) > 4 else np.nan
    return Figure("jitter", value, None, 0.04, "IOD")
