"""The head turns by what it is told, as tracked pixels see it."""

from __future__ import annotations

import numpy as np
import pytest
from acceptance import frames, motion, tracked_turn

from talking.engines.mesh.planar import i420_to_rgb
from talking.engines.mesh.setup import MeshState, prepare
from talking.types import Portrait


@pytest.fixture(scope="module")
def state(hopper: Portrait) -> MeshState:
    return prepare(hopper)


@pytest.mark.parametrize("axis", range(3), ids=["pitch", "yaw", "roll"])
def test_tracked_pixels_turn_by_what_was_told(state: MeshState, axis: int) -> None:
    steps = (-6, 6)
    poses = [(0.0, 0.0, 0.0)] + [tuple(float(step) * (axis == k) for k in range(3)) for step in steps]
    still, *moved = (i420_to_rgb(frame) for frame in frames(state, motion([{}] * 3, poses)))
    for step, picture in zip(steps, moved, strict=True):
        seen = np.array(tracked_turn(state.frame, still, picture))
        assert 0.85 < seen[axis] / step < 1.2
        assert np.abs(np.delete(seen, axis)).max() < 1.5
