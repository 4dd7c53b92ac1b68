from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.background import fill, make_plan
from talking.engines.mesh.edges import palette, sharpen, unmix
from talking.engines.mesh.faceframe import FaceFrame, face_frame
from talking.engines.mesh.matte import Layers, separate
from talking.errors import NoFace
from talking.face.detect import find_portrait
from talking.types import Image


@pytest.fixture(scope="module")
def portrait(portrait_path: Path) -> tuple[Image, FaceFrame]:
    with PIL.Image.open(portrait_path) as file:
        image = np.asarray(file.convert("RGB"))
    return image, face_frame(find_portrait(image).face.landmarks)


@pytest.fixture(scope="module")
def layers(portrait: tuple[Image, FaceFrame]) -> Layers:
    return separate(*portrait)


def moved(frame: FaceFrame, x: float, y: float) -> FaceFrame:
    """The same face elsewhere, for a picture that was cropped."""
    step = np.array([x, y, 0.0])
    return replace(frame, origin=frame.origin + step, pixels=frame.pixels + step)


def test_a_portrait_on_a_mixed_background_can_be_cut(portrait: tuple[Image, FaceFrame], layers: Layers) -> None:
    image, frame = portrait
    assert layers.layered and layers.uncertain < 0.1
    for plane in (layers.alpha, layers.subject):
        assert plane.shape == image.shape[:2] and plane.dtype == np.float32
        assert plane.min() >= 0 and plane.max() <= 1
    for layer in (layers.foreground, layers.background):
        assert layer.shape == image.shape and layer.dtype == np.uint8
    for index in (lm.NOSE_TIP, lm.FOREHEAD, *lm.CHEEKS, *lm.EYE_CORNERS_A, *lm.EYE_CORNERS_B):
        x, y = frame.pixels[index, :2].astype(int)
        assert layers.alpha[y, x] == 1
    assert not layers.alpha[:20, :40].any() and not layers.alpha[:200, -60:].any()
    assert layers.alpha[-20:, 200:300].min() == 1  # the chest reaches the border


def test_the_background_is_the_picture_where_nothing_covers_it(
    portrait: tuple[Image, FaceFrame], layers: Layers
) -> None:
    clear = layers.alpha == 0
    assert clear.mean() > 0.3
    assert np.array_equal(layers.background[clear], portrait[0][clear])


def test_the_layers_mix_to_the_picture(portrait: tuple[Image, FaceFrame], layers: Layers) -> None:
    alpha = layers.alpha[..., None]
    mixed = alpha * layers.foreground + (1 - alpha) * layers.background
    edge = (layers.alpha > 0) & (layers.alpha < 1)
    error = np.abs(mixed - portrait[0])
    assert error[~edge].max() == 0
    assert error[edge].mean() < 3 and np.quantile(error[edge], 0.99) < 13


def test_no_face_is_left_behind_the_subject(layers: Layers) -> None:
    with pytest.raises(NoFace):
        find_portrait(layers.background)


def test_the_edge_is_narrow(portrait: tuple[Image, FaceFrame], layers: Layers) -> None:
    # Against the plain sky to the right of the cap and the face.
    half_there = (layers.alpha > 0.1) & (layers.alpha < 0.9)
    assert half_there[60:260, 300:].sum(axis=1).mean() < 0.08 * portrait[1].iod


def test_cutting_twice_gives_the_same_layers_and_leaves_the_picture_alone(portrait: tuple[Image, FaceFrame]) -> None:
    image, frame = portrait
    before = image.copy()
    first, second = separate(image, frame), separate(image, frame)
    assert np.array_equal(image, before)
    for name in ("alpha", "foreground", "background", "subject"):
        assert np.array_equal(getattr(first, name), getattr(second, name))


def test_a_cut_that_cannot_be_trusted_is_not_made(portrait: tuple[Image, FaceFrame]) -> None:
    blank = np.full_like(portrait[0], 128)
    uncut = separate(blank, portrait[1])
    assert not uncut.layered
    assert uncut.alpha.min() == 1
    assert np.array_equal(uncut.foreground, blank) and np.array_equal(uncut.background, blank)
    assert uncut.subject.max() == 1 and uncut.subject.min() < 0.5


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (slice(140, 340), slice(140, 340)),  # nothing but the face
        (slice(70, 600), slice(0, 512)),  # the cap is cut by the upper border
        (slice(0, 300), slice(190, 400)),  # half a face at the left border
        (slice(0, 600), slice(110, 300)),  # narrow, cut on both sides
    ],
)
def test_subjects_may_reach_the_borders(portrait: tuple[Image, FaceFrame], rows: slice, columns: slice) -> None:
    image, frame = portrait
    crop = np.ascontiguousarray(image[rows, columns])
    cut = separate(crop, moved(frame, -columns.start, -rows.start))
    assert cut.alpha.shape == crop.shape[:2]
    assert np.isfinite(cut.alpha).all() and cut.alpha.min() >= 0 and cut.alpha.max() == 1
    assert np.array_equal(cut.background[cut.alpha == 0], crop[cut.alpha == 0])


