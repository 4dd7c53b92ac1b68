"""The table of the page's words: complete in every language, and neither more nor less than the page shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import talking.ui
from talking.motion.drivers import DRIVERS
from talking.request import CAPTIONS
from talking.types import EXPRESSIONS
from talking.ui import words
from talking.ui.films import STAGES
from talking.ui.form import BACKGROUNDS, FRAMES
from talking.ui.shown import FIGURES

SOURCES = [*Path(talking.ui.__file__).parent.glob("*.py"), *Path(talking.ui.__file__).parent.glob("*.js")]
NAMES = re.compile(r"\{(\w+)\}")
ENGLISH = words.table()["en"]


def test_all_seven_languages_are_there() -> None:
    assert tuple(words.table()) == words.LANGUAGES


@pytest.mark.parametrize("language", [language for language in words.LANGUAGES if language != "en"])
def test_no_language_lacks_a_word(language: str) -> None:
    told = words.table()[language]
    assert list(told) == list(ENGLISH)
    for key, text in told.items():
        assert text.strip() == text and text, key
        assert sorted(NAMES.findall(text)) == sorted(NAMES.findall(ENGLISH[key])), key


@pytest.mark.parametrize("language", ["zh", "ja", "ar"])
def test_no_english_is_left_where_another_script_is_written(language: str) -> None:
    plain = {key for key, text in words.table()[language].items() if re.fullmatch(r"[ -~]*", NAMES.sub("", text))}
    assert plain <= {"percent"}


def test_every_word_is_shown_and_every_word_shown_is_there() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    named = set(re.findall(r"""["'`]([a-z][a-z_]+)["'`]|words\.([a-z_]+)""", text))
    mentioned = {first or second for first, second in named}
    made_up = {
        *(f"expression_{name}" for name in EXPRESSIONS), *(f"stage_{name}" for name in STAGES if name),
        *(f"captions_{kind}" for kind in CAPTIONS), *(f"background_{kind}" for kind in BACKGROUNDS),
        *(f"frame_{kind}" for kind in FRAMES), *(f"figure_{name}" for name in FIGURES),
        *(f"driver_{name.partition('/')[0]}" for name in DRIVERS), "verdict_good", "verdict_bad", "plot_sound",
        *("plot_mouth", *(f"knob_{name}" for name in ("mouth", "head", "blink", "gaze", "breathing", "expression"))),
    }  # fmt: skip
    assert made_up <= set(ENGLISH)
    assert set(ENGLISH) <= mentioned | made_up


def test_the_language_of_a_visitor_is_found() -> None:
    assert words.language_of("de-AT,de;q=0.9,en;q=0.8") == "de"
    assert words.language_of("sv,fr-CA;q=0.7") == "fr"
    assert words.language_of("") == words.language_of("tlh") == "en"
