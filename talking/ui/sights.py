"""What the page asks to see and hear before and after a film."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Results:
    """What came of a film besides itself: its report, and its captions as files where words are known."""

    report: dict[str, Any]
    srt: Path | None
    vtt: Path | None


@dataclass(frozen=True)
class Stored:
    """The request document that a film was made from, and those of its files that are kept, by their field."""

    document: Mapping[str, Any]
    files: Mapping[str, Path]


class Sights(Protocol):
    """The part of the service that shows and speaks. All calls may wait, and raise errors of talking.errors."""

    def portrait(self, picture: Path) -> dict[str, Any]:
        """A picture and its faces as the Stage shows them (`talking.ui.components.stage`), the largest face first."""

    def first_look(self, picture: Path, face: int) -> dict[str, Any]:
        """The face with its mouth closed and open, as the Stage shows them."""

    def hear(self, text: str, *, language: str, voice: str, rate: float, pitch: float) -> tuple[bytes, tuple[str, ...]]:
        """The first sentence of a text, spoken, as a WAV; and notes on who speaks it."""

    def results(self, id: str, call: Any) -> Results:
        """What came of a film of whoever sent the HTTP request `call`."""

    def base(self, call: Any) -> str:
        """The address under which whoever sent `call` reaches the server, without a slash at the end."""

    def stored(self, id: str, call: Any) -> Stored:
        """What a film of theirs was made from."""
