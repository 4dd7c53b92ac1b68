"""The sound track of an untrusted file, as mono samples."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import av
import av.error
import numpy as np

from talking.errors import BadAudio
from talking.types import Floats

CONTAINERS = {
    "wav": "wav",
    "mp3": "mp3",
    "aac": "aac",
    "flac": "flac",
    "ogg": "ogg",
    "m4a": "mov",
    "mp4": "mov",
    "mov": "mov",
    "webm": "matroska",
}
"""FFmpeg's demuxer for each kind of content. It is named and never guessed, so no playlist is ever followed."""

_DECODERS = frozenset(
    {"aac", "alac", "flac", "mp3", "mp3float", "opus", "libopus", "vorbis", "libvorbis", "adpcm_ima_wav", "adpcm_ms"}
    | {f"pcm_{name}" for name in ("alaw", "mulaw", "u8", "s16le", "s16be", "s24le", "s24be", "s32le", "s32be")}
    | {f"pcm_{name}" for name in ("f32le", "f32be", "f64le", "f64be")}
)

_GUESSED_LENGTH = frozenset({"mp3", "aac"})
"""Kinds without a length in the header: FFmpeg guesses from the first frames and may be far off."""

_MAX_CHANNELS = 7
"""With eight and more, PyAV 18.1 reads past the end of FFmpeg's list of planes and crashes the process."""

_MAX_RATE = 96_000
"""Hertz up to which the full length is taken; at a higher rate only as many samples, so that memory is bounded."""

_CANCELLED = 0.01
"""A mean of the channels with less than this share of the loudest channel's power means opposite phases."""

_SHORT_BY = 0.25
"""Seconds by which a whole file may be shorter than it says: encoders pad, and containers round."""


@dataclass(frozen=True)
class Track:
    """Decoded sound: `samples` float32 (N,), finite but not yet limited; `rate` in hertz; `notes` for the user."""

    samples: Floats
    rate: int
    notes: tuple[str, ...] = ()


def decode(data: bytes, kind: str, *, max_seconds: float) -> Track:
    """Decode the first sound track in `data`, whose content is of a `kind` in CONTAINERS.

    Channels are averaged, except where they cancel out: then the loudest is taken. Damaged stretches are left
    out with a note. Nothing but `data` is ever opened. Raises BadAudio when there is no sound track, when it
    cannot be decoded, or once it proves longer than `max_seconds`.
    """
    try:
        track = _decode(data, kind, max_seconds, channel=None)
        if isinstance(track, int):
            track = _decode(data, kind, max_seconds, channel=track)
    except (av.error.FFmpegError, OSError, ValueError, UnicodeError) as error:
        raise BadAudio("The sound is damaged and cannot be decoded. Save it again, or send another one.") from error
    assert isinstance(track, Track)
    return track


def _decode(data: bytes, kind: str, max_seconds: float, channel: int | None) -> Track | int:
    """The track, or the number of the channel to take because the mean of all would be silent."""
    options = {
        "format_whitelist": CONTAINERS[kind],
        "protocol_whitelist": "none",
        "codec_whitelist": ",".join(sorted(_DECODERS)),
    }
    demuxer = CONTAINERS[kind]
    # Tags in other encodings than UTF-8 are common, and no reason to refuse a sound.
    with av.open(io.BytesIO(data), "r", format=demuxer, options=options, metadata_errors="replace") as container:
        stream = _sound_stream(container)
        declared = 0.0 if kind in _GUESSED_LENGTH else _declared_length(container, stream)
        _check_length(declared, max_seconds)
        mono = _Mono(max_seconds, channel)
        damaged = 0
        for frame in _frames(container, stream):
            damaged += frame is None or not mono.add(frame)
        return mono.finish(damaged, declared)


def _sound_stream(container: av.container.InputContainer) -> av.AudioStream:
    if not container.streams.audio:
        raise BadAudio("There is no sound in this file. Send a WAV, MP3, FLAC, OGG or M4A.")
    stream = container.streams.audio[0]
    codec = stream.codec_context.name if stream.codec_context is not None else "unknown"
    if codec not in _DECODERS:
        raise BadAudio(f"The sound is coded as '{codec}', which is not read. Send a WAV, MP3, FLAC, OGG or M4A.")
    channels = stream.codec_context.layout.nb_channels
    if channels > _MAX_CHANNELS:
        raise BadAudio(f"The sound has {channels} channels; at most {_MAX_CHANNELS} are read. Mix it down to stereo.")
    return stream


