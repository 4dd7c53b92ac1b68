"""Reading clips of any frame rate, and what is not a clip."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from driver_films import grey, write_film

from talking.driver import clip
from talking.driver.clip import check_kind, open_clip
from talking.errors import InvalidRequest

SECONDS = 2.0


def brightening(times: np.ndarray) -> list[np.ndarray]:
    """Pictures whose grey level tells their time, 100 a second."""
    return [grey(round(20 + 100 * seconds)) for seconds in times]


def children() -> set[int]:
    """Processes started by this one."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:  # ended meanwhile
            continue
        if parent == os.getpid():
            found.add(int(entry.parent.name))
    return found


@pytest.mark.parametrize(
    ("name", "rate", "kept"),
    [("a.mp4", 60, 50), ("a.mp4", 30, 50), ("a.mp4", 25, 50), ("a.mp4", 10, 20), ("a.gif", 10, 20)],
)
def test_frames_come_at_most_at_the_rate_of_films_with_their_times(
    tmp_path: Path, name: str, rate: int, kept: int
) -> None:
    times = np.arange(round(SECONDS * rate)) / rate
    codec = "gif" if name.endswith("gif") else "libx264"
    path = write_film(tmp_path / name, brightening(times), times, codec=codec)
    with open_clip(path) as opened:
        frames = [(seconds, float(picture.mean())) for seconds, picture in opened.frames]
    assert abs(len(frames) - kept) <= 1
    assert abs(opened.expected - kept) <= 2
    told, shown = np.array(frames).T
    assert np.abs((shown - 20) / 100 - told).max() < 0.5 / rate + 0.03


def test_a_phone_s_uneven_frames_keep_their_times(tmp_path: Path) -> None:
    times = np.cumsum(np.random.default_rng(0).choice((0.033, 0.034, 0.05, 0.066), 45)) - 0.033
    path = write_film(tmp_path / "phone.mp4", brightening(times), times)
    with open_clip(path) as opened:
        told, shown = np.array([(seconds, picture.mean()) for seconds, picture in opened.frames]).T
    assert np.abs((shown - 20) / 100 - told).max() < 0.1
    assert np.polyfit(told, (shown - 20) / 100, 1)[0] == pytest.approx(1.0, abs=0.03)


def test_large_pictures_are_made_smaller_and_keep_their_shape(tmp_path: Path) -> None:
    path = write_film(tmp_path / "large.mp4", [grey(100, 1080, 1920)] * 2, (0.0, 0.04))
    with open_clip(path) as opened:
        _, picture = next(opened.frames)
    assert picture.shape == (540, 960, 3)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are counted through /proc")
def test_the_process_behind_it_ends_at_the_end_and_after_an_error(tmp_path: Path) -> None:
    times = np.arange(50) / 25
    path = write_film(tmp_path / "a.mp4", brightening(times), times)
    before = children()
    with open_clip(path) as opened:
        next(opened.frames)
        assert len(children() - before) == 1
    assert children() == before
    with pytest.raises(ZeroDivisionError), open_clip(path) as opened:
        next(opened.frames)
        raise ZeroDivisionError
    assert children() == before


def test_a_clip_that_is_damaged_on_the_way_ends_and_does_not_hang(tmp_path: Path) -> None:
    noise = np.random.default_rng(0)
    pictures = [noise.integers(0, 255, (120, 160, 3), dtype=np.uint8) for _ in range(50)]
    data = bytearray(write_film(tmp_path / "a.mp4", pictures, np.arange(50) / 25).read_bytes())
    for place in noise.integers(60_000, len(data) - 20_000, 4000):
        data[place] ^= 0xFF
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data)
    with open_clip(damaged) as opened:
        assert len(list(opened.frames)) >= 1


@pytest.mark.parametrize("kept", [0.02, 0.6])
def test_a_clip_that_is_cut_off_is_refused(tmp_path: Path, kept: float) -> None:
    data = write_film(tmp_path / "a.mp4", [grey(90)] * 10, np.arange(10) / 25).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: round(kept * len(data))])
    with pytest.raises(InvalidRequest, match="not a video that can be read"), open_clip(cut):
        pass


def test_huge_frames_are_refused_before_they_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "MAX_PIXELS", 100 * 100)
    path = write_film(tmp_path / "a.mp4", [grey(90)] * 2, (0.0, 0.04))
    with pytest.raises(InvalidRequest, match="160 x 120 pixels"), open_clip(path):
        pass


def test_a_clock_that_would_multiply_the_frames_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "_MOST_RATE", 50.0)
    path = write_film(tmp_path / "a.mp4", [grey(90)] * 20, np.arange(20) / 100)
    with pytest.raises(InvalidRequest, match="100 frames per second"), open_clip(path):
        pass


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a PNG picture"),
        (b"ID3" + bytes(200), "an MP3 sound"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\nfile:///etc/passwd\n", "a playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "a playlist"),
        (b"<html>not found</html>", "a web page"),
        (bytes(100), "not a file that is known here"),
    ],
)
def test_what_is_no_video_is_named(data: bytes, what: str) -> None:
    with pytest.raises(InvalidRequest, match=f"A driver is a video of a person, and this is {what}"):
        check_kind(data)


@pytest.mark.parametrize("beginning", [b"<!--wide -->", b"<!--free -->", b"<!--skip -->"])
def test_no_playlist_in_the_guise_of_a_video_leads_to_other_files(tmp_path: Path, beginning: bytes) -> None:
    """The ffmpeg program takes such a file for a DASH manifest, and opens what that names."""
    private = write_film(tmp_path / "private.mp4", [grey(90)] * 20, np.arange(20) / 25)
    manifest = (
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"'
        ' profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4">'
        f'<Representation id="1" bandwidth="1" width="160" height="120"><BaseURL>{private}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    )
    guise = tmp_path / "driver"
    guise.write_bytes(beginning + manifest.encode())
    check_kind(guise.read_bytes())
    with pytest.raises(InvalidRequest, match="not a video"), open_clip(guise):
        pass
