"""docs/ssml.md promises nothing that is not so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from talking.speech import synthesize
from talking.speech.ssml.read import _KNOWN_ATTRIBUTES

PAGE = (Path(__file__).parents[2] / "docs" / "ssml.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```xml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_can_be_spoken(example: str) -> None:
    spoken = synthesize(example, voice="espeak:en-us", ssml=True)
    plain = re.sub(r"<[^>]*>", "", example)
    assert spoken.speech.text == " ".join(plain.split())
    assert set(spoken.notes) <= {"German, female spoke the words in German."}
    assert spoken.speech.duration > 2


def test_every_element_is_in_the_table() -> None:
    assert len(EXAMPLES) == 6
    for name in _KNOWN_ATTRIBUTES:
        assert re.search(rf"<(?:\w+:)?{name}[ >/`]", PAGE), name


def test_the_smile_comes_with_its_word_and_goes_with_the_next_sentence() -> None:
    speech = synthesize(EXAMPLES[2], voice="espeak:en-us", ssml=True).speech
    starts = {mark.text: mark.start for mark in speech.of_kind("word")}
    events = [(mark.text, mark.start) for mark in speech.of_kind("event")]
    assert events == [("expression:happy:0.7", starts["We"]), ("expression:neutral:1", starts["More"])]
