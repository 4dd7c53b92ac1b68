from __future__ import annotations

import cv2
import numpy as np

from talking.compose.planes import Size, to_frame, views
from talking.compose.sharpen import sharpen
from talking.types import Frame

SIZE = Size(96, 64)


def edge() -> Frame:
    """Dark on the left, bright on the right, a little soft."""
    picture = np.full((64, 96, 3), 100, np.uint8)
    picture[:, 48:] = 150
    return to_frame(cv2.GaussianBlur(picture, (0, 0), 0.9))


def test_edges_get_steeper_within_limits_and_flat_areas_stay() -> None:
    before = edge()
    (after,) = sharpen(iter([before]), SIZE)
    old, new = before[32].astype(int), after[32].astype(int)
    assert np.diff(new).max() > 1.1 * np.diff(old).max()
    assert new.max() - old.max() <= 14 and old.min() - new.min() <= 14
    assert np.array_equal(old[:40], new[:40]) and np.array_equal(old[56:], new[56:])
    assert np.array_equal(before[64:], after[64:]), "colours are not touched"


def test_a_little_noise_is_left_alone() -> None:
    flat = np.full(SIZE.frame, 120, np.uint8)
    flat[:64] += np.random.default_rng(0).integers(0, 3, (64, 96), dtype=np.uint8)
    (after,) = sharpen(iter([flat]), SIZE)
    assert np.array_equal(after, flat)


def test_texture_gains_contrast_with_strength() -> None:
    y, x = np.mgrid[:64, :96]
    frame = to_frame(np.repeat((120 + 12 * np.sin(x * 1.2) * np.sin(y * 1.2))[..., None], 3, axis=2).astype(np.uint8))
    spread = [float(next(sharpen(iter([frame]), SIZE, strength=s))[:64].std()) for s in (0, 0.4, 0.8, 1.6)]
    assert spread == sorted(spread) and spread[2] > 1.3 * spread[0]


def test_without_strength_frames_come_through() -> None:
    frames = iter([edge()])
    assert sharpen(frames, SIZE, strength=0) is frames


def test_only_what_is_opaque_of_a_cutout_is_sharpened() -> None:
    alpha = np.zeros((64, 96), np.uint8)
    alpha[:, 20:80] = 255
    frame = edge()
    luma = views(frame, SIZE)[0]
    luma[alpha == 0] = 16
    cutout = np.concatenate([frame, alpha])
    (after,) = sharpen(iter([cutout]), SIZE)
    y, _, _, cover = views(after, SIZE)
    assert np.array_equal(cover, alpha)
    assert np.array_equal(y[:, :23], luma[:, :23]) and np.array_equal(y[:, 77:], luma[:, 77:])
    assert not np.array_equal(y[:, 44:52], luma[:, 44:52])
