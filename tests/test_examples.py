"""What we ship to be tried: portraits whose faces are found exactly, clips that can be read, and a list of them all."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from talking import examples
from talking.face.detect import find_portrait
from talking.media import audio, image

ROOT = Path(__file__).parents[1] / "examples"
PORTRAITS = sorted((ROOT / "portraits").iterdir())
CLIPS = sorted((ROOT / "speech").iterdir())
SCRIPTS = sorted(ROOT.glob("*.py"))


@pytest.mark.parametrize("path", PORTRAITS, ids=lambda path: path.stem)
def test_a_portrait_has_one_large_face_with_its_mouth_closed(path: Path) -> None:
    portrait = find_portrait(image.load(path).image)
    points = portrait.face.landmarks[:, :2]
    eyes = points[[33, 133]].mean(axis=0), points[[362, 263]].mean(axis=0)
    distance = float(np.hypot(*(eyes[1] - eyes[0])))
    assert portrait.num_faces == 1
    assert portrait.image.shape == (1024, 1024, 3)
    assert distance > 100
    assert abs(points[14, 1] - points[13, 1]) < 0.01 * distance
    assert abs(eyes[1][1] - eyes[0][1]) < 0.03 * distance, "the head is level"


@pytest.mark.parametrize("path", PORTRAITS, ids=lambda path: path.stem)
def test_the_eyes_of_a_portrait_are_open_and_look_ahead(path: Path) -> None:
    points = find_portrait(image.load(path).image).face.landmarks[:, :2]
    for outer, inner, upper, lower, iris in ((33, 133, 159, 145, 468), (263, 362, 386, 374, 473)):
        width = np.hypot(*(points[outer] - points[inner]))
        assert points[lower, 1] - points[upper, 1] > 0.25 * width
        assert abs(points[iris, 0] - points[[outer, inner], 0].mean()) < 0.12 * width


@pytest.mark.parametrize("path", CLIPS, ids=lambda path: path.name)
def test_a_clip_is_a_few_seconds_of_speech(path: Path) -> None:
    sound = audio.load(path)
    assert 3.5 < len(sound.samples) / sound.rate < 7
    assert np.abs(sound.samples).max() > 0.2
    assert path.stat().st_size < 150_000


def test_there_are_enough_to_choose_from_and_they_are_small() -> None:
    assert len(PORTRAITS) >= 3
    assert len(CLIPS) >= 2
    assert all(path.stat().st_size < 250_000 for path in PORTRAITS)


def test_every_file_is_listed_with_its_source() -> None:
    listed = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in (*PORTRAITS, *CLIPS, *SCRIPTS):
        assert f"({path.relative_to(ROOT).as_posix()})" in listed
    assert "Apache-2.0" in listed


def test_the_package_offers_them_the_first_one_being_that_of_the_demo() -> None:
    *drawn, photograph = examples.portraits()
    assert {example.path for example in drawn} == set(PORTRAITS)
    assert drawn[0].path.name == "maya.jpg"
    assert {example.licence for example in drawn} == {"Apache-2.0"}
    assert photograph.licence == "public domain"


def test_without_a_checkout_there_is_a_photograph(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(examples, "_SHIPPED", tmp_path)
    (photograph,) = examples.portraits()
    assert photograph.licence == "public domain"
    assert image.load(photograph.path).image.shape[2] == 3


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_program_names_files_that_exist(path: Path) -> None:
    words = [
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    shipped = [word for word in words if word.endswith((".jpg", ".wav", ".flac")) and " " not in word]
    assert shipped
    assert all(any(known.name == word for known in (*PORTRAITS, *CLIPS)) for word in shipped)
