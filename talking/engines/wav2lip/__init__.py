"""Wav2Lip: lips of 96 pixels, from weights that everybody must bring and may not use commercially."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from talking.engines import device
from talking.engines.catalogue import ENGINES
from talking.engines.means import Means
from talking.engines.mesh import MeshEngine
from talking.types import Image, Portrait

if TYPE_CHECKING:
    from talking.engines.lips.load import Shelf
    from talking.engines.lips.stage import LipStage


def make(name: str, means: Means) -> Wav2Lip:
    """The engine as a request gets it."""
    return Wav2Lip(name, means)


class Wav2Lip:
    """Moves heads with the mesh and paints their lips. Its network is read with the first portrait and stays until it
    is closed.
    """

    def __init__(self, name: str, means: Means) -> None:
        self.name = name
        self._means = means
        self._mesh = MeshEngine()
        self._shelf: Shelf | None = None
        self._network: Any = None
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
        network, shelf = self._ready()
        from talking.engines.lips.stage import LipStage
        from talking.engines.wav2lip.painter import MouthPainter

        stage = self._mesh.prepare(portrait, backdrop, cutout=cutout)
        return LipStage(stage, MouthPainter(network, shelf.device, stage.bare if cutout else stage.state, portrait))

    def close(self) -> None:
        """Give the network back and end the drawing processes."""
        with self._lock:
            if self._shelf is not None:
                self._shelf.close()
            self._shelf = self._network = None
        self._mesh.close()

    def _ready(self) -> tuple[Any, Shelf]:
        with self._lock:
            if self._shelf is None:
                found = device.choose(self._means.device)
                half, full = ENGINES["wav2lip"].memory
                device.require(found, half if found.half else full, self.name)
                from talking.engines.lips.load import Shelf
                from talking.nets import wav2lip

                shelf = Shelf(self._means, found)
                self._network = shelf.network("wav2lip", lambda _config: wav2lip.empty_generator(), member="state_dict")
                self._shelf = shelf
            return self._network, self._shelf
