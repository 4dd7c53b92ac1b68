"""The picture and sound streams of a film, set up as its format asks."""

from __future__ import annotations

from fractions import Fraction
from importlib import metadata
from typing import cast

from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from talking.media.formats import Format
from talking.types import FPS

FRAME_TIME = Fraction(1, FPS)

TWO_THREADS_FROM = 1_500_000
"""Pixels from which a picture is encoded on two threads. Below that, drawing is the slower part."""

BT709, LIMITED = 1, 1  # H.264 annex E: primaries, transfer and matrix are all 1; FFmpeg: AVCOL_RANGE_MPEG

_AAC = {"aac_coder": "fast"}  # a fifth of the default coder's time, and closer to the sound at the same bit rate
_MAX_BIT_RATE, _BITS_PER_SAMPLE = 96_000, 4  # mono speech needs no more; AAC has no room for 96 kbit/s at 8 kHz
_OPUS_BIT_RATE = 64_000  # transparent for mono speech

_SAMPLES = {"aac": "fltp", "libopus": "flt", "pcm_s16le": "s16"}
"""The sample format that each sound codec takes."""


def provenance() -> str:
    """What the metadata of every video say about where it comes from."""
    try:
        return f"AI-generated: made with talking {metadata.version('talking')}"
    except metadata.PackageNotFoundError:  # run from a checkout that was never installed
        return "AI-generated: made with talking"


def add_picture(container: OutputContainer, form: Format, width: int, height: int) -> VideoStream:
    """A stream for pictures of `form.pixels`, 25 frames per second, BT.709 limited range."""
    stream = cast(VideoStream, container.add_stream(form.picture, rate=FPS, options=form.options))
    stream.width, stream.height, stream.pix_fmt = width, height, form.pixels
    stream.time_base = stream.codec_context.time_base = FRAME_TIME
    stream.codec_context.thread_count = 2 if width * height >= TWO_THREADS_FROM else 1
    stream.color_range = LIMITED
    # Chroma sited on the left needs no tag: it is what H.264 means when nothing is said.
    stream.colorspace = stream.color_primaries = stream.color_trc = BT709
    stream.metadata["handler_name"] = provenance()  # survives where the container's own tags are dropped
    return stream


def add_sound(container: OutputContainer, form: Format, rate: int) -> AudioStream:
    """A stream for mono sound at `rate` hertz."""
    options = _AAC if form.sound == "aac" else {}
    stream = cast(AudioStream, container.add_stream(form.sound, rate=rate, options=options))
    stream.layout, stream.format = "mono", _SAMPLES[form.sound]
    if form.sound == "aac":
        stream.bit_rate = min(_MAX_BIT_RATE, _BITS_PER_SAMPLE * rate)
    if form.sound == "libopus":
        stream.bit_rate = _OPUS_BIT_RATE
    stream.metadata["handler_name"] = provenance()
    return stream
