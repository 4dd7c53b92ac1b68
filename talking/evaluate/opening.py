"""The mouth opening that a sound or its visemes call for, over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from talking.motion.phonemes import Segment
from talking.motion.visemes import COLUMNS, TABLE
from talking.types import Floats

OPENING_STEP = 0.02
"""Seconds between rows of an expected opening."""


def heard_opening(posteriors: Floats) -> Floats:
    """What float32 (M, 15) posteriors of `listen` call for, (M + 1,), row k at k * OPENING_STEP seconds."""
    expected = posteriors @ TABLE[:, COLUMNS.index("open")]
    centres = np.arange(len(expected)) + 0.5
    shifted = np.interp(np.arange(len(expected) + 1), centres, expected)
    return _smoothed(shifted.astype(np.float32))


def known_opening(segments: Sequence[Segment], duration: float) -> Floats:
    """The same from visemes that are known."""
    track = np.zeros(round(duration / OPENING_STEP) + 1, np.float32)
    for segment in segments:
        first, last = round(segment.start / OPENING_STEP), round(segment.end / OPENING_STEP)
        track[first:last] = TABLE[segment.viseme, COLUMNS.index("open")] * segment.openness
    return _smoothed(track)


def _smoothed(track: Floats) -> Floats:
    smoothed: Floats = gaussian_filter1d(track, 0.04 / OPENING_STEP, mode="nearest")
    return smoothed
