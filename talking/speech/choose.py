"""Which voice speaks: by its name, by a language, or automatically."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from talking.errors import Unavailable, Unknown
from talking.speech.detect import detect, dominant_script
from talking.speech.languages import canonical, language_of, match, name_of, primary
from talking.speech.profiles import LATIN
from talking.speech.voice import Gender, Provider, Voice

_ANYBODY: dict[str, Gender | None] = {"auto": None, "default": None, "female": "female", "male": "male"}
"""Wishes that leave the choice to us."""


@dataclass(frozen=True)
class Choice:
    """The voice, whether we picked it (then another may step in), and what the user should know about it."""

    voice: Voice
    automatic: bool
    notes: tuple[str, ...] = ()


def choose(wish: str, text: str, *, language: str | None, providers: Mapping[str, Provider]) -> Choice:
    """The voice for a wish: an id, a short name, a provider, a language, "female", "male" or "auto".

    `language` is a tag or name; without it the text tells. `providers` in order of preference, by name.
    Raises Unknown for a voice or language that does not exist, Unavailable when nobody speaks it now or nothing was
    pulled for a provider.
    """
    tag = language_of(language) if language else None
    folded = wish.strip().casefold() or "auto"
    if folded in _ANYBODY:
        return _automatic(tag or detect(text), _ANYBODY[folded], providers)
    if folded in providers:
        if not providers[folded].voices():
            raise Unavailable(
                f"There is no voice of '{folded}' on this machine: `talking voices pull` says which can be had and how."
            )
        return _automatic(tag or detect(text), None, {folded: providers[folded]})
    voice = _named(wish.strip(), providers)
    if voice is not None:
        return Choice(voice, False, tuple(_remarks(wish.strip(), voice, tag, text)))
    spoken = canonical(wish)
    if spoken is not None and not folded.endswith("neural"):
        return _automatic(spoken, None, providers)
    known = [voice.id for provider in providers.values() for voice in provider.voices()]
    raise Unknown.name("voice", wish.strip(), known, hint="`talking voices` lists them all.")


def best(voices: Iterable[Voice], tag: str, gender: Gender | None = None) -> Voice | None:
    """The default voice for a language and gender; None when nobody speaks the language so."""
    fitting = [voice for voice in voices if gender in (None, "unknown", voice.gender)]
    found = match(tag, (voice.language for voice in fitting))
    return next((voice for voice in fitting if voice.language == found), None)


def kind(voice: Voice) -> str:
    """Where a voice comes from, for people: "network", "installed" or "built-in"."""
    return {"edge": "network", "espeak": "built-in"}.get(voice.provider, "installed")


def because(reason: str) -> str:
    """A reason as a remark in brackets; empty when there is none."""
    return f" ({reason.rstrip('.')})" if reason else ""


def _automatic(tag: str, gender: Gender | None, providers: Mapping[str, Provider]) -> Choice:
    missed: str | None = None
    for provider in providers.values():
        voice = best(provider.voices(), tag, gender)
        if voice is None:
            continue
        if provider.network and not provider.reachable():
            missed = because(provider.trouble())
            continue
        note = f"No network voice could be reached{missed}, so the {kind(voice)} voice {voice.name} speaks."
        return Choice(voice, True, () if missed is None else (note,))
    if missed is not None:
        raise Unavailable(
            f"The network voices for {name_of(tag)} cannot be reached{missed}: "
            "check the connection or choose a built-in one."
        )
    raise Unknown(f"No voice speaks {name_of(tag)}: `talking voices` lists those that exist.")


def _named(name: str, providers: Mapping[str, Provider]) -> Voice | None:
    """The voice that a provider knows by this name; the services are asked for news before giving up."""
    for news in (False, True):
        for provider in providers.values():
            if news:
                provider.refresh()
            voice = provider.find(name)
            if voice is not None:
                return voice
    return None


def _remarks(name: str, voice: Voice, tag: str | None, text: str) -> Iterable[str]:
    if name.endswith("Neural") and not name.casefold().endswith(voice.id.casefold()):
        yield f"The voice {name} is not offered here; {voice.id} speaks instead."
    if "Multilingual" in voice.id:
        return
    if tag is not None and primary(tag) != primary(voice.language):
        yield f"The voice {voice.name} speaks {name_of(voice.language)}, so the language '{tag}' was not used."
    if primary(voice.language) in LATIN and dominant_script(text) not in ("latin", ""):
        written = name_of(detect(text))
        yield f"The text looks like {written}, which {voice.name} cannot read well: choose a voice of that language."
