"""The rendered frames of a real photo, looked at again."""

from __future__ import annotations

import itertools
import pickle

import acceptance
import cv2
import numpy as np
import pytest
from acceptance import VISEMES, aperture, both, frames, motion, seen, sentence

from talking.engines.mesh import MeshEngine, animate
from talking.engines.mesh.matte import Layers
from talking.engines.mesh.planar import i420_to_rgb, views
from talking.engines.mesh.render import Renderer, lip_gap
from talking.engines.mesh.setup import MeshState, prepare
from talking.face.detect import find_portrait
from talking.types import Frame, Motion, Portrait


@pytest.fixture(scope="module")
def state(hopper: Portrait) -> MeshState:
    return prepare(hopper)


def changed(state: MeshState, frame: Frame) -> np.ndarray:
    """Where luma differs from the source, bool (H, W)."""
    return views(frame)[0] != views(state.planes.source)[0]


def luma_of(state: MeshState, moves: Motion, index: int) -> Frame:
    out = np.empty_like(state.planes.source)
    Renderer(state).draw(moves, index, out)
    return out


def test_no_motion_is_the_source_bit_for_bit(state: MeshState) -> None:
    still = motion([{}])
    assert np.array_equal(luma_of(state, still, 0), state.planes.source)


def test_a_speaking_mouth_leaves_the_eyes_and_the_background_alone(state: MeshState, hopper: Portrait) -> None:
    (frame,) = frames(state, motion([VISEMES["AA"]]))
    moved = changed(state, frame)
    bridge = int(hopper.face.landmarks[6, 1])
    alpha = cv2.resize(state.planes.alpha, moved.shape[::-1], interpolation=cv2.INTER_AREA)
    assert moved.any() and not moved[:bridge].any()
    assert not moved[cv2.dilate(alpha, np.ones((9, 9), np.uint8)) == 0].any()


def test_a_moving_head_leaves_the_background_alone(state: MeshState) -> None:
    assert acceptance.background_difference(state) == 0


def test_frames_do_not_depend_on_one_another(state: MeshState) -> None:
    moves = sentence(6)
    moves = Motion(moves.blendshapes, moves.pose + 3.0, moves.shift, moves.breath + 0.5)
    in_order = [frame.copy() for frame in frames(state, moves)]
    other = pickle.loads(pickle.dumps(state))
    backwards = [luma_of(other, moves, i) for i in reversed(range(6))][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(in_order, backwards, strict=True))


def test_the_mouth_opens_as_far_as_it_is_told(state: MeshState, hopper: Portrait) -> None:
    moves = sentence(40)
    told = [lip_gap(state, row) for row in moves.blendshapes]
    r, slope = acceptance.follow(told, map(aperture, seen(hopper, state, moves)))
    assert r > 0.95 and 0.8 < slope < 1.3


def test_vowels_look_different_and_lips_seal(state: MeshState, hopper: Portrait) -> None:
    names = ("AA", "EE", "OO", "MBP")
    face = dict(zip(names, seen(hopper, state, motion(VISEMES[name] for name in names)), strict=True))
    assert aperture(face["AA"]) > 0.22
    assert aperture(face["MBP"]) < 0.01
    assert acceptance.mouth_width(face["EE"]) > 1.25 * acceptance.mouth_width(face["OO"])
    assert lip_gap(state, motion([VISEMES["MBP"]]).blendshapes[0]) == 0.0


def test_parted_lips_go_over_into_speech_without_a_jump(state: MeshState) -> None:
    (shouting,) = frames(state, motion([VISEMES["EH"]]))
    parted = find_portrait(i420_to_rgb(shouting))
    talker = prepare(parted)
    assert talker.mouth.is_open
    steps = [{}, {"jawOpen": 0.005}, {"jawOpen": 0.02}, {"jawOpen": 0.04}, {"jawOpen": 0.08}]
    x0, y0, width, height = cv2.boundingRect(np.round(parted.face.landmarks[[61, 291, 0, 17], :2]).astype(np.int32))
    lips = [views(frame)[0][y0 : y0 + height, x0 : x0 + width].astype(float) for frame in frames(talker, motion(steps))]
    jumps = [np.abs(b - a).mean() for a, b in itertools.pairwise(lips)]
    assert jumps[0] < 1 and jumps[1] < 4


