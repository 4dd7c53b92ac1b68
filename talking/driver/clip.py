"""The pictures of a clip that a user gave as a driver, read with moviepy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talking.errors import InvalidRequest, Unavailable
from talking.media import confined
from talking.media.content import identify
from talking.media.readback import open_video, probe
from talking.types import FPS, Image

MAX_SECONDS = 60.0
"""Of a longer clip only the beginning is used: a performance repeats itself unnoticed long before."""

MIN_SECONDS = 0.5

MAX_PIXELS = 4096 * 2304
"""Of a frame, before it is made smaller."""

_LONG_SIDE = 960
"""Pixels to which frames are made smaller: the face mesh looks at 256 of them."""

_SECONDS = 60.0
"""For the first picture of a clip, or from one to the next, in a child."""

_CPU = 900.0
"""Of a processor, for a clip in a child, and as much for the ffmpeg behind it."""

_VIDEOS = frozenset({"mp4", "mov", "webm", "avi", "gif", "mpeg", "ts", "flv", "asf", "ogg"})
"""Kinds of files that are opened: never a playlist, which could name other files and addresses."""

_MOST_RATE = 250.0
"""Frames per second: slow motion of a phone. All are decoded, and ffmpeg repeats pictures until there are so many."""

_ODDLY_FAST = 70.0
"""Frames per second that no average of frames has; FFmpeg draws the same lines (av_guess_frame_rate)."""


@dataclass(frozen=True)
class Clip:
    """An open clip: `frames` gives seconds from its start and the picture, uint8 (H, W, 3) RGB, upright, of at most
    about FPS frames a second; `interval` the seconds from one to the next; `expected` how many come, 0 when the file
    does not tell.
    """

    interval: float
    expected: int
    frames: Iterator[tuple[float, Image]]


def check_kind(data: bytes) -> None:
    """Raises InvalidRequest when the bytes of a file are not those of a video."""
    content = identify(data)
    if content.kind not in _VIDEOS:
        raise InvalidRequest(
            f"A driver is a video of a person, and this is {content.name}. Use an MP4, MOV, WebM or GIF file."
        )


@contextmanager
def open_clip(path: Path) -> Iterator[Clip]:
    """Read the clip at `path`; the ffmpeg behind it ends with the block, whatever happens in it.

    Frames come until MAX_SECONDS and half a second more, so that the caller can tell a longer clip. Raises
    InvalidRequest when it is not a video that can be read, Unavailable when moviepy is missing.
    """
    children = confined.active()
    if children is None:
        with _open_clip(path) as clip:
            yield clip
        return
    error = InvalidRequest("The driver's video is damaged: not everything in it can be shown. Save it again.")
    task = confined.Task(f"{__name__}:pieces", b"", {"path": str(path.resolve())}, error, _SECONDS, _CPU)
    with closing(children.stream(task)) as pieces:
        first = next(pieces, None)
        if first is None:
            raise error
        frames = ((float(piece.facts["time"]), piece.arrays[0]) for piece in pieces)
        yield Clip(float(first.facts["interval"]), int(first.facts["expected"]), frames)


def pieces(_data: bytes, *, path: str) -> Iterator[confined.Piece]:
    """The work of `open_clip` in a child: a piece with what is known of the clip at `path`, then one for each frame."""
    with _open_clip(Path(path)) as clip:
        yield confined.Piece({"interval": clip.interval, "expected": clip.expected})
        for time, image in clip.frames:
            yield confined.Piece({"time": time}, (image,))


@contextmanager
def _open_clip(path: Path) -> Iterator[Clip]:
    facts = probe(path)
    if facts.width * facts.height > MAX_PIXELS:
        raise InvalidRequest(
            f"The driver's frames have {facts.width} x {facts.height} pixels; at most 4096 x 2304 are read. "
            "Save it smaller."
        )
    # A first frame that FFmpeg's libraries can show here is one that the ffmpeg program can show as well.
    with open_video(path) as video:
        scale = min(1.0, _LONG_SIDE / max(video.width, video.height))
        size = (max(2, round(video.width * scale)), max(2, round(video.height * scale)))
    with _reader(path, size) as reader:
        rate = _rate(float(reader.fps or 0.0), float(facts.fps))
        if rate > _MOST_RATE:
            raise InvalidRequest(
                f"The driver's video has a clock of {rate:.0f} frames per second; {_MOST_RATE:.0f} are the most that "
                "are read. Save it with 25 to 60."
            )
        interval = 1 / min(rate, FPS)
        yield Clip(interval, round(min(facts.duration, MAX_SECONDS) / interval), _frames(reader, rate))


@contextmanager
def _reader(path: Path, size: tuple[int, int]) -> Iterator[Any]:
    """moviepy's reader, with nothing left of its process at the end."""
    try:
        from moviepy.video.io.ffmpeg_reader import FFMPEG_VideoReader
    except (ImportError, RuntimeError) as error:  # RuntimeError: there is no ffmpeg for this platform
        raise Unavailable(
            "Reading a driver's video needs moviepy and its ffmpeg: install them with "
            "'pip install \"moviepy>=2.2,<3\" imageio-ffmpeg'."
        ) from error
    try:
        # Absolute, so that no part of the name is taken for a protocol.
        reader = FFMPEG_VideoReader(
            str(path.resolve()), decode_file=False, check_duration=False, target_resolution=size, fps_source="tbr"
        )
    except (OSError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise InvalidRequest("The driver's video is damaged: nothing in it can be shown. Save it again.") from error
    try:
        # What ffmpeg says of a damaged file would fill its pipe, which nobody else empties, and then it would wait.
        threading.Thread(target=_drain, args=(reader.proc.stderr,), name="ffmpeg-words", daemon=True).start()
        yield reader
    finally:
        process = reader.proc
        reader.close()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def _drain(words: Any) -> None:
    with suppress(OSError, ValueError):  # closed meanwhile
        while words.read(65_536):
            pass


def _rate(clock: float, average: float) -> float:
    """Frames per second that ffmpeg gives out: the rate of the stream's clock, unless that is far too fast for one."""
    return average if clock > 3 * _ODDLY_FAST and 0.0 < average < _ODDLY_FAST else max(clock, 1.0)


def _frames(reader: Any, rate: float) -> Iterator[tuple[float, Image]]:
    """Those frames of the reader that are nearest to the times at FPS, all when it has fewer."""
    index = 0
    while index / rate < MAX_SECONDS + 0.5:
        image: Image = reader.last_read
        nearest = round(index * FPS / rate)
        if rate <= FPS or round(nearest * rate / FPS) == index:
            yield index / rate, image
        if not reader.proc.stdout.peek(1):  # asked for one frame more than there are, moviepy only warns
            return
        reader.read_frame()
        index += 1
