"""A stranger's video as frames of one size at the films' own speed, again and again, without its sound."""

from __future__ import annotations

import io
import math
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import av
import av.error
import cv2
import numpy as np
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from av.video.stream import VideoStream

from talking.compose.planes import BLACK, Plane
from talking.errors import InvalidRequest
from talking.media import confined
from talking.media.content import identify
from talking.types import FPS, Frame, Frames

_DEMUXERS = {
    "mp4": "mov",
    "mov": "mov",
    "webm": "matroska",
    "avi": "avi",
    "mpeg": "mpeg",
    "gif": "gif",
    "flv": "flv",
    "asf": "asf",
}
"""FFmpeg's demuxer for each kind of content. It is named and never guessed, so that no playlist is ever followed."""

MAX_PIXELS = 4096 * 2304
"""Of a frame: what cameras call 4K, and a little more."""

_UNREADABLE = "The video for the background cannot be read. Use an MP4, MOV, WebM or GIF file that plays elsewhere."
_TIMED = frozenset({"mov", "matroska", "avi", "flv"})
"""Demuxers of files that say themselves how long they are; of others FFmpeg guesses it."""

_SHORT_BY = 0.5
"""Seconds, and _SHORT_SHARE of the whole, that a file may lack of the length it declares."""

_SHORT_SHARE = 0.05

_CLEAR_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that know of the transparency of a WebM file: FFmpeg's own leave it out, and show what it hides."""

_SECONDS = 60.0
"""For the first picture of a video, or from one to the next, in a child."""

_CPU = 300.0
"""Of a processor, for looking through a video in a child."""

_CPU_OF_FILM = 36_000.0
"""Of a processor, for the frames of an hour out of a video in 4K."""

_SLACK = 0.002  # seconds by which the times in a file may be off: some count in milliseconds
_HEAD = 4096
_LEAST_ASPECT = 0.1  # of a pixel; anything else is a damaged header


def looped(source: str | Path | bytes, width: int, height: int) -> Frames:
    """The video as I420 frames of `width` x `height` px, 25 a second, without end; its middle, so that all is covered.

    Each is valid until the next is asked for. Raises InvalidRequest, at once, when it cannot be read.
    """
    check_footage(source)
    children = confined.active()
    if children is None:
        return _frames(source, width, height)
    task = _task("frame_pieces", source, {"width": width, "height": height}, _CPU_OF_FILM)
    return (piece.arrays[0] for piece in children.stream(task))


def check_footage(source: str | Path | bytes) -> tuple[str, ...]:
    """What a user should know of the video: that it breaks off, or has transparent parts.

    Raises InvalidRequest when it cannot be read: its first picture is decoded to know.
    """
    children = confined.active()
    if children is None:
        return tuple(_notes(source))
    return tuple(children.ask(_task("check_pieces", source, {}, _CPU)).facts["notes"])


def check_pieces(data: bytes, *, path: str = "") -> Iterator[confined.Piece]:
    """The work of `check_footage` in a child: one piece with the notes, of the file at `path` or of `data`."""
    yield confined.Piece({"notes": _notes(Path(path) if path else data)})


def frame_pieces(data: bytes, *, path: str = "", width: int, height: int) -> Iterator[confined.Piece]:
    """The work of `looped` in a child: a piece for each frame."""
    for frame in _frames(Path(path) if path else data, width, height):
        yield confined.Piece({}, (frame,))


def _task(work: str, source: str | Path | bytes, arguments: Mapping[str, Any], cpu: float) -> confined.Task:
    where = {} if isinstance(source, bytes) else {"path": str(Path(source).resolve())}
    data = source if isinstance(source, bytes) else b""
    error = InvalidRequest(_UNREADABLE)
    return confined.Task(f"{__name__}:{work}", data, {**where, **arguments}, error, _SECONDS, cpu)


def _notes(source: str | Path | bytes) -> list[str]:
    notes = []
    pictures = _pictures(source)
    first = next(pictures, None)
    if first is None:
        raise InvalidRequest(_UNREADABLE)
    if _is_clear(first.frame):
        notes.append("Transparent parts of the background's video were filled with black.")
    pictures.close()
    whole, seconds = _lengths(source)
    if whole - seconds > max(_SHORT_BY, _SHORT_SHARE * whole):
        notes.append(f"The background's video is damaged: only its first {seconds:.1f} seconds could be read.")
    return notes


def _lengths(source: str | Path | bytes) -> tuple[float, float]:
    """The seconds that a file says it lasts, and those that its packets reach; both 0 where it does not say it."""
    with _opened(source) as container:
        if container.format.name.split(",")[0] not in _TIMED or not container.duration:
            return 0.0, 0.0
        first, end = math.inf, 0.0
        try:
            for packet in container.demux():
                if packet.pts is not None and packet.size:
                    first = min(first, float(packet.pts * packet.time_base))
                    end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        except (OSError, av.error.FFmpegError):
            pass  # what came before it counts
        return container.duration / av.time_base, max(0.0, end - min(first, end))


class _Picture(NamedTuple):
    """A picture of a video: the seconds it `begins` and `ends` at, counted from the first; `aspect` how much wider
    than high its pixels are shown."""

    begins: float
    ends: float
    frame: av.VideoFrame
    aspect: float


