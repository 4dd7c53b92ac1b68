"""The embedded engine: a portrait's own pixels, moved by a face mesh. CPU only, no weights to download."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial

from talking.engines.farm import Farm
from talking.engines.mesh.render import Painting
from talking.engines.mesh.setup import MeshState, prepare
from talking.types import Frames, Motion, Portrait


@dataclass(frozen=True)
class MeshStage:
    """A portrait ready to move: its `state`, the `farm` that draws it, and `notes` for the user."""

    state: MeshState
    farm: Farm
    notes: tuple[str, ...] = ()

    def animate(self, motion: Motion) -> Frames:
        """The frames of a motion, each valid until the next is asked for."""
        planes = self.state.planes
        return self.farm.draw(partial(Painting, self.state, motion), motion.num_frames, planes.width, planes.height)


class MeshEngine:
    """Moves portraits in processes of its own, which stay for the next video until the engine is closed.

    `workers` is how many; None for as many as suit this machine, 0 to draw in the calling process.
    """

    name = "mesh"

    def __init__(self, workers: int | None = None) -> None:
        self._farm = Farm(workers)
        self._entered = False
        self._lock = threading.Lock()

    def prepare(self, portrait: Portrait) -> MeshStage:
        """Make a portrait ready to move. Raises Unavailable when mediapipe cannot be used here."""
        with self._lock:
            if not self._entered:
                self._farm.__enter__()
                self._entered = True
        return MeshStage(prepare(portrait), self._farm)

    def close(self) -> None:
        """End the drawing processes."""
        with self._lock:
            if self._entered:
                self._farm.__exit__(None, None, None)
                self._entered = False


def animate(portrait: Portrait, motion: Motion, *, workers: int | None = None) -> Frames:
    """The frames of a motion of a portrait, drawn by processes that end with it; in-process with `workers` 0."""
    with Farm(workers) as farm:
        yield from MeshStage(prepare(portrait), farm).animate(motion)
