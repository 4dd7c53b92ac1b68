"""Films made of stretches: the same frames, times, sound, captions and facts as when they are made in one go."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from talking.errors import InvalidRequest
from talking.media.formats import FORMATS
from talking.media.join import can_be_joined, join
from talking.media.readback import probe
from talking.media.video import encode
from talking.types import Frame, Mark, Speech

W, H = 96, 64
SIZE = {"width": W, "height": H}
CUTS = (0, 25, 26, 50, 75)
FORMATS_AND_ALPHA = [("mp4", False), ("mov", False), ("webm", False), ("mov", True), ("webm", True)]


def drawn(first: int, last: int, *, clear: bool = False) -> Iterator[Frame]:
    """Frames `first` to `last` of a bar that wanders over a soft ground."""
    ground = cv2.GaussianBlur(np.random.default_rng(0).integers(40, 200, (H, W), np.uint8), (9, 9), 0)
    for index in range(first, last):
        frame = np.full((H * 5 // 2 if clear else H * 3 // 2, W), 128, np.uint8)
        frame[:H] = ground
        frame[20:40, index : index + 16] = 230
        if clear:
            frame[H * 3 // 2 :] = 0
            frame[H * 3 // 2 :, index // 2 : index // 2 + 48] = 255
        yield frame


def said() -> Speech:
    times = np.arange(3 * 16_000) / 16_000
    sound = (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
    marks = (Mark(0.2, 0.6, "hello", "word"), Mark(2.0, 2.4, "there", "word"))
    return Speech(sound, 16_000, marks, "hello there", "en")


def stretches(folder: Path, form: str, *, clear: bool, cuts: tuple[int, ...] = CUTS) -> Iterator[Path]:
    for first, last in pairwise(cuts):
        part = folder / f"part{first}.{form}"
        frames = drawn(first, last, clear=clear)
        encode(frames, said(), part, num_frames=last - first, format=form, transparent=clear, mute=True, **SIZE)
        yield part


def packets(path: Path, kind: str) -> list[tuple[int | None, int | None, int, bytes]]:
    with av.open(str(path)) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        return [(each.pts, each.dts, each.duration, bytes(each)) for each in container.demux(stream) if each.size]


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        decoder = None
        if stream.metadata.get("alpha_mode") == "1":
            decoder = av.CodecContext.create("libvpx-vp9", "r")
        frames = [
            frame
            for packet in container.demux(stream)
            for frame in (packet.decode() if decoder is None else decoder.decode(packet))
        ]
        return [frame.to_ndarray(format="rgba").astype(int) for frame in frames]


@pytest.mark.parametrize(("form", "clear"), FORMATS_AND_ALPHA)
def test_a_film_of_stretches_is_the_film_made_in_one_go(tmp_path: Path, form: str, clear: bool) -> None:
    wanted = {"num_frames": 75, "format": form, "transparent": clear, "title": "Bar", "captions": said(), **SIZE}
    whole = encode(drawn(0, 75, clear=clear), said(), tmp_path / f"whole.{form}", **wanted)
    made = join(stretches(tmp_path, form, clear=clear), said(), tmp_path / f"joined.{form}", **wanted)
    assert probe(made.path) == probe(whole.path)
    assert (made.num_frames, made.duration, made.notes) == (75, 3.0, whole.notes)
    for kind in ("audio", "subtitle"):
        assert packets(made.path, kind) == packets(whole.path, kind)
    times = [[packet[:3] for packet in packets(path, "video")] for path in (made.path, whole.path)]
    assert [time[1:] for time in times[0]] == [time[1:] for time in times[1]]
    assert sorted(time[0] or 0 for time in times[0]) == sorted(time[0] or 0 for time in times[1])
    for one, other in zip(pictures(made.path), pictures(whole.path), strict=True):
        assert np.abs(one - other).mean() < 4


def test_packets_are_copied(tmp_path: Path) -> None:
    parts = list(stretches(tmp_path, "mp4", clear=False))
    made = join(iter(parts), said(), tmp_path / "joined.mp4", num_frames=75, mute=True, **SIZE)
    copied = [packet[3] for part in parts for packet in packets(part, "video")]
    assert [packet[3] for packet in packets(made.path, "video")] == copied
    assert not probe(made.path).has_audio


class Growth:
    """A feed that keeps what it is fed, and how much it had when each part was asked for."""

    def __init__(self) -> None:
        self.data, self.whole, self.sizes = b"", False, list[int]()

    def write(self, data: bytes) -> None:
        self.data += data

    def finish(self) -> None:
        self.whole = True


def test_it_can_be_watched_part_by_part(tmp_path: Path) -> None:
    growth = Growth()

    def noted(parts: Iterator[Path]) -> Iterator[Path]:
        for part in parts:
            growth.sizes.append(len(growth.data))
            yield part

    parts = noted(stretches(tmp_path, "mp4", clear=False))
    made = join(parts, said(), tmp_path / "joined.mp4", num_frames=75, live=growth, **SIZE)
    assert growth.whole
    assert growth.sizes[0] == 0 < growth.sizes[1] < growth.sizes[3]
    (tmp_path / "live.mp4").write_bytes(growth.data)
    for kind in ("video", "audio"):
        grown = [each[3] for each in packets(tmp_path / "live.mp4", kind)]
        assert grown == [each[3] for each in packets(made.path, kind)]
    assert len(pictures(tmp_path / "live.mp4")) == 75


def test_parts_that_do_not_make_up_the_film_leave_nothing_behind(tmp_path: Path) -> None:
    for cuts in ((0, 25), (0, 50, 100)):
        with pytest.raises(ValueError, match="frames"):
            join(stretches(tmp_path, "mp4", clear=False, cuts=cuts), said(), tmp_path / "x.mp4", num_frames=75, **SIZE)
    assert not (tmp_path / "x.mp4").exists()

    other = tmp_path / "other.mp4"
    encode(drawn(0, 25), said(), other, num_frames=25, format="mp4", mute=True, **SIZE)
    with av.open(str(other)) as source, av.open(str(tmp_path / "wide.mp4"), "w") as wide:
        stream = wide.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 2 * W, H, "yuv420p"
        for frame in source.decode(video=0):
            wide.mux(stream.encode(frame.reformat(width=2 * W, height=H)))
        wide.mux(stream.encode(None))
    with pytest.raises(ValueError, match="different ways"):
        join(iter([other, tmp_path / "wide.mp4"]), said(), tmp_path / "x.mp4", num_frames=50, **SIZE)


def test_what_cannot_be_joined_is_known(tmp_path: Path) -> None:
    assert [name for name, form in FORMATS.items() if not can_be_joined(form)] == ["gif"]
    with pytest.raises(InvalidRequest, match="ends in"):
        join(iter(()), said(), tmp_path / "x.mov", num_frames=1, **SIZE)
