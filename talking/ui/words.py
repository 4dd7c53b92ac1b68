"""All words that the page shows, in every language it speaks: one table, a file for each language."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import gradio as gr

LANGUAGES = ("en", "de", "es", "fr", "zh", "ja", "ar")
"""ISO 639-1; English is complete by definition, and Arabic runs from right to left."""

_FOLDER = Path(__file__).with_name("words")

_OURS = "talking_"
"""Put before our keys where Gradio sees them: it has words of its own under plain names."""


@cache
def table() -> dict[str, dict[str, str]]:
    """Language to key to words; {names} in braces are filled in by the page."""
    return {
        language: json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
        for language in LANGUAGES
        if (_FOLDER / f"{language}.json").is_file()
    }


def only(*prefixes_or_keys: str) -> dict[str, dict[str, str]]:
    """The part of the table that a script needs: keys that are named, or begin with a name that ends in "_"."""
    return {
        language: {key: text for key, text in words.items() if _is_among(key, prefixes_or_keys)}
        for language, words in table().items()
    }


def _is_among(key: str, wanted: tuple[str, ...]) -> bool:
    return any(key == name or (name.endswith("_") and key.startswith(name)) for name in wanted)


@cache
def translations() -> gr.I18n:
    """What Gradio needs to show labels in the visitor's language."""
    return gr.I18n(**{
        language: {_OURS + key: text for key, text in words.items()} for language, words in table().items()
    })  # fmt: skip


def t(key: str) -> str:
    """The words of a key, in the language of whoever looks. Raises KeyError for a key that the table lacks."""
    table()["en"][key]  # a typing mistake shall be found here and not on the page
    return translations()(_OURS + key)  # type: ignore[return-value]  # Gradio takes its own mark for words wherever it takes str


def language_of(accepted: str) -> str:
    """The first of our languages in an Accept-Language header; English when there is none."""
    for part in accepted.split(",")[:20]:
        language = part.split(";")[0].strip().lower().partition("-")[0]
        if language in table():
            return language
    return LANGUAGES[0]
