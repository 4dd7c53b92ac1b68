"""Words and phones laid over a sound."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from talking import speech as voices
from talking.motion.align import align
from talking.motion.listen import ROWS_PER_SECOND, posteriors, prior
from talking.motion.phonemes import VISEMES
from talking.types import Floats, Mark, Speech


def heard(*runs: tuple[str, float]) -> Floats:
    """Posteriors that are fairly sure of one shape after the other, each for some seconds."""
    names = [name for name, seconds in runs for _ in range(round(seconds * ROWS_PER_SECOND))]
    rows = np.full((len(names), len(VISEMES)), 0.2 / 14, np.float32)
    rows[np.arange(len(names)), [VISEMES.index(name) for name in names]] = 0.8
    return rows


def spelled(*words: tuple[str, list[str]]) -> list[Mark]:
    """Words of phones, each phone 1 s long, so that the times are surely not those of the sound."""
    marks: list[Mark] = []
    at = 0
    for text, phones in words:
        marks.append(Mark(at, at + len(phones), text, "word"))
        marks += [Mark(at + i, at + i + 1, ipa, "phone") for i, ipa in enumerate(phones)]
        at += len(phones)
    return marks


def rows_of(marks: tuple[Mark, ...]) -> list[tuple[str, str, float, float]]:
    return [(mark.kind, mark.text, round(mark.start, 2), round(mark.end, 2)) for mark in marks]


def test_phones_find_their_place_and_pauses_only_where_they_are_heard() -> None:
    sound = heard(
        ("sil", 0.2), ("PP", 0.1), ("aa", 0.3), ("sil", 0.2), ("SS", 0.1), ("U", 0.2), ("TH", 0.1), ("sil", 0.1)
    )
    marks = align(sound, spelled(("ba", ["b", "ˈɑː"]), ("sue", ["s", "uː"]), ("th", ["θ"])))
    assert rows_of(marks) == [
        ("phone", "", 0.0, 0.2),
        ("word", "ba", 0.2, 0.6),
        ("phone", "b", 0.2, 0.3),
        ("phone", "ˈɑː", 0.3, 0.6),
        ("phone", "", 0.6, 0.8),
        ("word", "sue", 0.8, 1.1),
        ("phone", "s", 0.8, 0.9),
        ("phone", "uː", 0.9, 1.1),
        ("word", "th", 1.1, 1.2),
        ("phone", "θ", 1.1, 1.2),
        ("phone", "", 1.2, 1.3),
    ]


def test_a_sound_that_was_not_heard_still_gets_a_row() -> None:
    marks = align(heard(("aa", 0.4), ("O", 0.4)), spelled(("amo", ["a", "m", "o"])))
    closure = next(mark for mark in marks if mark.text == "m")
    assert closure.end - closure.start == pytest.approx(0.02)
    assert abs(closure.start - 0.4) < 0.05


def test_a_diphthong_is_one_mark() -> None:
    marks = align(heard(("aa", 0.2), ("I", 0.1)), spelled(("I", ["aɪ"])))
    assert rows_of(marks) == [("word", "I", 0.0, 0.3), ("phone", "aɪ", 0.0, 0.3)]


def test_given_word_times_decide_between_equal_sounds() -> None:
    sound = heard(("aa", 0.2), ("sil", 0.4), ("aa", 0.2), ("sil", 0.4), ("aa", 0.2), ("sil", 0.6))
    text = spelled(("ah", ["ɑː"]))
    free = next(mark for mark in align(sound, text) if mark.text == "ah")
    held = next(mark for mark in align(sound, text, words=[Mark(1.15, 1.45, "Ah", "word")]) if mark.text == "ah")
    assert held.start >= 1.0
    assert held.end <= 1.6
    assert free.start < 1.0 or free.end > 1.6 or free == held


def test_words_that_the_service_writes_otherwise_are_passed_over() -> None:
    sound = heard(("PP", 0.1), ("aa", 0.2), ("FF", 0.1), ("O", 0.2))
    text = spelled(("pa", ["p", "a"]), ("vo", ["v", "o"]))
    times = [Mark(7.0, 8.0, "20", "word"), Mark(0.3, 0.6, "vo", "word")]
    assert rows_of(align(sound, text, words=times)) == rows_of(align(sound, text))


def test_too_short_a_sound_or_no_text_gives_nothing() -> None:
    assert align(heard(("aa", 0.06)), spelled(("mama", ["m", "a", "m", "a"]))) == ()
    assert align(heard(("aa", 0.2)), []) == ()
    assert align(heard(("aa", 0.2)), [Mark(0, 1, "", "phone")]) == ()
    assert align(np.zeros((0, 15), np.float32), spelled(("a", ["a"]))) == ()


def test_a_text_that_is_not_what_is_said_gives_nothing() -> None:
    said, other = (
        voices.synthesize(text, voice="espeak:en-us+f2").speech
        for text in ("The weather is fine today, so we may walk.", "Who knows which voices those people choose?")
    )
    rows = posteriors(Speech(said.samples, said.rate))
    assert align(rows, said.marks)
    assert align(rows, other.marks) == ()


def test_long_texts_are_followed_in_a_band() -> None:
    runs = [("PP", 0.06), ("aa", 0.1), ("SS", 0.08), ("O", 0.1)] * 500
    sound = heard(("sil", 3.0), *runs[:1000], ("sil", 5.0), *runs[1000:], ("sil", 1.0))
    marks = align(sound, spelled(*[("w", ["p", "a", "s", "o"])] * 500))
    phones = [mark for mark in marks if mark.kind == "phone" and mark.text]
    assert len(phones) == 2000
    expected = 3.0 + np.cumsum([0.0] + [seconds for _, seconds in runs[:-1]]) + 5.0 * (np.arange(2000) >= 1000)
    assert max(abs(mark.start - start) for mark, start in zip(phones, expected, strict=True)) < 0.021


def test_the_voice_is_found_again_in_its_own_sound() -> None:
    spoken = voices.synthesize("Bob and Mary may move five very thick blue boxes.", voice="espeak:en-us+f2").speech
    marks = align(posteriors(Speech(spoken.samples, spoken.rate)), spoken.marks)
    truth = [mark for mark in spoken.of_kind("phone") if mark.text]
    found = [mark for mark in marks if mark.kind == "phone" and mark.text]
    assert [mark.text for mark in found] == [mark.text for mark in truth]
    errors = np.array([abs(a.start - b.start) for a, b in zip(found, truth, strict=True)])
    assert np.median(errors) < 0.02
    assert np.mean(errors < 0.05) > 0.9
    assert [mark.text for mark in marks if mark.kind == "word"] == [mark.text for mark in spoken.of_kind("word")]


def test_marks_cover_the_sound_without_gaps() -> None:
    sound = heard(("sil", 0.3), ("kk", 0.1), ("aa", 0.2), ("sil", 0.5))
    phones = [mark for mark in align(sound, spelled(("ka", ["k", "a"]))) if mark.kind == "phone"]
    assert phones[0].start == 0
    assert phones[-1].end == pytest.approx(len(sound) / ROWS_PER_SECOND)
    assert all(left.end == right.start for left, right in pairwise(phones))


def test_the_prior_is_a_distribution() -> None:
    assert prior().shape == (15,)
    assert prior().sum() == pytest.approx(1, abs=0.01)
    assert prior().min() > 0
