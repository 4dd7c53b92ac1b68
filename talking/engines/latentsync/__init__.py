"""LatentSync 1.6 and 1.5: the lower face painted by diffusion, a clip of sixteen frames at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from talking.engines.lips.engine import LipEngine
from talking.engines.means import Means
from talking.engines.mesh.setup import MeshState
from talking.types import Portrait

if TYPE_CHECKING:
    from talking.engines.latentsync.networks import Networks
    from talking.engines.lips.load import Shelf
    from talking.engines.lips.stage import Painter


def make(name: str, means: Means) -> LipEngine[Networks]:
    """The engine as a request gets it: it paints 512 px, or 256 when its name is "latentsync-1.5"."""

    def networks(shelf: Shelf) -> Networks:
        from talking.engines.latentsync.networks import read

        return read(shelf, name)

    def painter(networks: Networks, state: MeshState, portrait: Portrait, told: Mapping[str, float]) -> Painter:
        from talking.engines.latentsync.painter import ClipPainter
        from talking.engines.latentsync.sampler import Recipe
        from talking.engines.lips.finders import brows_and_nose

        recipe = Recipe(int(told["steps"]), told["guidance"], int(told["reuse"]))
        points = brows_and_nose(portrait, means)
        return ClipPainter(networks, state, portrait, recipe, overlap=int(told["overlap"]), points=points)

    return LipEngine(name, means, networks, painter)
