"""The subject without its background: before another one, and as frames with alpha."""

from __future__ import annotations

import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest
from acceptance import VISEMES, both, frames, motion

from talking.compose.backdrop import over
from talking.engines.mesh import MeshEngine
from talking.engines.mesh.planar import black, i420_to_rgb, opacity, to_i420, views
from talking.engines.mesh.setup import Study, cut_notes, cut_state, own_state, study
from talking.errors import FaceError, InvalidRequest
from talking.face.detect import find_portrait
from talking.types import Cutout, Frame, Image, Motion, Portrait


@pytest.fixture(scope="module")
def known(hopper: Portrait) -> Study:
    return study(hopper)


@pytest.fixture(scope="module")
def waves(hopper: Portrait) -> Image:
    """A backdrop of soft, colourful waves."""
    height, width = hopper.image.shape[:2]
    y, x = np.mgrid[:height, :width] / 40
    return np.stack([128 + 120 * np.sin(k + (k + 1) * x - y) for k in range(3)], axis=-1).astype(np.uint8)


MOVES = motion(
    [{}, VISEMES["AA"], {**VISEMES["EH"], **both(eyeBlink=1.0)}, VISEMES["OO"]],
    [(0, 0, 0), (6, 9, -5), (-7, -10, 6), (3, 0, 9)],
)


def drawn(known: Study, backdrop: Image | None, moves: Motion = MOVES) -> list[Frame]:
    return [frame.copy() for frame in frames(cut_state(known, backdrop), moves)]


