"""The engine's own language: which blendshape moves what, and how far around it the face follows."""

from __future__ import annotations

import numpy as np
import pytest

from talking.engines.mesh.curves import curve
from talking.engines.mesh.expression import blinks, coefficients, keep_looking, tongue
from talking.engines.mesh.faceframe import Array, FaceFrame, face_frame
from talking.engines.mesh.fields import MOVEMENTS, mouth_fields
from talking.engines.mesh.grid import Grid, covering, power_of_two
from talking.engines.mesh.mouth import find_mouth
from talking.engines.mesh.pose import limited, pose_matrix, rotation
from talking.engines.mesh.spot import Spot
from talking.types import BLENDSHAPES, CHANNEL, Floats, Portrait


def row(**amounts: float) -> Floats:
    values = np.zeros(len(BLENDSHAPES), np.float32)
    for name, amount in amounts.items():
        values[CHANNEL[name]] = amount
    return values


def basis(values: Floats, *, is_open: bool = False) -> dict[str, float]:
    found = coefficients(values, is_open=is_open)
    return {name: float(found[i]) for i, name in enumerate(MOVEMENTS) if found[i]}


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ({"jawOpen": 0.6}, {"jaw": 0.6}),
        ({"mouthStretchLeft": 1.0, "mouthStretchRight": 0.5}, {"wide": 0.75, "wide_skew": 0.25}),
        ({"mouthSmileLeft": 1.0, "mouthSmileRight": 0.2}, {"smile": 0.6, "smile_skew": 0.4}),
        ({"mouthFrownRight": 1.0}, {"frown": 0.5, "frown_skew": -0.5}),
        ({"mouthShrugUpper": 0.5}, {"shrug": 0.5}),
        ({"noseSneerLeft": 0.5}, {"sneer": 0.25, "sneer_skew": 0.25}),
        ({"cheekSquintLeft": 1.0, "cheekSquintRight": 1.0}, {"cheek": 1.0, "squint": 0.5}),
        ({"eyeWideRight": 1.0}, {"lid": 0.5, "lid_skew": -0.5}),
        ({"eyeSquintLeft": 1.0, "eyeSquintRight": 1.0}, {"squint": 0.7}),
        ({"mouthPucker": 0.8}, {"pucker": 0.8, "round": 0.6}),
        ({"mouthFunnel": 1.0}, {"funnel": 1.0}),
        ({"mouthUpperUpLeft": 0.4, "mouthUpperUpRight": 0.4}, {"up": 0.4}),
        ({"mouthLowerDownLeft": 0.4, "mouthLowerDownRight": 0.4}, {"low": 0.4}),
        ({"mouthPressLeft": 0.9, "mouthPressRight": 0.9}, {"press": 0.9}),
        ({"mouthRollLower": 1.0}, {"tuck": 1.0}),
        ({"browInnerUp": 1.0, "browOuterUpLeft": 0.8}, {"brow_in": 1.0, "brow_out": 0.4, "brow_out_skew": 0.4}),
        ({"browDownRight": 1.0}, {"brow_down": 0.5, "brow_down_skew": -0.5}),
        ({"eyeLookOutLeft": 0.4, "eyeLookInRight": 0.4}, {"look_x": 0.4}),
        ({"eyeLookInLeft": 0.4, "eyeLookOutRight": 0.4}, {"look_x": -0.4}),
        ({"eyeLookUpLeft": 0.4, "eyeLookUpRight": 0.4}, {"look_y": -0.4}),
        ({"eyeBlinkLeft": 1.0, "tongueUp": 1.0}, {}),
    ],
)
def test_each_blendshape_drives_its_movement(shapes: dict[str, float], expected: dict[str, float]) -> None:
    assert basis(row(**shapes)) == pytest.approx(expected)


def test_the_speakers_left_eye_is_on_the_pictures_right() -> None:
    assert blinks(row(eyeBlinkLeft=1.0)) == (0.0, 1.0)
    assert blinks(row(eyeBlinkRight=0.5)) == (0.5, 0.0)
    assert blinks(row(eyeBlinkLeft=1.0, eyeSquintLeft=1.0))[1] == 1.0


def test_the_tongue_has_two_ways_to_show() -> None:
    assert tongue(row(tongueUp=0.5, tongueOut=1.0)) == (0.5, 1.0)


