"""From a request to speech: check the words, choose the voice, and let another step in when a service is down."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass

from talking.errors import ProviderDown, TalkingError
from talking.speech.choose import Choice, best, choose
from talking.speech.delivery import Delivery, delivery
from talking.speech.languages import name_of
from talking.speech.script import clean
from talking.speech.voice import Provider, Voice
from talking.types import Speech

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Spoken:
    """`speech` with its marks, the `voice` that really spoke, and `notes` on what differs from the request."""

    speech: Speech
    voice: Voice
    notes: tuple[str, ...] = ()


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
    how = delivery(rate, pitch, style, acted=choice.voice.styles)
    try:
        spoken = _direct(plain, choice, how, providers[choice.voice.provider])
    except ProviderDown as error:
        if not providers[choice.voice.provider].network or not (fallback or choice.automatic):
            raise
        spoken = _instead(plain, choice, how, providers, error)
    logger.info(
        "%s spoke %d characters as %.1f s in %.2f s",
        spoken.voice.id,
        len(plain),
        spoken.speech.duration,
        time.perf_counter() - began,
    )
    return spoken


def _direct(text: str, choice: Choice, how: Delivery, provider: Provider) -> Spoken:
    """The chosen voice itself; a service known to be down is not asked."""
    if not provider.reachable():
        raise ProviderDown(
            f"The network voice {choice.voice.id} could not be reached: check the connection or choose a built-in one."
        )
    speech = provider.synthesize(text, choice.voice, rate=how.rate, pitch=how.pitch, style=how.style)
    sent = (f"Spoken by the network voice {choice.voice.id}: the text was sent to its service.",)
    return Spoken(speech, choice.voice, choice.notes + how.notes + (sent if provider.network else ()))


def _instead(
    text: str, choice: Choice, how: Delivery, providers: Mapping[str, Provider], error: ProviderDown
) -> Spoken:
    """A voice of this machine with the language and gender of the one that could not be reached."""
    wanted = choice.voice
    for provider in providers.values():
        voice = None if provider.network else best(provider.voices(), wanted.language, wanted.gender)
        if voice is None:
            continue
        try:
            speech = provider.synthesize(text, voice, rate=how.rate, pitch=how.pitch, style=None)
        except TalkingError as second:
            raise type(second)(f"The network voice {wanted.id} could not be reached. {second}") from error
        note = f"The network voice {wanted.id} could not be reached, so the built-in voice {voice.name} spoke instead."
        return Spoken(speech, voice, (*choice.notes, *how.notes, note))
    raise ProviderDown(
        f"The network voice {wanted.id} could not be reached, and no built-in voice speaks "
        f"{name_of(wanted.language)}: check the connection."
    ) from error
