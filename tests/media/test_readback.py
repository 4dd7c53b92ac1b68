from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from talking.errors import InvalidRequest
from talking.media.readback import open_video, probe, sound_of
from talking.types import Floats


def film(path, *, num_frames=10, sound: Floats | None = None, late=0.0, degrees=0.0, start=0, **options):
    """A small film of 64 x 32 px, its left half white, made without the code under test. `sound` at 16 kHz."""
    with av.open(str(path), "w", **options) as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 32, "yuv420p"
        if degrees:
            video.set_display_rotation(degrees)
        audio = container.add_stream("pcm_s16le" if path.suffix == ".mkv" else "aac", rate=16000, layout="mono")
        picture = np.full((48, 64), 128, np.uint8)
        picture[:32] = 16
        picture[:32, :32] = 235
        for index in range(num_frames):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = start + index, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None:
            block = av.AudioFrame.from_ndarray((sound * 32767).astype(np.int16)[None], format="s16", layout="mono")
            block.sample_rate, block.time_base = 16000, Fraction(1, 16000)
            block.pts = round(16000 * (start / 25 + late))
            container.mux(audio.encode(block))
        container.mux(audio.encode(None))
    return path


@pytest.mark.parametrize("late", [0.0, 0.2])
@pytest.mark.parametrize("start", [0, 50])
def test_late_sound_is_preceded_by_silence(tmp_path, tone, late, start):
    path = film(tmp_path / "late.mkv", sound=tone(0.4), late=late, start=start)
    heard = sound_of(path)
    assert heard.rate == 16000 and heard.samples.dtype == np.float32
    onset = np.flatnonzero(np.abs(heard.samples) > 0.02)[0] / 16000
    assert abs(onset - late) < 0.002
    with open_video(path) as video:
        assert [round(time * 25) for time, _ in video.frames] == list(range(10))


def test_a_part_of_a_film_is_read_from_where_it_starts(tmp_path, tone):
    path = film(tmp_path / "long.mp4", num_frames=100, sound=tone(2.0), late=1.0)
    with open_video(path, start=1.4) as video:
        assert [round(time * 25) for time, _ in video.frames] == list(range(35, 100))
    part = sound_of(path, start=0.6, seconds=1.0)
    assert len(part.samples) == 16000
    onset = np.flatnonzero(np.abs(part.samples) > 0.02)[0] / 16000
    assert abs(onset - 0.4) < 0.03  # AAC spreads an onset
    whole = sound_of(path)
    after = sound_of(path, start=2.0, seconds=0.5)
    assert np.corrcoef(after.samples, whole.samples[32000:40000])[0, 1] > 0.99
    with pytest.raises(InvalidRequest), open_video(path, start=9.0) as video:
        next(video.frames)


def test_turned_pictures_are_shown_upright(tmp_path):
    with open_video(film(tmp_path / "turned.mp4", degrees=90, sound=np.zeros(1600, np.float32))) as video:
        _, picture = next(video.frames)
        assert (video.width, video.height) == (32, 64) == picture.shape[1::-1]
    # A quarter turn counterclockwise takes what was on the left to the bottom.
    assert picture[48].mean() > 200 and picture[16].mean() < 50


def test_an_index_at_the_end_is_noticed(tmp_path):
    silence = np.zeros(1600, np.float32)
    assert not probe(film(tmp_path / "a.mp4", sound=silence)).faststart
    assert probe(film(tmp_path / "b.mp4", sound=silence, options={"movflags": "+faststart"})).faststart
    assert not probe(film(tmp_path / "c.mkv", sound=silence)).faststart


def test_a_film_without_sound(tmp_path):
    path = tmp_path / "mute.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(30000, 1001))
        for _ in range(4):
            container.mux(stream.encode(av.VideoFrame(640, 480, "yuv420p")))
        container.mux(stream.encode(None))
    facts = probe(path)
    assert sound_of(path) is None and not facts.has_audio and facts.audio_duration == 0
    assert facts.fps == Fraction(30000, 1001) and facts.num_frames == 4


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 5000, b"RIFF\x24\0\0\0WAVEfmt "])
def test_what_is_no_video_is_refused(tmp_path, content):
    path = tmp_path / "file.mp4"
    path.write_bytes(content)
    for read in (probe, sound_of, lambda path: open_video(path).__enter__()):
        with pytest.raises(InvalidRequest, match="not a video"):
            read(path)
        with pytest.raises(InvalidRequest, match=r"no video 'absent\.mp4'"):
            read(tmp_path / "absent.mp4")


def test_a_broken_off_film_is_refused_or_ends_early(tmp_path):
    path = film(tmp_path / "film.mkv", num_frames=50, sound=np.zeros(16000, np.float32))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 4])
    with open_video(path) as video:
        assert 0 < sum(1 for _ in video.frames) < 50
