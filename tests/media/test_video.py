from __future__ import annotations

import errno
import os
import subprocess
import sys
from fractions import Fraction
from importlib import metadata
from pathlib import Path

import av
import numpy as np
import pytest

from talking.errors import InvalidRequest, OutputError
from talking.media import soundtrack
from talking.media.output import check_output, output_errors, replacing
from talking.media.readback import open_video, probe, sound_of
from talking.media.video import encode
from talking.types import FPS, Speech

W, H, BITS = 96, 64, 8
SIZE = {"width": W, "height": H}


def numbered(num_frames):
    """Frames that show their number as eight black or white bars, all in one buffer that is smeared over after use."""
    frame = np.full((H * 3 // 2, W), 128, np.uint8)
    for index in range(num_frames):
        bits = index >> np.arange(BITS) & 1
        frame[:H] = np.repeat(np.where(bits, 235, 16), W // BITS)
        yield frame
        frame[:] = 90


def number(picture):
    bars = picture.mean(axis=(0, 2)).reshape(BITS, -1).mean(axis=1) > 128
    return int(bars @ (1 << np.arange(BITS)))


def silence(num_frames, rate=24000):
    return Speech(np.zeros(num_frames * rate // FPS, np.float32), rate)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "talk.mp4"


def test_every_frame_is_seen_once_in_order_at_its_time(out):
    video = encode(numbered(130), silence(130), out, num_frames=130, **SIZE)
    with open_video(out) as film:
        seen = [(time, number(picture)) for time, picture in film.frames]
        assert (film.fps, film.width, film.height) == (25.0, W, H)
    assert [index for _, index in seen] == list(range(130))
    np.testing.assert_allclose([time for time, _ in seen], np.arange(130) / FPS, atol=1e-9)
    assert (video.path, video.width, video.height, video.num_frames) == (out, W, H, 130)
    assert video.duration == 5.2 and video.size == out.stat().st_size


def test_what_players_need_to_know_is_in_the_file(out):
    encode(numbered(10), silence(10), out, num_frames=10, title="Hello", comment="Two words.", **SIZE)
    facts = probe(out)
    assert (facts.codec, facts.pix_fmt, facts.width, facts.height) == ("h264", "yuv420p", W, H)
    assert facts.fps == Fraction(25) and facts.num_frames == 10 and facts.faststart
    assert facts.color == (1, 1, 1, 1)
    assert (facts.audio_codec, facts.audio_rate, facts.audio_channels) == ("aac", 24000, 1)
    assert (facts.tags["title"], facts.has_audio) == ("Hello", True)
    note = f"AI-generated: made with talking {metadata.version('talking')}"
    assert facts.tags["comment"] == facts.tags["description"] == f"{note}. Two words."
    with av.open(str(out)) as container:
        assert [stream.metadata["handler_name"] for stream in container.streams] == [note] * 2


@pytest.mark.parametrize("height", [64, 66, 98, 100])
@pytest.mark.parametrize("width", [64, 66])
def test_every_plane_arrives_in_its_place_at_any_even_size(out, width, height):
    luma, u, v = (np.linspace(low, high, n).astype(np.uint8) for low, high, n in (
        (40, 200, height), (90, 160, height // 2), (170, 100, height // 2)))  # fmt: skip
    planes = [np.repeat(rows[:, None], w, axis=1) for rows, w in ((luma, width), (u, width // 2), (v, width // 2))]
    frame = np.concatenate([plane.reshape(-1) for plane in planes]).reshape(height * 3 // 2, width)
    encode(iter([frame] * 5), silence(5), out, width=width, height=height, num_frames=5)
    with av.open(str(out)) as container:
        decoded = next(container.decode(video=0))
    assert (decoded.width, decoded.height) == (width, height)
    for plane, sent in zip(decoded.planes, planes, strict=True):
        got = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        assert np.abs(got.astype(int) - sent).max() <= 6


def test_colours_come_back_as_bt709(out):
    red = (255, 0, 0)
    y, u, v = (63, 102, 240)  # red in BT.709, limited range
    frame = np.empty((H * 3 // 2, W), np.uint8)
    frame[:H], frame[H : H + H // 4], frame[H + H // 4 :] = y, u, v
    encode(iter([frame] * 3), silence(3), out, num_frames=3, **SIZE)
    with open_video(out) as film:
        picture = next(film.frames)[1]
    assert np.abs(picture.astype(int) - red).max() <= 4


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 44100, 48000, 96000, 37800, 7000])
@pytest.mark.parametrize("seconds", [0.013, 1.0, 2.0371])
def test_sound_and_picture_are_equally_long_and_in_step(out, tone, rate, seconds):
    samples = np.zeros(round(rate * seconds), np.float32)
    onset = len(samples) // 2
    samples[onset:] = tone(1.1, rate, 1000.0, 0.5)[: len(samples) - onset]
    speech = Speech(samples, rate)
    n = speech.num_frames
    encode(numbered(n), speech, out, num_frames=n, **SIZE)
    facts = probe(out)
    assert facts.num_frames == n and facts.video_start == facts.audio_start == 0
    assert facts.video_duration == facts.audio_duration == facts.duration == n / FPS
    assert facts.audio_rate == soundtrack.track_rate(rate)
    if seconds > 0.5:
        heard = sound_of(out)
        loud = np.flatnonzero(np.abs(heard.samples) > 0.2)
        assert abs(loud[0] / heard.rate - onset / rate) < 0.003
        assert abs(loud[-1] / heard.rate - seconds) < 0.003


def test_blocks_are_the_samples_untouched_at_a_rate_aac_has(tone):
    speech = Speech(tone(1.01, 24000), 24000)
    blocks = list(soundtrack.blocks(speech, speech.num_frames))
    sound = np.concatenate([block.to_ndarray()[0] for block in blocks])
    assert len(sound) == soundtrack.track_samples(26, 24000) == 24960
    np.testing.assert_array_equal(sound[:24240], speech.samples)
    assert not sound[24240:].any()
    assert [block.pts for block in blocks] == list(range(0, 24960, 1024))


def test_resampling_by_blocks_leaves_no_seams(tone):
    speech = Speech(tone(2.0, 96000, 440.0), 96000)
    sound = np.concatenate([block.to_ndarray()[0] for block in soundtrack.blocks(speech, 50)])
    assert len(sound) == 96000
    expected = tone(2.0, 48000, 440.0)
    assert np.abs(sound - expected)[500:-500].max() < 2e-3


@pytest.mark.parametrize("frames", [3, 40])
def test_sound_is_cut_or_padded_to_the_picture(out, tone, frames):
    encode(numbered(frames), Speech(tone(1.0, 16000), 16000), out, num_frames=frames, **SIZE)
    facts = probe(out)
    assert facts.video_duration == facts.audio_duration == frames / FPS
    assert np.abs(sound_of(out).samples[16000 + 800 :]).max(initial=0) < 0.01


@pytest.mark.parametrize("size", [(97, 64), (96, 63), (0, 64), (14, 64)])
def test_sizes_that_h264_has_not_are_refused(out, size):
    with pytest.raises(InvalidRequest, match="even"):
        encode(iter([]), silence(1), out, width=size[0], height=size[1], num_frames=1)
    assert not list(out.parent.iterdir())


class Watched:
    """Frames that remember whether they were asked for and closed."""

    asked = closed = False

    def __iter__(self):
        return self

    def __next__(self):
        self.asked = True
        return np.zeros((H * 3 // 2, W), np.uint8)

    def close(self):
        self.closed = True


def unwritable(folder, case):
    """A path that cannot be written, and a word of the complaint."""
    if case == "missing":
        return folder / "nowhere" / "talk.mp4", "no folder 'nowhere'"
    if case == "directory":
        (folder / "talk.mp4").mkdir()
        return folder / "talk.mp4", "is not a file"
    if case == "device":
        (folder / "talk.mp4").symlink_to("/dev/full")
        return folder / "talk.mp4", "is not a file"
    if case == "long":
        return folder / ("x" * 300 + ".mp4"), "too long"
    return Path("/sys/talk.mp4"), "may not be written there"  # not even root may write there


@pytest.mark.parametrize("case", ["missing", "directory", "device", "long", "forbidden"])
def test_a_place_that_cannot_be_written_is_refused_before_any_frame_is_made(tmp_path, case):
    path, word = unwritable(tmp_path, case)
    before = sorted(tmp_path.rglob("*"))
    frames = Watched()
    with pytest.raises(OutputError, match=word) as caught:
        encode(frames, silence(5), path, num_frames=5, **SIZE)
    assert not frames.asked and frames.closed
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(OutputError, match=word):
        check_output(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_read_only_file_is_not_replaced(out, monkeypatch):
    out.touch(mode=0o444)
    if os.geteuid() == 0:  # who may write it all the same
        monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(OutputError, match="may not be changed"):
        check_output(out)


def test_other_kinds_of_file_are_refused(tmp_path):
    with pytest.raises(InvalidRequest, match=r"\.mp4"):
        check_output(tmp_path / "talk.webm")
    check_output(tmp_path / "Talk.MP4")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("existing", [True, False])
@pytest.mark.parametrize("trouble", ["frames", "on_frame", "interrupt", "too few", "too many", "wrong size"])
def test_failure_leaves_what_was_there(out, existing, trouble):
    if existing:
        out.write_text("precious")
    closed = []

    def frames():
        try:
            yield from numbered(20)
            if trouble == "frames":
                raise OSError(errno.ENOSPC, "not the output's disk")
            if trouble == "wrong size":
                yield np.zeros((4, 4), np.uint8)
            yield from numbered({"too few": 5, "too many": 50}.get(trouble, 10))
        finally:
            closed.append(True)

    def on_frame(index):
        if index == 25 and trouble == "on_frame":
            raise LookupError
        if index == 25 and trouble == "interrupt":
            raise KeyboardInterrupt

    expected = {"frames": OSError, "on_frame": LookupError, "interrupt": KeyboardInterrupt}.get(trouble, ValueError)
    with pytest.raises(expected) as caught:
        encode(frames(), silence(30), out, num_frames=30, on_frame=on_frame, **SIZE)
    assert not isinstance(caught.value, OutputError)
    assert closed == [True]
    assert [path.name for path in out.parent.iterdir()] == (["talk.mp4"] if existing else [])
    assert not existing or out.read_text() == "precious"


def test_progress_is_told_frame_by_frame(out):
    told: list[int] = []
    encode(numbered(12), silence(12), out, num_frames=12, on_frame=told.append, **SIZE)
    assert told == list(range(12))


def test_a_file_is_replaced_and_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.mp4").write_text("old")
    (tmp_path / "talk.mp4").symlink_to("real.mp4")
    encode(numbered(3), silence(3), tmp_path / "talk.mp4", num_frames=3, **SIZE)
    assert (tmp_path / "talk.mp4").is_symlink() and probe(tmp_path / "real.mp4").num_frames == 3
    assert len(list(tmp_path.iterdir())) == 2


def test_names_that_look_like_urls_or_patterns_are_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("http:%03d *ü.mp4")
    encode(numbered(3), silence(3), path, num_frames=3, **SIZE)
    assert [str(name) for name in Path().iterdir()] == [str(path)] and probe(path).num_frames == 3


def test_the_file_may_be_read_by_whom_new_files_may_be(out):
    before = os.umask(0o027)
    try:
        encode(numbered(2), silence(2), out, num_frames=2, **SIZE)
    finally:
        os.umask(before)
    assert out.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_named():
    with pytest.raises(OutputError, match="The disk is full"), output_errors():
        Path("/dev/full").write_bytes(b"x")
    with pytest.raises(OutputError, match="The disk is full"), output_errors():
        container = av.open("/dev/full", "w", format="mpegts")
        stream = container.add_stream("mpeg4", rate=25)
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
        container.close()


def test_a_write_that_fails_midway_leaves_nothing(tmp_path):
    code = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
import numpy as np
from talking.media.video import encode
from talking.errors import OutputError
from talking.types import Speech
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv[1]) or resource.RLIM_INFINITY
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
rng = np.random.default_rng(0)
noise = (rng.integers(16, 235, ({H} * 3 // 2, {W}), np.uint8) for _ in range(100))
try:
    encode(noise, Speech(np.zeros(96000, np.float32), 24000), Path("talk.mp4"), width={W}, height={H}, num_frames=100)
except OutputError as error:
    print(error)
"""

    def write(limit):
        command = [sys.executable, "-W", "error", "-c", code, str(limit)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)

    assert write(0).stdout == ""
    whole = (tmp_path / "talk.mp4").stat().st_size
    (tmp_path / "talk.mp4").unlink()
    for limit in (10_000, whole // 2, whole - 1000):  # at once, while encoding, while the index is written
        done = write(limit)
        assert "The video grew larger than a file may be there" in done.stdout, done.stderr
        assert not done.stderr and not list(tmp_path.iterdir())


def test_memory_does_not_grow_with_length(tmp_path):
    code = f"""
import resource, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
import numpy as np
from talking.media.video import encode
from talking.types import Speech
speech = Speech(np.random.default_rng(0).normal(0, 0.1, 24000 * 60).astype(np.float32), 24000)
frame = np.full((96, 64), 128, np.uint8)
def frames(count):
    for index in range(count):
        frame[:64] = index % 200 + 16
        yield frame
for name, seconds in (("warm", 2), ("short", 2), ("long", 60)):
    encode(frames(seconds * 25), speech, Path(name + ".mp4"), width=64, height=64, num_frames=seconds * 25)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    _, short, long = map(int, done.stdout.split())
    assert long - short < 4000, done.stdout  # kilobytes; one minute of these frames is 9 MB, of its sound 6 MB


def test_replacing_keeps_the_old_file_until_the_end(out):
    out.write_text("old")
    with replacing(out) as part:
        part.write_text("new")
        assert out.read_text() == "old" and part.parent == out.parent
    assert out.read_text() == "new" and [path.name for path in out.parent.iterdir()] == ["talk.mp4"]


def test_what_a_killed_process_left_goes_after_a_day(out):
    fresh, stale = out.with_name(".talking-00aa.part"), out.with_name(".talking-00bb.part")
    for part in (fresh, stale):
        part.write_bytes(b"half a film")
    os.utime(stale, (0, 0))
    check_output(out)
    assert fresh.exists() and not stale.exists()
