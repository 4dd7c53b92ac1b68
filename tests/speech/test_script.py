from __future__ import annotations

import pytest

from talking.errors import BadScript
from talking.speech.script import MAX_CHARACTERS, clean


@pytest.mark.parametrize("text", ["", " ", "\n\t \u200b"])
def test_an_empty_text_is_refused(text: str) -> None:
    with pytest.raises(BadScript, match=r"empty|no words"):
        clean(text)


@pytest.mark.parametrize("text", ["😀🎉👩\u200d👧", "... --- !!!", "\u200b\u202e", "❤️", "🇩🇪", "\x01\x02"])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(BadScript, match="no words to speak"):
        clean(text)


def test_a_text_that_is_too_long_is_refused_with_its_length() -> None:
    assert len(clean("a" * MAX_CHARACTERS)) == MAX_CHARACTERS
    with pytest.raises(BadScript, match="40,001 characters"):
        clean("a" * (MAX_CHARACTERS + 1))


def test_pictures_and_control_characters_go_and_words_stay() -> None:
    assert clean("Hi 😀\u200b there\x01 100P\ufeff 👩\u200d👧 ok ✅") == "Hi there 100P ok"
    assert clean("a\u202eb\ue000c") == "abc"


def test_letters_are_composed_and_joiners_of_scripts_stay() -> None:
    assert clean("cafe\u0301") == "café"
    assert clean("می\u200cشود") == "می\u200cشود"


def test_lines_join_and_paragraphs_stay_apart() -> None:
    assert clean(" one\r\ntwo \n\n\n \n three\t four ") == "one two\n\nthree four"


def test_an_emoji_before_a_sign_leaves_no_blank() -> None:
    assert clean("Hello 😀 friends 👨‍👩‍👧! Well 😀😀, ok 🎉🏽.") == "Hello friends! Well, ok."
    assert clean("Bonjour 😀 !") == "Bonjour !"
