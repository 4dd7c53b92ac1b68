"""What the lids are made of: the outline of the eyes, the skin behind glasses, and how far it stretches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
from acceptance import both, frames, motion

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.eyes import eye_outlines
from talking.engines.mesh.faceframe import FaceFrame, face_frame
from talking.engines.mesh.glasses import bare_skin, rims, wears_glasses
from talking.engines.mesh.lids import lid_shift
from talking.engines.mesh.planar import i420_to_rgb
from talking.engines.mesh.setup import MeshState, prepare
from talking.face.detect import find_portrait
from talking.types import Image, Portrait

EXAMPLES = Path(__file__).parents[2] / "examples" / "portraits"


@pytest.fixture(scope="module")
def frame(hopper: Portrait) -> FaceFrame:
    return face_frame(hopper.face.landmarks)


@pytest.fixture(scope="module")
def state(hopper: Portrait) -> MeshState:
    return prepare(hopper)


def painted(image: Image, frame: FaceFrame, groups: tuple[tuple[int, ...], ...], colour: tuple[int, int, int]) -> Image:
    """The picture with the outlines that groups of landmarks make filled with a colour."""
    image = image.copy()
    for group in groups:
        cv2.fillPoly(image, [np.round(frame.pixels[list(group), :2]).astype(np.int32)], colour)
    return image


def with_dark_bridge(image: Image, frame: FaceFrame) -> Image:
    """The picture with a dark bar across the bridge of the nose."""
    image = image.copy()
    ends = np.round(frame.pixels[[133, 362], :2]).astype(int)
    cv2.line(image, ends[0].tolist(), ends[1].tolist(), (15, 12, 12), max(int(0.05 * frame.iod), 2))
    return image


def test_a_dark_bar_over_the_nose_is_glasses(hopper: Portrait, frame: FaceFrame) -> None:
    assert not wears_glasses(hopper.image, frame)  # her frame has a light bridge
    assert wears_glasses(with_dark_bridge(hopper.image, frame), frame)


def test_rims_are_found_and_lashes_are_not(hopper: Portrait, frame: FaceFrame) -> None:
    mask = rims(hopper.image, frame)
    above = frame.to_pixels(frame.points[159] + (0.0, -0.15, 0.0))[:2].astype(int)  # on her dark upper rim
    around = mask[above[1] - 5 : above[1] + 5, above[0] - 5 : above[0] + 5]
    assert (around == 255).mean() > 0.3
    lashes = np.round(frame.pixels[list(lm.UPPER_LID_A), :2]).astype(int)
    assert not mask[lashes[2:-2, 1], lashes[2:-2, 0]].any()


def test_the_skin_behind_glasses_has_no_rims(hopper: Portrait, frame: FaceFrame, state: MeshState) -> None:
    assert bare_skin(hopper.image, frame, state.planes) is None
    skin = bare_skin(with_dark_bridge(hopper.image, frame), frame, state.planes)
    assert skin is not None
    height, width = skin.rim.shape
    seen = state.planes.y[2 * skin.y : 2 * (skin.y + height), 2 * skin.x : 2 * (skin.x + width)]
    share = cv2.resize(skin.rim, (2 * width, 2 * height))
    assert skin.luma[share > 0.9].mean() > seen[share > 0.9].mean() + 20
    assert np.array_equal(skin.luma[share == 0], seen[share == 0])


def test_an_eye_drawn_larger_than_its_landmarks_is_measured(hopper: Portrait, frame: FaceFrame) -> None:
    points = frame.points.copy()
    smaller = replace(frame, points=points)
    points[[*lm.LOWER_LID_A, *lm.LOWER_LID_B], 1] -= 0.05  # landmarks that miss the lower part of the eye
    eyes = tuple((*up, *low[::-1]) for up, low in ((lm.UPPER_LID_A, lm.LOWER_LID_A), (lm.UPPER_LID_B, lm.LOWER_LID_B)))
    drawn = painted(hopper.image, frame, eyes, (240, 244, 250))
    for eye, index in zip(eye_outlines(drawn, smaller), (145, 374), strict=True):
        below = float(eye.lower(points[[index], 0])[0] - points[index, 1])
        assert 0.02 < below < 0.09
    for eye, index in zip(eye_outlines(hopper.image, frame), (145, 374), strict=True):
        assert float(eye.lower(frame.points[[index], 0])[0]) == pytest.approx(
            frame.points[index, 1], abs=0.025
        )  # and its rim


def test_a_lid_stretches_down_and_covers_the_eye(state: MeshState) -> None:
    lid = state.lids[0]
    shift, edge = lid_shift(lid, 1.0)
    lash = np.abs(lid.height) < 0.1
    middle = lash & (lid.inside == 1) & (lid.travel > 0.8 * lid.travel.max())
    assert (shift[middle][:, 1] < -0.5).all()  # what is seen there comes from above
    assert not edge[lid.height > 1.01][:, 1].any()  # above the strip nothing moves
    still, _ = lid_shift(lid, 0.0)
    assert np.abs(still).max() < 0.05


def test_skin_that_is_drawn_out_shows_no_streaks(state: MeshState) -> None:
    planes, lid = state.planes, state.lids[0]
    columns = np.arange(planes.y.shape[1]) // 8 % 2
    striped = replace(planes, y=np.broadcast_to(np.where(columns, 150, 90).astype(np.uint8), planes.y.shape).copy())
    bare = replace(state, planes=striped, skin=None)
    left = next(frames(bare, motion([both(eyeBlink=1.0)])))[: planes.height]
    _, edge = lid_shift(lid, 1.0)
    x, y = (axis[1:-1, 1:-1].astype(int) for axis in lid.grid.mesh())
    contrast = np.ptp(left[y[..., None], x[..., None] + np.arange(-4, 4)], axis=-1)
    drawn_out = (edge[..., 2] > 0.8) & (edge[..., 1] > 0.99)
    assert contrast[drawn_out[1:-1, 1:-1]].mean() < 30  # the stripes are 60 apart


def test_a_closed_lid_fills_the_eye_to_its_corners_and_ends_on_the_lower_lid(
    hopper: Portrait, frame: FaceFrame, state: MeshState
) -> None:
    for eye, lid, out in zip(eye_outlines(hopper.image, frame), state.lids, (-1, 1), strict=True):
        x, y = np.moveaxis(frame.on_plane(np.stack(lid.grid.mesh(), axis=-1), eye.depth), -1, 0)
        _, edge = lid_shift(lid, 1.0)
        covered = (edge[..., 0] > 0) & (edge[..., 1] > 0)
        inner = covered & (out * (x - (eye.left + eye.right) / 2) < 0)
        assert (y - eye.lower(x))[inner].max() < 0.018
        assert y[covered].max() < eye.lower(np.linspace(eye.left, eye.right)).max() + 0.018
        between = (x > eye.left) & (x < eye.right) & (y > eye.upper(x)) & (y < eye.lower(x) - 0.002)
        assert between.any() and (edge[between][:, 0] > 0).all()


def test_the_lashes_of_a_closed_lid_run_out_without_a_hook() -> None:
    with PIL.Image.open(EXAMPLES / "elias.jpg") as file:
        portrait = find_portrait(np.array(file.convert("RGB")))
    frame = face_frame(portrait.face.landmarks)
    for eye, lid, out in zip(eye_outlines(portrait.image, frame), prepare(portrait).lids, (-1, 1), strict=True):
        x, y = np.moveaxis(frame.on_plane(np.stack(lid.grid.mesh(), axis=-1), eye.depth), -1, 0)
        _, edge = lid_shift(lid, 1.0)
        corner = eye.right if out > 0 else eye.left
        lashes = [
            y[(np.abs(x - at) < 0.012) & (edge[..., 0] > 0)].max() for at in np.linspace(corner - out * 0.2, corner, 9)
        ]
        rise = -np.diff(lashes) / 0.025
        lid_rise = -np.diff(eye.lower(np.linspace(corner - out * 0.2, corner, 9))) / 0.025
        assert lid_rise[-3:].mean() > 0.45  # so steep is the lower lid
        assert rise[-3:].mean() < 0.75 * lid_rise[-3:].mean()


@pytest.mark.parametrize("name", ["elias", "ingrid", "maya"])
def test_no_white_of_a_drawn_eye_shows_at_a_full_blink(name: str) -> None:
    with PIL.Image.open(EXAMPLES / f"{name}.jpg") as file:
        portrait = find_portrait(np.array(file.convert("RGB")))
    state = prepare(portrait)
    eyes = painted(
        np.zeros_like(portrait.image),
        state.frame,
        tuple(
            (*upper, *lower[::-1])
            for upper, lower in ((lm.UPPER_LID_A, lm.LOWER_LID_A), (lm.UPPER_LID_B, lm.LOWER_LID_B))
        ),
        (1, 1, 1),
    )
    around = cv2.dilate(eyes[..., 0], np.ones((2 * int(0.04 * state.frame.iod) + 1,) * 2, np.uint8)) > 0
    opened, closed = (
        i420_to_rgb(frame.copy())[around].astype(int) for frame in frames(state, motion([{}, both(eyeBlink=1.0)]))
    )
    white, left = (((rgb.min(axis=1) > 150) & (np.ptp(rgb, axis=1) < 40)).mean() for rgb in (opened, closed))
    assert white > 0.1 and left < 0.003