def _frames(source: str | Path | bytes, width: int, height: int) -> Frames:
    """Every output frame shows the picture of its time; many of a fast video are never shown, nor converted."""
    count, start = 0, 0.0
    while True:
        end = 0.0
        for picture, until in _with_ends(_pictures(source)):
            shown = None
            while count / FPS + _SLACK < start + until:
                shown = _fitted(picture, width, height) if shown is None else shown
                yield shown
                count += 1
            end = until
        start += max(end, 1 / FPS)


def _with_ends(pictures: Iterator[_Picture]) -> Iterator[tuple[_Picture, float]]:
    """Each picture with the time at which the next one, or the end, takes its place."""
    last: _Picture | None = None
    for picture in pictures:
        if last is not None:
            yield last, picture.begins
        last = picture
    if last is not None:
        yield last, last.ends


def _pictures(source: str | Path | bytes) -> Generator[_Picture, None, None]:
    """The pictures of a video. What is damaged after the first one ends it there."""
    with _opened(source) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        usual = float(1 / stream.average_rate) if stream.average_rate else 1 / FPS
        ratio = float(stream.sample_aspect_ratio or 1)
        aspect = ratio if _LEAST_ASPECT < ratio < 1 / _LEAST_ASPECT else 1.0
        first: float | None = None
        try:
            for frame in _decoded(container, stream):
                time = frame.time or 0.0
                first = time if first is None else first
                lasts = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else usual
                begins = max(time - first, 0.0)
                yield _Picture(begins, begins + lasts, frame, aspect)
        except (OSError, av.error.FFmpegError):
            if first is None:
                raise InvalidRequest(_UNREADABLE) from None


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
    """The frames of a stream, with their transparency where it has some."""
    name = _CLEAR_DECODERS.get(stream.codec_context.name)
    if name is None or stream.metadata.get("alpha_mode") != "1":
        yield from container.decode(stream)
        return
    decoder = av.CodecContext.create(name, "r")
    assert isinstance(decoder, VideoCodecContext)
    for packet in container.demux(stream):
        yield from decoder.decode(packet)


def _has_alpha(frame: av.VideoFrame) -> bool:
    return any(component.is_alpha for component in frame.format.components) or frame.format.has_palette


def _is_clear(frame: av.VideoFrame) -> bool:
    """Whether parts of a frame are transparent."""
    return _has_alpha(frame) and int(_plane(frame.reformat(format="yuva420p"), 3).min()) < 255


def _on_black(frame: av.VideoFrame) -> av.VideoFrame:
    """A frame with transparency, laid over black: what it hides is not seen."""
    clear = frame.reformat(format="yuva420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
    alpha = np.ascontiguousarray(_plane(clear, 3))
    low = cv2.resize(alpha, _plane(clear, 1).shape[::-1], interpolation=cv2.INTER_AREA)
    for index, (share, black) in enumerate(zip((alpha, low, low), BLACK, strict=True)):
        plane = _plane(clear, index)
        light = black + (plane.astype(np.float32) - black) * (share.astype(np.float32) / 255)
        plane[:] = np.rint(light).astype(np.uint8)
    return clear


def _plane(frame: av.VideoFrame, index: int) -> Plane:
    """A plane of a planar frame of 8 bits, uint8 (h, w), as it lies in the frame."""
    plane = frame.planes[index]
    values = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return values[: plane.height, : plane.width]


@contextmanager
def _opened(source: str | Path | bytes) -> Iterator[InputContainer]:
    with ExitStack() as files:
        try:
            data = io.BytesIO(source) if isinstance(source, bytes) else files.enter_context(Path(source).open("rb"))
            kind = identify(data.read(_HEAD)).kind
            data.seek(0)
            demuxer = _DEMUXERS[kind]
            options = {"format_whitelist": demuxer, "protocol_whitelist": "none"}
            container = files.enter_context(
                av.open(data, "r", format=demuxer, options=options, metadata_errors="replace")
            )
        except (OSError, ValueError, KeyError, av.error.FFmpegError):
            raise InvalidRequest(_UNREADABLE) from None
        _check(container)
        yield container


def _check(container: InputContainer) -> None:
    if not container.streams.video:
        raise InvalidRequest(_UNREADABLE)
    context = container.streams.video[0].codec_context
    if context is None or context.width * context.height > MAX_PIXELS:
        raise InvalidRequest("The video for the background is larger than 4K. Scale it down first.")


def _fitted(picture: _Picture, width: int, height: int) -> Frame:
    """The middle of a picture as an I420 frame, upright, with square pixels, scaled so that it just covers it."""
    frame = _on_black(picture.frame) if _has_alpha(picture.frame) else picture.frame
    quarter_turns = round(frame.rotation / 90)  # counterclockwise: a phone that was held upright stores lying pictures
    across, down = (height, width) if quarter_turns % 2 else (width, height)
    wide = frame.width * picture.aspect
    scale = max(across / wide, down / frame.height)
    scaled = frame.reformat(
        max(across, _even(wide * scale)),
        max(down, _even(frame.height * scale)),
        "yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.AREA if scale < 1 else Interpolation.BICUBIC,
    )
    left, top = (scaled.width - across) // 4 * 2, (scaled.height - down) // 4 * 2
    parts = []
    for index, plane in enumerate(scaled.planes):
        step = 2 if index else 1
        values = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        part = values[top // step : (top + down) // step, left // step : (left + across) // step]
        parts.append(np.rot90(part, quarter_turns).ravel())
    fitted: Frame = np.concatenate(parts).reshape(height * 3 // 2, width)
    return fitted


def _even(side: float) -> int:
    return 2 * math.ceil(side / 2 - 1e-6)
