"""Which detector tells where a face is: insightface's, where its pack is here and allowed, else the face mesh."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from talking.checkpoints import is_here, paths
from talking.engines.means import Means
from talking.face.insight import InsightFinder
from talking.face.points import Finder, anchors, at, by_mesh
from talking.types import Portrait

PACK = "buffalo_l"


def finder(means: Means) -> Finder:
    """The detector that may be used here. Raises Unavailable for a pack that is damaged or cannot be run."""
    if means.allow_noncommercial and is_here(PACK, means.checkpoints):
        return _insight(*paths(PACK, means.checkpoints))
    return by_mesh


def brows_and_nose(portrait: Portrait, means: Means) -> NDArray[np.float64] | None:
    """The middles of the brows and of the nose, (3, 2) px, as insightface finds them in the face that speaks; None
    where the face mesh tells them: without the pack, and when it finds no face there.
    """
    found = finder(means)
    if found is by_mesh:
        return None
    face = at(found, portrait.image, portrait.face.box)
    return None if face is None else anchors(face)


@functools.lru_cache(maxsize=1)
def _insight(detector: Path, points: Path) -> InsightFinder:
    return InsightFinder(detector, points)
