"""A voice, and what every speech provider can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from talking.types import Speech

Gender: TypeAlias = Literal["female", "male"]


@dataclass(frozen=True)
class Voice:
    """Somebody who can speak.

    `id` what a request names ("espeak:en-us+f5", "en-US-JennyNeural"); `name` for people; `language` a BCP 47 tag;
    `styles` those the provider itself can act; `aligned` true when its speech comes with phoneme marks.
    """

    id: str
    name: str
    language: str
    gender: Gender
    provider: str
    styles: tuple[str, ...] = ()
    aligned: bool = False


class Provider(Protocol):
    """A source of speech: a program on this machine or a service on the network."""

    network: bool
    """True when the text leaves this machine."""

    def voices(self) -> tuple[Voice, ...]:
        """The voices known now, without asking the network. The first of a language and gender is its default."""

    def refresh(self) -> None:
        """Ask the service for its list of voices, quickly or not at all. Never fails."""

    def find(self, name: str) -> Voice | None:
        """The voice with this id, or one that is not listed but can be made; None when there is none."""

    def reachable(self) -> bool:
        """Whether a request is likely to succeed now. Answers within three seconds and remembers a "no"."""

    def synthesize(self, text: str, voice: Voice, *, rate: float, pitch: float, style: str | None) -> Speech:
        """Speak `text` (checked, plain) at `rate` times the normal speed, `pitch` semitones higher.

        `style` is one of `voice.styles` or None. The samples are at a speech level of -20 dBFS.
        Raises ProviderDown when the provider does not answer and BadScript when it cannot read the text.
        """
