"""A loudness meter after ITU-R BS.1770-4 and EBU Tech 3341, for mono sound of any rate and length."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from talking.types import Floats

SILENT = -70.0
"""LUFS below which nothing counts: what is all softer has this loudness."""

_BLOCK, _STEP = 0.4, 0.1
"""Seconds that one reading covers, and from one to the next."""

_BELOW = 10.0  # LU under the mean of all readings from which on a reading is a pause
_OFFSET = -0.691  # dB: makes a sine of 997 Hz at full scale read -3.01
_SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)  # hertz, dB and Q of the head's filter
_LOW = (38.13547087602444, 0.5003270373238773)  # hertz and Q of the filter against rumble
_FINE = 4  # points between which a wave is looked for its peak, for each sample
_MARGIN = 64  # samples that the peak's filter needs on either side
_RISE = 2.0  # more than a wave of speech rises between its samples


def integrated_loudness(samples: Floats, rate: int) -> float:
    """LUFS of samples float32 (N,) without their pauses, SILENT at least. Shorter than 0.4 s reads as if repeated."""
    if len(samples) < 2 * _BLOCK * rate:
        samples = np.resize(samples, round(2 * _BLOCK * rate) + len(samples))
    steps = np.concatenate(list(_powers(samples, rate)))
    width = round(_BLOCK / _STEP)
    readings = np.convolve(steps, np.full(width, 1 / width), "valid")
    heard = readings[readings > _power(SILENT)]
    if not len(heard):
        return SILENT
    heard = heard[heard > heard.mean() * 10 ** (-_BELOW / 10)]
    return max(SILENT, _OFFSET + 10 * math.log10(heard.mean()))


def true_peak(samples: Floats, rate: int) -> float:
    """The highest point in dB of full scale of the wave through samples float32 (N,); -inf for digital silence."""
    from scipy.signal import resample_poly

    peak = 0.0
    for start in range(0, len(samples), rate):
        piece = samples[start : start + rate]
        if np.abs(piece).max() * _RISE <= peak:
            continue
        first = max(0, start - _MARGIN)
        fine = np.abs(resample_poly(samples[first : start + rate + _MARGIN], _FINE, 1))
        inner = fine[(start - first) * _FINE :][: len(piece) * _FINE]
        peak = max(peak, float(inner.max()))
    return 20 * math.log10(peak) if peak > 0 else -math.inf


def _powers(samples: Floats, rate: int) -> Iterator[NDArray[np.float64]]:
    """The mean power of each whole step of 0.1 s, as the ear hears it, some at a time."""
    from scipy.signal import sosfilt

    sections = _ear(rate)
    state = np.zeros((len(sections), 2))
    step = round(_STEP * rate)
    many = 100 * step
    for start in range(0, len(samples) // step * step, many):
        heard, state = sosfilt(sections, samples[start : start + many].astype(np.float64), zi=state)
        whole = heard[: len(heard) // step * step].reshape(-1, step)
        yield np.einsum("bn,bn->b", whole, whole) / step


def _ear(rate: int) -> NDArray[np.float64]:
    """The two filters of BS.1770-4 as second-order sections, for a rate other than its 48 kHz by the same analogue
    prototypes (B. De Man, Evaluation of Implementations of the EBU R128 Loudness Measurement, 2018).
    """
    hertz, gain, q = _SHELF
    k, high = math.tan(math.pi * hertz / rate), 10 ** (gain / 20)
    middle = high**0.4996667741545416
    norm = 1 + k / q + k * k
    shelf = [high + middle * k / q + k * k, 2 * (k * k - high), high - middle * k / q + k * k]
    first = [*(value / norm for value in shelf), 1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm]
    hertz, q = _LOW
    k = math.tan(math.pi * hertz / rate)
    norm = 1 + k / q + k * k
    return np.array([first, [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm]])


def _power(loudness: float) -> float:
    return float(10 ** ((loudness - _OFFSET) / 10))
