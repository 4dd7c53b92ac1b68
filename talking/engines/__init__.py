"""Engines turn a portrait and a motion into frames.

How an engine registers: a Card in `catalogue.ENGINES` says what it needs, and its `target` names a function

    def make(name: str, means: Means) -> Engine

which is cheap: no torch, no weights, nothing fetched; it is imported on demand only. `Engine.prepare(portrait, …)`
makes a Stage and does what is done once for a portrait (weights are read here, by `state.load_state` from
`checkpoints.paths`, and shared through `models.MODELS`; the device is `device.choose(means.device)`).
`Stage.animate(motion, speech)` yields frames: planar I420 of the portrait's size, one for each row of `motion`.
A neural engine keeps to its window of frames: memory does not grow with the film.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from talking.engines.catalogue import ENGINES, Card, Tunable
from talking.engines.choice import Choice, Status, check_name, choose, statuses, tuned
from talking.engines.means import Means
from talking.types import Cutouts, Frames, Image, Motion, Portrait, Speech

__all__ = [
    "AS_MADE",
    "ENGINES",
    "Card",
    "Choice",
    "Engine",
    "Means",
    "Stage",
    "Status",
    "Tunable",
    "check_name",
    "choose",
    "load",
    "statuses",
    "tuned",
]

AS_MADE: Mapping[str, float] = MappingProxyType({})
"""No number of an engine is set: each has its default."""


class Stage(Protocol):
    """A portrait that is ready to move."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know about this portrait on this engine."""

    @property
    def background(self) -> Image:
        """The portrait's own background with the person taken out, of its size. Raises FaceError as `cutout` does."""

    def animate(self, motion: Motion, speech: Speech | None = None, *, seed: int = 0) -> Frames:
        """One frame for each row of `motion`, each valid until the next is asked for. Closing it frees all it holds.

        `speech` is what is heard, for engines that paint lips by sound; None is silence. `seed` makes what is left to
        chance repeatable.
        """

    def cutout(self, motion: Motion, speech: Speech | None = None, *, seed: int = 0) -> Cutouts:
        """The same frames without their background. Raises FaceError, at once, when it cannot be told from the person.

        Laid over a picture they look as the frames of a stage that was prepared with that picture as its backdrop.
        """


class Engine(Protocol):
    """A way to move portraits. It may keep processes or weights until it is closed."""

    name: str

    def prepare(
        self,
        portrait: Portrait,
        backdrop: Image | None = None,
        *,
        cutout: bool = False,
        tuning: Mapping[str, float] = AS_MADE,
    ) -> Stage:
        """Make `portrait` ready, before `backdrop` of the picture's size instead of its own background when given.

        `cutout` says that frames without a background will be asked for. `tuning` has those of the card's numbers that
        were set, checked. Raises FaceError when this engine cannot move it, or when the background shall go and cannot
        be told from the person; a neural one CheckpointMissing, and Unavailable when the device is too small.
        """

    def close(self) -> None:
        """End the processes and free the memory."""


def load(name: str, means: Means | None = None) -> Engine:
    """A new engine by its name in ENGINES."""
    module, attribute = ENGINES[name].target.split(":")
    engine: Engine = getattr(importlib.import_module(module), attribute)(name, means or Means())
    return engine
