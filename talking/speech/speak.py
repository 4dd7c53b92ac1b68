"""From a request to speech: check the words, choose the voice, and let another step in when a service is down."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import replace

from talking.speech.choose import choose
from talking.speech.ladder import Manner, Spoken, say
from talking.speech.script import clean
from talking.speech.ssml.casting import Wish
from talking.speech.ssml.read import MAX_SECONDS, read_script
from talking.speech.voice import Provider

logger = logging.getLogger(__name__)

_DOCUMENT = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?<(?:[A-Za-z]{1,20}:)?speak[\s>/]")
"""How a whole SSML document begins; nobody wants to hear that read out."""


def speak(
    text: str,
    *,
    voice: str,
    language: str | None,
    rate: float,
    pitch: float,
    style: str | None,
    fallback: bool,
    providers: Mapping[str, Provider],
    ssml: bool = False,
    max_seconds: float = MAX_SECONDS,
) -> Spoken:
    """As `talking.speech.synthesize`, with the providers by name in order of preference."""
    began = time.perf_counter()
    if ssml or _DOCUMENT.match(text):
        from talking.speech.ssml.perform import perform  # brings in what handles sound

        wish = Wish(voice, language, rate, pitch, style)
        spoken = perform(text, wish, providers, fallback=fallback, max_seconds=max_seconds)
        if not ssml:
            spoken = replace(spoken, notes=("The text begins with <speak> and was read as SSML.", *spoken.notes))
    else:
        plain = clean(text)
        choice = choose(voice, plain, language=language, providers=providers)
        spoken = say(plain, choice, Manner(rate, pitch, style), providers, fallback=fallback)
    logger.info(
        "%s spoke %d characters as %.1f s in %.2f s",
        spoken.voice.id,
        len(text),
        spoken.speech.duration,
        time.perf_counter() - began,
    )
    return spoken


def check(text: str, *, ssml: bool, max_seconds: float = MAX_SECONDS) -> None:
    """Raise what `speak` would raise for the text alone, before anybody is asked to say it."""
    if ssml or _DOCUMENT.match(text):
        read_script(text, max_seconds)
    else:
        clean(text)
