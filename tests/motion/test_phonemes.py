"""Phonemes to mouth shapes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from talking.motion.phonemes import SIL, VISEME, VISEMES, Segment, parts, shapes, visemes
from talking.types import Mark


def phones(*rows: tuple[float, float, str]) -> list[Mark]:
    return [Mark(start, end, text, "phone") for start, end, text in rows]


def names(segments: list[Segment]) -> list[str]:
    return [VISEMES[segment.viseme] for segment in segments]


@pytest.mark.parametrize(
    ("ipa", "expected"),
    [
        ("m", "PP"),
        ("ɓ", "PP"),
        ("v", "FF"),
        ("θ", "TH"),
        ("tʰ", "DD"),
        ("d̪", "DD"),
        ("ŋ", "kk"),
        ("tʃ", "CH"),
        ("t͡ɕ", "CH"),
        ("ç", "CH"),
        ("ts", "SS"),
        ("n̩", "nn"),
        ("ɫ", "nn"),
        ("ɚ", "RR"),
        ("ˈɜː", "RR"),
        ("ɜ", "aa"),
        ("rʲ", "RR"),
        ("ˈɑː", "aa"),
        ("ɐ̃", "aa"),
        ("e", "E"),
        ("i˧˥", "I"),
        ("j", "I"),
        ("ɔ̃", "O"),
        ("ø", "O"),
        ("ˌuː", "U"),
        ("w", "U"),
        ("", "sil"),
        ("_:", "sil"),
        ("(en)", "sil"),
        ("(de)ʃ", "CH"),
    ],
)
def test_single_sound(ipa: str, expected: str) -> None:
    (part,) = parts(ipa)
    assert VISEMES[part.viseme] == expected
    assert part.share == 1


@pytest.mark.parametrize(
    ("ipa", "expected"),
    [
        ("aɪ", [("aa", 0.6), ("I", 0.4)]),
        ("oʊ", [("O", 0.6), ("U", 0.4)]),
        ("ɔːɹ", [("O", 0.6), ("RR", 0.4)]),
        ("aɪɚ", [("aa", 0.4), ("I", 0.3), ("RR", 0.3)]),
        ("pf", [("PP", 0.6), ("FF", 0.4)]),
        ("ii", [("I", 1.0)]),
    ],
)
def test_compound_sound(ipa: str, expected: list[tuple[str, float]]) -> None:
    assert [(VISEMES[part.viseme], part.share) for part in parts(ipa)] == expected


def test_breaths_and_unknown_signs_have_no_shape() -> None:
    assert [parts(ipa) for ipa in ("h", "ʔ", "ɦ", "5", "※")] == [()] * 5


def test_openness_follows_letter_length_and_stress() -> None:
    def openness(ipa: str, *, stressed_text: bool = True) -> float:
        return parts(ipa, stressed_text=stressed_text)[0].openness

    assert openness("ə", stressed_text=False) == pytest.approx(0.6)
    assert openness("ə") < openness("ɪ") < openness("ˈɪ") < openness("ˈiː") / 0.8 * 1.1
    assert openness("ˈɑː") == pytest.approx(1.15 * 1.1)
    assert openness("ˌɑ") == pytest.approx(1.0)
    assert openness("m") == openness("s") == 1.0
    assert openness("β") == pytest.approx(0.6)


def test_h_takes_the_shape_of_the_vowel_after_it() -> None:
    segments = visemes(phones((0, 0.1, "h"), (0.1, 0.2, "ˈuː"), (0.2, 0.3, "h"), (0.3, 0.4, "m")))
    assert names(segments) == ["U", "U", "aa", "PP"]
    assert segments[2].openness == 0.5


def test_shapes_are_never_empty() -> None:
    assert all(shapes(["h", "ʔ", "a", "※", ""]))


def test_segments_leave_no_gap() -> None:
    marks = phones((0.1, 0.2, ""), (0.2, 0.3, "b"), (0.3, 0.6, "aʊ"), (0.8, 0.9, ""), (0.9, 1.0, ""), (1.0, 1.1, "t"))
    segments = visemes(marks)
    assert names(segments) == ["sil", "PP", "aa", "U", "sil", "DD"]
    assert segments[0].start == 0.1
    assert segments[-1].end == 1.1
    assert all(left.end == right.start for left, right in pairwise(segments))
    assert segments[2].end == pytest.approx(0.48)
    assert segments[4] == Segment(0.6, 1.0, SIL)


def test_words_and_empty_spans_are_passed_over() -> None:
    marks = [Mark(0, 1, "me", "word"), *phones((0, 0.5, "m"), (0.5, 0.5, "t"), (0.5, 1, "iː"))]
    assert names(visemes(marks)) == ["PP", "I"]
    assert visemes([]) == []


def test_class_names_are_the_standard_ones() -> None:
    assert len(VISEMES) == 15
    assert VISEMES[SIL] == "sil"
    assert VISEME["U"] == 14
