"""The voices as the page offers them: by language, by who speaks, each with a short label that needs no translation."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from talking import speech
from talking.speech import Voice

AUTO = "auto"
ANYONE = "anyone"
WHO = (ANYONE, "woman", "man")

_GENDER = {"female": "woman", "male": "man"}
_SIGNS = {"female": "♀", "male": "♂"}
_ONLINE = "☁"
_CHARACTERS_A_SECOND = {"zh": 4.2, "ja": 6.0, "ko": 6.0, "yue": 4.2, "th": 10.0}
_MOST = 14.0


def languages(folder: Path | None) -> list[tuple[str, str]]:
    """Every language that a voice speaks, in its own words, and its code; sorted by the words."""
    tags = {voice.language.partition("-")[0] for voice in speech.voices(folder=folder)}
    named = {tag: _own_name(tag) for tag in tags}
    return sorted(((name, tag) for tag, name in named.items() if name), key=lambda pair: pair[0].casefold())


def choices(language: str, who: str, folder: Path | None) -> list[tuple[str, str]]:
    """Label and id of the voices of a language ("" for all) and of women or men; those of this machine first.

    Raises Unknown for a language that no voice speaks.
    """
    found = [
        voice
        for voice in speech.voices(language=language or None, folder=folder)
        if who not in _GENDER.values() or _GENDER.get(voice.gender) == who
    ]
    return [(_label(voice), voice.id) for voice in sorted(found, key=lambda voice: voice.provider == "edge")]


def characters_a_second() -> dict[str, float]:
    """How fast languages are read, by their ISO code; "" for those not named. Measured on the built-in voice."""
    return {"": _MOST, **_CHARACTERS_A_SECOND}


def _label(voice: Voice) -> str:
    signs = [_SIGNS.get(voice.gender, ""), _ONLINE if voice.provider == "edge" else ""]
    return " ".join(part for part in (voice.name, *signs) if part)


@cache
def _own_name(tag: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return tag
    name = locale.get_display_name(locale) or locale.get_display_name("en") or tag
    return name[:1].upper() + name[1:]
