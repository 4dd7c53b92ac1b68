from __future__ import annotations

from talking.speech.espeak_marks import PHONEME, WORD, Event, marks
from talking.types import Mark

RATE = 1000


def spoken(events: list[Event], text: str, num_samples: int) -> tuple[list[Mark], list[Mark]]:
    found = marks(events, text, num_samples=num_samples, rate=RATE)
    return [mark for mark in found if mark.kind == "phone"], [mark for mark in found if mark.kind == "word"]


def test_phones_cover_the_sound_and_pauses_join() -> None:
    events = [
        Event(WORD, 0, 0, ""),
        Event(PHONEME, 0, 100, "h"),
        Event(PHONEME, 0, 200, "aɪ"),
        Event(PHONEME, 2, 400, ""),
        Event(PHONEME, 2, 500, ""),
    ]
    phones, words = spoken(events, "Hi!", 700)
    assert [(mark.start, mark.end, mark.text) for mark in phones] == [
        (0.0, 0.1, ""),
        (0.1, 0.2, "h"),
        (0.2, 0.4, "aɪ"),
        (0.4, 0.7, ""),
    ]
    assert words == [Mark(0.1, 0.4, "Hi", "word")]


def test_parts_of_a_written_word_make_one_mark() -> None:
    events = [
        Event(WORD, 0, 0, ""),
        Event(PHONEME, 0, 0, "f"),
        Event(WORD, 1, 100, ""),
        Event(PHONEME, 1, 100, "t"),
        Event(WORD, 4, 200, ""),
        Event(PHONEME, 4, 200, "k"),
    ]
    _, words = spoken(events, "42, cats", 300)
    assert words == [Mark(0.0, 0.2, "42", "word"), Mark(0.2, 0.3, "cats", "word")]


def test_a_language_note_gives_its_time_to_the_next_phoneme() -> None:
    events = [
        Event(WORD, 0, 0, ""),
        Event(PHONEME, 0, 0, "a"),
        Event(PHONEME, 0, 50, "(en)"),
        Event(PHONEME, 0, 80, "b"),
    ]
    phones, _ = spoken(events, "ab", 100)
    assert [(mark.start, mark.end, mark.text) for mark in phones] == [(0.0, 0.05, "a"), (0.05, 0.1, "b")]


def test_phonemes_without_length_are_left_out() -> None:
    events = [Event(WORD, 0, 0, ""), Event(PHONEME, 0, 0, "ɗ"), Event(PHONEME, 0, 0, "ɛ")]
    phones, _ = spoken(events, "de", 100)
    assert [mark.text for mark in phones] == ["ɛ"]


def test_a_chinese_character_is_a_word() -> None:
    events = [event for i in range(2) for event in (Event(WORD, i, 100 * i, ""), Event(PHONEME, i, 100 * i, "a"))]
    _, words = spoken(events, "你好。", 200)
    assert [mark.text for mark in words] == ["你", "好"]


def test_words_that_are_said_as_one_share_its_phonemes() -> None:
    events = [
        Event(WORD, 0, 0, ""),
        *(Event(PHONEME, 0, 100 * index, ipa) for index, ipa in enumerate("ʌvðə")),
        Event(WORD, 7, 400, ""),
        Event(PHONEME, 7, 400, "m"),
    ]
    _, words = spoken(events, "of the m", 500)
    assert words == [Mark(0.0, 0.2, "of", "word"), Mark(0.2, 0.4, "the", "word"), Mark(0.4, 0.5, "m", "word")]


def test_a_single_phoneme_belongs_to_the_first_of_its_words() -> None:
    events = [Event(WORD, 0, 0, ""), Event(PHONEME, 0, 0, "o"), Event(PHONEME, 0, 100, "")]
    _, words = spoken(events, "au eau – ! haut", 200)
    assert words == [Mark(0.0, 0.1, "au", "word")]
