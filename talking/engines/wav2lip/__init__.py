"""Wav2Lip: lips of 96 pixels, from weights that everybody must bring and may not use commercially."""

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
    from talking.engines.wav2lip.networks import Networks


def make(name: str, means: Means) -> LipEngine[Networks]:
    """The engine as a request gets it."""
    return LipEngine(name, means, _read, _painter)


def _read(shelf: Shelf) -> Networks:
    from talking.engines.wav2lip.networks import read

    return read(shelf)


def _painter(held: Networks, state: MeshState, portrait: Portrait, _told: Mapping[str, float]) -> Painter:
    from talking.engines.wav2lip.networks import found
    from talking.engines.wav2lip.painter import MouthPainter

    box = None if held.detector is None else found(held.detector, portrait)
    return MouthPainter(held.generator, held.device, state, portrait, box)
