"""The embedded engine: a portrait's own pixels, moved by a face mesh. CPU only, no weights to download."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from talking.engines.farm import Farm
from talking.engines.means import Means
from talking.engines.mesh.known import Known
from talking.engines.mesh.render import Painting
from talking.engines.mesh.setup import MeshState, Study, check_cut, cut_notes, cut_state, own_state, study
from talking.errors import InvalidRequest
from talking.types import Cutouts, Frames, Image, Motion, Portrait, Speech


@dataclass(frozen=True)
class MeshStage:
    """A portrait ready to move: what is `known` of it, the `farm` that draws it, `backdrop` uint8 of its size when its
    own background shall not show, `notes` for the user.

    What drawing needs beyond that is made on first use, or by `ready`.
    """

    known: Study
    farm: Farm
    backdrop: Image | None = None
    notes: tuple[str, ...] = ()

    def animate(self, motion: Motion, speech: Speech | None = None, *, seed: int = 0) -> Frames:
        """The frames of a motion, each valid until the next is asked for. The lips are in the motion, and nothing is
        left to chance.
        """
        del speech, seed
        return _draw(self.farm, self.state, motion)

    def cutout(self, motion: Motion, speech: Speech | None = None, *, seed: int = 0) -> Cutouts:
        """The frames of a motion without their background, each valid until the next is asked for.

        Raises FaceError, at once, when the background cannot be told from the person.
        """
        del speech, seed
        return _draw(self.farm, self.bare, motion)

    @property
    def background(self) -> Image:
        """The portrait's own background with the person taken out, uint8 (H, W, 3). Raises FaceError as `cutout`."""
        check_cut(self.known)
        return self.known.cut.background

    def ready(self, *, cutout: bool) -> MeshStage:
        """This stage, ready for `cutout`, or for `animate`. Raises FaceError as `cutout` does when there is need."""
        _ = self.bare if cutout else self.state
        return self

    @cached_property
    def state(self) -> MeshState:
        """All that `animate` draws from."""
        return own_state(self.known) if self.backdrop is None else cut_state(self.known, self.backdrop)

    @cached_property
    def bare(self) -> MeshState:
        """All that `cutout` draws from."""
        return cut_state(self.known, None)


def _draw(farm: Farm, state: MeshState, motion: Motion) -> Frames:
    rows, width = state.planes.source.shape
    return farm.draw(partial(Painting, state, motion), motion.num_frames, (rows, width))


class MeshEngine:
    """Moves portraits in processes of its own, which stay for the next video until the engine is closed, as does what
    is known of the last few portraits.

    `workers` is how many; None for as many as suit this machine, 0 to draw in the calling process.
    """

    name = "mesh"

    def __init__(self, workers: int | None = None) -> None:
        self._farm = Farm(workers)
        self._stages: Known[MeshStage] = Known()
        self._entered = False
        self._lock = threading.Lock()

    def prepare(
        self,
        portrait: Portrait,
        backdrop: Image | None = None,
        *,
        cutout: bool = False,
        tuning: Mapping[str, float] | None = None,
    ) -> MeshStage:
        """Make a portrait ready to move, before `backdrop`, uint8 of the portrait's size, when given.

        This engine has no numbers to tune. Raises Unavailable when mediapipe cannot be used here, and FaceError when
        there is a backdrop, or a `cutout` is wanted, and the background cannot be told from the person.
        """
        del tuning
        if backdrop is not None and backdrop.shape != portrait.image.shape:
            raise InvalidRequest("The new background must have the size of the portrait.")
        with self._lock:
            if not self._entered:
                self._farm.__enter__()
                self._entered = True
        return self._stages.get(portrait, backdrop, cutout, lambda: self._study(portrait, backdrop, cutout))

    def _study(self, portrait: Portrait, backdrop: Image | None, cutout: bool) -> MeshStage:
        known = study(portrait)
        notes = cut_notes(known) if cutout or backdrop is not None else ()
        return MeshStage(known, self._farm, backdrop, notes).ready(cutout=cutout)

    def close(self) -> None:
        """End the drawing processes, and free the memory."""
        with self._lock:
            if self._entered:
                self._farm.__exit__(None, None, None)
                self._entered = False
        self._stages.clear()


def make(_name: str, means: Means) -> MeshEngine:
    """The engine as a request gets it."""
    return MeshEngine(means.processes or None)


def animate(portrait: Portrait, motion: Motion, *, workers: int | None = None) -> Frames:
    """The frames of a motion of a portrait, drawn by processes that end with it; in-process with `workers` 0."""
    with Farm(workers) as farm:
        yield from _draw(farm, own_state(study(portrait)), motion)
