"""A driver's tracked motion: kept in a file, looped without a jump, played as asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from talking.errors import InvalidRequest
from talking.motion.recording import Recording, load, save
from talking.types import BLENDSHAPES, CHANNEL


def recorded(frames: int = 100) -> Recording:
    t = np.arange(frames, dtype=np.float32) / 25
    pose = np.stack([2 * np.sin(t), 4 * np.cos(1.3 * t), 1 + np.sin(0.7 * t)], axis=1).astype(np.float32)
    shapes = np.zeros((frames, len(BLENDSHAPES)), np.float32)
    shapes[30:34, [CHANNEL["eyeBlinkLeft"], CHANNEL["eyeBlinkRight"]]] = 1.0
    shapes[:, CHANNEL["browInnerUp"]] = 0.2 + 0.2 * np.sin(t)
    return Recording("me", pose, 0.01 * pose[:, :2], shapes, np.array([3.0, -6.0, 2.0], np.float32))


def test_a_recording_is_kept_in_a_file_as_it_was(tmp_path: Path) -> None:
    before = recorded()
    save(before, tmp_path / "me.motion")
    after = load(tmp_path / "me.motion")
    assert (after.name, after.fps, after.num_frames) == ("me", 25, 100)
    for name in ("pose", "shift", "blendshapes", "rest"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


def test_other_files_are_refused_in_plain_words(tmp_path: Path) -> None:
    place = tmp_path / "x.npz"
    place.write_bytes(b"nothing of the kind")
    with pytest.raises(InvalidRequest, match="motion file"):
        load(place)
    np.savez(place, pose=np.zeros((3, 3), np.float32))
    with pytest.raises(InvalidRequest, match="motion file"):
        load(place)


def test_a_recording_has_no_mouth() -> None:
    whole = recorded()
    shapes = whole.blendshapes.copy()
    shapes[:, CHANNEL["jawOpen"]] = 0.1
    with pytest.raises(AssertionError):
        Recording("me", whole.pose, whole.shift, shapes, whole.rest)
