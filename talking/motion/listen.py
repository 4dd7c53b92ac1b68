"""Sound to mouth shapes, in any language: a small convolutional network that runs on numpy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from talking.media.audio import resample
from talking.motion.phonemes import SIL, VISEME, VISEMES, Segment
from talking.types import Floats, Speech

RATE = 16000
"""Hertz that the network listens at."""

ROWS_PER_SECOND = 50

SWITCH = 1.0
"""Nats that a change of mouth shape must gain; fitted on held-out speech."""

CLOSURE = 0.3
"""Probability from which lips are taken to meet; at the most likely shape alone a third of the closures is lost."""

SURE = 0.6
"""Probability from which a single row is enough for lips to meet; most that are heard for 20 ms only are mistakes."""

WEIGHTS = Path(__file__).with_name("mouth.npz")

_HOP, _WINDOW, _FFT, _BINS = 160, 400, 512, 64
_SLOWED = 124
"""Samples between frames when the sound is heard a second time, at 0.78 of its tempo: what is said fast is heard better
so, and the mean of both better than either. On held-out speech everything from 116 to 148 is as good."""
_LOW, _HIGH = 60.0, 7600.0
_DILATIONS = (1, 2, 4, 1, 2, 4, 8)
_REACH = 2 * sum(_DILATIONS) + 4
"""Feature frames on each side that a row depends on."""

_BLOCK = 3000
"""Feature frames worked on at once (30 s), so that an hour of sound needs memory for its features alone."""

_LIVELY = 7.0
"""Nats (30 dB) below the loudest frame of all that still tell how loud the speech is; long pauses do not."""

_NEVER = 1e-8
"""Probability of what the network rules out, so that its logarithm stays finite."""

_INAUDIBLE = -7.0
"""Level of the loudest frame (about -70 dBFS) below which there is nothing to hear."""


def posteriors(speech: Speech) -> Floats:
    """How likely each mouth shape is at each moment.

    float32 (M, 15), columns as in `phonemes.VISEMES`, rows summing to 1. Row k is about the time (k + 0.5) / 50
    seconds, and M = ceil(duration x 50). Any sample rate. Loudness and the colour of the microphone are taken out
    over the whole sound at once, so a quiet passage stays quiet.
    """
    samples = resample(speech.samples, speech.rate, RATE)
    heard = log_mel(samples)
    if heard[:, -1].max() < _INAUDIBLE:
        silent: Floats = np.zeros((len(heard) // 2, len(VISEMES)), np.float32)
        silent[:, SIL] = 1
        return silent
    once = _hear(heard)
    again = _hear(log_mel(samples, _SLOWED))
    return _softmax((once + _at_tempo(again, len(once))) / 2)


def _hear(log_mel: Floats) -> Floats:
    """Log probabilities (F / 2, 15) of the mouth shapes in `log_mel` (F, 65)."""
    seen, weights = normalised(log_mel), _weights()
    logits = np.concatenate([_block(seen, start, weights) for start in range(0, len(seen), _BLOCK)])
    result: Floats = np.log(_softmax(logits) + _NEVER)
    return result


def _at_tempo(slowed: Floats, rows: int) -> Floats:
    """Rows heard at _SLOWED samples a frame, at the times of `rows` rows heard at _HOP: float32 (rows, 15)."""
    # A row's middle lies one frame after the start of its pair, at either tempo.
    position = ((2 * np.arange(rows) + 1) * _HOP / _SLOWED - 1) / 2
    first = np.clip(np.floor(position).astype(int), 0, max(len(slowed) - 2, 0))
    share = np.clip(position - first, 0, 1)[:, None].astype(np.float32)
    following = np.minimum(first + 1, len(slowed) - 1)
    result: Floats = slowed[first] * (1 - share) + slowed[following] * share
    return result


def segments(posteriors: Floats) -> list[Segment]:
    """The most likely mouth shapes in time order and without gaps, from `posteriors` (M, 15) alone.

    A change of shape must be worth SWITCH nats. Lips that meet are too short and too visible for that rule: where
    P(PP) or P(FF) exceeds CLOSURE for two rows, or SURE for one, they win.
    """
    classes = steady(np.log(posteriors + _NEVER))
    for name in ("FF", "PP"):
        for first, end in _closures(posteriors[:, VISEME[name]]):
            classes[first:end] = VISEME[name]
    edges = [0, *(np.flatnonzero(np.diff(classes)) + 1).tolist(), len(classes)]
    return [
        Segment(start / ROWS_PER_SECOND, end / ROWS_PER_SECOND, int(classes[start]))
        for start, end in pairwise(edges)
        if end > start
    ]


def _closures(likely: Floats) -> list[tuple[int, int]]:
    """Where lips meet, as first row and the one after the last, by the probability (M,) of it; gaps of a row close."""
    lips = likely > CLOSURE
    lips[1:-1] |= lips[:-2] & lips[2:]
    edges = np.flatnonzero(np.diff(lips, prepend=False, append=False)).tolist()
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1 or likely[a] > SURE]


def prior() -> Floats:
    """How often the network hears each mouth shape when it does not listen: float32 (15,), sums to 1."""
    return _weights()["prior"]


def log_mel(samples: Floats, hop: int = _HOP) -> Floats:
    """Natural log of the power in 64 mel bands and, last, in all of them: float32 (2 M, 65), M = ceil(N / (2 hop)).

    `samples` float32 (N,) at 16 kHz. Frame i is a 25 ms Hann window centred at sample (i + 1) x `hop`, 10 ms each.
    """
    from scipy.fft import rfft  # unlike numpy's it stays with float32, in a quarter of the time

    frames = 2 * max(1, -(-len(samples) // (2 * hop)))
    out = np.empty((frames, _BINS + 1), np.float32)
    for start in range(0, frames, _BLOCK):
        windows = _windows(samples, hop, start, min(_BLOCK, frames - start))
        spectrum = rfft(windows * _hann(), _FFT)
        bands = (np.square(spectrum.real) + np.square(spectrum.imag)) @ _mel_bands()
        out[start : start + _BLOCK, :_BINS] = np.log(bands + 1e-10)
        out[start : start + _BLOCK, _BINS] = np.log(bands.sum(1) + 1e-10)
    return out


def _windows(samples: Floats, hop: int, start: int, count: int) -> Floats:
    """The samples (count, 400) that frames from `start` on look at; outside the sound there is silence."""
    first = (start + 1) * hop - _WINDOW // 2
    length = (count - 1) * hop + _WINDOW
    piece = samples[max(first, 0) : first + length]
    before = max(-first, 0)
    padded = np.pad(piece, (before, length - before - len(piece)))
    return np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::hop]


def normalised(log_mel: Floats) -> Floats:
    """What the network sees, float32 of the same shape: no loudness, no microphone, the noise floor cut at 65 dB.

    From each band its mean over the loud frames is taken; the last column is the level below the loudest frames.
    """
    level = log_mel[:, -1]
    loudest = np.float32(np.percentile(level[level > level.max() - _LIVELY], 97))
    result = np.maximum(log_mel, log_mel[:, :-1].max() - 15)
    result -= result.mean(0, where=level[:, None] > loudest - 5)
    result /= 3
    result[:, -1] = np.clip((level - loudest) / 5, -3, 1)
    return result


def forward(features: Floats, weights: Mapping[str, Floats]) -> Floats:
    """Logits float32 (ceil(F / 2), 15) of `features` (F, 65); what lies outside counts as zero."""
    hidden = _convolve(features, weights["in.weight"], weights["in.bias"], stride=2)
    for i, dilation in enumerate(_DILATIONS):
        hidden += np.maximum(_convolve(hidden, weights[f"{i}.weight"], weights[f"{i}.bias"], dilation=dilation), 0)
    logits: Floats = hidden @ weights["out.weight"] + weights["out.bias"]
    return logits


def _block(features: Floats, start: int, weights: Mapping[str, Floats]) -> Floats:
    """The logits of one block; its neighbours are heard along, so that no seam shows."""
    before = min(start, _REACH)
    block = features[start - before : start + _BLOCK + _REACH]
    return forward(block, weights)[before // 2 : (before + _BLOCK) // 2]


def _convolve(signal: Floats, kernel: Floats, bias: Floats, *, stride: int = 1, dilation: int = 1) -> Floats:
    """Convolve (T, C) with (K, C, D) into (ceil(T / stride), D), the kernel's middle on each sample."""
    taps = len(kernel)
    length = -(-len(signal) // stride)
    reach = dilation * (taps // 2)
    padded = np.pad(signal, ((reach, reach), (0, 0)))
    out = np.broadcast_to(bias, (length, len(bias))).copy()
    for tap in range(taps):
        out += padded[tap * dilation :: stride][:length] @ kernel[tap]
    return out


def steady(scores: Floats) -> NDArray[np.intp]:
    """The best class of every row (M,) when each change costs SWITCH (Viterbi)."""
    rows, classes = scores.shape
    if not rows:
        return np.zeros(0, np.intp)
    came_from = np.empty((rows, classes), np.int8)
    stay = np.arange(classes, dtype=np.int8)
    best = scores[0]
    for i in range(1, rows):
        top = int(best.argmax())
        switched = best[top] - SWITCH
        came_from[i] = np.where(best >= switched, stay, top)
        best = np.maximum(best, switched) + scores[i]
    path = np.empty(rows, np.intp)
    path[-1] = best.argmax()
    for i in range(rows - 1, 0, -1):
        path[i - 1] = came_from[i, path[i]]
    return path


def _softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    result: Floats = shifted / shifted.sum(1, keepdims=True)
    return result


@cache
def _weights() -> dict[str, Floats]:
    """The shipped network, stored as float16; batch normalisation is folded into the convolutions."""
    with np.load(WEIGHTS) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


@cache
def _hann() -> Floats:
    return np.hanning(_WINDOW + 1)[:-1].astype(np.float32)


@cache
def _mel_bands() -> Floats:
    """Triangles of equal height, evenly spaced on the mel scale: float32 (257, 64)."""
    hertz = np.fft.rfftfreq(_FFT, 1 / RATE)
    mels = 2595 * np.log10(1 + np.array([_LOW, _HIGH]) / 700)
    edges = 700 * (10 ** (np.linspace(mels[0], mels[1], _BINS + 2) / 2595) - 1)
    rising = (hertz[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hertz[:, None]) / (edges[2:] - edges[1:-1])
    bands: Floats = np.maximum(np.minimum(rising, falling), 0).astype(np.float32)
    return bands