def test_the_background_shows_beside_a_jaw_that_turns_away(state: MeshState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("talking.engines.mesh.pose._LIMIT", np.full(3, 60.0))
    for yaw in (-30.0, 30.0):
        (frame,) = frames(state, motion([VISEMES["AA"]], [(0.0, yaw, 0.0)]))
        assert min(plane.min() for plane in views(frame)[1:]) > 16  # 0 is bright green: neither subject nor background


@pytest.mark.parametrize("axis", [0, 1, 2], ids=["pitch", "yaw", "roll"])
def test_the_head_turns_where_it_is_told(state: MeshState, hopper: Portrait, axis: int) -> None:
    steps = (-8.0, -4.0, 0.0, 4.0, 8.0)
    poses = [tuple(step * (axis == k) for k in range(3)) for step in steps]
    faces = seen(hopper, state, motion([{}] * len(steps), poses))
    r, slope = acceptance.follow(steps, [acceptance.turned(faces[2], face)[axis] for face in faces])
    assert r > 0.95 and 0.5 < slope < 1.35


def test_a_blink_closes_both_eyes_and_one_lid_only_its_own(state: MeshState, hopper: Portrait) -> None:
    source, closed = seen(hopper, state, motion([{}, both(eyeBlink=1.0)]))
    assert acceptance.eye_openness(closed) < 0.6 * acceptance.eye_openness(source)
    (frame,) = frames(state, motion([{"eyeBlinkLeft": 1.0}]))
    columns = np.flatnonzero(changed(state, frame).any(axis=0))
    assert columns.min() > hopper.face.landmarks[6, 0]


def test_half_a_pixel_costs_little_sharpness(state: MeshState, hopper: Portrait) -> None:
    assert acceptance.sharpness_at_half_a_pixel(hopper, state) > 0.75


def test_a_face_at_the_edge_in_a_strong_pose_is_drawn(hopper: Portrait) -> None:
    chin = int(hopper.face.landmarks[152, 1])
    cut = Portrait(hopper.image[: chin - 8 - chin % 2].copy(), hopper.face)
    state = prepare(cut)
    strong = Motion(
        motion([{**VISEMES["AA"], **both(eyeBlink=1.0)}] * 2).blendshapes,
        np.array([[30, -30, 30], [-30, 30, -30]], np.float32),
        np.array([[0.3, 0.3], [-0.3, -0.3]], np.float32),
        np.array([1, -1], np.float32),
    )
    assert all(frame.shape == (cut.image.shape[0] * 3 // 2, 512) for frame in frames(state, strong))


def test_the_engine_draws_the_same_in_processes_of_its_own(state: MeshState, hopper: Portrait) -> None:
    moves = sentence(5)
    expected = [frame.copy() for frame in frames(state, moves)]
    here = [frame.copy() for frame in animate(hopper, moves, workers=0)]
    engine = MeshEngine(workers=1)
    try:
        there = [frame.copy() for frame in engine.prepare(hopper).animate(moves)]
    finally:
        engine.close()
    for drawn in (here, there):
        assert all(np.array_equal(a, b) for a, b in zip(expected, drawn, strict=True))


def test_a_portrait_that_cannot_be_cut_out_stretches_instead(hopper: Portrait, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.ones(hopper.image.shape[:2], np.float32)
    uncut = Layers(whole, hopper.image, hopper.image, separate_subject(hopper), layered=False, uncertain=1.0)
    monkeypatch.setattr("talking.engines.mesh.setup.separate", lambda *_: uncut)
    state = prepare(hopper)
    assert not state.layered
    still, nod = (frame.copy() for frame in frames(state, motion([{}] * 2, [(0, 0, 0), (6, 5, 0)])))
    assert np.array_equal(still, state.planes.source)
    moved = np.abs(views(nod)[0].astype(int) - views(still)[0])
    assert moved[180:400, 200:330].mean() > 5 and moved[-40:, :40].max() == 0


def separate_subject(portrait: Portrait) -> np.ndarray:
    """Roughly where the person is: an ellipse around the head, float32 (H, W)."""
    subject = np.zeros(portrait.image.shape[:2], np.float32)
    x0, y0, x1, y1 = portrait.face.box
    centre, size = (int((x0 + x1) / 2), int((y0 + y1) / 2)), (int(0.8 * (x1 - x0)), int(0.9 * (y1 - y0)))
    return cv2.ellipse(subject, centre, size, 0, 0, 360, 1.0, -1)


@pytest.mark.parametrize("scale", [0.3, 1.7])
def test_faces_of_any_usable_size_are_drawn(hopper: Portrait, scale: float) -> None:
    image = cv2.resize(hopper.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    portrait = find_portrait(image[: len(image) // 2 * 2, : image.shape[1] // 2 * 2].copy())
    state = prepare(portrait)
    moves = motion([VISEMES["AA"], {**VISEMES["EE"], **both(eyeBlink=1.0)}], [(0, 0, 0), (5, -8, 6)])
    open_frame, _ = (frame.copy() for frame in frames(state, moves))
    assert lip_gap(state, moves.blendshapes[0]) > 0.25
    assert (open_frame != state.planes.source).any()
