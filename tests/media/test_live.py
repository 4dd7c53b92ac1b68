"""A film that grows: the same packets as the finished one, readable from its first fragment on."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from talking.media.live import FRAGMENT_SECONDS, codecs
from talking.media.video import encode
from talking.types import FPS, Floats, Frame, Speech

SIDE = 64
RATE = 16_000


class Kept:
    """A feed that keeps what it is given."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.whole = False

    def write(self, data: bytes) -> None:
        assert not self.whole
        self.pieces.append(data)

    def finish(self) -> None:
        self.whole = True

    @property
    def film(self) -> bytes:
        return b"".join(self.pieces)


def drawn(num_frames: int) -> Iterator[Frame]:
    """A bar that wanders."""
    for index in range(num_frames):
        frame = np.full((SIDE * 3 // 2, SIDE), 128, np.uint8)
        frame[:SIDE] = 16 + (np.arange(SIDE) + 4 * index) % SIDE * 3
        yield frame


def spoken(num_frames: int) -> Speech:
    times = np.arange(num_frames * RATE // FPS, dtype=np.float32) / RATE
    return Speech((0.3 * np.sin(2 * np.pi * 220 * times)).astype(np.float32), RATE)


def filmed(path: Path, num_frames: int = 60, **options: Any) -> Kept:
    feed = Kept()
    size = {"width": SIDE, "height": SIDE, "num_frames": num_frames}
    encode(drawn(num_frames), spoken(num_frames), path, live=feed, **size, **options)
    return feed


def pictures(film: bytes) -> list[tuple[float, bytes]]:
    with av.open(io.BytesIO(film)) as file:
        return [(float(each.time or 0.0), each.to_ndarray().tobytes()) for each in file.decode(video=0)]


def sound(film: bytes) -> tuple[float, Floats]:
    with av.open(io.BytesIO(film)) as file:
        blocks = list(file.decode(audio=0))
    return float(blocks[0].time or 0.0), np.concatenate([block.to_ndarray()[0] for block in blocks])


@pytest.mark.parametrize("ending", ["mp4", "mov"])
def test_it_shows_and_sounds_as_the_finished_film_does(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"talk.{ending}"
    feed = filmed(path, format=ending)
    assert feed.whole
    assert pictures(feed.film) == pictures(path.read_bytes())
    (began, heard), (begins, hears) = sound(feed.film), sound(path.read_bytes())
    assert began == begins == 0.0
    np.testing.assert_array_equal(heard, hears)


def test_each_piece_adds_pictures_in_order_from_the_first_on(tmp_path: Path) -> None:
    feed = filmed(tmp_path / "talk.mp4")
    whole = set(pictures(feed.film))
    seen = [pictures(b"".join(feed.pieces[: count + 1])) for count in range(len(feed.pieces))]
    assert [len(each) for each in seen] == sorted({len(each) for each in seen})
    assert 1 <= len(seen[0]) <= round(FRAGMENT_SECONDS * FPS) + 1
    assert all(set(each) <= whole and each == sorted(each) and each[0][0] == 0.0 for each in seen)


def test_the_head_tells_codecs_length_and_where_it_comes_from(tmp_path: Path) -> None:
    feed = filmed(tmp_path / "talk.mp4", title="News")
    head = feed.pieces[0]
    told = codecs(head)
    assert told.startswith("avc1.64") and told.endswith(", mp4a.40.2") and len(told) == len("avc1.640015, mp4a.40.2")
    place = head.index(b"mehd")
    assert struct.unpack(">II", head[place + 4 : place + 12]) == (0, 60 * 1000 // FPS)
    with av.open(io.BytesIO(feed.film)) as film:
        assert (
            film.metadata["comment"].startswith("AI-generated: made with talking") and film.metadata["title"] == "News"
        )


def test_without_sound_only_the_picture_is_told_of(tmp_path: Path) -> None:
    feed = filmed(tmp_path / "talk.mp4", mute=True)
    assert codecs(feed.film).startswith("avc1.") and "mp4a" not in codecs(feed.film)
    assert len(pictures(feed.film)) == 60


def test_a_film_with_captions_grows_without_them(tmp_path: Path) -> None:
    words = Speech(np.zeros(RATE, np.float32), RATE, text="Hello there.")
    feed = filmed(tmp_path / "talk.mp4", captions=words)
    with av.open(io.BytesIO(feed.film)) as film:
        assert [stream.type for stream in film.streams] == ["video", "audio"]


@pytest.mark.parametrize("ending", ["webm", "gif"])
def test_other_formats_do_not_grow(tmp_path: Path, ending: str) -> None:
    feed = filmed(tmp_path / f"talk.{ending}", 5, format=ending)
    assert feed.pieces == [] and not feed.whole


def test_what_is_no_head_is_told_apart() -> None:
    for other in (b"", b"avcC", b"\0\0\0\x1cftypiso5"):
        with pytest.raises(ValueError, match="no picture"):
            codecs(other)


def test_a_film_that_fails_is_never_whole(tmp_path: Path) -> None:
    feed = Kept()
    with pytest.raises(ValueError, match="announced"):
        encode(drawn(30), spoken(40), tmp_path / "a.mp4", width=SIDE, height=SIDE, num_frames=40, live=feed)
    assert feed.pieces and not feed.whole
