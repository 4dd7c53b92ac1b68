"""LatentSync 1.6 and 1.5: the lower face painted by diffusion, a clip of sixteen frames at a time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from talking.engines import device
from talking.engines.catalogue import ENGINES
from talking.engines.means import Means
from talking.engines.mesh import MeshEngine
from talking.types import Image, Portrait

if TYPE_CHECKING:
    from talking.engines.latentsync.networks import Networks
    from talking.engines.lips.load import Shelf
    from talking.engines.lips.stage import LipStage


def make(name: str, means: Means) -> LatentSync:
    """The engine as a request gets it."""
    return LatentSync(name, means)


class LatentSync:
    """Moves heads with the mesh and paints their lips, at 512 px, or at 256 when its name is "latentsync-1.5". Its
    networks are read with the first portrait and stay until it is closed.
    """

    def __init__(self, name: str, means: Means) -> None:
        self.name = name
        self._means = means
        self._mesh = MeshEngine()
        self._shelf: Shelf | None = None
        self._networks: Networks | None = None
        self._lock = threading.Lock()

    def prepare(
        self,
        portrait: Portrait,
        backdrop: Image | None = None,
        *,
        cutout: bool = False,
        tuning: Mapping[str, float] | None = None,
    ) -> LipStage:
        """Make a portrait ready to speak, before `backdrop`, uint8 of the portrait's size, when given.

        `tuning` are numbers of the engine's card by name, checked; the others are as they are there. Raises what the
        mesh raises, CheckpointMissing, and Unavailable when packages are missing, weights are damaged or the device is
        too small.
        """
        told = {name: knob.default for name, knob in ENGINES[self.name].tuning.items()} | dict(tuning or {})
        networks = self._ready()
        from talking.engines.latentsync.painter import ClipPainter
        from talking.engines.latentsync.sampler import Recipe
        from talking.engines.lips.finders import brows_and_nose
        from talking.engines.lips.stage import LipStage

        stage = self._mesh.prepare(portrait, backdrop, cutout=cutout)
        recipe = Recipe(int(told["steps"]), told["guidance"], int(told["reuse"]))
        state = stage.bare if cutout else stage.state
        points = brows_and_nose(portrait, self._means)
        return LipStage(
            stage, ClipPainter(networks, state, portrait, recipe, overlap=int(told["overlap"]), points=points)
        )

    def close(self) -> None:
        """Give the networks back and end the drawing processes."""
        with self._lock:
            if self._shelf is not None:
                self._shelf.close()
            self._shelf = self._networks = None
        self._mesh.close()

    def _ready(self) -> Networks:
        with self._lock:
            if self._networks is None:
                found = device.choose(self._means.device)
                half, full = ENGINES[self.name].memory
                device.require(found, half if found.half else full, self.name)
                from talking.engines.latentsync.networks import read
                from talking.engines.lips.load import Shelf

                self._shelf = Shelf(self._means, found)
                self._networks = read(self._shelf, self.name)
            return self._networks
