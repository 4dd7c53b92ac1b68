"""Silence around the words: added where it is missing, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from talking.media.padding import with_room, with_silence
from talking.types import Mark, Speech

RATE = 8000


def speech_of(*marks: Mark, seconds: float = 1.0) -> Speech:
    return Speech(np.full(round(seconds * RATE), 0.5, np.float32), RATE, marks)


def test_missing_silence_is_added_and_marks_move_along() -> None:
    padded = with_room(speech_of(Mark(0.05, 0.9, "hi", "word"), Mark(0.9, 1.0, "", "phone")), before=0.2, after=0.3)
    assert padded.duration == pytest.approx(1.0 + 0.15 + 0.2, abs=1e-3)
    assert padded.marks[0].start == pytest.approx(0.2, abs=1e-3)
    assert padded.marks[1].end == pytest.approx(1.15, abs=1e-3)
    assert np.all(padded.samples[: round(0.15 * RATE)] == 0)
    assert np.all(padded.samples[round(0.15 * RATE) : round(1.15 * RATE)] == 0.5)


def test_silence_that_is_there_counts() -> None:
    speech = speech_of(Mark(0.3, 0.5, "hi", "word"))
    padded = with_room(speech, before=0.2, after=0.3)
    assert len(padded.samples) == len(speech.samples)
    assert padded.marks == speech.marks


def test_a_sound_without_words_is_left_alone() -> None:
    speech = speech_of()
    assert with_room(speech, before=1.0, after=1.0) is speech


@pytest.mark.parametrize("seconds", [0.0, 0.01, 1.5, 60.0])
def test_silence_at_the_end_is_added_to_whatever_is_there(seconds: float) -> None:
    speech = speech_of(Mark(0.3, 0.5, "hi", "word"))
    padded = with_silence(speech, after=seconds)
    assert len(padded.samples) == RATE + round(seconds * RATE) and padded.samples.dtype == np.float32
    np.testing.assert_array_equal(padded.samples[:RATE], speech.samples)
    assert not padded.samples[RATE:].any() and padded.marks == speech.marks
    assert len(with_silence(speech_of(), after=seconds).samples) == len(padded.samples), "words or none"
