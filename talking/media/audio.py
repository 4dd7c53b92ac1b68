"""A sound as the rest wants it: mono speech in [-1, 1] at its own rate, and the tools to resample and level it."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from fractions import Fraction
from typing import IO, Any

import av
import numpy as np

from talking.errors import BadAudio
from talking.media import confined
from talking.media.content import identify
from talking.media.source import Source, read
from talking.media.track import CONTAINERS, broken_off, clock, decode
from talking.types import Floats, Speech

MAX_BYTES = 200_000_000
"""An hour of 16-bit mono at 24 kHz, or of any MP3."""

MAX_SECONDS = 3600.0
MIN_SECONDS = 0.1

RATES = range(8_000, 96_001)
"""Rates in hertz that are kept; a sound of any other is resampled to FALLBACK_RATE."""

FALLBACK_RATE = 48_000

SILENCE_DB = -60.0
"""RMS in dB of full scale below which a block of 10 ms is silence: faint speech peaks above -45, idle inputs at -65."""

_MIN_HEARD = 0.05
"""Seconds above SILENCE_DB in all that make a sound worth lip-syncing to; a click or two is less."""

_OVERSHOOT = 2.0
"""Float samples commonly above this are integers in disguise, and are scaled; below, they are peaks to clip."""

_OFFSET = 0.01
"""A mean of the samples beyond this is the fault of a device and is removed."""

_CEILING = 10 ** (-1 / 20)
"""Peak of a normalised sound: -1 dB of full scale leaves room for what AAC adds."""

_NOTHING = 10 ** (-80 / 10)
"""Power of a sound that is not worth raising: little but the rounding of 16 bits."""

_SECONDS = 300.0
"""For decoding one sound in a child: an hour of it takes some ten."""

_ROOM = 12
"""Bytes of memory for each sample: the sound, and a copy that is larger while it grows or is resampled."""

_BLOCK = 512
_LIMITER_BLOCK = 64


# A longer filter than FFmpeg's default keeps more of the highest tones. PyAV 17, for Python 3.10, cannot set it.
_SHARP: dict[str, Any] = {"options": {"filter_size": "64"}} if int(av.__version__.split(".")[0]) >= 18 else {}


def load(source: Source, *, max_bytes: int = MAX_BYTES, max_seconds: float = MAX_SECONDS) -> Speech:
    """Read a WAV, MP3, FLAC, OGG (Vorbis, Opus) or M4A/AAC sound, or the sound track of an MP4, MOV or WebM video.

    `source` is a path, bytes or base64 text; the content decides, not the name. The channels are averaged, what
    is not a number is silenced, an offset removed, the range limited to [-1, 1]; the level is not changed. What
    was changed stands in `notes`. Raises BadAudio for anything else, and for a sound that is damaged throughout,
    shorter than 0.1 s, longer than `max_seconds`, or silent (less than 50 ms above SILENCE_DB).
    """
    data = read(source, max_bytes=max_bytes, error=BadAudio, noun="sound")
    children = confined.active()
    if children is None:
        (piece,) = pieces(data, max_seconds=max_seconds)
    else:
        piece = children.ask(_task(data, max_seconds))
    return Speech(piece.arrays[0], int(piece.facts["rate"]), notes=tuple(piece.facts["notes"]))


def _task(data: bytes, max_seconds: float) -> confined.Task:
    error = BadAudio("The sound is damaged and cannot be decoded. Save it again, or send another one.")
    room = round(max_seconds * RATES[-1] * _ROOM)
    return confined.Task(
        f"{__name__}:pieces", data, {"max_seconds": max_seconds}, error, _SECONDS, memory=confined.MEMORY + room
    )


def pieces(data: bytes, *, max_seconds: float) -> Iterator[confined.Piece]:
    """The work of `load`, here or in a child: one piece with the samples, their rate, and the notes."""
    sound = _loaded(data, max_seconds)
    yield confined.Piece({"rate": sound.rate, "notes": sound.notes}, (sound.samples,))


def _loaded(data: bytes, max_seconds: float) -> Speech:
    content = identify(data)
    if not content.kind:
        raise BadAudio("This is not a sound that can be read. Send a WAV, MP3, FLAC, OGG or M4A.")
    if content.kind not in CONTAINERS:
        raise BadAudio(f"This is {content.name}. Send a WAV, MP3, FLAC, OGG or M4A.")
    track = decode(data, content.kind, max_seconds=max_seconds)
    notes = [*track.notes, *_cut_off(data, content.kind, track.rate)]
    samples = _limited(track.samples, notes)
    seconds = len(samples) / track.rate
    if seconds < MIN_SECONDS:
        raise BadAudio(f"The sound is only {clock(seconds)} long. Send at least {clock(MIN_SECONDS)} of speech.")
    if _heard(samples, track.rate) < _MIN_HEARD:
        raise BadAudio("The sound is silent: there is nothing to hear in it. Send a recording of speech.")
    if track.rate in RATES:
        return Speech(samples, track.rate, notes=tuple(notes))
    return Speech(resample(samples, track.rate, FALLBACK_RATE), FALLBACK_RATE, notes=tuple(notes))


def _cut_off(data: bytes, kind: str, rate: int) -> list[str]:
    """A note when a WAV file is shorter than its header says, as after a broken download.

    Programs that write to a pipe cannot know the length and write 0 or about 2 GiB and more: no fault there.
    """
    at = data.find(b"data", 12, 65_536) if kind == "wav" and data[:4] == b"RIFF" else -1
    declared = int.from_bytes(data[at + 4 : at + 8], "little") if at >= 0 else 0
    present = len(data) - at - 8
    if not 0 < present < declared < 0x7FFF0000:
        return []
    width = int.from_bytes(data[32:34], "little") if data[12:16] == b"fmt " else 0
    return [broken_off((declared - present) / width / rate)] if width else []


def _limited(samples: Floats, notes: list[str]) -> Floats:
    """`samples` in [-1, 1] without offset, changed in place."""
    step = max(1, len(samples) // 200_000)
    usual_peak = float(np.quantile(np.abs(samples[::step]), 0.999)) if len(samples) else 0.0
    if usual_peak > _OVERSHOOT:
        samples /= np.float32(usual_peak)
        notes.append("The sound was far too loud for its format and was turned down.")
    np.clip(samples, -1, 1, out=samples)
    offset = float(samples.mean(dtype=np.float64)) if len(samples) else 0.0
    if abs(offset) > _OFFSET:
        samples -= np.float32(offset)
        np.clip(samples, -1, 1, out=samples)
    return samples


def _heard(samples: Floats, rate: int) -> float:
    """Seconds in blocks of 10 ms that are louder than silence."""
    size = max(1, rate // 100)
    blocks = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.einsum("bn,bn->b", blocks, blocks) / size
    return float(np.count_nonzero(power > 10 ** (SILENCE_DB / 10))) * size / rate


def resample(samples: Floats, rate: int, to: int) -> Floats:
    """`samples` float32 (N,) at `rate` hertz, taken at `to` hertz: float32 (round(N * to / rate),).

    Sample i of the result is the sound at i / `to` seconds: the filter's delay is taken out, and its edges are
    mirrored. The filter is band-limited below the lower of both rates.
    """
    size = round(len(samples) * to / rate)
    if rate == to or not size:
        return np.array(samples[:size], np.float32)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=to, **_SHARP)
    result = np.zeros(size, np.float32)
    filled = 0
    for chunk in [*(samples[start : start + rate] for start in range(0, len(samples), rate)), None]:
        for frame in resampler.resample(None if chunk is None else _frame(chunk, rate)):
            part = frame.to_ndarray().ravel()[: size - filled]
            result[filled : filled + len(part)] = part
            filled += len(part)
    return result


def write_wav(speech: Speech, file: str | IO[bytes]) -> None:
    """Write the sound as a WAV of 16 bits. Raises OSError."""
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(speech.rate)
        writer.writeframes((np.clip(speech.samples, -1, 1) * 32767).astype("<i2").tobytes())


def _frame(samples: Floats, rate: int) -> av.AudioFrame:
    mono = np.ascontiguousarray(samples, np.float32)[None]
    frame = av.AudioFrame.from_ndarray(mono, format="flt", layout="mono")
    frame.sample_rate = rate
    frame.time_base = Fraction(1, rate)
    return frame


def normalise(samples: Floats, level_db: float = -20.0) -> Floats:
    """`samples` float32 (N,) at an RMS level of `level_db` dB of full scale while somebody speaks.

    Pauses do not count: the level is that of the blocks within 10 dB of the mean of all blocks within 40 dB of
    the loudest (the gating of ITU-R BS.1770-4 in relative form, without its ear filter). Peaks are held below
    -1 dB by a smooth gain, so the result may be a little softer than asked. Silence is returned as it is.
    """
    blocks = samples[: len(samples) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    power = np.einsum("bn,bn->b", blocks, blocks).astype(np.float64) / _BLOCK
    loudest = power.max(initial=0.0)
    if loudest < _NOTHING:
        return np.array(samples, np.float32)
    power = power[power > 1e-4 * loudest]
    speech = power[power > 0.1 * power.mean()].mean()
    return hold_peaks(np.float32(10 ** (level_db / 20) / np.sqrt(speech)) * samples)


def hold_peaks(samples: Floats) -> Floats:
    """Turn `samples` float32 (N,) down around peaks above -1 dB, by a gain that moves over five blocks.

    A minimum over two blocks on either side, then a mean over one, then lines between the centres: at no sample
    is the gain above what that sample's block needs.
    """
    count = -(-len(samples) // _LIMITER_BLOCK)
    padded = np.zeros(count * _LIMITER_BLOCK, np.float32)
    padded[: len(samples)] = np.abs(samples)
    peaks = padded.reshape(count, _LIMITER_BLOCK).max(axis=1)
    if peaks.max() <= _CEILING:
        return samples
    gain = np.minimum(1, _CEILING / np.maximum(peaks, 1e-9))
    lowest = np.lib.stride_tricks.sliding_window_view(np.pad(gain, 2, mode="edge"), 5).min(axis=1)
    smooth = np.lib.stride_tricks.sliding_window_view(np.pad(lowest, 1, mode="edge"), 3).mean(axis=1)
    centres = np.arange(count) * _LIMITER_BLOCK + (_LIMITER_BLOCK - 1) / 2
    held = samples * np.interp(np.arange(len(samples)), centres, smooth).astype(np.float32)
    return np.clip(held, -_CEILING, _CEILING)
