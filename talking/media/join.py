"""Stretches of a film that were encoded apart become one film: their packets are copied, nothing is encoded again."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from talking.media.formats import Format, check_suffix, find_format
from talking.media.live import Feed, GrowingCopy, can_grow
from talking.media.output import output_errors, replacing
from talking.media.streams import FRAME_TIME, provenance
from talking.media.video import Company, Packets, Plan, opened, possible, tags
from talking.types import FPS, Speech, Video


def can_be_joined(form: Format) -> bool:
    """Whether stretches of a film in this format can be put together without encoding anything again.

    The pictures of a GIF are drawn with a palette of their own time and onto the one before.
    """
    return form.name != "gif"


def join(
    parts: Iterator[Path],
    speech: Speech,
    path: Path,
    *,
    width: int,
    height: int,
    num_frames: int,
    title: str = "",
    comment: str = "",
    format: str = "mp4",
    transparent: bool = False,
    captions: Speech | None = None,
    mute: bool = False,
    live: Feed | None = None,
) -> Video:
    """Write the film that `parts` are the stretches of, in their order, with the sound of `speech`, to `path`.

    Each was written by `encode`, muted, with the same size and format; together they have `num_frames` frames. Only
    one is looked at at a time, and the next is asked for when its place has come, so that they can be made
    meanwhile; `live` is fed part by part. All else is as for `encode`: sound and captions are those of the whole film,
    so there is no seam in them. Raises ValueError when the parts do not make up the film, and OutputError and
    InvalidRequest as `encode`.
    """
    try:
        form = find_format(format, transparent=transparent)
        check_suffix(path, form)
        sound = None if mute else speech
        plan, notes = possible(
            Plan(form, transparent, (width, height), num_frames, sound, captions, tags(title, comment))
        )
        with replacing(path) as part:
            _write(parts, part, plan, live if can_grow(form) else None)
            size = part.stat().st_size
    finally:
        close = getattr(parts, "close", None)
        if close:
            close()
    return Video(path, width, height, num_frames, num_frames / FPS, size, notes)


def _write(parts: Iterator[Path], target: Path, plan: Plan, live: Feed | None) -> None:
    done = 0
    with opened(target, plan) as container:
        film: _Copy | None = None
        for part in parts:
            with av.open(str(part)) as source:
                stream = source.streams.video[0]
                if film is None:
                    film = _Copy(container, stream, _delay(part), plan, live)
                done = film.add(source, stream, done)
        if done != plan.num_frames or film is None:
            raise ValueError(f"the parts of the film have {done} frames, {plan.num_frames} were announced")
        film.finish()


class _Copy:
    """An open file that takes packets of pictures, and brings along what goes with them."""

    def __init__(
        self, container: OutputContainer, stream: VideoStream, delay: int, plan: Plan, live: Feed | None
    ) -> None:
        self._container = container
        self._live = GrowingCopy(live, plan.num_frames, plan.tags) if live else None
        self._header = _header(stream)
        self._picture, self._delay = _like(container, stream), delay
        self._company = Company(container, plan, self._mux)

    def add(self, source: InputContainer, stream: VideoStream, first: int) -> int:
        """Copy a part whose own first frame is frame `first` of the film; the number of the one after its last."""
        if _header(stream) != self._header:
            raise ValueError("the parts of the film were encoded in different ways")
        done = first
        for packet in _moved(source, stream, first, self._delay):
            packet.stream = self._picture
            done += 1
            with output_errors():
                self._mux([packet])
                self._company.bring(done)
        return done

    def finish(self) -> None:
        """Write what is held back, and the index."""
        with output_errors():
            self._company.finish()
            self._container.close()
        if self._live:
            self._live.finish()

    def _mux(self, packets: Packets) -> None:
        self._container.mux(packets)
        if self._live:
            self._live.add(packets, self._container)


def _like(container: OutputContainer, stream: VideoStream) -> VideoStream:
    """A stream for the packets of another one."""
    picture = container.add_stream_from_template(stream)
    picture.time_base = stream.time_base
    picture.codec_context.framerate = Fraction(FPS)
    tag = stream.codec_context.codec_tag
    if tag.strip("\0"):  # without it a ProRes film would be called another kind of ProRes
        picture.codec_context.codec_tag = tag
    picture.metadata["handler_name"] = provenance()
    if stream.metadata.get("alpha_mode") == "1":  # what lies beside the packets of VP9, and is copied with them
        picture.codec_context.pix_fmt = "yuva420p"
    return picture


def _delay(part: Path) -> int:
    """How many frames before it shows anything a decoder of a part begins."""
    with av.open(str(part)) as source:
        stream = source.streams.video[0]
        first = next(each for each in source.demux(stream) if each.size)
        assert stream.time_base is not None
        return 0 if first.dts is None else -round(first.dts * stream.time_base / FRAME_TIME)


def _header(stream: VideoStream) -> tuple[bytes, int, int]:
    """What a decoder is told before the first picture."""
    context = stream.codec_context
    return bytes(context.extradata or b""), context.width, context.height


def _moved(source: InputContainer, stream: VideoStream, first: int, delay: int) -> Iterator[Packet[VideoStream]]:
    """The packets of a part, at the times that they have in a film whose frame `first` is the part's own first and
    whose decoder starts `delay` frames ahead.
    """
    assert stream.time_base is not None
    unit = FRAME_TIME / stream.time_base
    if unit.denominator != 1:
        raise ValueError("the part counts time in a unit that frames do not fit")
    for number, packet in enumerate(each for each in source.demux(stream) if each.size):
        if packet.pts is None or (number == 0 and not packet.is_keyframe):
            raise ValueError("the part does not begin with a whole picture")
        packet.pts += first * int(unit)
        # Counted anew: a part of one or two frames need not be decoded ahead, and its last would come after the next's.
        packet.dts = (first + number - delay) * int(unit)
        packet.duration = int(unit)
        yield packet