def test_a_small_head_gets_a_closer_look(portrait: tuple[Image, FaceFrame]) -> None:
    image, frame = portrait
    wide = cv2.copyMakeBorder(image, 0, 0, 700, 700, cv2.BORDER_REPLICATE)
    cut = separate(wide, moved(frame, 700, 0))
    near = separate(image, frame)
    assert cut.layered
    assert np.abs(cut.alpha[:400, 800:1112] - near.alpha[:400, 100:412]).mean() < 0.05


def striped(height: int, width: int) -> Image:
    """Level stripes, 16 px high."""
    rows = np.where((np.arange(height) // 8 % 2)[:, None], 60, 190)
    return np.repeat(np.repeat(rows, width, axis=1)[..., None], 3, axis=2).astype(np.uint8)


def disc(height: int, width: int, x: float, y: float, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return np.hypot(columns - x, rows - y) <= radius


def test_the_fill_continues_what_surrounds_the_hole() -> None:
    image = striped(160, 200)
    hole = np.zeros((160, 200), bool)
    hole[:, 60:140] = True
    spoilt = np.where(hole[..., None], np.uint8(255), image)
    filled = fill(spoilt, make_plan(spoilt, 40), hole)
    assert np.array_equal(filled[~hole], image[~hole])
    near = np.abs(filled.astype(int) - image)[:, 60:70]  # a quarter of the eye distance into the hole
    assert near.mean() < 5
    deep = filled[:, 98:102].astype(int)
    assert np.abs(deep - 125).max() < 45  # far from all that is known, about its average
    assert filled.max() < 200  # nothing of what was in the hole shows through


@pytest.mark.parametrize("centre", [(0, 80), (199, 0), (100, 159)])
def test_a_hole_at_the_border_is_filled_from_the_rest(centre: tuple[int, int]) -> None:
    image = striped(160, 200)
    hole = disc(160, 200, *centre, 50)
    spoilt = np.where(hole[..., None], np.uint8(255), image)
    filled = fill(spoilt, make_plan(spoilt, 40), hole)
    assert np.array_equal(filled[~hole], image[~hole])
    assert filled[hole].max() < 200


def test_large_pictures_are_filled_from_a_reduced_plan() -> None:
    image = striped(480, 600)
    plan = make_plan(image, 160)
    assert plan.colours.shape == (144, 180, 3)
    hole = disc(144, 180, 90, 72, 40)
    filled = fill(image, plan, hole)
    away = ~plan.stretch(cv2.dilate(hole.astype(np.uint8), np.ones((5, 5))).astype(bool))
    assert np.array_equal(filled[away], image[away])


def test_a_picture_that_is_all_hole_or_has_none_stays_as_it_is() -> None:
    image = striped(40, 60)
    plan = make_plan(image, 40)
    for hole in (np.ones((40, 60), bool), np.zeros((40, 60), bool)):
        assert np.array_equal(fill(image, plan, hole), image)


def test_a_hair_on_a_plain_background_is_found_and_leaves_nothing_behind() -> None:
    hair, wall = np.array([50, 35, 25]), np.array([215, 220, 225])
    true = disc(200, 200, 100, 100, 60).astype(np.float32)
    true[95:97, 160:176] = 1
    true = cv2.GaussianBlur(true, (0, 0), 0.7)
    rng = np.random.default_rng(0)
    image = true[..., None] * hair + (1 - true[..., None]) * wall + rng.normal(0, 1.5, (200, 200, 3))
    image = np.clip(np.rint(image), 0, 255).astype(np.uint8)

    plan = make_plan(image, 48)
    rough = cv2.GaussianBlur(disc(200, 200, 100, 100, 58).astype(np.float32), (0, 0), 3)
    hole = disc(200, 200, 100, 100, 85)
    reach = disc(200, 200, 100, 100, 80).astype(np.float32)
    colours = palette(image, plan, rough, hole)
    alpha = sharpen(image, plan, colours, rough, reach, hole, fill(image, plan, hole))
    assert np.abs(alpha - true).mean() < 0.01
    assert alpha[95:97, 164:172].min() > 0.6

    alpha, foreground, background = unmix(image, plan, colours, alpha, fill(image, plan, alpha > 0))
    assert np.abs(background.astype(int) - wall).max() < 16  # neither the hair nor the disc's outline
    assert np.abs(foreground.astype(int) - hair)[alpha > 0.3].max() < 40  # no halo, no specks
