"""Lag and correlation between lips and sound, on tracks whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from talking.evaluate.sync import Sync, sync
from talking.types import Floats

STEP, FPS = 0.02, 25.0


def speechlike(seed: int, seconds: float = 12.0) -> Floats:
    """Smooth noise between 2 and 6 Hz at 50 rows a second: what an opening track looks like."""
    rng = np.random.default_rng(seed)
    rows = round(seconds / STEP)
    spectrum = np.fft.rfft(rng.standard_normal(rows))
    hertz = np.fft.rfftfreq(rows, STEP)
    spectrum[(hertz < 1.0) | (hertz > 6.0)] = 0
    return np.fft.irfft(spectrum, rows).astype(np.float32)


def times_of(mouth: Floats) -> Floats:
    return ((np.arange(len(mouth)) + 0.5) / FPS).astype(np.float32)


def compared(mouth: Floats, opening: Floats) -> Sync:
    return sync(mouth, times_of(mouth), opening, STEP)


def lips(opening: Floats, late: float) -> Floats:
    """The same track as a 25 fps aperture that runs `late` seconds behind."""
    times = (np.arange(round(len(opening) * STEP * FPS)) + 0.5) / FPS
    return np.interp(times - late, np.arange(len(opening)) * STEP, opening).astype(np.float32)


@pytest.mark.parametrize("late", [-0.2, -0.07, -0.033, 0.0, 0.04, 0.12, 0.2])
def test_the_offset_is_found(late: float) -> None:
    opening = speechlike(1)
    found = compared(lips(opening, late), opening)
    assert found.offset_ms == pytest.approx(late * 1000, abs=6)
    assert found.corr > 0.9
    assert not found.at_edge


def test_another_track_does_not_fit() -> None:
    correlations = [compared(lips(speechlike(seed), 0), speechlike(seed + 100)).corr for seed in range(8)]
    assert max(correlations) < 0.4


def test_a_frozen_mouth_correlates_with_nothing() -> None:
    assert compared(np.full(300, 0.2, np.float32), speechlike(2)).corr == 0.0


def test_missing_frames_are_bridged() -> None:
    opening = speechlike(3)
    mouth = lips(opening, 0.0)
    mouth[40:44] = np.nan
    assert compared(mouth, opening).corr > 0.9
