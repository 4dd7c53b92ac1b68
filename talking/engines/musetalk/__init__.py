"""MuseTalk 1.5: the lower face painted in one pass of a network, by the sound of each frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from talking.engines.lips.engine import LipEngine
from talking.engines.means import Means
from talking.engines.mesh.setup import MeshState
from talking.types import Portrait

if TYPE_CHECKING:
    from talking.engines.lips.load import Shelf
    from talking.engines.lips.stage import Painter
    from talking.engines.musetalk.networks import Networks


def make(name: str, means: Means) -> LipEngine[Networks]:
    """The engine as a request gets it."""

    def networks(shelf: Shelf) -> Networks:
        from talking.engines.musetalk.networks import read

        return read(shelf, parsing=means.allow_noncommercial)

    return LipEngine(name, means, networks, _painter)


def _painter(networks: Networks, state: MeshState, portrait: Portrait, _told: Mapping[str, float]) -> Painter:
    from talking.engines.musetalk.painter import MouthPainter

    return MouthPainter(networks, state, portrait)
