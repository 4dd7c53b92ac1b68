"""What Wav2Lip hears: 16 columns of a mel spectrogram for each frame, made as they are needed.

The numbers are those of its published code; they are part of what the network has learnt.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from talking.media.audio import resample
from talking.types import FPS, Floats, Speech

RATE = 16_000
MELS, COLUMNS = 80, 16

_HOP, _WINDOW = 200, 800
_PER_SECOND = RATE // _HOP
_EMPHASIS = 0.97
_LOWEST, _HIGHEST = 55.0, 7600.0  # Hz
_FLOOR, _REFERENCE, _RANGE, _MOST = 1e-5, 20.0, 100.0, 4.0


class Ear:
    """Hears a speech frame by frame. Before and after the sound it is silent, so that every frame hears something."""

    def __init__(self, speech: Speech) -> None:
        self._samples = resample(speech.samples, speech.rate, RATE)

    def heard(self, frame: int) -> Floats:
        """What a frame hears, float32 (80, 16) in [-4, 4]: the fifth of a second that begins with it."""
        return spectrum(self._samples, frame * _PER_SECOND // FPS, COLUMNS)


def spectrum(samples: Floats, first: int, count: int) -> Floats:
    """`count` columns from `first` on of the spectrogram of `samples` float32 (N,) at 16 kHz: float32 (80, count) in
    [-4, 4], 80 columns a second, each of 50 ms around its time.
    """
    start = first * _HOP - _WINDOW // 2
    length = (count - 1) * _HOP + _WINDOW
    sound = _piece(samples, start - 1, start + length)
    clear = sound[1:] - _EMPHASIS * sound[:-1]
    clear[max(len(samples) - start, 0) :] = 0  # beyond its end, too, the last sample is not heard
    windows = np.lib.stride_tricks.sliding_window_view(clear, _WINDOW)[::_HOP]
    loud = np.abs(np.fft.rfft(windows * _hann(), axis=1)) @ _bank().T
    levels = 20 * np.log10(np.maximum(_FLOOR, loud)) - _REFERENCE
    scaled = np.clip((levels.T + _RANGE) / _RANGE * 2 * _MOST - _MOST, -_MOST, _MOST)
    return np.asarray(scaled, np.float32)


def _piece(samples: Floats, start: int, stop: int) -> NDArray[np.float64]:
    """Samples `start` to `stop`, zeros where there are none. What is not finite is silent."""
    piece = np.zeros(stop - start)
    low, high = max(start, 0), min(stop, len(samples))
    if high > low:
        piece[low - start : high - start] = np.nan_to_num(samples[low:high], posinf=0.0, neginf=0.0)
    return piece


@functools.cache
def _hann() -> NDArray[np.float64]:
    """The periodic Hann window."""
    window: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)
    return window


@functools.cache
def _bank() -> NDArray[np.float64]:
    """Triangles (80, 401) of equal area, evenly spaced on Slaney's mel scale."""
    low, high = _mel(_LOWEST), _mel(_HIGHEST)
    edges = np.array([_hertz(low + (high - low) * step / (MELS + 1)) for step in range(MELS + 2)])
    tones = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    rising = (tones[None] - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - tones[None]) / np.diff(edges)[1:, None]
    shapes: NDArray[np.float64] = np.maximum(0, np.minimum(rising, falling))
    return np.asarray(shapes * (2 / (edges[2:] - edges[:-2]))[:, None])


_EVEN = 1000.0  # Hz below which Slaney's scale is linear, 200/3 Hz a step; above, 27 steps are a factor of 6.4
_STEP, _FACTOR = 200 / 3, np.log(6.4) / 27


def _mel(hertz: float) -> float:
    return hertz / _STEP if hertz < _EVEN else _EVEN / _STEP + float(np.log(hertz / _EVEN)) / _FACTOR


def _hertz(mel: float) -> float:
    return mel * _STEP if mel < _EVEN / _STEP else _EVEN * float(np.exp(_FACTOR * (mel - _EVEN / _STEP)))