def test_a_mouth_open_in_the_picture_closes_before_it_speaks() -> None:
    assert "close" not in basis(row(mouthSmileLeft=1.0, eyeBlinkLeft=1.0, browInnerUp=1.0), is_open=True)
    assert basis(row(mouthFrownLeft=0.7, mouthFrownRight=0.7), is_open=True)["close"] == 1.0
    assert basis(row(jawOpen=0.5), is_open=True)["close"] == 1.0
    assert 0 < basis(row(jawOpen=0.1), is_open=True)["close"] < 1
    assert basis(row(mouthClose=0.7), is_open=True)["close"] == pytest.approx(0.7)
    assert "close" not in basis(row(mouthClose=1.0, jawOpen=1.0))


def test_eyes_stay_on_the_viewer_while_the_head_turns() -> None:
    pose = np.array([5.0, -10.0, 3.0], np.float32)
    looking = dict(zip(MOVEMENTS, keep_looking(coefficients(row(), is_open=False), pose).tolist(), strict=True))
    assert looking["look_x"] == pytest.approx(0.8 / 3) and looking["look_y"] == pytest.approx(-0.4 / 3)
    assert sum(value != 0 for value in looking.values()) == 2


def test_the_gaze_moves_the_irises_and_not_the_lids(frame: FaceFrame) -> None:
    mouth = find_mouth(frame)
    points = frame.points[[468, 473, 33, 133, 263, 362, 105, 334]]
    field = mouth_fields(frame, mouth, Spot(*points.T, np.zeros(len(points))), above=True)[MOVEMENTS.index("look_x")]
    assert (field[0, :2] > 0.06).all() and np.abs(field[0, 2:]).max() < 0.005 and not field[1:].any()


def test_poses_turn_the_nose_where_their_signs_say() -> None:
    nose, crown = np.array([0.0, 0.0, -1.0]), np.array([0.0, -1.0, 0.0])
    assert (rotation(np.array([10.0, 0, 0])) @ nose)[1] > 0.1  # pitch: down
    assert (rotation(np.array([0, 10.0, 0])) @ nose)[0] > 0.1  # yaw: to the picture's right
    assert (rotation(np.array([0, 0, 10.0])) @ crown)[0] > 0.1  # roll: clockwise
    assert np.allclose(rotation(np.array([3.0, 4.0, 5.0])) @ rotation(np.array([3.0, 4.0, 5.0])).T, np.eye(3))


def test_poses_ease_towards_what_the_source_can_show() -> None:
    assert limited(np.array([3.0, 5.0, -4.0]), 0.0).tolist() == [3.0, 5.0, -4.0]
    assert limited(np.array([0.0, 90.0, 0.0]), 0.0)[1] == pytest.approx(13.0)
    assert limited(np.array([0.0, -90.0, 0.0]), 35.0)[1] == pytest.approx(-8.0)
    assert limited(np.array([0.0, 8.0, 0.0]), 35.0)[1] > limited(np.array([0.0, 4.0, 0.0]), 35.0)[1]


@pytest.fixture(scope="module")
def frame(hopper: Portrait) -> FaceFrame:
    return face_frame(hopper.face.landmarks)


def test_no_pose_is_exactly_no_displacement(frame: FaceFrame) -> None:
    matrix, turned = pose_matrix(frame, np.zeros(3, np.float32), np.zeros(2, np.float32))
    assert not matrix.any() and np.array_equal(turned, np.eye(3))


def spots(x: list[float], y: list[float], outside: float = 0.0) -> Spot:
    xs, ys = np.array(x), np.array(y)
    return Spot(xs, ys, np.full(xs.shape, -0.2), np.full(xs.shape, outside))


def test_the_two_sides_of_the_seam_agree_beyond_the_corners_and_far_below(frame: FaceFrame) -> None:
    mouth = find_mouth(frame)
    low = float(mouth.bottom[1].max())
    left, right = mouth.middle - 1.05 * mouth.half, mouth.middle + 1.3 * mouth.half
    beyond = spots([left, right, mouth.middle], [low, low - 0.1, low + 0.8])
    above, below = (mouth_fields(frame, mouth, beyond, above=side) for side in (True, False))
    assert np.allclose(above, below, atol=0.004)


