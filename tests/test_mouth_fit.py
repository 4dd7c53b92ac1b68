"""The mouth vocabulary and the engine agree: what the planner thinks the lips do is what the engine does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from talking import examples
from talking.engines.mesh.render import lip_gap
from talking.engines.mesh.setup import MeshState, prepare
from talking.face.detect import find_portrait
from talking.media import image
from talking.motion.mouth import mouth
from talking.motion.phonemes import VISEME, VISEMES, Segment
from talking.motion.visemes import FULL_APERTURE, SHAPES
from talking.types import Speech


@pytest.fixture(scope="module")
def states(portrait_path: Path) -> list[MeshState]:
    paths = [portrait_path, *(example.path for example in examples.portraits()[:2])]
    return [prepare(find_portrait(image.load(path).image)) for path in paths]


@pytest.mark.parametrize("name", [name for name in VISEMES if name not in ("sil", "PP", "FF")])
def test_a_held_viseme_parts_the_lips_by_its_share_of_the_full_aperture(name: str, states: list[MeshState]) -> None:
    rate = 16_000
    sound = (0.3 * np.sin(np.arange(rate) * 0.06)).astype(np.float32)
    row = mouth(Speech(sound, rate), [Segment(0.0, 1.0, VISEME[name])])[12]
    wanted = SHAPES[name].open * FULL_APERTURE
    for state in states:
        assert lip_gap(state, row) == pytest.approx(wanted, rel=0.12, abs=0.01)


def test_a_bilabial_leaves_no_gap(states: list[MeshState]) -> None:
    rate = 16_000
    segments = [Segment(0.0, 0.4, VISEME["aa"]), Segment(0.4, 0.5, VISEME["PP"]), Segment(0.5, 1.0, VISEME["aa"])]
    rows = mouth(Speech((0.3 * np.sin(np.arange(rate) * 0.06)).astype(np.float32), rate), segments)
    for state in states:
        assert min(lip_gap(state, row) for row in rows) < 0.01
