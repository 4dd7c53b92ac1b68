"""How loud a speech sounds (EBU R128), and the same speech as loud as it is wanted, without clipping."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

import av
import av.error
import numpy as np
from av.filter import Graph

from talking.media.meter import SILENT, integrated_loudness, true_peak
from talking.types import Floats, Speech

TARGET = -16.0
"""LUFS that web players and podcasts expect; broadcasters ask for -23 (EBU R128)."""

TRUE_PEAK = -1.0
"""dB of full scale that the wave between the samples may reach at most (EBU R128, section j)."""

CLIPPED = 0.999
"""Magnitude of a sample that has reached the end of its range."""

_SAFE = 0.01  # dB that the meter may differ by after a gain
_PASSES = 4
_CLOSE = 0.05  # LU that nobody hears


@dataclass(frozen=True)
class Loudness:
    """What setting a loudness did: LUFS and true peak in dB of full scale, `before` and `after`."""

    before: float
    peak_before: float
    after: float
    peak_after: float


def measure_loudness(speech: Speech) -> tuple[float, float]:
    """Integrated loudness in LUFS (SILENT at least) and true peak in dB of full scale (-inf for digital silence).

    By ITU-R BS.1770-4 as mono: a player that sends it to two speakers makes it 3 LU louder. A sound shorter than
    0.4 s is measured as if it were repeated.
    """
    return _measured(speech.samples, speech.rate)


def normalise(speech: Speech, target: float = TARGET) -> tuple[Speech, Loudness]:
    """The speech at `target` LUFS, and what was measured. Length, marks and rate stay.

    One gain for all of it; where its peaks would then pass TRUE_PEAK, they alone are turned down around the peak.
    Speech whose peaks stand too far out stays softer than asked, which a note says. Silence is returned as it is.
    """
    before, peak_before = _measured(speech.samples, speech.rate)
    if before <= SILENT:
        return speech, Loudness(before, peak_before, before, peak_before)
    samples, after, peak_after = speech.samples, before, peak_before
    gain, ceiling = target - before, TRUE_PEAK
    for _ in range(_PASSES):
        samples = _amplified(speech.samples, speech.rate, gain, ceiling if peak_before + gain > TRUE_PEAK else None)
        after, peak_after = _measured(samples, speech.rate)
        if abs(after - target) <= _CLOSE and peak_after <= TRUE_PEAK + _CLOSE:
            break
        # What the limiter took away is given back by the gain, and what stands out between the samples by the ceiling.
        gain += target - after
        ceiling -= max(0.0, peak_after - TRUE_PEAK)
    if peak_after > TRUE_PEAK:
        samples = samples * np.float32(10 ** ((TRUE_PEAK - _SAFE - peak_after) / 20))
        after, peak_after = _measured(samples, speech.rate)
    notes = speech.notes
    if abs(after - target) > 0.5:
        notes += (f"The sound has {after:.1f} LUFS instead of {target:g}: its peaks leave no more room.",)
    return replace(speech, samples=samples, notes=notes), Loudness(before, peak_before, after, peak_after)


def clipping(speech: Speech) -> float:
    """The share of samples, 0 to 1, in runs of two and more at the end of the range, where a wave was cut off."""
    high = np.abs(speech.samples) >= CLIPPED
    flat = high[1:] & high[:-1] & (np.signbit(speech.samples[1:]) == np.signbit(speech.samples[:-1]))
    inside = np.zeros(len(high), bool)
    inside[1:] |= flat
    inside[:-1] |= flat
    return float(np.count_nonzero(inside)) / max(1, len(high))


def _measured(samples: Floats, rate: int) -> tuple[float, float]:
    return integrated_loudness(samples, rate), true_peak(samples, rate)


def _amplified(samples: Floats, rate: int, gain: float, ceiling: float | None) -> Floats:
    """The samples louder by `gain` dB, with peaks held at `ceiling` dB where one is given; as many as before."""
    chain = [("volume", f"volume={gain:.6f}dB:precision=float")]
    if ceiling is not None:
        # `latency` takes the limiter's look-ahead out again, `level` would turn the result up to the ceiling.
        chain.append(("alimiter", f"limit={10 ** (ceiling / 20):.6f}:level=0:latency=1:attack=5:release=80"))
    result = np.zeros(len(samples), np.float32)
    filled = 0
    for piece in _Chain(rate, *chain).run(samples):
        part = piece[: len(samples) - filled]
        result[filled : filled + len(part)] = part
        filled += len(part)
    return result


class _Chain:
    """Filters of FFmpeg one after the other, for mono float sound."""

    def __init__(self, rate: int, *filters: tuple[str, str]) -> None:
        self._rate = rate
        self._graph = Graph()
        self._source = self._graph.add_abuffer(
            sample_rate=rate, format="flt", layout="mono", time_base=Fraction(1, rate)
        )
        last = self._source
        for name, options in (*filters, ("aformat", "sample_fmts=flt"), ("abuffersink", "")):
            following = self._graph.add(name, options)
            last.link_to(following)
            last = following
        self._graph.configure()

    def run(self, samples: Floats) -> Iterator[Floats]:
        """What comes out for samples float32 (N,), about a second at a time."""
        for start in range(0, len(samples), self._rate):
            piece = np.ascontiguousarray(samples[start : start + self._rate], np.float32)
            frame = av.AudioFrame.from_ndarray(piece[None], format="flt", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = self._rate, start, Fraction(1, self._rate)
            self._source.push(frame)
            yield from self._ready()
        self._source.push(None)
        yield from self._ready()

    def _ready(self) -> Iterator[Floats]:
        with suppress(av.error.BlockingIOError, av.error.EOFError):
            while True:
                frame = self._graph.pull()
                assert isinstance(frame, av.AudioFrame)
                yield np.asarray(frame.to_ndarray(), np.float32).ravel()
