"""What is told of a scene: who goes with the background, what lips do not do, what was met while filming."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from talking import engines
from talking.engines.lips.patch import Painted, around
from talking.engines.lips.stage import LipStage
from talking.engines.mesh import MeshEngine
from talking.pipeline import Limits
from talking.pipeline.scene import set_scene
from talking.request import Options, parse_options
from talking.types import BLENDSHAPES, Image, Motion, Portrait, Speech


@pytest.mark.parametrize(("background", "word"), [("#ff0000", "go with"), ("blur", "blurred"), ("", "")])
def test_the_others_in_a_picture_go_with_its_background(
    background: str, word: str, small_portrait: Path, tmp_path: Path
) -> None:
    with PIL.Image.open(small_portrait) as picture:
        one = np.asarray(picture.convert("RGB"))
    pair = tmp_path / "pair.png"
    PIL.Image.fromarray(np.hstack([one, one[:, ::-1]])).save(pair)
    engine: Any = engines.load("mesh")
    try:
        scene = set_scene(pair, Options(background=background), engine, Limits())
    finally:
        engine.close()
    told = [note for note in scene.notes if "the others in the picture" in note]
    assert len(told) == bool(word)
    assert all(word in note for note in told)


class Losing:
    """Paints nothing, and says so afterwards."""

    region, notes = around(0, 0, 64, 64, 256, 300), ()

    def paint(self, *_: object, **__: object) -> Iterator[Painted | None]:
        yield None
        self.notes = ("1 frame could not be painted.",)


class Lips(MeshEngine):
    """The mesh under the name of an engine that paints lips, with a painter that loses its frame."""

    name = "wav2lip"

    def prepare(
        self, portrait: Portrait, backdrop: Image | None = None, *, cutout: bool = False,
        tuning: Mapping[str, float] | None = None,
    ) -> Any:  # fmt: skip
        return LipStage(super().prepare(portrait, backdrop, cutout=cutout, tuning=tuning), Losing())


@pytest.mark.parametrize(("mouth", "noted"), [(1.0, 0), (0.0, 0), (0.5, 1)])
def test_lips_that_a_network_opens_say_so_and_what_was_lost_is_told_after_the_film(
    mouth: float, noted: int, small_portrait: Path
) -> None:
    still = np.zeros((1, 3), np.float32)
    motion = Motion(np.zeros((1, len(BLENDSHAPES)), np.float32), still, still[:, :2], still[:, 0])
    with closing(Lips(workers=0)) as engine:
        options = parse_options({"knobs": {"mouth": mouth}})
        scene = set_scene(small_portrait, options, engine, Limits())
        assert sum("network decides how far lips open" in note for note in scene.notes) == noted
        assert not any("could not be painted" in note for note in scene.notes)
        assert len(list(scene.frames(motion, Speech(np.zeros(640, np.float32), 16_000), 0))) == 1
        assert scene.notes[-1] == "1 frame could not be painted."
