"""MuseTalk 1.5: the lower face painted in one pass of a network, by the sound of each frame."""

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
    from talking.engines.lips.load import Shelf
    from talking.engines.lips.stage import LipStage
    from talking.engines.musetalk.networks import Networks


def make(name: str, means: Means) -> MuseTalk:
    """The engine as a request gets it."""
    return MuseTalk(name, means)


class MuseTalk:
    """Moves heads with the mesh and paints their lips. Its networks are read with the first portrait and stay until it
    is closed.
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

        There are no numbers to tune. Raises what the mesh raises, CheckpointMissing, and Unavailable when packages are
        missing, weights are damaged or the device is too small.
        """
        del tuning
        networks = self._ready()
        from talking.engines.lips.stage import LipStage
        from talking.engines.musetalk.painter import MouthPainter

        stage = self._mesh.prepare(portrait, backdrop, cutout=cutout)
        return LipStage(stage, MouthPainter(networks, stage.bare if cutout else stage.state, portrait))

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
                half, full = ENGINES["musetalk"].memory
                device.require(found, half if found.half else full, self.name)
                from talking.engines.lips.load import Shelf
                from talking.engines.musetalk.networks import read

                self._shelf = Shelf(self._means, found)
                self._networks = read(self._shelf, parsing=self._means.allow_noncommercial)
            return self._networks
