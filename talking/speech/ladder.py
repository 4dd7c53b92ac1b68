"""From a chosen voice to speech, and down the ladder when it cannot: network, installed, built-in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from talking.errors import ProviderDown, TalkingError, Unavailable
from talking.speech.choose import Choice, because, best, kind
from talking.speech.delivery import delivery
from talking.speech.languages import name_of
from talking.speech.voice import CACHED, Provider, Voice
from talking.types import Speech


@dataclass(frozen=True)
class Spoken:
    """`speech` with its marks, the `voice` that really spoke, and `notes` on what differs from the request."""

    speech: Speech
    voice: Voice
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manner:
    """How a text shall be said: `rate` a factor, `pitch` in semitones, `style` a name or None."""

    rate: float = 1.0
    pitch: float = 0.0
    style: str | None = None


def say(text: str, choice: Choice, manner: Manner, providers: Mapping[str, Provider], *, fallback: bool) -> Spoken:
    """Checked, plain `text` by the chosen voice, or by the next one that can; each step down says why in `notes`.

    A voice of the network is replaced when it is down, unless it was named and `fallback` is off; a voice of this
    machine only when the choice was ours. The rungs are the voices of this machine with the language and gender of
    the chosen one, in the order of `providers`. Raises InvalidRequest and Unknown for the manner, BadScript, and
    Unavailable or ProviderDown when nobody can.
    """
    wanted = choice.voice
    try:
        return _by(text, wanted, manner, providers, choice.notes)
    except Unavailable as error:
        network = providers[wanted.provider].network
        if not (choice.automatic or (network and fallback and isinstance(error, ProviderDown))):
            raise
        failure = error
    told = f"The {kind(wanted)} voice {wanted.id if network else wanted.name} could not"
    told += (
        f" be reached{because(providers[wanted.provider].trouble())}" if network else f" speak{because(str(failure))}"
    )
    steps: list[str] = []
    last: TalkingError | None = None
    for voice in _rungs(wanted, providers):
        note = f"{told}, so the {kind(voice)} voice {voice.name} spoke instead."
        try:
            return _by(text, voice, manner, providers, (*choice.notes, *steps, note))
        except TalkingError as error:
            last = error
            steps.append(f"The {kind(voice)} voice {voice.name} could not speak{because(str(error))}.")
    if last is not None:
        raise type(last)(f"{told}. {last}") from failure
    if not network:
        raise failure
    raise ProviderDown(
        f"{told}, and no built-in voice speaks {name_of(wanted.language)}: check the connection."
    ) from failure


def _by(text: str, voice: Voice, manner: Manner, providers: Mapping[str, Provider], notes: tuple[str, ...]) -> Spoken:
    """One voice; a service known to be down is not asked."""
    provider = providers[voice.provider]
    how = delivery(manner.rate, manner.pitch, manner.style, acted=voice.styles)
    if not provider.reachable():
        raise ProviderDown(
            f"The network voice {voice.id} could not be reached{because(provider.trouble())}: "
            "check the connection or choose a built-in one."
        )
    speech = provider.synthesize(text, voice, rate=how.rate, pitch=how.pitch, style=how.style)
    sent = (f"Spoken by the network voice {voice.id}: the text was sent to its service.",)
    asked = provider.network and CACHED not in speech.notes
    return Spoken(speech, voice, notes + how.notes + (sent if asked else ()))


def _rungs(wanted: Voice, providers: Mapping[str, Provider]) -> Iterator[Voice]:
    """The voices of this machine that come nearest to the wanted one, from the best provider down."""
    for name, provider in providers.items():
        voice = (
            None
            if provider.network or name == wanted.provider
            else best(provider.voices(), wanted.language, wanted.gender)
        )
        if voice is not None:
            yield voice
