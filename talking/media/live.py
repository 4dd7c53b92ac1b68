"""A film for those who watch it while it is made: the packets of the finished file in a second one, of fragments."""

from __future__ import annotations

import logging
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import av
import av.error
from av.container import OutputContainer
from av.stream import Stream

from talking.media.formats import Format
from talking.types import FPS

logger = logging.getLogger(__name__)

FRAGMENT_SECONDS = 0.16
"""Of film in one fragment. Four pictures are the fewest of which a browser shows the first one (Chromium 156: of three
it waits for the next fragment), and cost 2 % more bytes than half a second would."""

_OPTIONS = {
    # The head is written with the first fragment: only then it is known how far codecs reach back before the film.
    "movflags": "empty_moov+default_base_moof+delay_moov+skip_trailer",
    "frag_duration": str(round(FRAGMENT_SECONDS * 1e6)),
}
_PICTURE = "libx264"
_MOVIE_RATE = 1000  # FFmpeg's time base of a film as a whole: milliseconds


class Feed(Protocol):
    """Where a growing file goes. Neither call raises or waits for long: nobody who watches holds up the film."""

    def write(self, data: bytes) -> None:
        """Append `data`, which ends where a fragment does."""

    def finish(self) -> None:
        """Say that the file is whole."""


def can_grow(form: Format) -> bool:
    """Whether a film of this format can be watched while it is made: browsers take H.264 in pieces."""
    return form.picture == _PICTURE


def codecs(head: bytes) -> str:
    """What the streams of a growing file are, as browsers want it told: "avc1.640015, mp4a.40.2".

    `head` its first bytes, up to the first fragment or longer. Raises ValueError when they are no such head.
    """
    place = head.find(b"avcC")
    if place < 0 or len(head) < place + 8:
        raise ValueError("no picture is described in these bytes")
    picture = f"avc1.{head[place + 5 : place + 8].hex().upper()}"
    return f"{picture}, mp4a.40.2" if b"mp4a" in head else picture  # 40.2: AAC-LC, the only one that is made here


class GrowingCopy:
    """Copies the packets of a film into a fragmented MP4 that is handed to a `feed` piece by piece.

    The pieces of one film are one file: a head that tells the length of `num_frames` frames and holds `tags`, then
    fragments of FRAGMENT_SECONDS. When that fails it is given up; the film goes on.
    """

    def __init__(self, feed: Feed, num_frames: int, tags: Mapping[str, str]) -> None:
        self._feed = feed
        self._num_frames = num_frames
        self._pieces = _Pieces()
        self._container: OutputContainer | None = av.open(self._pieces, "w", format="mp4", options=_OPTIONS)
        self._container.metadata.update(tags)
        self._streams: dict[int, Stream] = {}
        self._begun = False

    def add(self, packets: Sequence[av.Packet[Any]], container: OutputContainer) -> None:
        """Add packets that were written to the film's `container` just now, which changes nothing but their times."""
        if self._container is None or not packets:
            return
        if not self._streams:  # with the first packet all encoders are open, and the streams described
            self._streams = {
                each.index: self._container.add_stream_from_template(each)
                for each in (*container.streams.video, *container.streams.audio)
            }
        try:
            for packet in packets:
                packet.stream = self._streams[packet.stream_index]
                self._container.mux_one(packet)
        except (OSError, av.error.FFmpegError):
            self.give_up()
            return
        self._hand_on()

    def finish(self) -> None:
        """Hand on what is held back, and say that this was all."""
        if self._container is None:
            return
        try:
            self._container.close()
        except (OSError, av.error.FFmpegError):
            self.give_up()
            return
        self._container = None
        self._hand_on()
        self._feed.finish()

    def give_up(self) -> None:
        """End without a word: whoever watches never hears that the file is whole."""
        if self._container is not None:
            logger.warning("the film cannot be watched while it is made")
            self._container = None

    def _hand_on(self) -> None:
        data = self._pieces.taken()
        if not data:
            return
        if not self._begun:
            self._begun = True
            data = _with_length(data, self._num_frames * _MOVIE_RATE // FPS)
        self._feed.write(data)


class _Pieces:
    """A file to write to that keeps what is written until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data


def _with_length(head: bytes, length: int) -> bytes:
    """A file's beginning with the `length` of the whole in it (ISO/IEC 14496-12, "mehd"), which FFmpeg leaves out: so
    players know how long the film will be.
    """
    box = struct.pack(">I4sII", 16, b"mehd", 0, length)
    data = bytearray(head)
    outer, inner = (data.index(name) - 4 for name in (b"moov", b"mvex"))
    for place in (outer, inner):
        struct.pack_into(">I", data, place, struct.unpack_from(">I", data, place)[0] + len(box))
    data[inner + 8 : inner + 8] = box
    return bytes(data)