def alpha_of(cut: Cutout) -> np.ndarray:
    alpha = opacity(cut, len(cut) * 2 // 5)
    assert alpha is not None
    return alpha


def test_a_cutout_over_a_picture_is_the_frame_drawn_before_it(known: Study, waves: Image) -> None:
    laid = over(iter(drawn(known, None)), itertools.repeat(to_i420(waves)))
    for frame, direct in zip(laid, drawn(known, waves), strict=True):
        errors = [np.abs(a.astype(int) - b) for a, b in zip(views(frame), views(direct), strict=True)]
        assert errors[0].max() <= 1
        # Colours are sampled at half the size, so that their alpha is not exactly the mean of the frame's.
        assert all(np.quantile(error, 0.99) <= 1 and np.quantile(error, 0.999) < 10 for error in errors[1:])


def test_without_motion_alpha_is_the_matte_and_the_frame_the_composite(known: Study, waves: Image) -> None:
    (cut,) = drawn(known, None, motion([{}]))
    alpha, foreground = known.cut.alpha, known.cut.foreground
    assert np.abs(alpha_of(cut) - 255 * alpha).max() <= 0.51
    (still,) = drawn(known, waves, motion([{}]))
    share = alpha[..., None]
    composite = np.rint(share * foreground + (1 - share) * waves).astype(np.uint8)
    error = np.abs(views(still)[0].astype(int) - views(to_i420(composite))[0])
    assert error.max() <= 2


def test_the_old_background_is_gone(known: Study, waves: Image) -> None:
    clear = cv2.erode((known.cut.alpha == 0).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    assert clear.mean() > 0.3
    (cut,) = drawn(known, None, motion([{}]))
    nothing = black(*clear.shape)
    for plane, empty, part in zip(
        views(cut[: len(nothing)]), views(nothing), (clear, *[clear[::2, ::2] & clear[1::2, 1::2]] * 2), strict=True
    ):
        assert np.array_equal(plane[part], empty[part])
    (still,) = drawn(known, waves, motion([{}]))
    assert np.array_equal(views(still)[0][clear], views(to_i420(waves))[0][clear])


def test_an_unclear_outline_is_told(known: Study) -> None:
    assert cut_notes(known) == ()
    unclear = replace(known, layers=replace(known.layers, uncertain=0.2))
    (note,) = cut_notes(unclear)
    assert "outline of the person is not clear" in note


def wall(kind: str, height: int, width: int) -> np.ndarray:
    """A background to be found out, float64 (H, W, 3): a green wall with a light on it, or leaves."""
    y, x = np.mgrid[:height, :width] / height
    if kind == "green wall":
        return (30, 120, 40) + np.exp(-4 * ((x - 0.5) ** 2 + (y - 0.3) ** 2))[..., None] * (40, 90, 50)
    rng = np.random.default_rng(5)
    layers = [
        strength * cv2.resize(rng.normal(0, 1, (cells, cells, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
        for cells, strength in ((8, 40), (24, 30), (70, 22))
    ]
    return np.clip((sum(layers) + 110) * (0.75, 1.05, 0.6), 0, 255)


@pytest.mark.parametrize(("kind", "most"), [("green wall", 0.03), ("leaves", 0.04)])
def test_a_person_of_known_outline_is_cut_out_again(known: Study, kind: str, most: float) -> None:
    alpha, subject = known.cut.alpha, known.cut.foreground.astype(float)
    share = alpha[..., None]
    noise = np.random.default_rng(1).normal(0, 1.5, subject.shape)
    image = share * subject + (1 - share) * wall(kind, *alpha.shape) + noise
    again = study(find_portrait(np.clip(np.rint(image), 0, 255).astype(np.uint8)))
    around = 2 * round(0.2 * known.frame.iod) + 1
    edge = cv2.dilate(((alpha > 0.02) & (alpha < 0.98)).astype(np.uint8), np.ones((around, around), np.uint8)) > 0
    assert np.abs(again.cut.alpha - alpha)[edge].mean() < most
    away = again.cut.alpha[..., None] * again.cut.foreground - share * subject  # over black
    assert np.abs(away)[edge].mean() < 4
    green = away[..., 1] - away[..., ::2].mean(axis=-1)
    assert (green[edge] > 25).mean() < 0.01 and not (again.cut.alpha[~edge & (alpha == 0)] > 0.05).any()


@pytest.mark.parametrize(
    ("rows", "columns"),
    [(slice(140, 340), slice(140, 340)), (slice(70, 600), slice(0, 512)), (slice(0, 300), slice(190, 400))],
)
def test_pictures_that_cut_the_person_can_be_cut_out_too(hopper: Portrait, rows: slice, columns: slice) -> None:
    image = np.ascontiguousarray(hopper.image[rows, columns])
    step = np.array([columns.start, rows.start, 0], np.float32)
    close = study(replace(hopper, image=image, face=replace(hopper.face, landmarks=hopper.face.landmarks - step)))
    assert close.cut.alpha.shape == image.shape[:2] and close.cut.foreground.shape == image.shape
    if close.layers.layered:
        (cut,) = drawn(close, None, motion([VISEMES["AA"]], [(6, 9, -5)]))
        assert alpha_of(cut).max() == 255


def test_the_face_stays_opaque_whatever_it_does(known: Study) -> None:
    for cut in drawn(known, None):
        centre = known.frame.pixels[[1, 13, 14, 33, 263], :2].mean(axis=0).round().astype(int)
        reach = round(0.6 * known.frame.iod)
        face = alpha_of(cut)[centre[1] - reach : centre[1] + reach, centre[0] - reach : centre[0] + reach]
        assert face.min() == 255


def test_no_sliver_opens_where_the_picture_cuts_the_subject(known: Study) -> None:
    lifted = Motion(MOVES.blendshapes, MOVES.pose, MOVES.shift, np.ones(4, np.float32))
    still, *moved = (alpha_of(cut)[-1] for cut in drawn(known, None, lifted))
    inside = cv2.erode((still == 255).astype(np.uint8).reshape(1, -1), np.ones((1, 25), np.uint8))[0] > 0
    assert inside.mean() > 0.5
    assert all(row[inside].min() == 255 for row in moved)


def test_an_opened_mouth_is_opaque_even_where_the_picture_is_not(known: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    holes = known.cut.alpha.copy()
    x, y = known.frame.pixels[[13, 14], :2].mean(axis=0).round().astype(int)
    holes[y - 3 : y + 4, x - 8 : x + 9] = 0.2
    pierced = replace(known.cut, alpha=holes)
    monkeypatch.setattr("talking.engines.mesh.setup.cut", lambda *_: pierced)
    (cut,) = drawn(replace(known), None, motion([VISEMES["AA"]]))
    middle = round(known.frame.iod * 0.15)
    assert alpha_of(cut)[y + middle, x] == 255


def test_the_own_background_is_not_touched_by_any_of_this(known: Study, hopper: Portrait) -> None:
    assert np.array_equal(own_state(known).planes.source, to_i420(hopper.image))


def test_the_engine_makes_both_kinds_of_frames(hopper: Portrait, known: Study, waves: Image) -> None:
    engine = MeshEngine(workers=1)
    try:
        stage = engine.prepare(hopper, waves, cutout=True)
        assert stage.notes == () and np.array_equal(stage.background, known.cut.background)
        before = [frame.copy() for frame in stage.animate(MOVES)]
        bare = [frame.copy() for frame in stage.cutout(MOVES)]
    finally:
        engine.close()
    assert all(np.array_equal(a, b) for a, b in zip(before, drawn(known, waves), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(bare, drawn(known, None), strict=True))
    assert bare[0].shape == (hopper.image.shape[0] * 5 // 2, hopper.image.shape[1])
    assert i420_to_rgb(before[0]).shape == hopper.image.shape


def test_a_background_that_cannot_be_told_from_the_person_stays(hopper: Portrait, waves: Image) -> None:
    engine = MeshEngine(workers=0)
    blurred = replace(hopper, image=cv2.GaussianBlur(hopper.image, (0, 0), 40))
    try:
        stage = engine.prepare(blurred)
        assert not stage.known.layers.layered
        with pytest.raises(FaceError, match="cannot be told from the person"):
            engine.prepare(blurred, waves)
        with pytest.raises(FaceError, match="cannot be told from the person"):
            engine.prepare(blurred, cutout=True)
        with pytest.raises(FaceError, match="cannot be told from the person"):
            stage.cutout(MOVES)
        with pytest.raises(FaceError, match="cannot be told from the person"):
            _ = stage.background
        with pytest.raises(InvalidRequest, match="size of the portrait"):
            engine.prepare(hopper, waves[:-2])
    finally:
        engine.close()
