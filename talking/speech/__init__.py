"""Words become speech, by voices of this machine or of the network."""

from __future__ import annotations

import functools
import importlib
from contextlib import suppress
from pathlib import Path

from talking.errors import Unavailable, Unknown
from talking.speech.cache import Cached, Store
from talking.speech.choose import Choice
from talking.speech.choose import choose as pick
from talking.speech.ladder import Spoken
from talking.speech.languages import language_of, primary
from talking.speech.speak import check, speak
from talking.speech.ssml.read import MAX_SECONDS
from talking.speech.voice import Provider, Voice
from talking.types import Mark

__all__ = [
    "PROVIDERS",
    "Choice",
    "Provider",
    "Spoken",
    "Voice",
    "check_language",
    "check_text",
    "choice",
    "spell",
    "stand_by",
    "synthesize",
    "voices",
]

PROVIDERS = {
    "edge": "talking.speech.edge:Edge",
    "kokoro": "talking.speech.kokoro:Kokoro",
    "piper": "talking.speech.piper:Piper",
    "espeak": "talking.speech.espeak:Espeak",
}
"""Provider name -> "module:factory", loaded on demand. The order is that of preference for automatic choice."""

PULLED = ("kokoro", "piper")
"""Providers whose voices lie in a folder of this machine."""


def synthesize(
    text: str,
    *,
    voice: str = "auto",
    language: str | None = None,
    rate: float = 1.0,
    pitch: float = 0.0,
    style: str | None = None,
    fallback: bool = True,
    cache: Path | Store | None = None,
    folder: Path | None = None,
    ssml: bool = False,
    max_seconds: float = MAX_SECONDS,
) -> Spoken:
    """Speak `text` of at most 40,000 characters: plain, or with `ssml` a document or a fragment of SSML.

    `voice` is an id out of `voices()` ("espeak:en-us+f5", "en-US-JennyNeural"), a short name ("Jenny"), a provider
    ("espeak": nothing leaves this machine), a language ("de", "German"), "female", "male" or "auto", which goes by
    `language` or else by the text, and prefers a network voice that can be reached. `rate` in [0.5, 2] times the
    normal speed, `pitch` in [-7, 7] semitones, `style` such as "cheerful", applied as rate and pitch and noted.
    A network voice that is down is replaced by one of this machine of its language and gender, which is noted too,
    unless `fallback` is off. `cache` is a folder that keeps speech for the next time (a `cache.Store` says
    how much of it), `folder` the one with pulled voices, if it is not the usual one.

    A plain text that begins with <speak> is taken for SSML, which is noted. What SSML can say is in docs/ssml.md; all
    voices understand it alike, its `mark`s are "event" marks, and a script of nothing but breaks is silence that no
    voice is asked for. One that takes longer than `max_seconds` is refused, pauses included.
    Raises BadScript, InvalidRequest, Unknown, Unavailable or ProviderDown.
    """
    store = Store(cache) if isinstance(cache, Path) else cache
    sources = {name: _provider(name, folder) for name in PROVIDERS}
    return speak(
        text,
        voice=voice,
        language=language,
        rate=rate,
        pitch=pitch,
        style=style,
        fallback=fallback,
        providers=sources if store is None else {name: Cached(source, store) for name, source in sources.items()},
        ssml=ssml,
        max_seconds=max_seconds,
    )


def voices(
    *, language: str | None = None, provider: str | None = None, folder: Path | None = None
) -> tuple[Voice, ...]:
    """All voices, or those of a language ("de", "en-GB", "German") and provider, services asked for news first.

    That takes two seconds at most. `folder` is the one with pulled voices, if it is not the usual one.
    Raises Unknown for a language or provider that does not exist.
    """
    if provider is not None and provider.casefold() not in PROVIDERS:
        raise Unknown.name("voice provider", provider, PROVIDERS)
    tag = language_of(language) if language else ""
    found: list[Voice] = []
    for name in PROVIDERS if provider is None else [provider.casefold()]:
        source = _provider(name, folder)
        source.refresh()
        found += [voice for voice in source.voices() if not tag or primary(voice.language) == primary(tag)]
    regional = [voice for voice in found if voice.language == tag or voice.language.startswith(f"{tag}-")]
    return tuple(regional if tag and regional else found)


def choice(text: str, *, voice: str = "auto", language: str | None = None, folder: Path | None = None) -> Choice:
    """Who would speak a plain `text`, without a word spoken; arguments as for `synthesize`.

    Raises Unknown and Unavailable as that does.
    """
    sources = {name: _provider(name, folder) for name in PROVIDERS}
    return pick(voice, text, language=language, providers=sources)


def stand_by() -> None:
    """Begin the built-in voice now, if there is one, so that it speaks as soon as the next text comes."""
    with suppress(Unavailable):
        importlib.import_module("talking.speech.espeak").stand_by()


def check_text(text: str, *, ssml: bool = False, max_seconds: float = MAX_SECONDS) -> None:
    """Raise BadScript when `text` has no words, or more characters than can be spoken.

    With `ssml` also for markup that cannot be read, which is told with its place, and for pauses that take longer than
    `max_seconds`; Unknown for a language or an expression that does not exist. Pauses alone are enough there.
    """
    check(text, ssml=ssml, max_seconds=max_seconds)


def check_language(language: str) -> None:
    """Raise Unknown, with near matches, when there is no such language."""
    language_of(language)


def spell(text: str, *, language: str = "") -> tuple[Mark, ...]:
    """The words and phones of a text as the built-in voice says them; their order counts, their times do not.

    Raises what `synthesize` raises: BadScript for words that cannot be read, Unknown for the language.
    """
    return synthesize(text, voice="espeak", language=language or None).speech.marks


@functools.cache
def _provider(name: str, folder: Path | None = None) -> Provider:
    module, _, factory = PROVIDERS[name].partition(":")
    make = getattr(importlib.import_module(module), factory)
    provider: Provider = make(folder) if name in PULLED else make()
    return provider
