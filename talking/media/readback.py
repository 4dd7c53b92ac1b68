"""Reading videos back: their facts, their frames as RGB with times, and their sound."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, cast

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from talking.errors import InvalidRequest
from talking.types import Floats, Image, Speech

_NOT_A_VIDEO = "The file is not a video that can be read. Use an MP4, MOV, MKV or WebM file that plays elsewhere."
_OPENING = {
    "format_whitelist": "mov,matroska,avi,gif,mpeg,mpegts,mpegvideo,flv,asf,ogg,h264,hevc,m4v",
    "protocol_whitelist": "file",
}
"""What is opened: files that hold their own pictures. No playlist, which could name other files and addresses, whatever
the file is called or begins with."""

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_CUES, _CLUSTER = b"\x1c\x53\xbb\x6b", b"\x1f\x43\xb6\x75"  # elements of Matroska: its index and its media
_MICROSECONDS = 1_000_000  # FFmpeg's AV_TIME_BASE, the unit of container times
_SLACK = 0.001  # seconds: Matroska rounds the times of frames to milliseconds


@dataclass(frozen=True)
class VideoFacts:
    """What a video file says about itself, without decoding it.

    `width`, `height` in px; `fps` exact; `num_frames` counted in the file; times in seconds; `color` the H.264
    numbers for range, primaries, transfer and matrix; `faststart` whether the index of an MP4, MOV or WebM precedes
    its media, and true for a GIF, which has none; `tags` the metadata; `has_alpha` whether the picture may be
    transparent in places. The audio fields are empty or 0 when there is no sound.
    """

    codec: str
    pix_fmt: str
    width: int
    height: int
    fps: Fraction
    num_frames: int
    video_start: float
    video_duration: float
    color: tuple[int, int, int, int]
    audio_codec: str
    audio_rate: int
    audio_channels: int
    audio_start: float
    audio_duration: float
    duration: float
    faststart: bool
    tags: dict[str, str]
    has_alpha: bool

    @property
    def has_audio(self) -> bool:
        return bool(self.audio_codec)


@dataclass(frozen=True)
class OpenVideo:
    """A video being read.

    `fps` its average frames per second; `width`, `height` in px, as shown; `frames` gives the seconds from the
    start of the file and the picture, uint8 (height, width, 3) RGB, of one frame after the other, turned upright;
    it can be read once.
    """

    fps: float
    width: int
    height: int
    frames: Iterator[tuple[float, Image]]


def probe(path: Path) -> VideoFacts:
    """The facts of the video at `path`. Raises InvalidRequest when it is not a video that can be read."""
    with _opened(path) as container, _reading():
        video = container.streams.video[0]
        audio = container.streams.audio[0] if container.streams.audio else None
        context = video.codec_context
        return VideoFacts(
            codec=context.name,
            pix_fmt=context.pix_fmt or "",
            width=context.width,
            height=context.height,
            fps=video.average_rate or Fraction(0),
            num_frames=sum(1 for packet in container.demux(video) if packet.size),
            video_start=_seconds(video.start_time, video.time_base),
            video_duration=_duration(video),
            color=(context.color_range, context.color_primaries, context.color_trc, context.colorspace),
            audio_codec=audio.codec_context.name if audio else "",
            audio_rate=audio.codec_context.sample_rate if audio else 0,
            audio_channels=audio.codec_context.layout.nb_channels if audio else 0,
            audio_start=_seconds(audio.start_time, audio.time_base) if audio else 0.0,
            audio_duration=_duration(audio) if audio else 0.0,
            duration=(container.duration or 0) / _MICROSECONDS,
            faststart=_index_comes_first(path),
            tags=dict(container.metadata),
            has_alpha=video.metadata.get("alpha_mode") == "1" or (context.pix_fmt or "").startswith("yuva"),
        )


@contextmanager
def open_video(path: Path, *, start: float = 0.0) -> Iterator[OpenVideo]:
    """Read the picture of the video at `path`, from `start` seconds on.

    Raises InvalidRequest when it is not a video that can be read, or has no picture there.
    """
    with _opened(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        _seek(container, start)
        frames = _frames(container, start)
        first = next(frames, None)
        if first is None:
            raise InvalidRequest(_NOT_A_VIDEO)
        height, width = first[1].shape[:2]
        yield OpenVideo(float(stream.average_rate or 0), width, height, itertools.chain([first], frames))


def sound_of(path: Path, *, start: float = 0.0, seconds: float = np.inf) -> Speech | None:
    """The sound of the video at `path` as mono at its own rate, or None when it has none; `seconds` of it from `start`.

    Sample 0 sounds at `start`: a sound that sets in late is preceded by silence. Raises InvalidRequest when the file
    is not a video that can be read.
    """
    with _opened(path) as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        rate = stream.codec_context.sample_rate
        resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
        pieces: list[Floats] = []
        offset = 0
        _seek(container, start)
        with _reading():
            for frame in container.decode(stream):
                if not pieces:
                    offset = round((_time(container, frame) - start) * rate)
                if _time(container, frame) > start + seconds:
                    break
                pieces += [_samples(mono) for mono in resampler.resample(frame)]
            pieces += [_samples(mono) for mono in resampler.resample(None)]
    silence = np.zeros(max(0, offset), np.float32)
    sound = np.concatenate([silence, *pieces])[max(0, -offset) :]
    return Speech(sound if np.isinf(seconds) else sound[: round(seconds * rate)], rate)


def _seek(container: InputContainer, start: float) -> None:
    """Go to where `start` seconds can be decoded from."""
    if start > 0:
        with _reading():
            container.seek(round(start * _MICROSECONDS) + max(0, container.start_time or 0))


def _frames(container: InputContainer, start: float) -> Iterator[tuple[float, Image]]:
    with _reading():
        for frame in container.decode(video=0):
            if _time(container, frame) < start - _SLACK:
                continue
            picture = frame.to_ndarray(format="rgb24")
            # A phone that was held upright stores lying pictures and how far to turn them, counterclockwise.
            yield _time(container, frame), np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90)))


def _time(container: InputContainer, frame: av.VideoFrame | av.AudioFrame) -> float:
    """Seconds of `frame` since the start of the file, which need not be at 0 on the file's own clock."""
    return (frame.time or 0.0) - max(0, container.start_time or 0) / _MICROSECONDS


