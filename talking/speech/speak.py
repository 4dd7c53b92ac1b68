"""From a request to speech: check the words, choose the voice, and let another step in when a service is down."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from talking.speech.choose import choose
from talking.speech.ladder import Manner, Spoken, say
from talking.speech.script import clean
from talking.speech.voice import Provider

logger = logging.getLogger(__name__)


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
) -> Spoken:
    """As `talking.speech.synthesize`, with the providers by name in order of preference."""
    began = time.perf_counter()
    plain = clean(text)
    choice = choose(voice, plain, language=language, providers=providers)
    spoken = say(plain, choice, Manner(rate, pitch, style), providers, fallback=fallback)
    logger.info(
        "%s spoke %d characters as %.1f s in %.2f s",
        spoken.voice.id,
        len(plain),
        spoken.speech.duration,
        time.perf_counter() - began,
    )
    return spoken
