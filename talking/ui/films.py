"""What the page asks of the service behind it: films by the queue that all callers share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

STAGES = {
    "": "Getting ready",
    "inputs": "Fetching the files",
    "portrait": "Looking at the portrait",
    "driver": "Choosing how to move",
    "speech": "Speaking",
    "motion": "Planning the motion",
    "film": "Filming",
    "quality": "Looking at the film",
    "store": "Putting the film away",
}


@dataclass(frozen=True)
class Look:
    """How far a film is: `over` when nothing more happens, and then the `error` of one that failed, else empty.
    `position` how many films come before one that waits, None once it is being made; `done` of `total` in a `stage`,
    frames in "film"; `seconds` until it is there and `fps` at which it is drawn, None where that is not known.
    """

    over: bool = False
    error: str = ""
    position: int | None = None
    stage: str = ""
    done: int = 0
    total: int = 0
    seconds: float | None = None
    fps: float | None = None


@dataclass(frozen=True)
class Made:
    """A finished film in a folder of the caller's, its captions where words are known, and its report."""

    video: Path
    captions: Path | None
    report: dict[str, Any]


class Films(Protocol):
    """The service. All calls may wait, and raise errors of talking.errors; `call` is the HTTP request behind them."""

    def ask(self, document: Mapping[str, Any], files: Mapping[str, Path], call: Any) -> str:
        """Take in the request in a `document`, with the `files` of its fields ("portrait", "audio"); the film's id."""

    def look(self, id: str) -> Look:
        """How far a film is."""

    def fetch(self, id: str, folder: Path) -> Made:
        """Copy a film that is done into `folder`."""

    def leave(self, id: str) -> None:
        """Say that this asker went away: a film that nobody else follows is canceled."""


def words(look: Look) -> str:
    """How far a film is, in words for its asker."""
    if look.position is not None:
        before = {0: "Next in the queue", 1: "Waiting for one film before this one"}.get(
            look.position, f"Waiting for {look.position} films before this one"
        )
        return before + (f", about {_clock(look.seconds)} left" if look.seconds is not None else " …")
    stage = STAGES.get(look.stage, "Working")
    if look.stage != "film" or not look.total:
        return f"{stage} …"
    told = f"{stage}: {min(1.0, look.done / look.total):.0%}"
    if look.seconds is not None and look.done < look.total:
        told += f", about {_clock(look.seconds)} left"
    return told + (f", at {_speed(look.fps)} frames per second" if look.fps else "")


def _speed(fps: float) -> str:
    return f"{fps:.0f}" if fps >= 10 else f"{fps:.1f}"


def _clock(seconds: float) -> str:
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 100 else f"{whole / 60:.0f} minutes"
