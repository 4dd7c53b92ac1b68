"""What was found in a picture is kept, for the same picture and the same face, as long as there is room."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from talking.errors import FaceError, NoFace
from talking.pipeline import Limits, Studio
from talking.pipeline.found import Finding, Found
from talking.request import Options
from talking.types import Face, Portrait


def finding(side: int) -> Finding:
    face = Face(np.zeros(4, np.float32), 1.0, np.zeros((478, 3), np.float32))
    return Portrait(np.zeros((side, side, 3), np.uint8), face), (side, side)


def test_it_is_found_once_for_each_picture_and_face() -> None:
    known, made = Found(), []

    def find() -> Finding:
        made.append(finding(8))
        return made[-1]

    first = known.get(b"one", None, find)
    assert known.get(b"one", None, find) is first
    assert known.get(b"one", 1, find) is not first
    assert known.get(b"two", None, find) is not first
    known.clear()
    assert known.get(b"one", None, find) is not first
    assert len(made) == 4


def test_the_oldest_goes_when_there_is_no_room() -> None:
    known = Found(most_pixels=200)
    kept = [known.get(bytes([number]), None, lambda: finding(10)) for number in range(3)]
    again = [known.get(bytes([number]), None, lambda: finding(10)) for number in (2, 1, 0)]
    assert [old is new for old, new in zip(reversed(kept), again, strict=True)] == [True, True, False]
    assert known.get(b"large", None, lambda: finding(99))[1] == (99, 99)


def test_what_cannot_be_filmed_is_said_each_time(small_portrait: Path, tmp_path: Path) -> None:
    with Studio(Limits(processes=1)) as studio:
        studio.meet(small_portrait)
        for _ in range(2):
            with pytest.raises(FaceError, match="no face 3"):
                studio.generate(small_portrait, text="Hi.", options=Options(face=3), out=tmp_path / "x.mp4")
        blank = tmp_path / "blank.png"
        blank.write_bytes(small_portrait.read_bytes())
        studio.meet(blank)  # the same bytes by another name
        assert len(studio._found._kept) == 1
        PIL.Image.new("RGB", (200, 200), "gray").save(blank)
        for _ in range(2):
            with pytest.raises(NoFace):
                studio.meet(blank)
