"""Frames and sound become a film at exactly 25 frames per second, written while they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer

from talking.errors import InvalidRequest
from talking.media import soundtrack
from talking.media.captions import cues
from talking.media.formats import Format, check_suffix, find_format
from talking.media.gif import Palettes, add_comment, gif_size
from talking.media.live import Feed, GrowingCopy, can_grow
from talking.media.output import output_errors, replacing
from talking.media.softtrack import SoftTrack
from talking.media.straight import straight
from talking.media.streams import FRAME_TIME, add_picture, add_sound, provenance
from talking.types import FPS, Cutouts, Frame, Frames, Speech, Video

MIN_SIDE = 16
"""Pixels: one H.264 macroblock."""

Packets: TypeAlias = "list[av.Packet[Any]]"


@dataclass(frozen=True)
class Plan:
    """What a film shall be: `size` (width, height) of its frames in px; no sound or no captions are None."""

    form: Format
    transparent: bool
    size: tuple[int, int]
    num_frames: int
    sound: Speech | None
    captions: Speech | None
    tags: dict[str, str]


def encode(
    frames: Frames | Cutouts,
    speech: Speech,
    path: Path,
    *,
    width: int,
    height: int,
    num_frames: int,
    on_frame: Callable[[int], None] | None = None,
    title: str = "",
    comment: str = "",
    format: str = "mp4",
    transparent: bool = False,
    captions: Speech | None = None,
    mute: bool = False,
    live: Feed | None = None,
) -> Video:
    """Write `num_frames` frames and the sound of `speech` to the video `path`, pulling one frame at a time.

    `format` is a name of FORMATS, which `path` ends with. MP4 and MOV hold H.264 and AAC, WebM VP9 and Opus, a GIF
    no sound and at most 512 px a side (then `width` and `height` of the result are smaller). If `transparent`,
    `frames` are Cutouts, and the video has a straight alpha channel: VP9 in WebM, ProRes 4444 with PCM in MOV. The
    words of `captions` become a track that players show on demand, where the format has such and words are known.
    `mute` leaves the sound out. `live` is fed a second copy for who watches meanwhile, without captions; it is for
    formats that `can_grow`, and hears nothing of others. What could not be done stands in the notes of the result.

    The picture is BT.709 limited range with left-sited chroma, yuv420p but in ProRes; the sound is mono, cut or padded
    with silence to end with the picture; the index comes first, so that players start while they load. `width` and
    `height` are even px, at least 16. `on_frame(i)` is called once frame `i` is encoded; it may raise to give up.
    The metadata hold `title`, and `comment` after the note that software made the video.

    `frames` is closed in any case, and `path` is replaced only at the end: a failure leaves nothing behind. A frame
    may be overwritten as soon as the next one is asked for. Raises OutputError when the video cannot be written,
    before the first frame is pulled where that can be known, and InvalidRequest for sizes that H.264 has not, a
    format that does not exist or has no transparency, and a `path` that ends otherwise.
    """
    try:
        form = find_format(format, transparent=transparent)
        check_suffix(path, form)
        plan = Plan(
            form, transparent, (width, height), num_frames, None if mute else speech, captions, tags(title, comment)
        )
        plan, notes = possible(plan)
        with replacing(path) as part:
            _write(frames, part, plan, on_frame, live if can_grow(form) else None)
            size = part.stat().st_size
    finally:
        close = getattr(frames, "close", None)
        if close:
            close()
    return Video(path, *shown(plan), num_frames, num_frames / FPS, size, notes)


def tags(title: str, comment: str) -> dict[str, str]:
    """The metadata of a film: its title, and the note that software made it, followed by a comment."""
    note = f"{provenance()}. {comment}" if comment else provenance()
    return {"title": title, "comment": note, "description": note}


def _check(width: int, height: int, num_frames: int) -> None:
    if width % 2 or height % 2 or min(width, height) < MIN_SIDE:
        raise InvalidRequest(
            f"A video of {width} x {height} pixels cannot be made: both sides must be even and at least {MIN_SIDE}."
        )
    if num_frames < 1:
        raise InvalidRequest("A video needs at least one frame. Give text or sound to speak.")


def possible(plan: Plan) -> tuple[Plan, tuple[str, ...]]:
    """The plan as far as its format goes, and what a user should know about the rest. Raises InvalidRequest for sizes
    that H.264 has not.
    """
    _check(*plan.size, plan.num_frames)
    notes = []
    title = plan.form.title
    if plan.sound and not plan.form.sound:
        notes.append(f"A {title} has no sound: it was left out.")
        plan = replace(plan, sound=None)
    if plan.captions and not plan.form.captions:
        notes.append(f"A {title} has no captions to switch on: they were left out.")
        plan = replace(plan, captions=None)
    if plan.captions and not cues(plan.captions):
        notes.append("No words are known, so the video has no captions.")
        plan = replace(plan, captions=None)
    if shown(plan) != plan.size:
        width, height = shown(plan)
        notes.append(f"The {title} was scaled down to {width} x {height} pixels, to keep it small.")
    return plan, tuple(notes)


def shown(plan: Plan) -> tuple[int, int]:
    """Width and height in px that a film has in the end."""
    return gif_size(*plan.size) if plan.form.name == "gif" else plan.size


def _write(
    frames: Frames | Cutouts, part: Path, plan: Plan, on_frame: Callable[[int], None] | None, live: Feed | None
) -> None:
    width, height = plan.size
    shape = (height * 5 // 2 if plan.transparent else height * 3 // 2, width)
    with opened(part, plan) as container:
        film = _Film(container, plan, GrowingCopy(live, plan.num_frames, plan.tags) if live else None)
        for index in range(plan.num_frames):
            film.add(_next(frames, index, plan.num_frames, shape), index)
            if on_frame:
                on_frame(index)
        if next(frames, None) is not None:  # and a generator that has nothing more to give may tidy up
            raise ValueError(f"more frames came than the {plan.num_frames} that were announced")
        film.finish()
    if plan.form.name == "gif":
        with output_errors():
            add_comment(part, " ".join(filter(None, (plan.tags["title"], plan.tags["comment"]))))


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


class Company:
    """What goes with the picture in an open container, brought along in step with it: sound and captions."""

    def __init__(self, container: OutputContainer, plan: Plan, write: Callable[[Packets], None] | None = None) -> None:
        """Add their streams, after that of the picture. `write` takes the packets of the sound; as the container's."""
        self._write = write or container.mux
        self._sound: AudioStream | None = None
        self._blocks: Iterator[av.AudioFrame] = iter(())
        if plan.sound:
            self._sound = add_sound(container, plan.form, soundtrack.track_rate(plan.sound.rate, plan.form.sound))
            self._blocks = soundtrack.blocks(plan.sound, plan.num_frames, plan.form.sound)
        self._block = next(self._blocks, None)
        self._captions = SoftTrack(container, plan.form, plan.captions, plan.num_frames) if plan.captions else None

    def bring(self, num_frames: int) -> None:
        """Write what begins before the end of the first `num_frames` frames."""
        while self._block is not None and (self._block.pts or 0) * FPS < num_frames * self._block.sample_rate:
            assert self._sound is not None
            self._write(self._sound.encode(self._block))
            self._block = next(self._blocks, None)
        if self._captions:
            self._captions.bring(num_frames)

    def finish(self) -> None:
        """Write what is held back."""
        if self._sound is not None:
            self._write(self._sound.encode(None))


