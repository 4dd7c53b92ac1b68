"""Frames and sound become an MP4: H.264 at exactly 25 frames per second with AAC, written while they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from importlib import metadata
from pathlib import Path

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from talking.errors import InvalidRequest
from talking.media import soundtrack
from talking.media.output import output_errors, replacing
from talking.types import FPS, Frame, Frames, Speech, Video

MIN_SIDE = 16
"""Pixels: one H.264 macroblock."""

TWO_THREADS_FROM = 1_500_000
"""Pixels from which x264 runs on two threads. Below that, drawing is the slower part."""

_X264 = {
    "preset": "superfast",
    "crf": "18",
    # As good as veryfast (SSIM) in two thirds to four fifths of its time: the macroblock tree pays because the
    # background of a portrait stands still; there are no cuts to look for and no fades to weigh. Fixed B-frames
    # spare two 512 px portraits 9 and 18 % of the time, 21 and 41 % of the bits, for .3 and .6 dB; larger ones nothing.
    "x264-params": "mbtree=1:rc-lookahead=10:scenecut=0:weightp=0:b-adapt=0",
}
_AAC = {"aac_coder": "fast"}  # a fifth of the default coder's time, and closer to the sound at the same bit rate
_MAX_BIT_RATE, _BITS_PER_SAMPLE = 96_000, 4  # mono speech needs no more; AAC has no room for 96 kbit/s at 8 kHz
_BT709, _LIMITED = 1, 1  # H.264 annex E: primaries, transfer and matrix are all 1; FFmpeg: AVCOL_RANGE_MPEG
_FRAME_TIME = Fraction(1, FPS)


def provenance() -> str:
    """What the metadata of every video say about where it comes from."""
    try:
        return f"AI-generated: made with talking {metadata.version('talking')}"
    except metadata.PackageNotFoundError:  # run from a checkout that was never installed
        return "AI-generated: made with talking"


def encode(
    frames: Frames,
    speech: Speech,
    path: Path,
    *,
    width: int,
    height: int,
    num_frames: int,
    on_frame: Callable[[int], None] | None = None,
    title: str = "",
    comment: str = "",
) -> Video:
    """Write `num_frames` frames and the sound of `speech` to the MP4 `path`, pulling one frame at a time.

    The picture is yuv420p, BT.709 limited range with left-sited chroma; the sound is mono AAC, cut or padded with
    silence to end with the picture; the index comes first, so that players start while they load. `width` and
    `height` are even px, at least 16. `on_frame(i)` is called once frame `i` is encoded; it may raise to give up.
    The metadata hold `title`, and `comment` after the note that software made the video.

    `frames` is closed in any case, and `path` is replaced only at the end: a failure leaves nothing behind. A frame
    may be overwritten as soon as the next one is asked for. Raises OutputError when the video cannot be written,
    before the first frame is pulled where that can be known, and InvalidRequest for sizes that H.264 has not.
    """
    note = f"{provenance()}. {comment}" if comment else provenance()
    try:
        _check(width, height, num_frames)
        with replacing(path) as part:
            tags = {"title": title, "comment": note, "description": note}
            with _film(part, speech, (width, height), num_frames, tags) as film:
                for index in range(num_frames):
                    film.add(_next(frames, index, num_frames, (height * 3 // 2, width)), index)
                    if on_frame:
                        on_frame(index)
                if next(frames, None) is not None:  # and a generator that has nothing more to give may tidy up
                    raise ValueError(f"more frames came than the {num_frames} that were announced")
                film.finish()
            size = part.stat().st_size
    finally:
        close = getattr(frames, "close", None)
        if close:
            close()
    return Video(path, width, height, num_frames, num_frames / FPS, size)


def _check(width: int, height: int, num_frames: int) -> None:
    if width % 2 or height % 2 or min(width, height) < MIN_SIDE:
        raise InvalidRequest(
            f"A video of {width} x {height} pixels cannot be made: both sides must be even and at least {MIN_SIDE}."
        )
    if num_frames < 1:
        raise InvalidRequest("A video needs at least one frame. Give text or sound to speak.")


def _next(frames: Frames, index: int, num_frames: int, shape: tuple[int, int]) -> Frame:
    frame = next(frames, None)
    if frame is None:
        raise ValueError(f"{index} frames came, {num_frames} were announced")
    if frame.shape != shape or frame.dtype != np.uint8:
        raise ValueError(f"frame {index} is {frame.dtype} {frame.shape}, not uint8 {shape}")
    return frame


def wrapped(frame: Frame) -> av.VideoFrame:
    """A picture of a frame, without copying it where that can be: PyAV 18 takes the height of a wrapped planar buffer
    down to a multiple of four, and reads its colours from the wrong place.
    """
    if frame.shape[0] * 2 // 3 % 4 == 0:
        return av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(frame), format="yuv420p")
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="yuv420p")


class _Film:
    """An open MP4 that takes pictures, and brings its sound along in step with them."""

    def __init__(self, container: OutputContainer, speech: Speech, width: int, height: int, num_frames: int) -> None:
        self._container = container
        self._picture = _add_picture(container, width, height)
        self._sound = _add_sound(container, soundtrack.track_rate(speech.rate))
        self._blocks = soundtrack.blocks(speech, num_frames)
        self._block = next(self._blocks, None)

    def add(self, frame: Frame, index: int) -> None:
        """Encode frame `index` and the sound up to its end. x264 copies the frame before this returns."""
        picture = wrapped(frame)
        picture.pts, picture.time_base = index, _FRAME_TIME
        with output_errors():
            self._container.mux(self._picture.encode(picture))
            self._bring_sound(index + 1)

    def finish(self) -> None:
        """Encode what is held back and write the index: the file is whole when this returns."""
        with output_errors():
            self._container.mux(self._picture.encode(None))
            self._container.mux(self._sound.encode(None))
            self._container.close()

    def _bring_sound(self, num_frames: int) -> None:
        """Encode the blocks that begin before the end of the first `num_frames` frames."""
        while self._block is not None and (self._block.pts or 0) * FPS < num_frames * self._block.sample_rate:
            self._container.mux(self._sound.encode(self._block))
            self._block = next(self._blocks, None)


@contextmanager
def _film(part: Path, speech: Speech, size: tuple[int, int], num_frames: int, tags: dict[str, str]) -> Iterator[_Film]:
    """Open `part` for a film of `size` (width, height) px; what is not finished by the end of the block is lost."""
    with output_errors():
        container = av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"})
    try:
        container.metadata.update(tags)
        yield _Film(container, speech, *size, num_frames)
    finally:
        # Closes a second time after finish(), which does nothing. Otherwise the file is given up, and that the rest
        # of it cannot be written either is no news.
        with suppress(OSError, av.error.FFmpegError):
            container.close()


def _add_picture(container: OutputContainer, width: int, height: int) -> VideoStream:
    stream = container.add_stream("libx264", rate=FPS, options=_X264)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.time_base = stream.codec_context.time_base = _FRAME_TIME
    stream.codec_context.thread_count = 2 if width * height >= TWO_THREADS_FROM else 1
    stream.color_range = _LIMITED
    # Chroma sited on the left needs no tag: it is what H.264 means when nothing is said.
    stream.colorspace = stream.color_primaries = stream.color_trc = _BT709
    stream.metadata["handler_name"] = provenance()  # survives where the container's own tags are dropped
    return stream


def _add_sound(container: OutputContainer, rate: int) -> AudioStream:
    stream = container.add_stream("aac", rate=rate, options=_AAC)
    stream.layout, stream.format = "mono", "fltp"
    stream.bit_rate = min(_MAX_BIT_RATE, _BITS_PER_SAMPLE * rate)
    stream.metadata["handler_name"] = provenance()
    return stream
