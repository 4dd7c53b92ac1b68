"""Engines turn a portrait and a motion into frames."""

from __future__ import annotations

import importlib
from typing import Protocol

from talking.errors import Unknown
from talking.types import Frames, Motion, Portrait

ENGINES: dict[str, str] = {"mesh": "talking.engines.mesh:MeshEngine"}
"""Name to "module:class", imported on demand. The class is called without arguments."""


class Stage(Protocol):
    """A portrait that is ready to move."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know about this portrait on this engine."""

    def animate(self, motion: Motion) -> Frames:
        """One frame for each row of `motion`, each valid until the next is asked for. Closing it frees all it holds."""


class Engine(Protocol):
    """A way to move portraits. It may keep processes or weights until it is closed."""

    name: str

    def prepare(self, portrait: Portrait) -> Stage:
        """Make `portrait` ready. Raises FaceError when this engine cannot move it."""

    def close(self) -> None:
        """End the processes and free the memory."""


def choose(name: str) -> str:
    """The engine that a request gets: `name`, or for "auto" the best one there is. Raises Unknown."""
    if name == "auto":
        return "mesh"
    if name not in ENGINES:
        raise Unknown.name("engine", name, ENGINES, hint=f"There are: auto, {', '.join(ENGINES)}.")
    return name


def load(name: str) -> Engine:
    """A new engine by its name in ENGINES."""
    module, attribute = ENGINES[name].split(":")
    engine: Engine = getattr(importlib.import_module(module), attribute)()
    return engine
