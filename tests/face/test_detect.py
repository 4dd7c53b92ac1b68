from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from talking.errors import FaceError, FaceTooSmall, NoFace
from talking.face.detect import eye_distance, find_faces, find_portrait
from talking.types import Image


@pytest.fixture(scope="module")
def hopper() -> Image:
    """A public-domain portrait photo that comes with matplotlib: RGB 600x512."""
    import matplotlib

    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return cv2.imread(str(path))[:, :, ::-1].copy()


def test_one_face_has_a_mesh_in_pixels(hopper: Image) -> None:
    (face,) = find_faces(hopper)
    assert face.landmarks.shape == (478, 3) and face.landmarks.dtype == np.float32
    assert face.score > 0.8
    assert 70 < eye_distance(face.landmarks) < 95
    x0, y0, x1, y1 = face.box
    nose, chin = face.landmarks[1], face.landmarks[152]
    assert x0 < nose[0] < x1 and y0 < nose[1] < chin[1] <= y1


def test_finding_twice_gives_the_same_mesh(hopper: Image) -> None:
    first, second = find_portrait(hopper), find_portrait(hopper)
    assert np.array_equal(first.face.landmarks, second.face.landmarks)


def test_the_largest_of_several_faces_speaks(hopper: Image) -> None:
    small = cv2.resize(hopper, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    picture = np.zeros((600, 512 + small.shape[1], 3), np.uint8)
    picture[: small.shape[0], : small.shape[1]] = small
    picture[:, small.shape[1] :] = hopper
    portrait = find_portrait(picture, ("scaled down",))
    assert portrait.num_faces == 2
    assert portrait.notes == ("scaled down", "2 faces found; the largest one speaks.")
    assert portrait.face.box[0] > small.shape[1]


@pytest.fixture(scope="module")
def pair(hopper: Image) -> Image:
    """Two faces: a smaller one on the left, the whole picture on the right. 600 px high, 308 + 512 wide."""
    small = cv2.resize(hopper, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    picture = np.zeros((600, small.shape[1] + 1 + 512, 3), np.uint8)
    picture[: small.shape[0], : small.shape[1]] = small
    picture[:, -512:] = hopper
    return picture


def test_a_face_is_chosen_by_its_number_largest_first(pair: Image) -> None:
    large, small = (find_portrait(pair, face=number) for number in (0, 1))
    assert large.face.box[0] > 308 > small.face.box[2]
    assert np.array_equal(large.face.landmarks, find_portrait(pair).face.landmarks)
    x, y = (small.face.box[:2] + small.face.box[2:]) / 2
    assert small.notes == (f"2 faces found; face 1 at ({x:.0f}, {y:.0f}) speaks.",)


def test_a_face_is_chosen_by_a_point_in_it_or_near_it(pair: Image) -> None:
    box = find_portrait(pair, face=1).face.box
    middle = float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2
    above = middle[0], float(box[1]) - 0.4 * float(box[3] - box[1])
    for point in (middle, above):
        assert np.array_equal(find_portrait(pair, face=point).face.box, box)


def test_points_count_in_the_picture_as_it_was_given(pair: Image) -> None:
    box = find_portrait(pair, face=1).face.box
    point = 3 * float(box[0] + box[2]) / 2, 2 * float(box[1] + box[3]) / 2
    given = 3 * pair.shape[1], 2 * pair.shape[0]
    chosen = find_portrait(pair, face=point, size=given)
    assert np.array_equal(chosen.face.box, box)
    assert chosen.notes == (f"2 faces found; face 1 at ({point[0]:.0f}, {point[1]:.0f}) speaks.",)


def test_a_face_that_is_not_there_is_refused_with_those_that_are(pair: Image, hopper: Image) -> None:
    with pytest.raises(FaceError, match=r"no face 2 in.*It has 2, the largest first: 0 at \(\d+, \d+\), 1 at"):
        find_portrait(pair, face=2)
    with pytest.raises(FaceError, match=r"no face at \(10, 590\)\. It has 2"):
        find_portrait(pair, face=(10, 590))
    with pytest.raises(FaceError, match=r"no face 1 in the picture\. The only one is number 0 at"):
        find_portrait(hopper, face=1)


def test_no_face_is_an_error_that_helps() -> None:
    flat = np.full((300, 400, 3), 127, np.uint8)
    assert find_faces(flat) == []
    with pytest.raises(NoFace, match="both eyes"):
        find_portrait(flat)


def test_a_tiny_face_is_refused_with_its_size(hopper: Image) -> None:
    tiny = cv2.resize(hopper, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    with pytest.raises(FaceTooSmall, match="pixels apart"):
        find_portrait(tiny)


def test_a_face_without_a_mouth_is_refused(hopper: Image) -> None:
    face = find_portrait(hopper).face
    cut = int(face.landmarks[2, 1])  # under the nose
    with pytest.raises(FaceError, match=r"edge of the picture|No face"):
        find_portrait(hopper[: cut - cut % 2])


def test_a_picture_that_ends_at_the_chin_is_fine(hopper: Image) -> None:
    chin = int(find_portrait(hopper).face.landmarks[152, 1])
    cut = chin - 10 - chin % 2
    assert find_portrait(hopper[:cut]).num_faces == 1


def test_several_threads_may_look_at_once_and_nothing_is_said(hopper: Image, capfd: pytest.CaptureFixture[str]) -> None:
    with ThreadPoolExecutor(4) as pool:
        meshes = [portrait.face.landmarks for portrait in pool.map(find_portrait, [hopper] * 6)]
    assert all(np.array_equal(mesh, meshes[0]) for mesh in meshes)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_a_lying_face_is_animated_and_noted(hopper: Image) -> None:
    lying = np.ascontiguousarray(np.rot90(hopper))
    assert any("lies on its side" in note for note in find_portrait(lying).notes)