def test_the_jaw_lowers_the_lower_lip_and_leaves_the_upper_teeth(frame: FaceFrame) -> None:
    mouth = find_mouth(frame)
    seam = float(mouth.inner(np.array([mouth.middle]))[0][0])
    middle = spots([mouth.middle], [seam])
    jaw = MOVEMENTS.index("jaw")
    assert mouth_fields(frame, mouth, middle, above=False)[jaw, 1, 0] > 0.2
    assert mouth_fields(frame, mouth, middle, above=True)[jaw, 1, 0] == 0.0


def test_nothing_moves_far_outside_the_face(frame: FaceFrame) -> None:
    mouth = find_mouth(frame)
    away = spots([mouth.middle], [float(mouth.bottom[1].max())], outside=0.8)
    fields = mouth_fields(frame, mouth, away, above=True)[: MOVEMENTS.index("brow_in")]
    assert not fields.any()


def moved(frame: FaceFrame, landmarks: list[int], **amounts: float) -> Array:
    """The displacement (3, n) of landmarks by blendshapes."""
    points = frame.points[landmarks]
    fields = mouth_fields(frame, find_mouth(frame), Spot(*points.T, np.zeros(len(points))), above=True)
    return np.tensordot(coefficients(row(**amounts), is_open=False), fields, axes=1)


@pytest.mark.parametrize(
    ("channel", "landmarks", "sign"),
    [
        ("browOuterUp", [63, 293], -1),
        ("browDown", [66, 296], 1),
        ("eyeWide", [159, 386], -1),
        ("eyeSquint", [145, 374], -1),
        ("cheekSquint", [50, 280], -1),
        ("noseSneer", [98, 327], -1),
        ("mouthSmile", [61, 291], -1),
        ("mouthFrown", [61, 291], 1),
        ("mouthUpperUp", [40, 270], -1),
    ],
)
def test_each_half_of_the_face_moves_on_its_own(
    frame: FaceFrame, channel: str, landmarks: list[int], sign: int
) -> None:
    for side, own, other in (("Right", 0, 1), ("Left", 1, 0)):
        down = sign * moved(frame, landmarks, **{channel + side: 1.0})[1]
        assert down[own] > 0.02 and abs(down[other]) < 0.4 * down[own]


def test_lowered_brows_are_drawn_together(frame: FaceFrame) -> None:
    across = moved(frame, [107, 336], browDownLeft=1.0, browDownRight=1.0)[0]
    assert across[0] > 0.02 and across[1] < -0.02


def test_inner_and_outer_brow_rise_apart(frame: FaceFrame) -> None:
    inner = -moved(frame, [107, 46], browInnerUp=1.0)[1]
    outer = -moved(frame, [107, 46], browOuterUpRight=1.0)[1]
    assert inner[0] > 3 * inner[1] and outer[1] > 2 * outer[0]


def test_what_moves_both_lips_leaves_them_closed(frame: FaceFrame) -> None:
    mouth = find_mouth(frame)
    x = mouth.middle + mouth.half * np.linspace(-0.9, 0.9, 9)
    on_seam = Spot(x, mouth.inner(x)[0], np.full(9, -0.2), np.zeros(9))
    upper, lower = (
        dict(zip(MOVEMENTS, mouth_fields(frame, mouth, on_seam, above=side), strict=True)) for side in (True, False)
    )
    for name in ("smile", "smile_skew", "frown", "frown_skew", "shrug", "sneer"):
        assert np.abs(upper[name]).max() > 0.005
        np.testing.assert_array_equal(upper[name], lower[name])


def test_curves_pass_through_their_points_and_do_not_overshoot() -> None:
    x, y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0, 1.0])
    through = curve(x[::-1], y[::-1])
    assert np.allclose(through(x), y)
    between = through(np.linspace(-1, 4, 101))
    assert between.min() >= 0 and between.max() <= 1 and (np.diff(between) >= -1e-12).all()
    assert through(np.array([-5.0, 9.0])).tolist() == [0.0, 1.0]


def test_grid_nodes_are_the_centres_of_their_cells() -> None:
    grid = covering(4, -5.0, 0.0, 9.0, 3.0)
    assert grid == Grid(4, -2, 0, 5, 1)
    assert grid.x().tolist() == [-6.5, -2.5, 1.5, 5.5, 9.5] and grid.y().tolist() == [1.5]
    assert grid.window(Grid(4, 0, 0, 2, 1)) == (slice(0, 1), slice(2, 4))
    assert [power_of_two(limit, least=4) for limit in (1.0, 5.5, 8.0, 26.0)] == [4, 4, 8, 16]
