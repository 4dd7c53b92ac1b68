"""Portraits that are kept for the next film."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from talking.engines.mesh import MeshEngine
from talking.engines.mesh.known import Known
from talking.types import Face, Portrait


def portrait(shade: int, side: int = 10) -> Portrait:
    face = Face(np.zeros(4, np.float32), 1.0, np.zeros((478, 3), np.float32))
    return Portrait(np.full((side, side, 3), shade, np.uint8), face)


def test_the_same_portrait_is_made_once() -> None:
    known: Known[object] = Known()
    first = known.get(portrait(1), None, False, object)
    assert known.get(portrait(1), None, False, object) is first
    others = [
        known.get(portrait(2), None, False, object),
        known.get(portrait(1), portrait(3).image, False, object),
        known.get(portrait(1), None, True, object),
        known.get(
            replace(portrait(1), face=replace(portrait(1).face, box=np.ones(4, np.float32))), None, False, object
        ),
    ]
    assert len({id(each) for each in (first, *others)}) == 5
    known.clear()
    assert known.get(portrait(1), None, False, object) is not first


def test_the_one_that_was_not_used_for_longest_goes_first() -> None:
    known: Known[object] = Known(most_pixels=250)
    first, second = (known.get(portrait(shade), None, False, object) for shade in (1, 2))
    assert known.get(portrait(1), None, False, object) is first
    known.get(portrait(3), None, False, object)
    assert known.get(portrait(1), None, False, object) is first
    assert known.get(portrait(2), None, False, object) is not second
    large = known.get(portrait(4, side=40), None, False, object)
    assert known.get(portrait(4, side=40), None, False, object) is large


def test_an_engine_keeps_its_stages_until_it_is_closed(hopper: Portrait) -> None:
    engine = MeshEngine(workers=0)
    stage = engine.prepare(hopper)
    assert engine.prepare(hopper) is stage
    engine.close()
    assert engine.prepare(hopper) is not stage
    engine.close()