def _samples(frame: av.AudioFrame) -> Floats:
    return cast(Floats, frame.to_ndarray()[0])


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    if not path.is_file():
        raise InvalidRequest(f"There is no video '{path.name}'. Check the name of the file.")
    with _reading():
        # Absolute, so that a name with a colon in it is not taken for a URL.
        container = av.open(str(path.resolve()), "r", options=_OPENING)
    with container:
        if not container.streams.video:
            raise InvalidRequest(_NOT_A_VIDEO)
        yield container


@contextmanager
def _reading() -> Iterator[None]:
    """Turn what FFmpeg says about a bad file into a sentence."""
    try:
        yield
    except (OSError, av.error.FFmpegError) as error:
        raise InvalidRequest(_NOT_A_VIDEO) from error


def _seconds(ticks: int | None, time_base: Fraction | None) -> float:
    return float((ticks or 0) * (time_base or 0))


def _duration(stream: VideoStream | AudioStream) -> float:
    """Seconds of a stream; Matroska and WebM keep them as a tag, "00:00:06.640000000"."""
    tag = stream.metadata.get("DURATION")
    if stream.duration is None and tag:
        hours, minutes, seconds = tag.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return _seconds(stream.duration, stream.time_base)


def _index_comes_first(path: Path) -> bool:
    """Whether a player need not go to the end of the file first."""
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        first = _first_element(file) if magic == _EBML else _first_box(file)
        return magic == b"GIF8" or first in (b"moov", _CUES)


def _first_box(file: BinaryIO) -> bytes:
    """Which comes first in an MP4 or MOV, b"moov" or b"mdat"; empty for other files."""
    while len(head := file.read(8)) == 8:
        size, kind = struct.unpack(">I4s", head)
        if kind in (b"moov", b"mdat"):
            return bytes(kind)
        if size == 1:  # a 64-bit size follows
            size = struct.unpack(">Q", file.read(8).rjust(8, b"\0"))[0] - 8
        if size < 8:
            break
        file.seek(size - 8, 1)
    return b""


def _first_element(file: BinaryIO) -> bytes:
    """Which comes first in a Matroska or WebM file, its index or its media; empty when it has neither (RFC 8794)."""
    while len(first := file.read(1)) == 1:
        name = first + file.read(8 - first[0].bit_length())
        if name in (_CUES, _CLUSTER):
            return name
        length = (file.read(1) or b"\0")[0]
        more = 8 - length.bit_length()
        size = int.from_bytes(bytes([length & (0x7F >> more)]) + file.read(more), "big")
        if name != _SEGMENT:
            file.seek(size, 1)
    return b""
