from __future__ import annotations

import pickle
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from talking.engines.mesh.matte import Layers
from talking.engines.mesh.planar import Plane, Planes, i420_to_rgb, planes, to_i420, views
from talking.types import Floats, Image


def layers(image: Image, background: Image, alpha: Floats) -> Layers:
    return Layers(alpha, image, background, alpha, layered=True, uncertain=0.0)


def uncut(image: Image) -> Layers:
    whole = np.ones(image.shape[:2], np.float32)
    return Layers(whole, image, image, whole, layered=False, uncertain=1.0)


def compose(flat: Planes, right: float = 0.0, down: float = 0.0) -> list[Plane]:
    """What a renderer draws when the whole subject moves by (right, down) px: Y, U and V."""
    drawn = []
    subjects = (flat.y, flat.alpha), (flat.u, flat.alpha_uv), (flat.v, flat.alpha_uv)
    for (plane, alpha), behind, luma in zip(subjects, views(flat.background), (True, False, False), strict=True):
        height, width = behind.shape
        step = 2 if luma else 1
        columns = np.arange(width, dtype=np.float32) * 2 + 0.5 - step * right
        rows = np.arange(height, dtype=np.float32) * 2 + 0.5 - step * down
        x, y = np.meshgrid(columns, rows)
        subject = cv2.remap(plane, x, y, cv2.INTER_LINEAR)
        clear = 255 - cv2.remap(alpha, x, y, cv2.INTER_LINEAR)
        drawn.append(cv2.add(subject, cv2.multiply(behind, clear, scale=1 / 255)))
    return drawn


def noise(height: int, width: int, seed: int) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
    ],
)
def test_colours_are_bt709_limited_range(rgb: tuple[int, ...], yuv: tuple[int, ...]) -> None:
    picture = np.full((4, 6, 3), rgb, np.uint8)
    frame = to_i420(picture)
    assert frame.shape == (6, 6) and frame.dtype == np.uint8
    assert tuple(int(plane.min()) for plane in views(frame)) == yuv
    assert tuple(int(plane.max()) for plane in views(frame)) == yuv
    assert np.abs(i420_to_rgb(frame).astype(int) - picture).max() <= 1


def test_chroma_lies_on_the_left_of_its_two_columns() -> None:
    picture = np.zeros((4, 16, 3), np.uint8)
    picture[:, :8, 0], picture[:, 8:, 2] = 255, 255
    u = views(to_i420(picture))[1][0].astype(float)
    # The sample at column 8 weighs columns 7, 8 and 9 as 1 : 2 : 1.
    assert u[3] == 102 and u[5] == 240
    assert u[4] == pytest.approx(0.25 * 102 + 0.75 * 240, abs=1)


