"""The quality report of a film: what is good scores high, and each fault is named as the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from talking.articulation import Articulation, articulate
from talking.errors import InvalidRequest, PoorQuality
from talking.evaluate.likeness import Likeness, misfit
from talking.evaluate.quality import GRADES, Quality, assess, require
from talking.face.detect import find_portrait
from talking.media import image, readback
from talking.types import Portrait


@pytest.fixture(scope="module")
def who(small_portrait: Path) -> Portrait:
    return find_portrait(image.load(small_portrait).image)


@pytest.fixture(scope="module")
def known(film: Path, said: str) -> Articulation:
    sound = readback.sound_of(film)
    assert sound is not None
    return articulate(replace(sound, text=said, language="en"))


def test_a_good_film_scores_high(film: Path, who: Portrait, known: Articulation) -> None:
    quality = assess(film, known, who)
    assert quality.score >= 0.5, quality.reason
    assert {"av_corr", "av_offset_ms", "mouth_sharpness", "identity_drift", "closure_hit", "clipping"} <= set(
        quality.grades
    )
    assert {"pitch_std", "yaw_std", "roll_std", "blink_rate"} <= set(quality.values)
    assert quality.values["identity_drift"] < 0.025
    assert quality.values["mouth_sharpness"] > 0.7
    document = quality.document()
    assert json.loads(json.dumps(document)) == document
    track = document["tracks"][0]
    assert len(track["opening"]) == len(track["loudness"]) > 25
    opening = np.array(track["opening"], float)
    assert 0.1 < np.nanmax(opening) - np.nanmin(opening) < 1
    assert 0.02 < max(track["loudness"]) < 1
    require(quality, 0.5)


def test_a_long_film_is_looked_at_where_it_begins_and_ends(film: Path, who: Portrait, known: Articulation) -> None:
    quality = assess(film, known, who, seconds=5.0)
    assert quality.seconds == pytest.approx(5.0, abs=0.1)
    first, last = quality.tracks
    assert (first.start, len(first.opening)) == (0, 62)
    assert last.start > len(first.opening) / first.fps
    assert abs(quality.values["av_drift_ms"]) < 40


def test_sound_that_is_late_is_the_reason(refilmed: Callable[..., Path], who: Portrait, known: Articulation) -> None:
    samples = np.concatenate([np.zeros(round(0.3 * known.speech.rate), np.float32), known.speech.samples])
    late = refilmed("late", speech=replace(known.speech, samples=samples[: len(known.speech.samples)]))
    quality = assess(late, known, who)
    assert quality.score < 0.2
    with pytest.raises(
        PoorQuality, match=r"quality is 0\.\d\d and at least 0\.50 was asked for: the lips are -3\d\d ms"
    ):
        require(quality, 0.5)


def test_a_frozen_picture_is_the_reason(refilmed: Callable[..., Path], who: Portrait, known: Articulation) -> None:
    quality = assess(refilmed("still", frozen=True), known, who)
    assert quality.score == 0
    assert quality.reason.startswith("the lips move by")


def test_a_blurred_mouth_is_the_reason(refilmed: Callable[..., Path], who: Portrait, known: Articulation) -> None:
    blurred = refilmed("blurred", change=lambda frame: cv2.GaussianBlur(frame, (0, 0), 2.5).astype(np.uint8))
    quality = assess(blurred, known, who)
    assert quality.values["mouth_sharpness"] < 0.45
    assert "as sharp as in the portrait" in quality.reason


def test_drift_is_told_from_turning(who: Portrait) -> None:
    mesh = who.face.landmarks
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    assert misfit((1.7 * mesh @ turn.T + 40).astype(np.float32), mesh) < 1e-4
    wider = mesh * np.array([1.2, 1, 1], np.float32)
    assert misfit(wider, mesh) > 0.04
    assert not np.isfinite(Likeness(who).drift)


def test_every_graded_figure_has_words_and_limits_in_order() -> None:
    for name, points in GRADES.items():
        values = [value for value, _ in points]
        assert values == sorted(values)
        assert 0.5 in [grade for _, grade in points]
        poor = Quality({name: values[0]}, {name: 0.0}, 1.0)
        assert ";" in poor.reason
    assert Quality({}, {}, 0.0).score == 0


def test_a_file_that_is_no_film_is_refused(who: Portrait, known: Articulation, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"not a film at all")
    with pytest.raises(InvalidRequest):
        assess(bad, known, who)
