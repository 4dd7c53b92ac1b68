"""Who speaks which words: the voices that a script names, and those that its languages call for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from talking.errors import TalkingError
from talking.speech.choose import Choice, best, choose
from talking.speech.languages import name_of, primary
from talking.speech.ssml.parts import Manner, Script, Words
from talking.speech.voice import Provider, Voice


@dataclass(frozen=True)
class Wish:
    """What the request asks for: a `voice` in words, a `language` or None, factor `rate`, semitones `pitch`,
    a `style` or None."""

    voice: str
    language: str | None
    rate: float
    pitch: float
    style: str | None


class Cast:
    """The voices of one script, each chosen once. `notes` are what the user should know about the choices."""

    def __init__(self, script: Script, wish: Wish, providers: Mapping[str, Provider]) -> None:
        self._providers = providers
        self._chosen: dict[tuple[str, str, str], Choice] = {}
        self._words = [part for part in script.parts if isinstance(part, Words)]
        self._wish = wish
        self._script = script
        self.notes: list[str] = []

    @property
    def lead(self) -> Choice:
        """Who says what no other voice is named for; a script that names its voices throughout needs nobody."""
        return self.of(Manner())

    def overruled(self) -> list[str]:
        """A note when the script names voices throughout, so that the one of the request says nothing."""
        asked = self._wish.voice.strip()
        if not asked or asked.casefold() in ("auto", "default") or ("", "", "") in self._chosen:
            return []
        return [f"The script names its own voices, so the voice '{asked[:60]}' of the request was not used."]

    def of(self, manner: Manner) -> Choice:
        """Who says words in this manner. Raises Unknown for a voice that does not exist."""
        key = (manner.voice, manner.gender, manner.language)
        if key not in self._chosen:
            self._chosen[key] = self._choose(manner)
        return self._chosen[key]

    def _choose(self, manner: Manner) -> Choice:
        if manner.language:
            speaker = self.of(replace(manner, language=""))
            return speaker if _speaks(speaker.voice, manner.language) else self._for_language(speaker, manner)
        text = self._text(manner)
        if not manner.voice and not manner.gender:
            language = self._wish.language or self._script.language or None
            text = text or self._script.text
            return choose(self._wish.voice, text, language=language, providers=self._providers)
        if manner.voice:
            return choose(manner.voice, text, language=None, providers=self._providers)
        lead = self.lead.voice
        if manner.gender == lead.gender:
            return self.lead
        return self._automatic(self.lead, lead.language, manner.gender, text)

    def _for_language(self, speaker: Choice, manner: Manner) -> Choice:
        """Another voice of the same gender that speaks the language; the same one when there is none."""
        try:
            found = self._automatic(speaker, manner.language, speaker.voice.gender, self._text(manner))
        except TalkingError:
            self.notes.append(
                f"No voice speaks {name_of(manner.language)} here, so {speaker.voice.name} read those words."
            )
            return speaker
        self.notes.append(f"{found.voice.name} spoke the words in {name_of(manner.language)}.")
        return found

    def _automatic(self, speaker: Choice, language: str, gender: str, text: str) -> Choice:
        """A voice by language and gender, first from the speaker's own provider.

        Where the speaker is of this machine, the words stay on this machine.
        """
        own = self._providers[speaker.voice.provider]
        voice = best(own.voices(), language, "male" if gender == "male" else "female") or best(own.voices(), language)
        if voice is not None:
            return Choice(voice, True)
        others = {name: provider for name, provider in self._providers.items() if own.network or not provider.network}
        return choose(gender, text, language=language, providers=others)

    def _text(self, manner: Manner) -> str:
        """All words with the same speaker, from which a language can be told."""
        key = (manner.voice, manner.gender, manner.language)
        same = [w for w in self._words if (w.manner.voice, w.manner.gender, w.manner.language) == key]
        return " ".join("".join(word.written for word in same).split())


def _speaks(voice: Voice, language: str) -> bool:
    return "Multilingual" in voice.id or primary(language) in map(primary, voice.spoken)
