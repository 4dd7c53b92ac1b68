"""A voice, and what every speech provider can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from talking.types import Speech

Gender: TypeAlias = Literal["female", "male", "unknown"]

SOUNDS = ("\ue000", "\ue001")
"""Private characters, which no checked text holds, around sounds in a text for a `phonetic` voice."""

CACHED = "The speech came from the cache: the same words were spoken in the same way before."
"""The note on speech that was not made anew."""


@dataclass(frozen=True)
class Voice:
    """Somebody who can speak.

    `id` what a request names ("espeak:en-us+f5", "en-US-JennyNeural"); `name` for people; `language` a BCP 47 tag,
    with its region where the voice has one; `gender` "unknown" when nobody says; `styles` those the provider itself
    can act; `aligned` true when its speech comes with phoneme marks; `languages` what else it speaks; `phonetic` true
    when its text may hold sounds: IPA between the two characters of SOUNDS; `person` a short name that finds it too
    ("Jenny"), empty when only the id does.
    """

    id: str
    name: str
    language: str
    gender: Gender
    provider: str
    styles: tuple[str, ...] = ()
    aligned: bool = False
    languages: tuple[str, ...] = ()
    phonetic: bool = False
    person: str = ""

    @property
    def spoken(self) -> tuple[str, ...]:
        """All tags it speaks, its own first."""
        return self.language, *self.languages


class Provider(Protocol):
    """A source of speech: a program on this machine or a service on the network."""

    network: bool
    """True when the text leaves this machine."""

    def voices(self) -> tuple[Voice, ...]:
        """The voices known now, without asking the network. The first of a language and gender is its default."""

    def refresh(self) -> None:
        """Ask the service for its list of voices, within two seconds or not at all. Never fails."""

    def find(self, name: str) -> Voice | None:
        """The voice with this id, or one that is not listed but can be made; None when there is none."""

    def reachable(self) -> bool:
        """Whether a request is likely to succeed now. Answers within two seconds and remembers a "no"."""

    def trouble(self) -> str:
        """Why the service was last found down, in a few words ("the connection was refused"); empty when it was not."""

    def version(self, voice: Voice) -> str:
        """What must stay the same for the same request to give the same speech: a release, a file's hash."""

    def synthesize(self, text: str, voice: Voice, *, rate: float, pitch: float, style: str | None) -> Speech:
        """Speak `text` (checked, plain) at `rate` times the normal speed, `pitch` semitones higher.

        `style` is one of `voice.styles` or None. The samples are at a speech level of -20 dBFS.
        Raises ProviderDown when the provider does not answer and BadScript when it cannot read the text.
        """
