"""An engine that moves heads with the mesh and paints their lips with networks, whichever they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

from talking.engines import device
from talking.engines.catalogue import ENGINES
from talking.engines.means import Means
from talking.engines.mesh import MeshEngine
from talking.engines.mesh.setup import MeshState
from talking.types import Image, Portrait

if TYPE_CHECKING:
    from talking.engines.lips.load import Shelf
    from talking.engines.lips.stage import LipStage, Painter

N = TypeVar("N")


class LipEngine(Generic[N]):
    """The engine of a `name`: `read` takes its networks from a shelf, and `painter` makes of them the painter of a
    portrait's lips, given its mesh, the portrait, and all numbers of the engine's card.

    Networks are read with the first portrait and stay until it is closed.
    """

    def __init__(
        self,
        name: str,
        means: Means,
        read: Callable[[Shelf], N],
        painter: Callable[[N, MeshState, Portrait, Mapping[str, float]], Painter],
    ) -> None:
        self.name = name
        self._means, self._read, self._painter = means, read, painter
        self._mesh = MeshEngine()
        self._held: tuple[Shelf, N] | None = None
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
        from talking.engines.lips.stage import LipStage

        stage = self._mesh.prepare(portrait, backdrop, cutout=cutout)
        return LipStage(stage, self._painter(networks, stage.bare if cutout else stage.state, portrait, told))

    def close(self) -> None:
        """Give the networks back and end the drawing processes."""
        with self._lock:
            if self._held is not None:
                self._held[0].close()
            self._held = None
        self._mesh.close()

    def _ready(self) -> N:
        with self._lock:
            if self._held is None:
                found = device.choose(self._means.device)
                half, full = ENGINES[self.name].memory
                device.require(found, half if found.half else full, self.name)
                from talking.engines.lips.load import Shelf

                shelf = Shelf(self._means, found)
                try:
                    self._held = shelf, self._read(shelf)
                except BaseException:
                    shelf.close()  # what was read before something was missing
                    raise
            return self._held[1]
