"""Frames and sound become a film at exactly 25 frames per second, written while they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import OutputContainer

from talking.errors import InvalidRequest
from talking.media import soundtrack
from talking.media.captions import cues
from talking.media.formats import Format, check_suffix, find_format
from talking.media.gif import Palettes, add_comment, gif_size
from talking.media.output import output_errors, replacing
from talking.media.softtrack import SoftTrack
from talking.media.straight import straight
from talking.media.streams import FRAME_TIME, add_picture, add_sound, provenance
from talking.types import FPS, Cutouts, Frame, Frames, Speech, Video

MIN_SIDE = 16
"""Pixels: one H.264 macroblock."""


@dataclass(frozen=True)
class _Plan:
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
) -> Video:
    """Write `num_frames` frames and the sound of `speech` to the video `path`, pulling one frame at a time.

    `format` is a name of FORMATS, which `path` ends with. MP4 and MOV hold H.264 and AAC, WebM VP9 and Opus, a GIF
    no sound and at most 512 px a side (then `width` and `height` of the result are smaller). If `transparent`,
    `frames` are Cutouts, and the video has a straight alpha channel: VP9 in WebM, ProRes 4444 with PCM in MOV. The
    words of `captions` become a track that players show on demand, where the format has such and words are known.
    `mute` leaves the sound out. What could not be done stands in the notes of the result.

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
        _check(width, height, num_frames)
        note = f"{provenance()}. {comment}" if comment else provenance()
        tags = {"title": title, "comment": note, "description": note}
        sound = None if mute else speech
        plan = _Plan(form, transparent, (width, height), num_frames, sound, captions, tags)
        plan, notes = _possible(plan)
        with replacing(path) as part:
            _write(frames, part, plan, on_frame)
            size = part.stat().st_size
    finally:
        close = getattr(frames, "close", None)
        if close:
            close()
    return Video(path, *_shown(plan), num_frames, num_frames / FPS, size, notes)


def _check(width: int, height: int, num_frames: int) -> None:
    if width % 2 or height % 2 or min(width, height) < MIN_SIDE:
        raise InvalidRequest(
            f"A video of {width} x {height} pixels cannot be made: both sides must be even and at least {MIN_SIDE}."
        )
    if num_frames < 1:
        raise InvalidRequest("A video needs at least one frame. Give text or sound to speak.")


def _possible(plan: _Plan) -> tuple[_Plan, tuple[str, ...]]:
    """The plan as far as its format goes, and what a user should know about the rest."""
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
    if _shown(plan) != plan.size:
        width, height = _shown(plan)
        notes.append(f"The {title} was scaled down to {width} x {height} pixels, to keep it small.")
    return plan, tuple(notes)


def _shown(plan: _Plan) -> tuple[int, int]:
    return gif_size(*plan.size) if plan.form.name == "gif" else plan.size


def _write(frames: Frames | Cutouts, part: Path, plan: _Plan, on_frame: Callable[[int], None] | None) -> None:
    width, height = plan.size
    shape = (height * 5 // 2 if plan.transparent else height * 3 // 2, width)
    with _film(part, plan) as film:
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


class _Film:
    """An open file that takes pictures, and brings its sound and captions along in step with them."""

    def __init__(self, container: OutputContainer, plan: _Plan) -> None:
        self._container = container
        self._draw = straight if plan.transparent else wrapped
        self._picture = add_picture(container, plan.form, *_shown(plan))
        self._palettes = Palettes(_shown(plan)) if plan.form.name == "gif" else None
        self._blocks: Iterator[av.AudioFrame] = iter(())
        if plan.sound:
            self._sound = add_sound(container, plan.form, soundtrack.track_rate(plan.sound.rate, plan.form.sound))
            self._blocks = soundtrack.blocks(plan.sound, plan.num_frames, plan.form.sound)
        self._has_sound = plan.sound is not None
        self._block = next(self._blocks, None)
        self._captions = SoftTrack(container, plan.form, plan.captions, plan.num_frames) if plan.captions else None

    def add(self, frame: Frame, index: int) -> None:
        """Encode frame `index`, the sound and the captions up to its end. The frame is copied before this returns."""
        picture = self._draw(frame)
        picture.pts, picture.time_base = index, FRAME_TIME
        with output_errors():
            self._encode(self._palettes.add(picture) if self._palettes else (picture,))
            self._bring_sound(index + 1)
            if self._captions:
                self._captions.bring(index + 1)

    def finish(self) -> None:
        """Encode what is held back and write the index: the file is whole when this returns."""
        with output_errors():
            if self._palettes:
                self._encode(self._palettes.flush())
            self._container.mux(self._picture.encode(None))
            if self._has_sound:
                self._container.mux(self._sound.encode(None))
            self._container.close()

    def _encode(self, pictures: Iterable[av.VideoFrame]) -> None:
        for picture in pictures:
            self._container.mux(self._picture.encode(picture))

    def _bring_sound(self, num_frames: int) -> None:
        """Encode the blocks that begin before the end of the first `num_frames` frames."""
        while self._block is not None and (self._block.pts or 0) * FPS < num_frames * self._block.sample_rate:
            self._container.mux(self._sound.encode(self._block))
            self._block = next(self._blocks, None)


@contextmanager
def _film(part: Path, plan: _Plan) -> Iterator[_Film]:
    """Open `part` for a film; what is not finished by the end of the block is lost."""
    with output_errors():
        container = av.open(str(part), "w", format=plan.form.container, options=plan.form.index)
    try:
        container.metadata.update(plan.tags)
        yield _Film(container, plan)
    finally:
        # Closes a second time after finish(), which does nothing. Otherwise the file is given up, and that the rest
        # of it cannot be written either is no news.
        with suppress(OSError, av.error.FFmpegError):
            container.close()
