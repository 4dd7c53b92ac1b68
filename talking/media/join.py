"""Stretches of a film that were encoded apart become one film: their packets are copied, nothing is encoded again."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from talking.media.formats import Format, check_suffix, find_format
from talking.media.output import output_errors, replacing
from talking.media.streams import FRAME_TIME, provenance
from talking.media.video import Company, Plan, opened, possible, tags
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
) -> Video:
    """Write the film that `parts` are the stretches of, in their order, with the sound of `speech`, to `path`.

    Each was written by `encode`, muted, with the same size and format; together they have `num_frames` frames. Only
    one is looked at at a time, and the next is asked for when its place has come, so that they can be made
    meanwhile. All else is as for `encode`: sound and captions are those of the whole film, so there is no seam in
    them. Raises ValueError when the parts do not make up the film, and OutputError and InvalidRequest as `encode`.
    """
    try:
        form = find_format(format, transparent=transparent)
        check_suffix(path, form)
        sound = None if mute else speech
        plan, notes = possible(
            Plan(form, transparent, (width, height), num_frames, sound, captions, tags(title, comment))
        )
        with replacing(path) as part:
            _write(parts, part, plan)
            size = part.stat().st_size
    finally:
        close = getattr(parts, "close", None)
        if close:
            close()
    return Video(path, width, height, num_frames, num_frames / FPS, size, notes)


def _write(parts: Iterator[Path], target: Path, plan: Plan) -> None:
    with opened(target, plan) as container:
        picture: VideoStream | None = None
        company: Company | None = None
        done = delay = 0
        for part in parts:
            with av.open(str(part)) as source:
                stream = source.streams.video[0]
                if picture is None:
                    picture, delay = _like(container, stream), _delay(part)
                    company = Company(container, plan)
                elif _header(stream) != _header(picture):
                    raise ValueError("the parts of the film were encoded in different ways")
                assert company is not None
                for packet in _moved(source, stream, done, delay):
                    packet.stream = picture
                    with output_errors():
                        container.mux(packet)
                        done += 1
                        company.bring(done)
        if done != plan.num_frames or company is None:
            raise ValueError(f"the parts of the film have {done} frames, {plan.num_frames} were announced")
        with output_errors():
            company.finish()
            container.close()


def _like(container: av.container.OutputContainer, stream: VideoStream) -> VideoStream:
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
