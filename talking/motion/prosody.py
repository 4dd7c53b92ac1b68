"""Where speech is stressed, where it pauses and whether it asks: what head, brows and lids react to."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft
from scipy.ndimage import gaussian_filter1d

from talking.media.audio import resample
from talking.motion.phonemes import SIL, Segment
from talking.types import Floats, Mark, Speech

RATE = 16_000
HOP = 160
"""Samples at RATE between rows of the tracks: 100 rows a second."""

PHRASE_GAP = 0.25
"""Seconds of silence that end a phrase."""

STRENGTHS = {"strong": 1.0, "moderate": 0.6, "reduced": 0.0}
"""How far head and brows go along with the stresses that a script marks."""

BLOCK = 128
"""Rows analysed at once: few enough for the spectra to stay in the processor's cache, which takes half the time."""


@dataclass(frozen=True)
class Phrase:
    """A run of speech between pauses, seconds; `question` when its pitch rises at the end."""

    start: float
    end: float
    question: bool = False


@dataclass(frozen=True)
class Prosody:
    """`accents` seconds of the stressed moments; `phrases` in time order; `duration` of the speech in seconds.

    `emphases` (second, strength 0 to 1) are what the script stresses; `held` (start, end) the stretches whose own
    accents show nothing: those it stresses itself and those it speaks lightly.
    """

    accents: tuple[float, ...]
    phrases: tuple[Phrase, ...]
    duration: float
    emphases: tuple[tuple[float, float], ...] = ()
    held: tuple[tuple[float, float], ...] = ()

    def shows(self, accent: float) -> bool:
        """Whether head and brows react to an accent."""
        return not any(start <= accent <= end for start, end in self.held)


def prosody(speech: Speech, segments: Sequence[Segment]) -> Prosody:
    """The accents and phrases of a speech whose visemes are `segments`."""
    samples = resample(speech.samples, speech.rate, RATE)
    semitones, level = _pitch_and_level(samples)
    phrases = tuple(
        Phrase(start, end, _rises(semitones, start, end)) for start, end in _phrases(segments) if end - start > 0.1
    )
    stresses = speech.of_kind("stress")
    return Prosody(
        accents=_accents(semitones, level, phrases),
        phrases=phrases,
        duration=speech.duration,
        emphases=tuple(_emphasis(mark, semitones, level) for mark in stresses if STRENGTHS.get(mark.text)),
        held=tuple((mark.start, mark.end) for mark in stresses if mark.text in STRENGTHS),
    )


def _emphasis(mark: Mark, semitones: Floats, level: Floats) -> tuple[float, float]:
    """When a stressed stretch is at its height, where pitch and loudness peak in it, and how strong it is."""
    first = min(max(round(mark.start * 100), 0), len(level) - 1)
    rows = slice(first, max(round(mark.end * 100), first + 1))
    height = gaussian_filter1d(semitones[rows], 3.0) / 3.0 + gaussian_filter1d(level[rows], 3.0) / 6.0
    return (first + int(np.argmax(height))) / 100, STRENGTHS[mark.text]


def _phrases(segments: Sequence[Segment]) -> list[tuple[float, float]]:
    spans: list[tuple[float, float]] = []
    for segment in segments:
        if segment.viseme == SIL:
            continue
        if spans and segment.start - spans[-1][1] < PHRASE_GAP:
            spans[-1] = (spans[-1][0], segment.end)
        else:
            spans.append((segment.start, segment.end))
    return spans


def _pitch_and_level(samples: Floats) -> tuple[Floats, Floats]:
    """Semitones over the median pitch (0 where unvoiced) and level in dB, both at 100 Hz."""
    rows = max(1, len(samples) // HOP)
    padded = np.pad(samples, (320, 960))
    hertz = np.zeros(rows, dtype=np.float32)
    level = np.zeros(rows, dtype=np.float32)
    for first in range(0, rows, BLOCK):
        last = min(first + BLOCK, rows)
        index = (np.arange(first, last) * HOP)[:, None] + np.arange(640)
        frames = padded[index]
        hertz[first:last] = _autocorrelation_pitch(frames)
        level[first:last] = 10.0 * np.log10(np.mean(np.square(frames), axis=1) + 1e-9)
    voiced = hertz > 0
    semitones = np.zeros(rows, dtype=np.float32)
    if voiced.any():
        semitones[voiced] = 12.0 * np.log2(hertz[voiced] / np.median(hertz[voiced]))
    return semitones, level


def _autocorrelation_pitch(frames: NDArray[np.float32]) -> Floats:
    """Hertz per row of 40 ms frames (n, 640) at 16 kHz, 0 where unvoiced.

    Boersma's method in short: the frame's autocorrelation divided by the window's, the shortest lag that
    reaches 0.9 of the best one between 60 and 400 Hz, voiced above 0.5.
    """
    window = np.hanning(640).astype(np.float32)
    own = _autocorrelation((frames - frames.mean(axis=1, keepdims=True)) * window)
    shape = _autocorrelation(window)
    curve = own / np.maximum(own[:, :1], 1e-9) / (shape / shape[0])
    lags = curve[:, 40:]
    best = lags.max(axis=1)
    first = np.argmax(lags >= 0.9 * best[:, None], axis=1)
    peak = np.array([_climb(row, start) for row, start in zip(lags, first, strict=True)])
    hertz: Floats = np.where(best > 0.5, RATE / (peak + 40), 0.0).astype(np.float32)
    return hertz


def _autocorrelation(signals: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of each signal (..., 640), at lags 0 to 267; 1024 is room enough for these not to wrap around."""
    spectrum = rfft(signals, 1024)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    own: NDArray[np.float32] = irfft(power, 1024)[..., :268]
    return own


def _climb(row: NDArray[np.float32], start: int) -> int:
    """The local maximum uphill from `start`."""
    while start + 1 < len(row) and row[start + 1] > row[start]:
        start += 1
    return start


def _rises(semitones: Floats, start: float, end: float) -> bool:
    """Whether the pitch of the last 0.4 s climbs by more than two semitones."""
    tail = semitones[max(0, round((end - 0.4) * 100)) : round(end * 100)]
    voiced = tail[tail != 0]
    if len(voiced) < 12 or end - start < 0.6:
        return False
    third = len(voiced) // 3
    return bool(np.median(voiced[-third:]) - np.median(voiced[:third]) > 2.0)


def _accents(semitones: Floats, level: Floats, phrases: Sequence[Phrase]) -> tuple[float, ...]:
    """Peaks of pitch and loudness together, in z scores within speech, at least 0.35 s apart, above 1.2."""
    inside = np.zeros(len(level), dtype=bool)
    for phrase in phrases:
        inside[round(phrase.start * 100) : round(phrase.end * 100)] = True
    if inside.sum() < 20:
        return ()
    score = _z_score(gaussian_filter1d(semitones, 5.0), inside) + _z_score(gaussian_filter1d(level, 5.0), inside)
    score[~inside] = -np.inf
    peaks = np.flatnonzero((score[1:-1] >= score[:-2]) & (score[1:-1] > score[2:]) & (score[1:-1] > 1.2)) + 1
    kept: list[float] = []
    for peak in sorted(peaks, key=lambda row: -score[row]):
        place = bisect(kept, peak / 100)
        if all(abs(peak / 100 - other) >= 0.35 for other in kept[max(0, place - 1) : place + 1]):
            kept.insert(place, float(peak / 100))
    return tuple(kept)


def _z_score(track: Floats, inside: NDArray[np.bool_]) -> Floats:
    values = track[inside]
    score: Floats = (track - values.mean()) / max(float(values.std()), 1e-6)
    return score
