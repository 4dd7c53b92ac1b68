"""Strangers' files are decoded by a child, which gives the same as this process would, and dies alone."""

from __future__ import annotations

import io
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import PIL.Image
import pytest

from talking.compose import footage
from talking.driver.clip import open_clip
from talking.errors import BadAudio, BadImage, InvalidRequest
from talking.media import audio, confined, image
from talking.media.confined import Children, Task

SORRY = BadImage("sorry")


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    """The children that decode for this process while the tests run; they know wild_work.py."""
    with pytest.MonkeyPatch.context() as patch:
        folders = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
        patch.setenv("PYTHONPATH", os.pathsep.join(folders))
        confined.begin()
        found = confined.active()
        assert found is not None
        yield found
        confined.end()
        assert confined.active() is None


def message(words: bytes) -> bytes:
    return len(words).to_bytes(4, "little") + words


def film(path: Path, *, num_frames: int = 12, side: int = 96) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = side, side, "yuv420p"
        for index in range(num_frames):
            frame = av.VideoFrame.from_ndarray(np.full((side, side, 3), 20 * index, np.uint8), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.usefixtures("children")
def test_a_child_gives_what_this_process_would(
    portrait_path: Path, spoken_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear, clip = tmp_path / "clear.png", film(tmp_path / "film.mp4")
    PIL.Image.new("RGBA", (20, 9), (10, 20, 30, 40)).save(clear)
    monkeypatch.setattr(confined, "active", lambda: None)
    picture, logo, sound = image.load(portrait_path), image.load_clear(clear), audio.load(spoken_file)
    behind = [frame.copy() for frame in itertools.islice(footage.looped(clip, 64, 48), 30)]
    monkeypatch.undo()
    same = image.load(portrait_path)
    assert np.array_equal(same.image, picture.image)
    assert (same.notes, same.digest, same.size) == (picture.notes, picture.digest, picture.size)
    assert np.array_equal(image.load_clear(clear), logo)
    heard = audio.load(spoken_file)
    assert np.array_equal(heard.samples, sound.samples) and (heard.rate, heard.notes) == (sound.rate, sound.notes)
    frames = footage.looped(clip, 64, 48)
    again = [frame.copy() for frame in itertools.islice(frames, 30)]
    assert np.array_equal(np.stack(again), np.stack(behind)), "from the start again after twelve frames"


def test_a_driver_is_read_in_the_child_as_well(children: Children, tmp_path: Path) -> None:
    pytest.importorskip("moviepy")
    with open_clip(film(tmp_path / "driver.mp4")) as clip:
        times = [round(time * 25) for time, picture in clip.frames if picture.shape == (96, 96, 3)]
        assert times == list(range(12)) and clip.expected == 12
    (tmp_path / "none.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(100))
    with pytest.raises(InvalidRequest, match="not a video"), open_clip(tmp_path / "none.mp4"):
        pass
    assert len(children.pids) == 1


def test_a_child_refuses_in_the_same_words(children: Children, portrait_path: Path) -> None:
    warm = children.pids
    with pytest.raises(BadImage, match="damaged or cut off"):
        image.load(portrait_path.read_bytes()[:9000])
    with pytest.raises(BadAudio, match="This is a PNG"):
        audio.load(b"\x89PNG\r\n\x1a\n" + bytes(90))
    with pytest.raises(InvalidRequest, match="video for the background cannot be read"):
        footage.check_footage(b"GIF89a" + bytes(20))
    assert children.pids == warm, "a refusal ends nobody"


def test_a_crash_ends_the_child_and_nobody_else(children: Children, small_portrait: Path) -> None:
    warm = children.pids
    with pytest.raises(BadImage, match="sorry"):
        children.ask(Task("wild_work:crash", b"", {}, SORRY))
    assert image.load(small_portrait).size == (256, 300)
    assert children.pids != warm


def test_memory_and_processor_are_limited(children: Children) -> None:
    size = {"size": 400_000_000}
    with pytest.raises(BadImage, match="sorry"):
        children.ask(Task("wild_work:hoard", b"", size, SORRY, memory=100_000_000))
    assert children.ask(Task("wild_work:hoard", b"", {"size": 1000}, SORRY)).arrays[0].sum() == 1000
    before = children.pids
    with pytest.raises(BadImage, match="sorry"):
        children.ask(Task("wild_work:spin", b"", {}, SORRY, cpu=0.0))
    assert children.pids != before


@pytest.mark.parametrize("said", [
    b"\xff\xff\xff\xff", message(b"[]"), message(b"{}"), message(b'{"arrays": [["O8", 1]]}'),
    message(b'{"arrays": [["u1", -1]]}'), message(b'{"arrays": [["f4", 99999, 99999]]}'), b"\x80\4cos\nsystem\n.",
])  # fmt: skip
def test_a_child_that_was_taken_over_is_not_believed(children: Children, said: bytes, small_portrait: Path) -> None:
    with pytest.raises(BadImage, match="sorry"):
        children.ask(Task("wild_work:lie", said, {}, SORRY))
    assert image.load(small_portrait).size == (256, 300)


def test_what_nobody_foresaw_is_told_in_the_words_of_the_task(children: Children) -> None:
    with pytest.raises(BadImage, match=r"^sorry$"):
        list(children.stream(Task("wild_work:misname", b"", {}, SORRY)))


def test_a_child_that_hangs_is_killed(children: Children, small_portrait: Path) -> None:
    os.kill(children.pids[0], signal.SIGSTOP)
    with pytest.raises(BadImage, match="sorry"):
        sizes = {"max_pixels": image.MAX_PIXELS, "min_side": 64}
        children.ask(Task("talking.media.image:flat_pieces", small_portrait.read_bytes(), sizes, SORRY, seconds=0.3))
    assert image.load(small_portrait).size == (256, 300)


def test_a_child_that_was_killed_while_idle_is_replaced(children: Children, small_portrait: Path) -> None:
    os.kill(children.pids[0], signal.SIGKILL)
    assert image.load(small_portrait).size == (256, 300)


def test_a_child_that_dies_before_it_takes_a_file_is_replaced(children: Children, small_portrait: Path) -> None:
    pid = children.pids[0]
    os.kill(pid, signal.SIGSTOP)  # it seems alive, and takes nothing
    threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
    assert image.load(small_portrait).size == (256, 300)
    assert pid not in children.pids


def test_a_child_cannot_write_files(children: Children) -> None:
    limits = Path(f"/proc/{children.pids[0]}/limits")
    if not limits.exists():
        pytest.skip("limits are read from /proc")
    children.ask(Task("talking.media.audio:pieces", _tone(), {"max_seconds": 9.0}, SORRY))
    lines = {line[:26].strip(): line[26:].split()[0] for line in limits.read_text().splitlines()}
    assert lines["Max file size"] == lines["Max core file size"] == "0"
    assert lines["Max address space"].isdigit() and lines["Max cpu time"].isdigit()


@pytest.mark.usefixtures("children")
def test_two_files_at_once_have_a_child_each(tmp_path: Path, small_portrait: Path) -> None:
    frames = footage.looped(film(tmp_path / "film.mp4"), 64, 48)
    next(frames)
    assert image.load(small_portrait).size == (256, 300)
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert image.load(small_portrait).size == (256, 300)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_the_child_ends_with_a_parent_that_is_killed() -> None:
    code = (
        "import os, signal; from talking.media import confined\n"
        "confined.begin(); print(*confined.active().pids, flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    child = int(ran.stdout)
    for _ in range(200):
        if not Path(f"/proc/{child}").exists() or _state(child) == "Z":
            return
        time.sleep(0.05)
    raise AssertionError("the child is still there")


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0]
    except OSError:
        return "Z"


def _tone() -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=16000, layout="mono")
        samples = (8000 * np.sin(np.arange(16000) / 10)).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
