"""Following one face through pictures."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from driver_films import grey

from talking.driver.follow import COUNT_EVERY, Followed, follow
from talking.types import Image


def numbered(pictures: list[Image]) -> Iterator[tuple[float, Image]]:
    return ((index / 25, picture) for index, picture in enumerate(pictures))


def middles(followed: Followed) -> list[float]:
    """Where the face is across the picture, px."""
    return [float(mesh[:, 0].mean()) for mesh in followed.meshes]


@pytest.fixture(scope="module")
def two(still: Image) -> Image:
    """A large face on the left and the same, smaller, on the right."""
    small = cv2.resize(still, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    small = np.pad(small, ((0, len(still) - len(small)), (0, 0), (0, 0)), mode="edge")
    return np.hstack([still, small])


def test_the_largest_face_is_followed_and_all_are_counted(two: Image, still: Image) -> None:
    followed = follow(numbered([two] * 3), lambda _done: None)
    assert followed.num_faces == 2
    assert followed.missing == 0.0
    assert max(middles(followed)) < still.shape[1]


def test_it_stays_with_a_face_when_a_larger_one_comes(still: Image, two: Image) -> None:
    small_only = two.copy()
    small_only[:, : still.shape[1]] = 128
    followed = follow(numbered([small_only] * 2 + [two] * COUNT_EVERY), lambda _done: None)
    assert followed.num_faces == 2
    assert min(middles(followed)) > still.shape[1]


def test_frames_without_the_face_are_gaps_and_another_face_does_not_fill_them(still: Image, two: Image) -> None:
    right = two.copy()
    right[:, : still.shape[1]] = 128
    left = two.copy()
    left[:, still.shape[1] :] = 128
    done: list[int] = []
    followed = follow(numbered([left, left, right, right, left]), done.append)
    assert np.isnan(followed.meshes[:, 0, 0]).tolist() == [False, False, True, True, False]
    assert followed.missing == pytest.approx(0.4)
    assert done == [1, 2, 3, 4, 5]


def test_after_half_a_second_another_place_is_taken_for_a_cut(still: Image, two: Image) -> None:
    left, right = two.copy(), two.copy()
    right[:, : still.shape[1]] = 128
    left[:, still.shape[1] :] = 128
    followed = follow(numbered([left] + [right] * 14), lambda _done: None)
    assert np.isnan(followed.meshes[1:13, 0, 0]).all()
    assert middles(followed)[-1] > still.shape[1]


def test_nobody_is_followed_where_there_is_nobody() -> None:
    followed = follow(numbered([grey(90)] * 2), lambda _done: None)
    assert (followed.num_faces, followed.missing) == (0, 1.0)
    assert follow(iter(()), lambda _done: None).meshes.shape == (0, 478, 3)