def test_rgb_survives_the_round_trip() -> None:
    y, x = np.mgrid[:64, :80]
    picture = np.stack([40 + 2 * x, 60 + y + x // 2, 200 - 2 * y], axis=2).astype(np.uint8)
    error = np.abs(i420_to_rgb(to_i420(picture)).astype(int) - picture)
    assert error.max() <= 3 and error.mean() < 1


@pytest.mark.parametrize("size", [(64, 64), (50, 38), (130, 222)])
def test_identity_returns_the_source_bit_for_bit_through_any_alpha(size: tuple[int, int]) -> None:
    picture, behind = noise(*size, seed=1), noise(*size, seed=2)
    alpha = np.random.default_rng(3).random(size).astype(np.float32)
    alpha[: size[0] // 3] = 0
    alpha[-size[0] // 3 :] = 1
    flat = planes(picture, layers(picture, behind, alpha))
    source = to_i420(picture)
    assert np.array_equal(flat.source, source)
    for drawn, wanted in zip(compose(flat), views(source), strict=True):
        assert np.array_equal(drawn, wanted)


def test_identity_is_exact_where_no_cut_was_made() -> None:
    picture = noise(48, 64, seed=4)
    flat = planes(picture, uncut(picture))
    assert flat.alpha.min() == 255 and flat.alpha_uv.min() == 255
    assert np.array_equal(flat.background, flat.source)
    for drawn, wanted in zip(compose(flat), views(flat.source), strict=True):
        assert np.array_equal(drawn, wanted)


def test_every_block_of_a_dense_plane_sums_to_four_times_one_value() -> None:
    picture = noise(32, 40, seed=5)
    flat = planes(picture, uncut(picture))
    for dense, plane in zip((flat.y, flat.u, flat.v), views(flat.source), strict=True):
        sums = sum(dense[i::2, j::2].astype(int) for i in (0, 1) for j in (0, 1))
        assert np.array_equal(sums, 4 * plane.astype(int))


def test_whole_steps_move_the_picture_without_loss() -> None:
    picture = noise(40, 48, seed=6)
    drawn = compose(planes(picture, uncut(picture)), right=4, down=2)
    for plane, wanted, step in zip(drawn, views(to_i420(picture)), (1, 2, 2), strict=True):
        assert np.array_equal(plane[2 // step :, 4 // step :], wanted[: -2 // step, : -4 // step])


def test_half_a_pixel_keeps_the_picture_sharp(portrait_path: Path) -> None:
    with PIL.Image.open(portrait_path) as file:
        picture = np.asarray(file.convert("RGB"))[120:370, 120:370]
    flat = planes(picture, uncut(picture))

    def sharpness(plane: Plane) -> float:
        return float(cv2.Laplacian(plane, cv2.CV_32F)[8:-8, 8:-8].var())

    source = sharpness(views(flat.source)[0])
    assert 0.75 < sharpness(compose(flat, right=0.5, down=0.5)[0]) / source < 1.1
    assert 0.75 < sharpness(compose(flat, right=0.5)[0]) / source < 1.2


def test_a_moved_subject_leaves_the_background_outside_it_alone() -> None:
    picture, behind = noise(64, 96, seed=7), noise(64, 96, seed=8)
    alpha = np.zeros((64, 96), np.float32)
    alpha[20:40, 30:60] = 1
    alpha[20:40, 28:30] = 0.5
    flat = planes(picture, layers(picture, np.where(alpha[..., None] > 0, behind, picture), alpha))
    drawn = compose(flat, right=6, down=4)
    for plane, wanted, step in zip(drawn, views(flat.source), (1, 2, 2), strict=True):
        far = np.ones(plane.shape, bool)
        far[16 // step : 48 // step, 24 // step : 70 // step] = False
        assert np.array_equal(plane[far], wanted[far])
    moved = drawn[0][26:42, 40:64]
    assert np.array_equal(moved, views(flat.source)[0][22:38, 34:58])


@pytest.mark.parametrize("step", [0.25, 0.5, 0.75])
def test_a_subject_of_its_background_s_colour_never_shows(step: float) -> None:
    plain = np.full((64, 64, 3), (200, 140, 60), np.uint8)
    alpha = np.zeros((64, 64), np.float32)
    alpha = cv2.GaussianBlur(cv2.circle(alpha, (32, 32), 16, 1.0, -1), (0, 0), 1.2)
    flat = planes(plain, layers(plain, plain, alpha))
    for plane, wanted in zip(compose(flat, right=step, down=step), views(flat.source), strict=True):
        assert np.abs(plane.astype(int) - wanted).max() <= 1


def test_nothing_of_the_subject_lies_outside_its_alpha() -> None:
    picture, behind = noise(64, 64, seed=9), noise(64, 64, seed=10)
    alpha = np.zeros((64, 64), np.float32)
    alpha[24:40, 24:40] = 0.7
    flat = planes(picture, layers(picture, behind, alpha))
    for plane, cover in ((flat.y, flat.alpha), (flat.u, flat.alpha_uv), (flat.v, flat.alpha_uv)):
        bare = cv2.dilate(cover, np.ones((3, 3), np.uint8)) == 0
        assert bare.mean() > 0.5 and not plane[bare].any()
    assert (flat.alpha[48:80, 48:80] > 0).all() and not flat.alpha[:44].any()


def test_the_same_input_gives_the_same_planes_and_they_travel_between_processes() -> None:
    picture = noise(32, 32, seed=11)
    first, second = planes(picture, uncut(picture)), pickle.loads(pickle.dumps(planes(picture, uncut(picture))))
    assert (second.height, second.width) == (32, 32)
    for name in ("y", "u", "v", "alpha", "alpha_uv", "background", "source"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
