from __future__ import annotations

import pickle

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.faceframe import FaceFrame, face_frame
from talking.engines.mesh.interior import Interior, draw, prepare
from talking.engines.mesh.layer import Layer
from talking.types import Image

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
SIZE = 240
IOD = 80.0
ORIGIN = (60, 120)
BOX = (120, 100)  # width, height


def a_face() -> FaceFrame:
    """Landmarks where they matter here, frontal, IOD 80 px, eyes 120 px apart from nothing else."""
    points = np.zeros((478, 3))
    points[:, :2] = (0.0, 0.4)

    def row(indices: tuple[int, ...], x: tuple[float, float], y: float, bow: float, z: float = -0.2) -> None:
        along = np.linspace(-1.0, 1.0, len(indices))
        points[list(indices), 0] = np.linspace(*x, len(indices))
        points[list(indices), 1] = y + bow * (1.0 - along**2)
        points[list(indices), 2] = z

    angle = np.linspace(0.0, 2.0 * np.pi, len(lm.OVAL), endpoint=False)
    points[list(lm.OVAL)] = np.stack([np.sin(angle) * 0.9, 0.45 - 1.15 * np.cos(angle), 0.3 * np.sin(angle) ** 2], 1)
    row(lm.UPPER_OUTER_LIP, (-0.42, 0.42), 1.0, -0.10)
    row(lm.LOWER_OUTER_LIP, (-0.42, 0.42), 1.0, 0.14)
    row(lm.UPPER_INNER_LIP, (-0.38, 0.38), 1.0, 0.0)
    row(lm.LOWER_INNER_LIP, (-0.38, 0.38), 1.0, 0.002)
    for upper, lower, iris, x in (
        (lm.UPPER_LID_A, lm.LOWER_LID_A, lm.IRIS_A, -0.5),
        (lm.UPPER_LID_B, lm.LOWER_LID_B, lm.IRIS_B, 0.5),
    ):
        row(lower, (x - 0.22, x + 0.22), 0.0, 0.08, 0.0)
        row(upper, (x - 0.22, x + 0.22), 0.0, -0.08, 0.0)
        points[list(iris)] = (x, 0.0, 0.0)
    for index, x, y in zip(lm.CHEEKS, (-0.5, 0.5, -0.45, 0.45), (0.5, 0.5, 0.8, 0.8), strict=True):
        points[index] = (x, y, 0.0)
    return face_frame((points * IOD + (SIZE / 2, 90, 0)).astype(np.float32))


def a_picture(frame: FaceFrame, skin: tuple[int, int, int] = (205, 160, 138)) -> Image:
    image = np.full((SIZE, SIZE, 3), skin, np.uint8)
    bright = 1.15 * float(np.mean(skin))
    white = (bright, bright, bright if len(set(skin)) == 1 else 0.92 * bright)
    for upper, lower in ((lm.UPPER_LID_A, lm.LOWER_LID_A), (lm.UPPER_LID_B, lm.LOWER_LID_B)):
        eye = frame.pixels[[*upper, *lower[::-1]], :2].round().astype(np.int32)
        cv2.fillPoly(image, [eye], white)
    lips = frame.pixels[[*lm.UPPER_OUTER_LIP, *lm.LOWER_OUTER_LIP[::-1]], :2].round().astype(np.int32)
    red = (0.9, 0.55, 0.6) if len(set(skin)) > 1 else (0.7, 0.7, 0.7)
    cv2.fillPoly(image, [lips], tuple(share * channel for share, channel in zip(red, skin, strict=True)))
    return image