def _declared_length(container: av.container.InputContainer, stream: av.AudioStream) -> float:
    """Seconds that the file says the sound has, 0 when it does not say."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / av.time_base


def _frames(container: av.container.InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame | None]:
    """Frames as they are decoded, and None for each packet that is damaged."""
    packets = container.demux(stream)
    while True:
        try:
            yield from next(packets).decode()
        except StopIteration:
            return
        except EOFError:
            return
        except av.error.FFmpegError:
            yield None


class _Mono:
    """Collects frames into one growing mono array, which is moved by the allocator and never copied as a whole."""

    def __init__(self, max_seconds: float, channel: int | None) -> None:
        self.samples: Floats = np.empty(1 << 16, np.float32)
        self.size = 0
        self.rate = 0
        self.unreal = 0
        self.mean_power = 0.0
        self.powers = np.zeros(0)
        self.max_seconds = max_seconds
        self.channel = channel

    def add(self, frame: av.AudioFrame) -> bool:
        """Append a frame; False when it does not fit the ones before, as happens in damaged files."""
        channels = frame.layout.nb_channels
        if not self.rate and 0 < channels <= _MAX_CHANNELS:
            self.rate = frame.sample_rate
            self.powers = np.zeros(channels)
        if frame.sample_rate != self.rate or channels != len(self.powers) or self.rate <= 0:
            return False
        planes = _planes(frame)
        finite = np.isfinite(planes)
        if not finite.all():
            self.unreal += int((~finite).any(axis=0).sum())
            planes[~finite] = 0
        mono = planes.mean(axis=0) if self.channel is None else planes[self.channel]
        self.powers += np.square(planes, dtype=np.float64).sum(axis=1)
        self.mean_power += float(np.square(mono, dtype=np.float64).sum())
        self._append(mono)
        return True

    def _append(self, mono: Floats) -> None:
        end = self.size + len(mono)
        limit = self.max_seconds * min(1.0, _MAX_RATE / self.rate)
        _check_length(end / self.rate, limit, is_all=False)
        if end > len(self.samples):
            self.samples.resize(max(end, len(self.samples) * 5 // 4), refcheck=False)
        self.samples[self.size : end] = mono
        self.size = end

    def finish(self, damaged: int, declared: float) -> Track | int:
        if not self.size:
            raise BadAudio("There is no sound in this file: it holds no samples. Send another one.")
        if self.channel is None and self.mean_power < _CANCELLED * self.powers.max():
            return int(self.powers.argmax())
        self.samples.resize(self.size, refcheck=False)
        notes = []
        missing = declared - self.size / self.rate
        if missing > max(_SHORT_BY, 0.05 * declared):
            notes.append(broken_off(missing))
        elif damaged:
            notes.append("Parts of the sound were damaged and left out.")
        if self.unreal:
            notes.append(f"{self.unreal} samples of the sound were not numbers and were silenced.")
        return Track(self.samples, self.rate, tuple(notes))


def _planes(frame: av.AudioFrame) -> Floats:
    """The samples of all channels as float32 (C, n); full scale is 1."""
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows becomes infinite and is silenced later
        planes = raw.astype(np.float32)
    if frame.format.name.startswith("u8"):
        planes -= 128.0
    if raw.dtype.kind in "iu":
        planes /= np.float32(1 << (8 * raw.dtype.itemsize - 1))
    return planes


def _check_length(seconds: float, max_seconds: float, *, is_all: bool = True) -> None:
    if seconds > max_seconds:
        length = f"is {clock(seconds)} long" if is_all else "is too long"
        raise BadAudio(f"The sound {length}; at most {clock(max_seconds)} are taken. Cut it, or send a shorter one.")


def broken_off(seconds: float) -> str:
    """The note on a file that ends that much before its time."""
    return f"The sound file is damaged or cut off: {clock(seconds)} of it is missing."


def clock(seconds: float) -> str:
    """A length of time in words: "0.3 s", "12.5 s", "72 min 5 s"."""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 1 else f"{seconds:.1f} s".replace(".0 ", " ")
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
