"""Wav2Lip: lips of 96 pixels, from weights that everybody must bring and may not use commercially."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from talking.engines.device import Device
from talking.engines.lips.engine import LipEngine
from talking.engines.means import Means
from talking.engines.mesh.setup import MeshState
from talking.types import Portrait

if TYPE_CHECKING:
    from talking.engines.lips.load import Shelf
    from talking.engines.lips.stage import Painter


def make(name: str, means: Means) -> LipEngine[tuple[Any, Device]]:
    """The engine as a request gets it."""
    return LipEngine(name, means, read, _painter)


def read(shelf: Shelf) -> tuple[Any, Device]:
    """The network and its device. Raises as `Shelf.network`."""
    from talking.nets import wav2lip

    network = shelf.network("wav2lip", lambda _config: wav2lip.empty_generator(), member="state_dict")
    return network, shelf.device


def _painter(held: tuple[Any, Device], state: MeshState, portrait: Portrait, _told: Mapping[str, float]) -> Painter:
    from talking.engines.wav2lip.painter import MouthPainter

    return MouthPainter(*held, state, portrait)
