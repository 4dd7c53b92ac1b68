from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from farm_painters import Failing, Numbers, ProcessIds, broken
from processes import children

from talking.engines import sharing
from talking.engines.farm import Farm, _runs, default_workers, draw_parallel
from talking.errors import FaceTooSmall, OutputError, TalkingError
from talking.media.readback import open_video
from talking.media.video import encode
from talking.types import Speech

W, H = 64, 48
FRAME = (H * 3 // 2, W)
linux_only = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads /proc")


def shared_files() -> set[str]:
    folders = {sharing.MEMORY_FOLDER, *sharing._folders()}
    return {str(path) for folder in folders if folder.is_dir() for path in folder.glob("talking-*") if ours(path)}


def ours(path: Path) -> bool:
    """Other tests run at the same time: a file that this process has not mapped is theirs, or left behind."""
    return str(path) in Path("/proc/self/maps").read_text()


def lumas(frames: object) -> list[int]:
    return [int(frame[0, 0]) for frame in frames]  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def farm():
    with Farm(2) as farm:
        yield farm


@pytest.mark.parametrize("num_frames", [1, 2, 3, 7, 100])
def test_frames_come_in_order_and_whole(farm, num_frames):
    state = np.full(4, 77, np.uint8)
    for index, frame in enumerate(farm.draw(partial(Numbers, state), num_frames, FRAME)):
        assert frame.shape == (H * 3 // 2, W) and frame.dtype == np.uint8
        assert (frame[:H] == index % 251).all() and (frame[H:] == 77).all()
    assert index == num_frames - 1


@pytest.mark.parametrize("rows", [H, H * 5 // 2])
def test_frames_may_have_any_number_of_rows(farm, rows):
    for index, frame in enumerate(farm.draw(Numbers, 9, (rows, W))):
        assert frame.shape == (rows, W)
        assert (frame[: rows * 2 // 3] == index).all() and (frame[rows * 2 // 3 :] == 128).all()


def test_any_number_of_workers_draws_the_same():
    drawn = [lumas(draw_parallel(Numbers, 30, FRAME, workers=workers)) for workers in (0, 1, 3)]
    assert drawn[0] == drawn[1] == drawn[2] == list(range(30))


def test_every_frame_is_drawn_once_and_the_first_ones_come_early():
    for workers, longest in ((1, 4), (2, 4), (2, 1), (4, 3)):
        runs = list(_runs(101, workers, longest))
        assert [frame for start, stop in runs for frame in range(start, stop)] == list(range(101))
        assert all(stop - start <= longest for start, stop in runs)
        assert runs[:workers] == [(i, i + 1) for i in range(workers)]
    assert list(_runs(0, 2, 4)) == []


def test_a_frame_stays_until_the_next_one_is_asked_for(farm):
    for index, frame in enumerate(farm.draw(Numbers, 60, FRAME)):
        if index % 20 == 0:
            time.sleep(0.05)  # time for the workers to run ahead as far as they may
        assert (frame[:H] == index).all()


def test_both_workers_draw(farm):
    ids = {int(frame.reshape(-1)[:8].view(np.int64)[0]) for frame in farm.draw(ProcessIds, 40, FRAME)}
    assert len(ids) == 2 and os.getpid() not in ids


def test_a_farm_keeps_its_workers_for_the_next_video(farm):
    first, second = (
        {int(frame.reshape(-1)[:8].view(np.int64)[0]) for frame in farm.draw(ProcessIds, 40, FRAME)} for _ in range(2)
    )
    assert first == second


def test_a_video_that_is_given_up_leaves_its_workers_to_the_next_one():
    with Farm(2) as farm:
        ids = []
        for frames in (farm.draw(ProcessIds, 500, FRAME) for _ in range(3)):
            ids.append({int(next(frames).reshape(-1)[:8].view(np.int64)[0]) for _ in range(9)})
            frames.close()
    assert ids[0] == ids[1] == ids[2]


def test_workers_that_are_busy_for_long_are_replaced_before_the_next_video():
    with Farm(2) as farm:
        frames = farm.draw(partial(Numbers, delay=0.3), 500, FRAME)
        next(frames)
        assert not farm._idle
        frames.close()
        assert len(farm._idle) == 2 and all(worker.is_free() for worker in farm._idle)
        assert lumas(farm.draw(Numbers, 5, FRAME)) == list(range(5))


@linux_only
def test_processes_and_shared_memory_go_when_all_is_drawn():
    before = children()
    frames = draw_parallel(partial(Numbers, np.zeros(100_000, np.uint8)), 30, FRAME, workers=2)
    assert children() == before  # nothing starts before the first frame is asked for
    next(frames)
    assert len(children() - before) == 2
    for _ in frames:
        pass
    assert children() == before
    assert not shared_files()


@linux_only
def test_closing_early_ends_the_workers_at_once():
    before = children()
    frames = draw_parallel(partial(Numbers, delay=0.3), 500, FRAME, workers=2)
    frame = next(frames)
    started = time.monotonic()
    frames.close()
    assert time.monotonic() - started < 20  # drawing them all takes 75 s
    assert children() == before
    assert not shared_files()
    assert (frame[:H] == 0).all()  # what is still held is still there


@linux_only
def test_an_error_in_the_consumer_ends_the_workers():
    before = children()
    with pytest.raises(LookupError), Farm(2) as farm:
        for _ in farm.draw(Numbers, 100, FRAME):
            raise LookupError
    assert children() == before


@linux_only
def test_no_name_is_left_in_shared_memory_while_drawing(farm):
    frames = farm.draw(Numbers, 100, FRAME)
    for _ in range(40):
        next(frames)
    mapped = [line for line in Path("/proc/self/maps").read_text().splitlines() if "talking-" in line]
    assert mapped and all(line.endswith("(deleted)") for line in mapped)
    frames.close()


def test_a_talking_error_arrives_as_it_is(farm):
    with pytest.raises(FaceTooSmall, match=r"^The face is too small\.$"):
        lumas(farm.draw(partial(Failing, 9, "talking"), 50, FRAME))


@pytest.mark.parametrize("make", [partial(Failing, 5, "bug"), broken])
def test_other_errors_are_named_and_their_words_go_to_the_log(farm, make, caplog):
    with pytest.raises(TalkingError) as caught:
        lumas(farm.draw(make, 50, FRAME))
    assert type(caught.value) is TalkingError
    assert ("ZeroDivisionError" in str(caught.value)) or ("KeyError" in str(caught.value))
    assert "secret" not in str(caught.value) and "secret" in caplog.text


def test_a_killed_worker_is_an_error_at_once_and_the_farm_goes_on(farm):
    lumas(farm.draw(Numbers, 5, FRAME))
    started = time.monotonic()
    with pytest.raises(TalkingError, match="ended a process"):
        lumas(farm.draw(partial(Failing, 9, "kill"), 5000, FRAME))
    assert time.monotonic() - started < 20
    assert lumas(farm.draw(Numbers, 12, FRAME)) == list(range(12))


def test_workers_killed_while_idle_are_replaced():
    with Farm(2) as farm:
        lumas(farm.draw(Numbers, 12, FRAME))
        for worker in farm._idle:
            worker._process.kill()
            worker._process.wait()
        assert lumas(farm.draw(Numbers, 12, FRAME)) == list(range(12))


def test_what_a_painter_prints_does_not_pass_for_an_answer(farm):
    assert len(lumas(farm.draw(partial(Failing, 0, "print"), 9, FRAME))) == 9


def test_two_videos_at_once_from_two_threads(farm):
    seen: list[list[int]] = []
    threads = [threading.Thread(target=lambda: seen.append(lumas(farm.draw(Numbers, 50, FRAME)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [list(range(50))] * 2


def test_a_video_made_straight_from_the_ring_shows_every_frame(farm, tmp_path):
    path = tmp_path / "talk.mp4"
    speech = Speech(np.zeros(24000 * 4, np.float32), 24000)
    encode(farm.draw(partial(Numbers, delay=0.001), 100, (96, 64)), speech, path, width=64, height=64, num_frames=100)
    with open_video(path) as video:
        grey = [float(picture.mean()) for _, picture in video.frames]
    expected = np.clip((np.arange(100) - 16) / 219 * 255, 0, 255)
    assert np.abs(np.array(grey) - expected).max() < 4


def test_little_shared_memory_means_fewer_slots(monkeypatch, tmp_path):
    frame_bytes = W * H * 3 // 2
    monkeypatch.setattr(sharing, "_room", lambda folder: 5 * frame_bytes if folder == sharing.MEMORY_FOLDER else 0)
    monkeypatch.setattr(sharing, "MEMORY_FOLDER", tmp_path)
    shape, ring = sharing.share_ring(*FRAME, most=24, least=2)
    assert shape.slots == 5 and ring.path.parent == tmp_path
    ring.forget()
    assert lumas(draw_parallel(Numbers, 40, FRAME, workers=2)) == list(range(40))


def test_no_shared_memory_means_temporary_files(monkeypatch, tmp_path):
    monkeypatch.setattr(sharing, "MEMORY_FOLDER", tmp_path / "absent")
    monkeypatch.setattr(sharing.tempfile, "tempdir", str(tmp_path))
    frames = draw_parallel(Numbers, 40, FRAME, workers=2)
    assert int(next(frames)[0, 0]) == 0
    assert lumas(frames) == list(range(1, 40))
    assert list(tmp_path.iterdir()) == []


def test_no_room_at_all_is_said(monkeypatch):
    monkeypatch.setattr(sharing, "_room", lambda _folder: 1000)
    with pytest.raises(OutputError, match="no room"):
        lumas(draw_parallel(Numbers, 40, FRAME, workers=2))


def test_shared_arrays_may_be_written_by_each_reader_alone():
    value = {"a": np.arange(1000, dtype=np.float32), "b": np.zeros((0, 3)), "c": "text", "d": np.eye(3)[:, ::2]}
    sizes, shared = sharing.share_object(value)
    first, second = (sharing.shared_object(shared.path, sizes) for _ in range(2))
    shared.forget()
    first["a"][0] = 99
    assert second["a"][0] == 0 and first["a"].ctypes.data % 64 == 0
    assert second["c"] == "text" and second["b"].shape == (0, 3)
    np.testing.assert_array_equal(second["d"], value["d"])


def test_default_workers_leave_a_core_to_the_encoder(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    counts = {}
    for cores in (1, 2, 3, 4, 8, 64):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        counts[cores] = default_workers()
    assert counts == {1: 1, 2: 2, 3: 2, 4: 3, 8: 4, 64: 4}


UNGUARDED = """
import sys
sys.path[:0] = {path!r}
from farm_painters import Numbers
from talking.engines.farm import draw_parallel
print("started")
print([int(frame[0, 0]) for frame in draw_parallel(Numbers, 9, (48, 32), workers=2)])
"""


@pytest.mark.parametrize("how", ["script", "stdin", "command"])
def test_a_script_without_main_guard_runs_once(tmp_path, how):
    code = UNGUARDED.format(path=[str(Path(__file__).parent), str(Path(__file__).parents[2])])
    if sys.version_info >= (3, 11):  # where -P keeps the folder of the caller itself off the path
        (tmp_path / "json.py").write_text("raise RuntimeError('not the real json')")  # lies about, is not in the way
    script = tmp_path / "sub" / "script.py"
    script.parent.mkdir()
    script.write_text(code)
    arguments = {"script": [str(script)], "stdin": ["-"], "command": ["-c", code]}[how]
    command = [sys.executable, "-W", "error", *(["-P"] if sys.version_info >= (3, 11) else []), *arguments]
    done = subprocess.run(command, input=code, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert (done.stdout, done.stderr, done.returncode) == ("started\n[0, 1, 2, 3, 4, 5, 6, 7, 8]\n", "", 0)


@linux_only
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_workers_do_not_outlive_their_caller(blow):
    code = f"""
import sys, signal
sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parents[2])]!r}
signal.signal(signal.SIGINT, signal.default_int_handler)
from functools import partial
from farm_painters import ProcessIds
from talking.engines.farm import draw_parallel
import numpy as np
for i, frame in enumerate(draw_parallel(ProcessIds, 10**5, (48, 32), workers=2)):
    if i < 40:
        print(frame.reshape(-1)[:8].view(np.int64)[0], flush=True)
    if i == 40:
        print("drawing", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True) as caller:
        ids = {int(line) for line in iter(caller.stdout.readline, "drawing\n")}
        assert len(ids) == 2
        caller.send_signal(blow)
        complaints = caller.communicate(timeout=60)[1]
    assert complaints.count("Traceback") == (blow == signal.SIGINT)  # the caller's own
    deadline = time.monotonic() + 30
    while any(map(lives, ids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(lives, ids))


def lives(process: int) -> bool:
    """Whether a process runs; one that nobody has buried does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(") ")[-1][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