def skin_box() -> Planes:
    width, height = BOX
    rng = np.random.default_rng(1)
    return (
        rng.integers(40, 220, (height, width), dtype=np.uint8),
        rng.integers(90, 160, (height // 2, width // 2), dtype=np.uint8),
        rng.integers(90, 160, (height // 2, width // 2), dtype=np.uint8),
    )


def open_mouth(half_width: float = 0.32, top: float = 0.97, bottom: float = 1.30) -> NDArray[np.float32]:
    """An anti-aliased ellipse between two face heights."""
    y, x = np.mgrid[0 : BOX[1], 0 : BOX[0]].astype(np.float64)
    fx, fy = (x + ORIGIN[0] - SIZE / 2) / IOD, (y + ORIGIN[1] - 90) / IOD
    r = np.hypot(fx / half_width, (fy - (top + bottom) / 2) / ((bottom - top) / 2))
    return np.clip((1.0 - r) * 0.5 * (bottom - top) * IOD + 0.5, 0.0, 1.0).astype(np.float32)


def mouth_plane() -> NDArray[np.float64]:
    return np.array([[IOD, 0.0, SIZE / 2], [0.0, IOD, 90.0]])


def drawn(interior: Interior, opening: NDArray[np.float32], **mouth: float) -> Planes:
    planes = skin_box()
    draw(interior, planes, ORIGIN, opening, mouth_plane(), **{"jaw": 0.6, **mouth})
    return planes


def at(planes: Planes, x: float, y: float) -> tuple[int, int, int]:
    """Y, U, V at a face point."""
    column, row = round(x * IOD + SIZE / 2 - ORIGIN[0]), round(y * IOD + 90 - ORIGIN[1])
    return int(planes[0][row, column]), int(planes[1][row // 2, column // 2]), int(planes[2][row // 2, column // 2])


@pytest.fixture(scope="module")
def frame() -> FaceFrame:
    return a_face()


@pytest.fixture(scope="module")
def interior(frame: FaceFrame) -> Interior:
    return prepare(a_picture(frame), frame)


def test_is_made_the_same_every_time_and_survives_pickling(frame: FaceFrame, interior: Interior) -> None:
    again = prepare(a_picture(frame), frame)
    copy = pickle.loads(pickle.dumps(interior))
    assert np.array_equal(again.throat, interior.throat)
    for name in ("upper", "lower", "mound", "raised", "tip"):
        assert np.array_equal(getattr(again, name).luma, getattr(interior, name).luma)
        assert np.array_equal(getattr(copy, name).chroma, getattr(interior, name).chroma)


def test_textures_are_premultiplied(interior: Interior) -> None:
    for layer in (interior.upper, interior.lower, interior.mound, interior.raised, interior.tip):
        luma, cover = layer.luma[..., 0], layer.luma[..., 1]
        assert cover.min() >= 0.0 and cover.max() <= 1.0 + 1e-6
        assert luma.min() >= 0.0 and np.all(luma <= 219.0 * cover + 1e-3)
        assert np.all(np.abs(layer.chroma[..., :2]) <= 112.0 * layer.chroma[..., 2:] + 1e-3)


def test_leaves_what_is_not_open_untouched(interior: Interior) -> None:
    opening = open_mouth()
    before, after = skin_box(), drawn(interior, opening, tip=1.0)
    assert np.array_equal(before[0][opening == 0], after[0][opening == 0])
    closed = cv2.resize(opening, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) == 0
    assert np.array_equal(before[1][closed], after[1][closed])
    assert np.array_equal(before[2][closed], after[2][closed])
    assert (before[0] != after[0])[opening == 1].mean() > 0.9


def test_closed_lips_cost_and_change_nothing(interior: Interior) -> None:
    before, after = skin_box(), drawn(interior, np.zeros((BOX[1], BOX[0]), np.float32))
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_what_lies_outside_the_opening_does_not_matter_to_the_inside(interior: Interior) -> None:
    opening = open_mouth()
    inside = opening == 1
    planes = (np.zeros_like(skin_box()[0]), np.zeros_like(skin_box()[1]), np.zeros_like(skin_box()[2]))
    draw(interior, planes, ORIGIN, opening, mouth_plane(), jaw=0.6)
    assert np.array_equal(planes[0][inside], drawn(interior, opening)[0][inside])


def test_upper_teeth_are_the_brightest_and_dim_towards_the_corners(interior: Interior) -> None:
    planes = drawn(interior, open_mouth(half_width=0.42, top=0.9))
    middle, side = at(planes, 0.06, 1.0)[0], at(planes, 0.27, 1.0)[0]
    throat = at(planes, 0.0, 1.12)[0]
    assert middle > side + 25 > throat + 25
    assert middle < 215


def test_teeth_of_a_dark_face_are_no_lamps(frame: FaceFrame) -> None:
    dark = prepare(a_picture(frame, skin=(74, 50, 38)), frame)
    assert at(drawn(dark, open_mouth(top=0.9)), 0.06, 1.0)[0] < 150


def test_a_mouth_without_colour_for_a_picture_without(frame: FaceFrame, interior: Interior) -> None:
    opening = open_mouth()
    grey = drawn(prepare(a_picture(frame, skin=(150, 150, 150)), frame), opening, tip=1.0)
    inside = cv2.resize(opening, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) == 1
    assert np.all(grey[1][inside] == 128) and np.all(grey[2][inside] == 128)
    assert drawn(interior, opening)[2][inside].max() > 134


def test_the_lower_row_follows_the_jaw(interior: Interior) -> None:
    opening = open_mouth(half_width=0.34, top=1.06, bottom=1.40)
    shut, dropped = drawn(interior, opening, jaw=0.0), drawn(interior, opening, jaw=0.7)
    assert at(shut, 0.04, 1.10)[0] > at(dropped, 0.04, 1.10)[0] + 30


def test_the_tip_of_the_tongue_shows_between_the_rows(interior: Interior) -> None:
    opening = open_mouth(half_width=0.34, top=0.94, bottom=1.26)
    without, with_tip = drawn(interior, opening, jaw=0.3), drawn(interior, opening, jaw=0.3, tip=1.0)
    y, _, v = at(with_tip, 0.0, 1.12)
    assert y > 60 and v > 136
    assert at(without, 0.0, 1.12) != (y, _, v)
    assert at(with_tip, 0.05, 1.02) == at(without, 0.05, 1.02)  # the upper teeth stay in front of it


def test_a_raised_tongue_reaches_the_upper_teeth(interior: Interior) -> None:
    opening = open_mouth(half_width=0.34, top=0.94, bottom=1.30)
    low, high = drawn(interior, opening, jaw=0.5), drawn(interior, opening, jaw=0.5, tongue=1.0)
    assert at(high, 0.03, 1.10)[0] > at(low, 0.03, 1.10)[0] + 15


def test_rounded_lips_let_less_light_in(interior: Interior) -> None:
    opening = open_mouth()
    plain, rounded = drawn(interior, opening), drawn(interior, opening, pucker=1.0)
    assert plain[0][opening == 1].mean() > rounded[0][opening == 1].mean() + 8


def test_fades_in_over_what_the_picture_shows(interior: Interior) -> None:
    opening = open_mouth()
    skin, half, whole = skin_box()[0], drawn(interior, opening, cover=0.5)[0], drawn(interior, opening)[0]
    assert np.abs(half.astype(float) - (skin.astype(float) + whole) / 2).max() <= 1.0
    assert np.array_equal(drawn(interior, opening, cover=0.0)[0], skin)


def smiling(frame: FaceFrame, teeth: tuple[int, int, int]) -> tuple[Image, FaceFrame]:
    """A face whose lips are 0.16 IOD apart, with something of the colour `teeth` between them."""
    points = frame.pixels.copy()
    along = np.linspace(-1.0, 1.0, len(lm.LOWER_INNER_LIP))
    points[list(lm.LOWER_INNER_LIP), 1] += 0.16 * IOD * (1.0 - along**2)
    points[list(lm.LOWER_OUTER_LIP), 1] += 0.16 * IOD * (1.0 - along**2)
    parted = face_frame(points.astype(np.float32))
    image = a_picture(parted)
    between = parted.pixels[[*lm.UPPER_INNER_LIP, *lm.LOWER_INNER_LIP[::-1]], :2].round().astype(np.int32)
    cv2.fillPoly(image, [between], teeth)
    return image, parted


def test_a_smiling_portrait_keeps_its_own_teeth(frame: FaceFrame) -> None:
    image, parted = smiling(frame, (224, 214, 196))
    own = prepare(image, parted)
    assert own.own is not None
    planes = drawn(own, open_mouth(half_width=0.2, top=1.02, bottom=1.14), jaw=0.2)
    shown = at(planes, 0.0, 1.08)
    expected = 16 + 219 / 255 * float(np.array([0.2126, 0.7152, 0.0722]) @ (224, 214, 196))
    assert abs(shown[0] - expected) <= 2
    assert at(drawn(own, open_mouth(half_width=0.2, top=1.02, bottom=1.2), jaw=0.2, tip=1.0), 0.0, 1.15)[2] > 134


def test_of_two_rows_seen_only_the_upper_one_stays_with_the_skull(frame: FaceFrame) -> None:
    image, parted = smiling(frame, (224, 214, 196))
    middle = parted.pixels[[13, 14], 1].mean()
    image[round(middle + 0.01 * IOD) : round(middle + 0.05 * IOD)] = (60, 25, 25)
    own = prepare(image, parted).own
    assert own is not None
    cover = own.luma[:, own.luma.shape[1] // 2, 1]
    assert cover[len(cover) // 3] > 0.9 and cover[5 * len(cover) // 8 :].max() < 0.05


def test_parted_lips_without_teeth_get_drawn_ones(frame: FaceFrame) -> None:
    assert prepare(*smiling(frame, (90, 30, 30))).own is None


def test_grain_is_matched(frame: FaceFrame, interior: Interior) -> None:
    clean = a_picture(frame)
    noise = np.random.default_rng(3).normal(0, 6, clean.shape[:2])[..., None]
    grainy = prepare(np.clip(clean + noise, 0, 255).astype(np.uint8), frame)

    def roughness(layer: Layer) -> float:
        solid = layer.luma[..., 1] > 0.999
        detail = layer.luma[..., 0] - cv2.GaussianBlur(layer.luma[..., 0], (0, 0), 2)
        return float(detail[solid].std())

    assert roughness(grainy.mound) > roughness(interior.mound) + 2


def test_side_light_falls_on_the_teeth_too(frame: FaceFrame) -> None:
    image = a_picture(frame).astype(np.float64)
    image *= np.linspace(0.2, 1.0, SIZE)[None, :, None]
    planes = drawn(prepare(image.astype(np.uint8), frame), open_mouth(half_width=0.4, top=0.9))
    assert at(planes, 0.16, 1.0)[0] > at(planes, -0.16, 1.0)[0] + 8


@pytest.mark.parametrize(("scale", "shift"), [(0.12, 0.0), (0.5, 60.0), (1.0, -90.0), (2.0, 0.0)])
def test_any_face_will_do_small_or_cut_by_the_picture(frame: FaceFrame, scale: float, shift: float) -> None:
    size = int(SIZE * scale) // 2 * 2
    image = cv2.resize(a_picture(frame), (size, size), interpolation=cv2.INTER_AREA)
    points = frame.pixels * scale + (shift, shift, 0.0)
    interior = prepare(np.asarray(image, np.uint8), face_frame(points.astype(np.float32)))
    for layer in (interior.upper, interior.lower, interior.mound, interior.raised, interior.tip):
        assert np.isfinite(layer.luma).all() and np.isfinite(layer.chroma).all()
