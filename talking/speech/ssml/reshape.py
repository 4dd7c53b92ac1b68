"""Faster, slower, higher, lower or louder words within a sentence that was spoken in one breath.

Pitch-synchronous overlap-add (Moulines and Charpentier, 1990): the sound is cut into grains of two periods, one
around each pulse of the voice, which are laid out again at other distances, left out or repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from talking.types import Floats

_LOWEST, _HIGHEST = 60.0, 420.0
_HOP = 0.01
_FRAME = 0.04
_UNVOICED = 0.008
"""Seconds between grains where there is no voice."""

_RAMP = 0.008
"""Seconds over which one treatment passes into the next, so that nothing clicks."""


@dataclass(frozen=True)
class Span:
    """What happens from `start` to `end` (seconds): `rate` a factor on the speed, `pitch` semitones, `gain` dB."""

    start: float
    end: float
    rate: float = 1.0
    pitch: float = 0.0
    gain: float = 0.0


@dataclass(frozen=True)
class Reshaped:
    """`samples` float32 (N,); `old` and `new` (K,) seconds, between which time runs evenly."""

    samples: Floats
    old: tuple[float, ...]
    new: tuple[float, ...]

    def time(self, seconds: float) -> float:
        """When that moment is now."""
        return float(np.interp(seconds, self.old, self.new))


def reshape(samples: Floats, rate: int, spans: Sequence[Span]) -> Reshaped:
    """`samples` float32 (N,) at `rate` hertz with the `spans` treated; these lie in time order without overlap."""
    ramp = round(_RAMP * rate)
    pieces: list[tuple[Floats, float]] = []
    old, new = [0.0], [0.0]
    done = 0
    for span in spans:
        start, end = (min(max(round(t * rate), done), len(samples)) for t in (span.start, span.end))
        if end - start < 2 * ramp:
            continue
        treated = _treated(samples, rate, start, end, span)
        pieces += [(samples[done:start], 1.0), (treated, float(10 ** (span.gain / 20)))]
        new += [new[-1] + (start - done) / rate, new[-1] + (start - done + len(treated)) / rate]
        old += [start / rate, end / rate]
        done = end
    pieces.append((samples[done:], 1.0))
    new.append(new[-1] + (len(samples) - done) / rate)
    old.append(len(samples) / rate)
    return Reshaped(_levelled(pieces, ramp), tuple(old), tuple(new))


def _levelled(pieces: Sequence[tuple[Floats, float]], ramp: int) -> Floats:
    """The pieces in a row, each at its gain, with a ramp from gain to gain."""
    sound: Floats = np.concatenate([piece for piece, _ in pieces])
    gains = np.concatenate([np.full(len(piece), gain, np.float32) for piece, gain in pieces])
    if len({gain for _, gain in pieces}) > 1 and len(gains) > 2 * ramp:
        kernel = np.hanning(2 * ramp + 1).astype(np.float32)
        gains = np.convolve(np.pad(gains, ramp, mode="edge"), kernel / kernel.sum(), mode="valid")
    return np.multiply(sound, gains, dtype=np.float32)


def _treated(samples: Floats, rate: int, start: int, end: int, span: Span) -> Floats:
    """The stretch at its new speed and pitch, meeting the untouched sound on both sides."""
    if abs(span.rate - 1) < 0.005 and abs(span.pitch) < 0.05:
        return samples[start:end]
    margin = round(0.03 * rate)
    low, high = max(0, start - margin), min(len(samples), end + margin)
    source = samples[low:high].astype(np.float64)
    marks, periods, voiced = _pulses(source, rate)
    edges = (marks[1:] + marks[:-1]) / 2
    size = max(1, round((end - start) / span.rate))
    lead = start - low
    out = np.zeros(size + 2 * margin)
    weight = np.zeros_like(out)
    shift = 2 ** (-span.pitch / 12)
    at = 0.0
    while at < len(out):
        # Around the edges time runs as in the source, so that both sounds agree where they meet.
        inside = min(max(at - margin, 0.0), float(size))
        where = lead + (at - margin if at < margin else inside * span.rate + max(0.0, at - margin - size))
        nearest = int(np.searchsorted(edges, where))
        _lay(out, weight, source, round(at), int(marks[nearest]), int(periods[nearest]))
        at += periods[nearest] * (shift if voiced[nearest] else 1.0)
    found = (out / np.maximum(weight, 0.3))[margin : margin + size]
    return _faded(found.astype(np.float32), samples, start, end, round(_RAMP * rate))


def _faded(found: Floats, samples: Floats, start: int, end: int, ramp: int) -> Floats:
    """`found` cross-faded with the source's own first and last milliseconds."""
    ramp = min(ramp, len(found) // 2, end - start)
    if ramp < 2:
        return found
    rise = np.linspace(0, 1, ramp, dtype=np.float32)
    found[:ramp] = found[:ramp] * rise + samples[start : start + ramp] * (1 - rise)
    found[-ramp:] = found[-ramp:] * (1 - rise) + samples[end - ramp : end] * rise
    return found


def _lay(
    out: NDArray[np.float64], weight: NDArray[np.float64], source: NDArray[np.float64], at: int, mark: int, period: int
) -> None:
    """Add the grain around `mark` to `out` around `at`."""
    reach = min(period, mark, len(source) - 1 - mark, at, len(out) - 1 - at)
    if reach < 2:
        return
    window = np.hanning(2 * reach + 1)
    out[at - reach : at + reach + 1] += source[mark - reach : mark + reach + 1] * window
    weight[at - reach : at + reach + 1] += window


def _pulses(source: NDArray[np.float64], rate: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
    """Places of the grains, the period around each in samples, and whether there is a voice."""
    hertz = _pitch(source, rate)
    sign = 1.0 if source.max(initial=0.0) >= -source.min(initial=0.0) else -1.0
    marks, periods, voiced = [], [], []
    at = 0
    while at < len(source):
        tone = hertz[min(len(hertz) - 1, int(at / rate / _HOP))]
        period = round(rate / tone) if tone else round(_UNVOICED * rate)
        marks.append(at)
        periods.append(period)
        voiced.append(bool(tone))
        following = at + period
        if tone and following + period // 4 < len(source):
            low = following - period // 4
            following = low + int(np.argmax(sign * source[low : following + period // 4]))
        at = max(following, at + 1)
    return np.array(marks), np.array(periods), np.array(voiced)


def _pitch(source: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Hertz at 100 rows a second, 0 without a voice: the shortest lag near the best of the autocorrelation."""
    size, hop = round(_FRAME * rate), round(_HOP * rate)
    rows = max(1, len(source) // hop)
    padded = np.pad(source, (size // 2, size + hop))
    shortest, longest = round(rate / _HIGHEST), round(rate / _LOWEST)
    window = np.hanning(size)
    room = 1 << (2 * size - 1).bit_length()
    shape = np.fft.irfft(np.abs(np.fft.rfft(window, room)) ** 2)[: longest + 1]
    found = np.zeros(rows)
    loud = float(np.sqrt(np.mean(np.square(source)))) if len(source) else 0.0
    for first in range(0, rows, 1000):
        index = (np.arange(first, min(first + 1000, rows)) * hop)[:, None] + np.arange(size)
        frames = padded[index]
        frames = (frames - frames.mean(axis=1, keepdims=True)) * window
        curve = np.fft.irfft(np.abs(np.fft.rfft(frames, room)) ** 2)[:, : longest + 1]
        curve = curve / np.maximum(curve[:, :1], 1e-9) / (shape / shape[0])
        lags = curve[:, shortest:]
        best = lags.max(axis=1)
        lag = np.argmax(lags >= 0.9 * best[:, None], axis=1)
        lag = np.array([_climb(row, int(start)) for row, start in zip(lags, lag, strict=True)]) + shortest
        heard = np.sqrt(np.mean(np.square(frames), axis=1)) > 0.1 * loud
        found[first : first + len(frames)] = np.where((best > 0.5) & heard, rate / lag, 0.0)
    return found


def _climb(row: NDArray[np.float64], start: int) -> int:
    """The local maximum uphill from `start`."""
    while start + 1 < len(row) and row[start + 1] > row[start]:
        start += 1
    return start
