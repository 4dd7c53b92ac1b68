"""A user's video as a driver: what was played is what is recorded, and what is recorded can be played again."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from driver_films import BLINKS, Played, correlation, film, grey, write_film

from talking.driver import load_driver
from talking.driver.clip import open_clip
from talking.errors import BlockedURL, FaceError, FaceTooSmall, InvalidRequest, NoFace
from talking.motion import plan
from talking.motion.acting import Acting
from talking.motion.phonemes import SIL, Segment
from talking.motion.recording import UPPER_FACE, Recording
from talking.types import BLENDSHAPES, CHANNEL, FPS, Floats, Image, Portrait, Speech


@pytest.fixture(scope="module")
def recording(played: Played) -> Recording:
    return load_driver(played.path)


def lids(blendshapes: Floats) -> Floats:
    return blendshapes[:, [CHANNEL["eyeBlinkLeft"], CHANNEL["eyeBlinkRight"]]].mean(axis=1)


def onsets(closed: Floats) -> list[int]:
    """Frames at which lids come to be half closed."""
    return [int(index) + 1 for index in np.flatnonzero((closed[1:] > 0.4) & (closed[:-1] <= 0.4))]


def test_a_recording_has_the_clip_s_frames_and_name(recording: Recording, played: Played) -> None:
    assert recording.num_frames == played.motion.num_frames
    assert recording.name == "somebody nods"
    assert recording.notes == ()


def test_the_head_is_found_to_move_as_it_did(recording: Recording, played: Played) -> None:
    for axis in range(3):
        assert correlation(recording.pose[:, axis], played.motion.pose[:, axis]) > 0.95
    assert np.abs(recording.pose.mean(axis=0)).max() < 0.5
    assert np.abs(recording.shift).max() < 0.06


def test_nothing_comes_late(recording: Recording, played: Played) -> None:
    found, told = recording.pose[:, 1], played.motion.pose[:, 1]
    lags = {lag: correlation(found[5 + lag : 90 + lag], told[5:90]) for lag in (-2, -1, 0, 1, 2)}
    assert max(lags, key=lags.__getitem__) == 0


def test_blinks_are_found_to_the_frame_and_no_others(recording: Recording) -> None:
    found = onsets(lids(recording.blendshapes))
    assert len(found) == len(BLINKS)
    assert np.abs(np.array(found) - BLINKS).max() <= 1
    assert lids(recording.blendshapes).max() > 0.8


def test_raised_brows_are_found(recording: Recording, played: Played) -> None:
    found, told = (rows.blendshapes[:, CHANNEL["browInnerUp"]] for rows in (recording, played.motion))
    assert correlation(found, told) > 0.75  # a lid that closes draws the brow that is seen down a little


def test_the_mouth_is_never_recorded(recording: Recording) -> None:
    others = [CHANNEL[name] for name in BLENDSHAPES if name not in UPPER_FACE]
    assert not recording.blendshapes[:, others].any()


def test_another_portrait_that_is_driven_moves_as_the_driver_did(
    recording: Recording, photographed: Portrait, tmp_path: Path
) -> None:
    frames = recording.num_frames
    speech = Speech(np.zeros(frames * 16_000 // FPS, np.float32), 16_000)
    motion = plan(speech, [Segment(0.0, speech.duration, SIL)], acting=Acting(recording=recording))
    again = load_driver(film(photographed, motion, tmp_path / "driven.mp4"))
    inner = slice(12, frames - 12)  # it begins and ends at the portrait's own pose
    for axis in range(3):
        assert correlation(again.pose[inner, axis], recording.pose[inner, axis]) > 0.9
    found = onsets(lids(again.blendshapes))
    assert len(found) == len(BLINKS)
    assert np.abs(np.array(found) - onsets(lids(recording.blendshapes))).max() <= 1


def test_a_clip_is_tracked_once_and_kept(played: Played, tmp_path: Path) -> None:
    short = write_film(tmp_path / "short.mp4", pictures_of(played, 15), np.arange(15) / 25)
    cache = tmp_path / "cache" / "drivers"
    done: list[tuple[int, int]] = []

    def progress(frame: int, expected: int) -> None:
        done.append((frame, expected))

    first = load_driver(short, cache=cache, on_progress=progress)
    assert done == [(frame + 1, 15) for frame in range(15)]
    again = load_driver(short.read_bytes(), cache=cache, on_progress=progress)
    assert len(done) == 15
    assert (again.name, first.name) == ("clip", "short")
    assert np.array_equal(again.pose, first.pose)
    assert np.array_equal(again.blendshapes, first.blendshapes)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    for damaged in (b"", whole[:100], whole[:300] + bytes(40) + whole[340:]):
        kept.write_bytes(damaged)
        done.clear()
        assert np.array_equal(load_driver(short, cache=cache, on_progress=progress).pose, first.pose)
        assert len(done) == 15
        assert kept.read_bytes() == whole
    assert load_driver(short, cache=short / "no folder").num_frames == first.num_frames


def pictures_of(played: Played, count: int) -> list[Image]:
    with open_clip(played.path) as clip:
        return [picture.copy() for _, picture in islice(clip.frames, count)]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        return


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A web server for a folder; gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_it_comes_as_text_or_from_a_web_address(still: Image, tmp_path: Path) -> None:
    path = write_film(tmp_path / "a film.gif", [still] * 8, np.arange(8) / 10, codec="gif")
    text = base64.b64encode(path.read_bytes()).decode()
    assert load_driver(f"data:image/gif;base64,{text}").num_frames == 20
    with served(tmp_path) as site:
        url = f"{site}/a%20film.gif?key=secret"
        found = load_driver(url, allow_private=True)
        with pytest.raises(BlockedURL):
            load_driver(url.replace(site, "http://127.0.0.1"))
    assert (found.name, found.num_frames) == ("a%20film", 20)


def test_of_a_long_clip_the_first_minute_is_used_and_said(still: Image, tmp_path: Path) -> None:
    recording = load_driver(write_film(tmp_path / "long.mp4", [still] * 64, np.arange(64.0)))
    assert recording.num_frames == 60 * FPS
    assert recording.notes == ("The driver is longer than 60 seconds: only its beginning is used.",)


def test_a_film_that_breaks_off_is_used_as_far_as_it_goes_and_said(still: Image, tmp_path: Path) -> None:
    noise = np.random.default_rng(0)
    pictures = [np.clip(still + noise.integers(-20, 20, still.shape), 0, 255).astype(np.uint8) for _ in range(50)]
    path = write_film(tmp_path / "broken.mkv", pictures, np.arange(50) / 25)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    recording = load_driver(path)
    assert 10 <= recording.num_frames < 40
    (note,) = recording.notes
    assert (
        note == f"The driver's video is damaged: only its first {recording.num_frames / FPS:.1f} seconds could be read."
    )


def test_hidden_frames_are_filled_in_and_said(still: Image, tmp_path: Path) -> None:
    pictures = [still] * 8 + [np.full_like(still, 90)] * 2 + [still] * 8
    recording = load_driver(write_film(tmp_path / "hand.mp4", pictures, np.arange(18) / 25))
    assert recording.num_frames == 18
    assert recording.notes == ("The driver's face is hidden in 11% of the frames: these are filled in.",)


def test_a_face_that_is_hidden_too_often_is_refused(still: Image, tmp_path: Path) -> None:
    pictures = [still] * 12 + [np.full_like(still, 90)] * 6
    with pytest.raises(FaceError, match="hidden in 33% of the frames"):
        load_driver(write_film(tmp_path / "hidden.mp4", pictures, np.arange(18) / 25))


def test_several_faces_are_said(still: Image, tmp_path: Path) -> None:
    recording = load_driver(write_film(tmp_path / "two.mp4", [np.hstack([still, still])] * 14, np.arange(14) / 25))
    assert recording.notes == ("The driver shows 2 faces: the largest one is followed.",)


def test_nobody_too_short_and_too_small_are_refused(still: Image, tmp_path: Path) -> None:
    times = np.arange(14) / 25
    with pytest.raises(NoFace, match="No face was found in the driver"):
        load_driver(write_film(tmp_path / "nobody.mp4", [grey(90)] * 14, times))
    with pytest.raises(InvalidRequest, match=r"lasts 0\.2 seconds"):
        load_driver(write_film(tmp_path / "short.mp4", [still] * 5, times[:5]))
    small = still[::5, ::5]
    far = grey(128, 240, 320)
    far[60 : 60 + small.shape[0], 100 : 100 + small.shape[1]] = small
    with pytest.raises((FaceTooSmall, NoFace)):
        load_driver(write_film(tmp_path / "far.mp4", [far] * 14, times))


def test_what_is_no_video_is_refused_in_its_own_words(small_portrait: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="a PNG picture"):
        load_driver(small_portrait)
    with pytest.raises(InvalidRequest, match="no file called"):
        load_driver(tmp_path / "missing.mp4")
    with pytest.raises(InvalidRequest, match="s3://"):
        load_driver("s3://bucket/me.mp4")
