"""The evaluation judges itself: a good film passes, and each thing that is wrong with a bad one is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import talking
from talking.cli import main
from talking.errors import FaceError, InvalidRequest
from talking.evaluate import as_json, as_table, evaluate, plot
from talking.media import readback
from talking.media.video import encode
from talking.speech import synthesize
from talking.types import Speech

OTHER = "She sells sea shells on the sea shore, while he is walking to the lake. Who would like to see a white whale?"


def delayed(path: Path, seconds: float) -> Speech:
    sound = readback.sound_of(path)
    assert sound is not None
    shift = round(seconds * sound.rate)
    moved = np.concatenate([np.zeros(shift, np.float32), sound.samples])[: len(sound.samples)]
    return replace(sound, samples=moved)


def test_a_film_of_ours_passes(said: str, film: Path) -> None:
    judged = evaluate(film, text=said, language="en")
    failed = [f"{figure.name} {figure.value}" for figure in judged.figures if not figure.passed]
    assert not failed
    assert judged.value("closures") >= 12
    assert judged.value("av_corr") > 0.55


def test_a_second_track_made_without_our_network_agrees(said: str, film: Path) -> None:
    judged = evaluate(film, text=said, language="en")
    assert judged.value("sphinx_corr") > 0.35
    assert abs(judged.value("sphinx_offset_ms") - judged.value("av_offset_ms")) < 60
    assert judged.value("text_corr") > 0.6
    assert abs(judged.value("text_offset_ms") - judged.value("av_offset_ms")) < 40


def test_late_sound_moves_the_offset_by_as_much(film: Path, refilmed: Callable[..., Path]) -> None:
    offset = evaluate(film).value("av_offset_ms")
    late = evaluate(refilmed("late", speech=delayed(film, 0.2)))
    assert late.value("av_offset_ms") - offset == pytest.approx(-200, abs=20)
    assert not late.passed


def test_the_sound_of_another_film_fails(refilmed: Callable[..., Path]) -> None:
    other = synthesize(OTHER, voice="espeak:en-us+adam").speech
    judged = evaluate(refilmed("other", speech=other))
    assert not judged.passed
    assert judged.value("av_corr") < 0.4 or not -120 <= judged.value("av_offset_ms") <= 40


def test_a_frozen_picture_fails(refilmed: Callable[..., Path]) -> None:
    judged = evaluate(refilmed("frozen", frozen=True))
    assert {figure.name for figure in judged.figures if not figure.passed} >= {"range", "av_corr"}


def test_json_table_and_plot(film: Path, tmp_path: Path) -> None:
    judged = evaluate(film)
    document = json.loads(as_json(judged))
    assert document["passed"] is judged.passed
    assert document["figures"]["av_corr"]["value"] == pytest.approx(judged.value("av_corr"), abs=1e-3)
    table = as_table(judged).splitlines()
    assert len(table) == len(judged.figures) + 2
    plot(judged, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(talking.OutputError, match="plot could not be written"):
        plot(judged, tmp_path / "missing" / "plot.png")


def test_exit_codes(said: str, film: Path, refilmed: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(film), "--text", said]) == 0
    assert "passed" in capsys.readouterr().out
    assert main(["evaluate", str(refilmed("still", frozen=True))]) == 1
    assert "FAILED" in capsys.readouterr().out
    assert main(["evaluate", "nothing.mp4"]) == 2


def test_what_cannot_be_measured_is_refused(refilmed: Callable[..., Path], film: Path, tmp_path: Path) -> None:
    silent = refilmed("silent", speech=Speech(np.zeros(80_000, np.float32), 16_000))
    with pytest.raises(InvalidRequest, match="no sound"):
        evaluate(silent)
    sound = readback.sound_of(film)
    assert sound is not None
    grey = tmp_path / "grey.mp4"
    frames = (np.full((96, 64), 128, np.uint8) for _ in range(100))
    encode(frames, sound, grey, width=64, height=64, num_frames=100)
    with pytest.raises(FaceError, match="No face is seen in 100%"):
        evaluate(grey)
