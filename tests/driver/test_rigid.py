"""The pose of a head, from meshes that were turned by known angles."""

from __future__ import annotations

import numpy as np
import pytest

from talking.driver.rigid import Turned, angles, turned
from talking.types import Floats, Portrait

T = 60
SECONDS = np.arange(T) / 25
PIVOT = np.array([0.0, 2.0, 1.2])


def rotation(pitch: float, yaw: float, roll: float) -> Floats:
    """Roll x yaw x pitch, in degrees; x right, y down, z away from the viewer."""
    (cp, cy, cr), (sp, sy, sr) = np.cos(np.radians((pitch, yaw, roll))), np.sin(np.radians((pitch, yaw, roll)))
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


@pytest.fixture(scope="module")
def face(photographed: Portrait) -> Floats:
    """A real mesh, facing the camera, in distances between the eyes."""
    return turned(np.repeat(photographed.face.landmarks[None], 3, axis=0)).faces[0]


@pytest.fixture(scope="module")
def poses() -> Floats:
    waves = [np.sin(2 * np.pi * hertz * SECONDS + phase) for hertz, phase in ((0.5, 0), (0.4, 1), (0.9, 2))]
    return np.stack(waves, axis=1) * (12.0, 20.0, 8.0)


def placed(face: Floats, poses: Floats, neck: Floats, scale: float = 80.0) -> Floats:
    """Meshes of a face that turns about its neck, which is at `neck` (T, 2) px."""
    meshes = [
        (face - PIVOT) @ rotation(*pose).T * scale + (x, y, 0.0) for pose, (x, y) in zip(poses, neck, strict=True)
    ]
    return np.array(meshes, np.float32)


def relative(head: Turned, poses: Floats) -> Floats:
    """The commanded poses relative to the head's own rest."""
    rest = rotation(*head.rest)
    return angles(np.array([rest.T @ rotation(*pose) for pose in poses]))


def test_angles_come_back_in_the_order_in_which_the_engine_turns() -> None:
    pose = (11.0, -23.0, 7.0)
    assert angles(rotation(*pose)[None])[0] == pytest.approx(pose)


def test_signs_are_those_of_a_motion() -> None:
    nose = np.array([0.0, 0.0, -1.0])
    assert (rotation(10, 0, 0) @ nose)[1] > 0.1, "pitch is down"
    assert (rotation(0, 10, 0) @ nose)[0] > 0.1, "yaw is to the picture's right"
    assert (rotation(0, 0, 10) @ (1.0, 0.0, 0.0))[1] > 0.1, "roll is clockwise"


def test_known_turns_are_found_to_a_tenth_of_a_degree(face: Floats, poses: Floats) -> None:
    head = turned(placed(face, poses, np.full((T, 2), 300.0)))
    assert np.abs(head.pose - relative(head, poses)).max() < 0.1
    assert np.abs(head.rest - poses.mean(axis=0)).max() < 1.0
    assert head.misfit.max() < 1e-3


def test_the_picture_s_scale_and_where_the_head_is_change_no_angle(face: Floats, poses: Floats) -> None:
    near = turned(placed(face, poses, np.full((T, 2), 300.0), scale=200.0))
    far = turned(placed(face, poses, np.full((T, 2), 40.0), scale=30.0))
    assert np.abs(near.pose - far.pose).max() < 0.1


def test_a_head_that_only_turns_is_not_shifted_and_one_that_moves_is(face: Floats, poses: Floats) -> None:
    still = turned(placed(face, poses, np.full((T, 2), 300.0)))
    assert np.abs(still.shift).max() < 0.005
    neck = 300.0 + np.stack([np.linspace(-40, 40, T), np.linspace(20, -20, T)], axis=1)
    moved = turned(placed(face, np.zeros((T, 3)), neck))
    width = 80.0 * np.linalg.norm(face[454] - face[234])
    assert moved.shift[-1] - moved.shift[0] == pytest.approx((80 / width, -40 / width), abs=0.01)


def test_lips_jaw_and_brows_that_move_turn_nothing(face: Floats, poses: Floats) -> None:
    meshes = placed(face, poses, np.full((T, 2), 300.0))
    talking = meshes.copy()
    talking[:, [14, 17, 152, 148, 377, 61, 291]] += (20 * np.sin(8 * SECONDS))[:, None, None]
    talking[:, [70, 63, 105, 66, 107, 336, 296, 334, 293, 300]] += (9 * np.sin(5 * SECONDS))[:, None, None]
    assert np.abs(turned(talking).pose[:, 1:] - turned(meshes).pose[:, 1:]).max() < 0.5
    assert np.corrcoef(turned(talking).pose[:, 0], poses[:, 0])[0, 1] > 0.99


def test_nods_that_come_and_go_with_the_lips_are_taken_out(face: Floats) -> None:
    gap = 0.3 * np.clip(np.sin(2 * np.pi * 4 * SECONDS), 0, 1)
    slow = 6 * np.sin(2 * np.pi * 0.4 * SECONDS)
    poses = np.stack([slow - 6.0 * gap, 0 * slow, 0 * slow], axis=1)
    open_faces = np.repeat(face[None], T, axis=0)
    open_faces[:, 14, 1] += gap
    meshes = [placed(one, pose[None], np.full((1, 2), 300.0))[0] for one, pose in zip(open_faces, poses, strict=True)]
    found = turned(np.array(meshes)).pose[:, 0]
    error = found - slow
    assert (error - error.mean()).std() < 0.2 < (6.0 * gap).std()
