"""What is told of a scene: who goes with the background."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from talking import engines
from talking.pipeline import Limits
from talking.pipeline.scene import set_scene
from talking.request import Options


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
