"""Engines turn a portrait and a motion into frames."""

from __future__ import annotations

import importlib
from typing import Protocol

from talking.errors import Unknown
from talking.types import Cutouts, Frames, Image, Motion, Portrait

ENGINES: dict[str, str] = {"mesh": "talking.engines.mesh:MeshEngine"}
"""Name to "module:class", imported on demand. The class is called without arguments."""


class Stage(Protocol):
    """A portrait that is ready to move."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know about this portrait on this engine."""

    @property
    def background(self) -> Image:
        """The portrait's own background with the person taken out, of its size. Raises FaceError as `cutout` does."""

    def animate(self, motion: Motion) -> Frames:
        """One frame for each row of `motion`, each valid until the next is asked for. Closing it frees all it holds."""

    def cutout(self, motion: Motion) -> Cutouts:
        """The same frames without their background. Raises FaceError, at once, when it cannot be told from the person.

        Laid over a picture they look as the frames of a stage that was prepared with that picture as its backdrop.
        """


class Engine(Protocol):
    """A way to move portraits. It may keep processes or weights until it is closed."""

    name: str

    def prepare(self, portrait: Portrait, backdrop: Image | None = None, *, cutout: bool = False) -> Stage:
        """Make `portrait` ready, before `backdrop` of the picture's size instead of its own background when given.

        `cutout` says that frames without a background will be asked for. Raises FaceError when this engine cannot
        move it, or when the background shall go and cannot be told from the person.
        """

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
