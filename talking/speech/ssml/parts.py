"""What a marked-up script comes to: words and how to say them, pauses, and moments to be named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class Manner:
    """How words are said, compared with the request.

    `voice` a name, `gender` and `language` (BCP 47) wishes, all empty for those of the request; `rate` a factor;
    `pitch` in semitones, on top of the voice's own tone or of `tone` in hertz when that is not 0, and `hertz` on top
    of both; `gain` in dB; `style` and its `degree`, 1 as usual.
    """

    voice: str = ""
    gender: str = ""
    language: str = ""
    rate: float = 1.0
    pitch: float = 0.0
    tone: float = 0.0
    hertz: float = 0.0
    gain: float = 0.0
    style: str = ""
    degree: float = 1.0


@dataclass(frozen=True)
class Reading:
    """Another way to say what is written: `kind` "alias" (`value` is said), "say-as" (`value` is its interpret-as,
    with a `format`) or "phoneme" (`value` is IPA)."""

    kind: Literal["alias", "say-as", "phoneme"]
    value: str
    format: str = ""


@dataclass(frozen=True)
class Words:
    """A run of text, tidy, possibly with a blank at either end; `reading` when it is not said as it is written."""

    written: str
    manner: Manner
    reading: Reading | None = None


@dataclass(frozen=True)
class Pause:
    """Exactly so many `seconds` of silence between what was said and what follows."""

    seconds: float


@dataclass(frozen=True)
class Border:
    """The end of a sentence or a paragraph."""

    kind: Literal["sentence", "paragraph"]


@dataclass(frozen=True)
class Anchor:
    """A place between words: an "event" by name, or where a stress of the level `name` begins ("open") or ends."""

    kind: Literal["event", "open", "close"]
    name: str


@dataclass(frozen=True)
class Bleep:
    """A tone instead of words: `seconds` long; `written` is what captions show."""

    seconds: float
    written: str = "[bleep]"


Part: TypeAlias = Words | Pause | Border | Anchor | Bleep


@dataclass(frozen=True)
class Script:
    """The `parts` in order; `language` of the whole, empty when not given; `notes` on what is not done as asked."""

    parts: tuple[Part, ...]
    language: str = ""
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The written words without markup."""
        return " ".join(
            "".join(part.written if isinstance(part, (Words, Bleep)) else " " for part in self.parts).split()
        )

    @property
    def has_words(self) -> bool:
        """Whether there is anything for a voice to say."""
        said = (part for part in self.parts if isinstance(part, Words))
        return any(c.isalnum() for part in said for c in part.written + (part.reading.value if part.reading else ""))