class _Film:
    """An open file that takes pictures."""

    def __init__(self, container: OutputContainer, plan: Plan, live: GrowingCopy | None = None) -> None:
        self._container = container
        self._live = live
        self._draw = straight if plan.transparent else wrapped
        self._picture = add_picture(container, plan.form, *shown(plan))
        self._palettes = Palettes(shown(plan)) if plan.form.name == "gif" else None
        self._company = Company(container, plan, self._mux)

    def add(self, frame: Frame, index: int) -> None:
        """Encode frame `index`, and what goes with it up to its end. The frame is copied before this returns."""
        picture = self._draw(frame)
        picture.pts, picture.time_base = index, FRAME_TIME
        with output_errors():
            self._encode(self._palettes.add(picture) if self._palettes else (picture,))
            self._company.bring(index + 1)

    def finish(self) -> None:
        """Encode what is held back and write the index: the file is whole when this returns."""
        with output_errors():
            if self._palettes:
                self._encode(self._palettes.flush())
            self._mux(self._picture.encode(None))
            self._company.finish()
            self._container.close()
        if self._live:
            self._live.finish()

    def _encode(self, pictures: Iterable[av.VideoFrame]) -> None:
        for picture in pictures:
            self._mux(self._picture.encode(picture))

    def _mux(self, packets: Packets) -> None:
        self._container.mux(packets)
        if self._live:
            self._live.add(packets, self._container)


@contextmanager
def opened(part: Path, plan: Plan) -> Iterator[OutputContainer]:
    """A container for a film at `part`; unless it is closed by the end of the block, it is given up."""
    with output_errors():
        container = av.open(str(part), "w", format=plan.form.container, options=plan.form.index)
    try:
        container.metadata.update(plan.tags)
        yield container
    finally:
        # Closes a second time what is finished, which does nothing. Otherwise the file is given up, and that the rest
        # of it cannot be written either is no news.
        with suppress(OSError, av.error.FFmpegError):
            container.close()
