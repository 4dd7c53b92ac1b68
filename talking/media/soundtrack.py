"""The sound of a video: the samples of a speech cut into the codec's blocks, exactly as long as the picture."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import cast

import av
import numpy as np

from talking.types import FPS, Floats, Speech

RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
"""Hertz that every AAC-LC decoder in use plays; the format goes on to 96 kHz, but the decoder of Windows does not."""

OPUS_RATE = 48_000
"""Hertz at which Opus is played in any case; its frames then hold exactly half a picture's time."""

BLOCK = 1024
"""Samples in one AAC-LC frame."""

_OPUS_BLOCK = 960


def track_rate(rate: int, codec: str = "aac") -> int:
    """The hertz to encode sound of `rate` hertz at: the same where AAC has it, else the next higher, at most 48000."""
    if codec == "libopus":
        return OPUS_RATE
    return next((candidate for candidate in RATES if candidate >= rate), RATES[-1])


def track_samples(num_frames: int, rate: int) -> int:
    """How many samples at `rate` hertz (one of RATES) sound as long as `num_frames` frames are seen."""
    return num_frames * rate // FPS


def blocks(speech: Speech, num_frames: int, codec: str = "aac") -> Iterator[av.AudioFrame]:
    """Mono fltp frames of 1024 samples at `track_rate` (960 for Opus), the last one shorter, together `track_samples`.

    Sound that is longer than the picture is cut, shorter sound is followed by silence. Only one block is held.
    """
    rate = track_rate(speech.rate, codec)
    block = _OPUS_BLOCK if codec == "libopus" else BLOCK
    total = track_samples(num_frames, rate)
    pieces = _native(speech) if rate == speech.rate else _resampled(speech, rate)
    waiting = np.zeros(0, np.float32)
    for start in range(0, total, block):
        size = min(block, total - start)
        while len(waiting) < size:
            piece = next(pieces, None)
            waiting = np.concatenate([waiting, np.zeros(size, np.float32) if piece is None else piece])
        yield _frame(waiting[:size], rate, start)
        waiting = waiting[size:]


def _native(speech: Speech) -> Iterator[Floats]:
    for start in range(0, len(speech.samples), BLOCK):
        yield speech.samples[start : start + BLOCK].astype(np.float32, copy=False)


def _resampled(speech: Speech, rate: int) -> Iterator[Floats]:
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
    for start, piece in enumerate(_native(speech)):
        for frame in resampler.resample(_frame(piece, speech.rate, start * BLOCK)):
            yield cast(Floats, frame.to_ndarray()[0])
    for frame in resampler.resample(None):
        yield cast(Floats, frame.to_ndarray()[0])


def _frame(samples: Floats, rate: int, start: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="fltp", layout="mono")
    frame.sample_rate = rate
    frame.pts = start
    frame.time_base = Fraction(1, rate)
    return frame
