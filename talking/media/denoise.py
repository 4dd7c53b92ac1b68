"""A recording without its steady noise: hiss, fans and hum are turned down, words and their times stay.

What a band holds in its quietest moments is taken for the noise, and each moment of each band is turned down by how
little it stands out from that, after Ephraim and Malah (1984) with Wiener's rule. FFmpeg's afftdn, which was tried
first, gains 7 dB on white noise at 5 dB, 2 on pink and none on hum, and must be told the noise; this gains 6 to 10.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from talking.types import Floats, Speech

WINDOW = 0.032
"""Seconds that one spectrum covers: a vowel hardly changes in less."""

_OVERLAP = 4  # windows at any moment
_CHUNK = 20.0  # seconds, about, over which noise counts as steady; the memory needed is that of one chunk
_SHORTEST = 1.0  # seconds in which somebody pauses
_FLOOR = 10 ** (-18 / 20)  # noise is turned down by 18 dB and not muted: muted noise burbles
_MEMORY = 0.98  # of the decision-directed estimate; Ephraim and Malah's own
_SMOOTHED = 8  # spectra whose mean is looked at for the quietest moment
_QUIET = 0.1  # share of the time in which nobody speaks
_BIAS = 1.45  # of the noise over those moments: 2.3 in white noise, but soft speech is spared for 2 dB of reduction
_LEAST = 1e-12  # power of a spectrum so small that nothing is divided by it


def reduce_noise(speech: Speech) -> Speech:
    """The speech with its steady noise turned down by up to 18 dB; same length, rate and marks, nothing moves.

    A recording without noise hardly changes: what is heard stands far above its quietest moments. In less than a
    second noise cannot be told from speech: then nothing changes, and a note says so.
    """
    if speech.duration < _SHORTEST:
        return replace(
            speech, notes=(*speech.notes, "The sound is too short to tell noise from speech: it is as it was.")
        )
    size = round(WINDOW * speech.rate / 2 / _OVERLAP) * 2 * _OVERLAP
    hop = size // _OVERLAP
    result = np.zeros(len(speech.samples), np.float32)
    filled = 0
    for block in _cleaned(speech.samples, size, hop, _CHUNK * speech.rate / hop):
        part = block[: len(result) - filled]
        result[filled : filled + len(part)] = part
        filled += len(part)
    return replace(speech, samples=result)


def _cleaned(samples: Floats, size: int, hop: int, chunk: float) -> Iterator[Floats]:
    """Samples without noise, in order, about `chunk` windows at a time, which reach past both ends."""
    window = np.sqrt(np.hanning(size + 1)[:-1]).astype(np.float32)
    window /= np.sqrt((window[::hop] ** 2).sum())  # analysis and synthesis together make 1
    count = -(-len(samples) // hop) + _OVERLAP - 1
    waiting = np.zeros(size, np.float32)
    state = np.zeros(size // 2 + 1, np.float32)
    bounds = np.linspace(0, count, max(1, round(count / chunk)) + 1).astype(int).tolist()
    for first, last in itertools.pairwise(bounds):
        spectra = np.fft.rfft(_windows(samples, first - _OVERLAP + 1, last - first, size, hop) * window)
        gains, state = _gains(np.abs(spectra).astype(np.float32) ** 2, state)
        sounds = np.fft.irfft(spectra * gains, n=size).astype(np.float32) * window
        joined = np.zeros((len(sounds) + _OVERLAP - 1) * hop, np.float32)
        joined[: size - hop] = waiting[hop:]
        for index, sound in enumerate(sounds):
            joined[index * hop : index * hop + size] += sound
        done = len(sounds) * hop
        waiting = np.concatenate([np.zeros(hop, np.float32), joined[done:]])
        skipped = (_OVERLAP - 1) * hop if first == 0 else 0
        yield joined[skipped:done]


def _windows(samples: Floats, first: int, count: int, size: int, hop: int) -> Floats:
    """Stretches of `size` samples, `hop` apart from number `first` on, float32 (count, size); silence past the ends."""
    start, end = first * hop, (first + count - 1) * hop + size
    piece = samples[max(0, start) : max(0, end)]
    padded = np.pad(piece, (max(0, -start), end - start - max(0, -start) - len(piece)))
    return np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]


def _gains(power: Floats, state: Floats) -> tuple[NDArray[np.float32], Floats]:
    """Gains float32 (T, F) for spectra of that power, and the clean power that the next chunk goes on from."""
    noise = _noise(power)
    gains = np.empty_like(power)
    for index, now in enumerate(power / noise):
        likely = _MEMORY * state / noise + (1 - _MEMORY) * np.maximum(now - 1, 0)
        gains[index] = np.maximum(likely / (1 + likely), _FLOOR)
        state = gains[index] ** 2 * power[index]
    return gains, state


def _noise(power: Floats) -> Floats:
    """The power of the noise in each band, float32 (F,)."""
    length = min(_SMOOTHED, len(power))
    sums = np.cumsum(np.pad(power, ((1, 0), (0, 0))), axis=0, dtype=np.float64)
    means = (sums[length:] - sums[:-length]) / length
    noise: Floats = np.maximum(_BIAS * np.quantile(means, _QUIET, axis=0), _LEAST).astype(np.float32)
    return noise
