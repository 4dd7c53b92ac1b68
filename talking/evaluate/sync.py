"""How well lips and sound go together: the lag of best correlation between mouth aperture and expected opening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from talking.types import Floats

MAX_LAG = 0.4
"""Seconds searched to both sides."""

LAG_STEP = 0.01

TREND = 1.5
"""Sigma in seconds of the slow trend that is taken out of both tracks."""


@dataclass(frozen=True)
class Sync:
    """`offset_ms` of the lips against the sound, negative when the lips are early; `corr` the correlation there;
    `conf` how far it stands above the median over all lags; `at_edge` when the best lag ends the search window.
    """

    offset_ms: float
    corr: float
    conf: float
    at_edge: bool


def sync(aperture: Floats, times: Floats, opening: Floats, opening_step: float) -> Sync:
    """Compare the aperture (T,) of a video with the opening that its sound calls for.

    `times` (T,) are the middles of the frames in seconds; row k of `opening` (M,) stands for k * `opening_step`
    seconds. NaN in `aperture` is bridged.
    """
    frame = float(np.median(np.diff(times)))
    mouth = _detrended(_bridged(aperture), TREND / frame)
    expected = _detrended(opening, TREND / opening_step)
    clock = np.arange(len(opening)) * opening_step
    lags = np.arange(-MAX_LAG, MAX_LAG + LAG_STEP / 2, LAG_STEP)
    curve = np.array([_correlation(mouth, np.interp(times - lag, clock, expected)) for lag in lags])
    best = int(np.argmax(curve))
    lag = lags[best]
    if 0 < best < len(lags) - 1:
        left, middle, right = curve[best - 1 : best + 2]
        bend = left - 2.0 * middle + right
        lag += LAG_STEP * (0.5 * (left - right) / bend if abs(bend) > 1e-9 else 0.0)
    peak = float(curve[best])
    return Sync(float(lag * 1000.0), peak, peak - float(np.median(curve)), abs(lag) > MAX_LAG - 0.02)


def _bridged(track: Floats) -> Floats:
    """The track with gaps filled by straight lines."""
    known = np.isfinite(track)
    if not known.any():
        return np.zeros_like(track)
    index = np.arange(len(track))
    return np.interp(index, index[known], track[known]).astype(np.float32)


def _detrended(track: Floats, sigma: float) -> Floats:
    trend: Floats = track - gaussian_filter1d(track, sigma, mode="nearest")
    return trend


def _correlation(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Pearson's r; 0 when one of the two does not move."""
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm > 1e-6 else 0.0
