"""The whole trip with the embedded engine and voice: what comes out is a video that keeps what we promise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import talking
from talking.media import readback
from talking.types import FPS


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, small_portrait: Path) -> talking.Video:
    out = tmp_path_factory.mktemp("film") / "hello.mp4"
    return talking.generate(small_portrait, text="Bob made my mum a map. Why?", voice="espeak:en-us", seed=5, out=out)


def test_the_file_is_what_players_want(film: talking.Video) -> None:
    facts = readback.probe(film.path)
    assert (facts.codec, facts.pix_fmt, facts.fps, facts.audio_codec) == ("h264", "yuv420p", FPS, "aac")
    assert (facts.width, facts.height, facts.num_frames) == (film.width, film.height, film.num_frames)
    assert facts.faststart
    assert abs(facts.video_duration - facts.audio_duration) <= 1 / FPS
    assert film.duration == pytest.approx(facts.duration, abs=1 / FPS)
    assert film.size == film.path.stat().st_size
    assert "AI-generated" in " ".join(facts.tags.values())


def test_the_report_says_what_was_done(film: talking.Video) -> None:
    assert film.report["engine"] == "mesh"
    assert film.report["engine_because"] == "no checkpoints of another engine are here"
    assert film.report["lips_known_from"] == "phonemes"
    assert film.report["voice"].startswith("espeak:en-us")
    assert film.report["seed"] == 5
    assert set(film.report["seconds"]) == {"portrait", "driver", "speech", "motion", "film", "quality", "total"}


def test_captions_hold_the_words(film: talking.Video) -> None:
    assert film.captions.startswith("1\n00:00:0")
    assert "Bob made my mum a map." in film.captions


def test_the_same_seed_gives_the_same_frames_and_another_does_not(
    film: talking.Video, small_portrait: Path, tmp_path: Path
) -> None:
    def frames_of(seed: int) -> list[np.ndarray]:
        out = tmp_path / f"{seed}.mp4"
        talking.generate(small_portrait, text="Bob made my mum a map. Why?", voice="espeak:en-us", seed=seed, out=out)
        with readback.open_video(out) as video:
            return [image for _, image in video.frames]

    with readback.open_video(film.path) as video:
        first = [image for _, image in video.frames]
    again, other = frames_of(5), frames_of(6)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=False))


def test_a_recording_is_heard(small_portrait: Path, spoken_file: Path, tmp_path: Path) -> None:
    stages: list[str] = []
    video = talking.generate(
        small_portrait, audio=spoken_file, out=tmp_path / "a.mp4", on_progress=lambda stage, *_: stages.append(stage)
    )
    assert video.report["lips_known_from"] == "sound"
    assert video.captions == ""
    assert list(dict.fromkeys(stages)) == ["portrait", "driver", "speech", "motion", "film", "quality"]
    assert stages.count("film") == video.num_frames + 1


def test_a_transcript_makes_captions(small_portrait: Path, spoken_file: Path, tmp_path: Path) -> None:
    options = talking.Options(transcript="Bob made my mum a map.", language="en")
    video = talking.generate(small_portrait, audio=spoken_file, options=options, out=tmp_path / "a.mp4")
    assert video.report["lips_known_from"] == "text"
    assert "Bob made my mum a map." in video.captions


def test_a_studio_makes_several_films_and_leaves_no_process(small_portrait: Path, tmp_path: Path) -> None:
    with talking.Studio() as studio:
        for name in ("a", "b"):
            studio.generate(small_portrait, text="One.", voice="espeak:en-us", out=tmp_path / f"{name}.mp4")
    assert sorted(path.name for path in tmp_path.glob("*.mp4")) == ["a.mp4", "b.mp4"]


def test_stopping_from_the_progress_callback_leaves_nothing(small_portrait: Path, tmp_path: Path) -> None:
    def stop(stage: str, done: int, _total: int) -> None:
        if stage == "film" and done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        talking.generate(
            small_portrait, text="Hello you.", voice="espeak:en-us", out=tmp_path / "x.mp4", on_progress=stop
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "either a text or an audio file"),
        ({"text": "Hi", "audio": b"x"}, "either a text or an audio file"),
        ({"text": "Hi", "engine": "mush"}, "no engine called 'mush'. Did you mean mesh"),
        ({"text": "Hi", "options": talking.Options(transcript="Hi")}, "transcript belongs to an audio file"),
        ({"text": "Hi", "voice": "nobody"}, "no voice called 'nobody'"),
        ({"text": "Hi", "voice": None}, "given as text"),
        ({"text": 3}, "given as text"),
        ({"text": "Hi", "seed": "a"}, "'seed' takes a whole number"),
        ({"text": "Hi", "engine": 1}, "'engine' takes text"),
        ({"text": "Hi", "options": {"seed": 1}}, "talking.Options"),
        ({"audio": b"x" * 100, "options": talking.Options(language="nope")}, "nope"),
        ({"text": ""}, "text is empty"),
        ({"text": "😀🎉"}, "no words"),
        ({"text": "a" * 40_001}, "40,001 characters"),
        ({"text": "Hi", "options": talking.Options(language="xx-klingon")}, "xx-klingon"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(
    arguments: dict[str, object], message: str, small_portrait: Path, tmp_path: Path
) -> None:
    with pytest.raises(talking.TalkingError, match=message):
        talking.generate(small_portrait, out=tmp_path / "x.mp4", **arguments)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_recording_refuses_what_only_a_voice_can_do(small_portrait: Path, spoken_file: Path, tmp_path: Path) -> None:
    with pytest.raises(talking.InvalidRequest, match="leave out voice and rate"):
        talking.generate(
            small_portrait,
            audio=spoken_file,
            voice="en-US-JennyNeural",
            options=talking.Options(rate=1.5),
            out=tmp_path / "x.mp4",
        )


def test_an_impossible_output_is_refused_before_any_work(small_portrait: Path, tmp_path: Path) -> None:
    stages: list[str] = []
    with pytest.raises(talking.OutputError, match="no folder"):
        talking.generate(
            small_portrait, text="Hi", out=tmp_path / "missing" / "x.mp4", on_progress=lambda *a: stages.append(str(a))
        )
    assert stages == []
