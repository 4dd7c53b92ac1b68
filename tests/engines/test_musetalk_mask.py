"""Crop, mask and paste of MuseTalk 1.5 give what the published rules give, to a grey level."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="torch comes with the extra 'neural'")

from talking.engines.lips.box import Box, fitted
from talking.engines.lips.jaw import meshed
from talking.engines.lips.mask import soft, square
from talking.engines.lips.patch import blend
from talking.engines.musetalk.crop import crop, face_box
from talking.engines.musetalk.mask import looked_at, parsed
from talking.face.points68 import points68
from talking.types import Face, Portrait

FIXTURES = Path(__file__).parents[1] / "nets" / "fixtures"


@pytest.fixture(scope="module")
def published() -> dict[str, NDArray[Any]]:
    with np.load(FIXTURES / "musetalk_prepost.npz") as stored:
        arrays = dict(stored)
    for name in ("frame", "generated", "crop"):
        arrays[name] = np.asarray(PIL.Image.open(io.BytesIO(arrays[name].tobytes())))
    return arrays


def test_classes_become_the_published_mask(published: dict[str, NDArray[Any]]) -> None:
    found = parsed(published["label_map"])
    assert set(np.unique(found)) == {0, 255}
    assert np.array_equal(np.packbits(found > 0), published["parsing_jaw"])


@pytest.mark.parametrize("where", ["inside", "edge"])
@pytest.mark.parametrize(("share", "kind"), [(0.05, "out"), (0.1, "out_realtime")])
def test_faces_are_pasted_as_published(published: dict[str, NDArray[Any]], where: str, share: float, kind: str) -> None:
    box = Box(*published[f"{where}_box"].tolist())
    place = square(box)
    corners = [place.x, place.y, place.x + place.side, place.y + place.side]
    assert corners == published[f"{where}_crop_box"].tolist()
    mask = soft(parsed(published["label_map"]), box, place, share=share)
    frame = published["frame"].copy()
    part = frame[box.y0 : box.y1, box.x0 : box.x1]
    part[:] = blend(part, fitted(published["generated"], box).astype(np.float32), mask.astype(np.float32) / 255)
    assert np.abs(frame[::8, ::8].astype(int) - published[f"{where}_{kind}_strided"]).max() <= 1


def test_the_box_follows_the_published_rules() -> None:
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[:, :2] = (100.9, 150.9)
    landmarks[[234, 454], 0] = 60.7, 141.2
    landmarks[152, 1] = 190.8
    landmarks[5, 1] = 130.4  # the lower bridge of the nose
    face = Face(np.array([50, 80, 150, 200], np.float32), 0.9, landmarks)
    assert points68(landmarks).shape == (68, 2)
    assert face_box(face, 400, 400) == Box(60, 70, 141, 200)
    assert face_box(face, 400, 195) == Box(60, 70, 141, 195)
    landmarks[234, 0] = -3.0  # a point beyond the edge: the box that the face was found in
    assert face_box(face, 400, 400) == Box(50, 80, 150, 210)


def test_crops_are_squares_of_the_box(hopper: Portrait) -> None:
    box = face_box(hopper.face, 512, 600)
    seen = crop(hopper.image, box)
    assert seen.shape == (256, 256, 3) and seen.dtype == np.uint8
    back = fitted(seen, box)
    own = hopper.image[box.y0 : box.y1, box.x0 : box.x1]
    assert back.shape == own.shape and np.abs(back.astype(int) - own).mean() < 3


def test_the_mesh_draws_a_mask_below_the_nose_and_within_the_jaw(hopper: Portrait) -> None:
    points = hopper.face.landmarks[:, :2]
    box = face_box(hopper.face, 512, 600)
    place = square(box)
    mask = meshed(hopper.face.landmarks, place)

    def at(index: int, toward: int = 13, share: float = 0.0) -> int:
        x, y = np.rint(points[index] + share * (points[toward] - points[index])).astype(int) - (place.x, place.y)
        return int(mask[y, x])

    assert all(at(index) == 255 for index in (0, 13, 14, 17, 61, 291, 200))
    assert all(at(index, share=0.15) == 255 for index in (152, 172, 397))
    assert all(at(index) == 0 for index in (1, 4, 168, 33, 263, 10, 234, 454))
    assert soft(mask, box, place).max() == 255
    looked = looked_at(hopper.image, place)
    assert looked.shape == (512, 512, 3) and looked.std() > 20
