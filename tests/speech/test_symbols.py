from __future__ import annotations

from talking.speech.kokoro_phonemes import chunks, in_letters, pieces, symbols
from talking.speech.symbols import Phone, marks, phones
from talking.types import Mark

RATE = 1000


def test_stress_goes_ahead_and_length_stays_behind() -> None:
    told = [("^", 100), ("ˈ", 10), ("i", 50), ("ː", 30), ("t", 40), ("ʰ", 5), ("$", 200)]
    assert phones(told, RATE) == [
        Phone(0, 100, "", -1),
        Phone(100, 190, "iː", 0),
        Phone(190, 235, "tʰ", 0),
        Phone(235, 435, "", -1),
    ]


def test_a_short_gap_belongs_to_the_sound_before_it_and_a_long_one_is_a_pause() -> None:
    told = [("a", 50), (" ", 20), ("b", 50), (",", 40), (" ", 60), ("c", 50), (".", 300), ("$", 100)]
    found = phones(told, RATE)
    assert [(phone.text, phone.start, phone.end, phone.word) for phone in found] == [
        ("a", 0, 70, 0),
        ("b", 70, 160, 1),
        ("", 160, 220, -1),
        ("c", 220, 270, 3),
        ("", 270, 670, -1),
    ]


def test_signs_at_the_edges_do_no_harm() -> None:
    assert phones([], RATE) == []
    assert phones([("ː", 10), ("ˈ", 10)], RATE) == [Phone(0, 10, "ː", 0)]
    assert [phone.text for phone in phones([("a", 9), (" ", 9), ("ː", 9), ("o", 9)], RATE)] == ["a", "ː", "o"]


def spelled(*words: tuple[str, str]) -> list[Mark]:
    """Words and their phones, one letter each, a second long."""
    found: list[Mark] = []
    at = 0.0
    for word, ipa in words:
        found.append(Mark(at, at + len(ipa), word, "word"))
        for letter in ipa:
            found.append(Mark(at, at + 1, letter, "phone"))
            at += 1
    return found


def named(told: list[tuple[str, int]], said: list[Mark]) -> list[tuple[str, float, float]]:
    found = phones(told, RATE)
    return [(m.text, m.start, m.end) for m in marks(found, said, RATE, found[-1].end) if m.kind == "word"]


def test_words_are_those_that_another_voice_reads() -> None:
    told = [("^", 100), ("h", 100), ("ˈ", 0), ("a", 100), (" ", 10), ("j", 100), ("uː", 100), ("$", 50)]
    assert named(told, spelled(("Hi", "ha"), ("you", "ju"))) == [("Hi", 0.1, 0.31), ("you", 0.31, 0.56)]


def test_a_number_is_one_word_though_it_is_read_as_two() -> None:
    told = [("f", 100), ("o", 100), (" ", 0), ("t", 100), ("u", 100), (" ", 0), ("k", 100), ("a", 100)]
    assert named(told, spelled(("42", "fotu"), ("cats", "ka"))) == [("42", 0.0, 0.4), ("cats", 0.4, 0.6)]


def test_words_that_are_read_as_one_share_its_sounds() -> None:
    told = [("d", 100), (" ", 0), ("ɒ", 100), ("v", 100), ("ð", 100), ("ə", 100), (" ", 0), ("m", 100)]
    said = spelled(("do", "d"), ("of", "ɒv"), ("the", "ðə"), ("map", "m"))
    assert named(told, said) == [("do", 0.0, 0.1), ("of", 0.1, 0.3), ("the", 0.3, 0.5), ("map", 0.5, 0.6)]


def test_marks_are_stretched_to_the_sound() -> None:
    found = marks(phones([("a", 100), (" ", 100)], RATE), (), RATE, 400)
    assert found == (Mark(0.0, 0.2, "a", "phone"), Mark(0.2, 0.4, "", "phone"))
    assert marks([], (), RATE, 100) == ()


def test_ipa_in_the_letters_of_the_network() -> None:
    assert in_letters("həlˈo^ʊ ðˈɛ^ɹ d^ʒˈʌd^ʒ", "en-US") == "həlˈO ðˈɛɹ ʤˈʌʤ"
    assert in_letters("lˈɪɾə^l bˈɑːɾə^l ʌv wˈɔːɾɚ hɜː", "en-US") == "lˈɪTᵊl bˈɑTᵊl ʌv wˈɔTəɹ hɜɹ"
    assert in_letters("ɡˌə^ʊ nˌi^ə ðˈe^ə bˈɜːd", "en-GB") == "ɡˌQ nˌɪə ðˈɛː bˈɜːd"
    assert in_letters("mˈut^ʃos nˈiɲos", "es-ES") == "mˈuʧos nˈiɲos"


def test_a_text_in_words_and_the_signs_behind_them() -> None:
    assert pieces("Well, it is 3.5 o'clock... Really?!") == [
        ("Well", ","),
        ("it is 3.5 o'clock", "..."),
        ("Really", "?!"),
        ("", ""),
    ]


def test_long_texts_are_cut_where_one_breathes() -> None:
    assert list(chunks("abc def. ghi jkl, mno", 12)) == ["abc def.", "ghi jkl, mno"]
    assert list(chunks("abc def, ghi jklm nop", 12)) == ["abc def,", "ghi jklm nop"]
    assert list(chunks("abc def ghi jklm nop", 12)) == ["abc def ghi", "jklm nop"]
    assert list(chunks("abcdefghij", 4)) == ["abcd", "efgh", "ij"]
    assert list(chunks("  ", 4)) == []


def test_letters_are_ipa_again_with_their_samples() -> None:
    assert symbols("Aʧ", [5, 6, 7, 8]) == [("^", 5), ("eɪ", 6), ("tʃ", 7), ("$", 8)]
