"""A driver clip's performance: what head, lids, gaze and brows of a filmed person did, ready to be played again."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from talking.errors import InvalidRequest
from talking.types import BLENDSHAPES, CHANNEL, FPS, Floats

UPPER_FACE = tuple(name for name in BLENDSHAPES if name.startswith(("brow", "eye", "cheekSquint")))
"""The blendshapes that a recording plays; the mouth always comes from the speech."""

_ARRAYS = ("pose", "shift", "blendshapes", "rest")


@dataclass(frozen=True)
class Recording:
    """A tracked driver clip of T frames at `fps` (always FPS).

    `pose` float32 (T, 3) pitch, yaw, roll in degrees with the signs of Motion, relative to `rest`; `rest` float32 (3,)
    degrees, how the driver holds the head on average, relative to facing the camera: `rest + pose` is the absolute
    pose; `shift` float32 (T, 2) right and down in face widths, relative to its middle; `blendshapes` float32 (T, 53)
    in [0, 1], columns as in BLENDSHAPES, zero outside of UPPER_FACE; `name` of the clip, for people; `notes` what they
    should know of it (several faces, only its first minute).
    """

    name: str
    pose: Floats
    shift: Floats
    blendshapes: Floats
    rest: Floats
    fps: int = FPS
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit together: a bug of who made them, never the user's."""
        frames = len(self.pose)
        assert frames >= 1
        assert self.fps == FPS
        shapes = {"pose": (frames, 3), "shift": (frames, 2), "blendshapes": (frames, len(BLENDSHAPES)), "rest": (3,)}
        for name, shape in shapes.items():
            array: Floats = getattr(self, name)
            assert array.shape == shape, name
            assert array.dtype == np.float32, name
            assert np.isfinite(array).all(), name
        assert not np.delete(self.blendshapes, [CHANNEL[name] for name in UPPER_FACE], axis=1).any()

    @property
    def num_frames(self) -> int:
        return len(self.pose)


def save(recording: Recording, path: Path) -> None:
    """Write a recording as .npz to exactly `path`; about 200 KB a minute."""
    packed = io.BytesIO()
    arrays = {name: getattr(recording, name) for name in _ARRAYS}
    words = {"name": np.array(recording.name), "notes": np.array(recording.notes, dtype=np.str_)}
    np.savez_compressed(packed, fps=np.array(recording.fps), **words, **arrays)
    path.write_bytes(packed.getvalue())


def load(path: Path) -> Recording:
    """A recording that `save` wrote. Raises InvalidRequest for any other file."""
    try:
        # From memory: numpy leaves a file open that turns out to be none of its own.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {name: np.asarray(stored[name], np.float32) for name in _ARRAYS}
            notes = tuple(str(note) for note in stored["notes"])
            return Recording(str(stored["name"]), fps=int(stored["fps"]), notes=notes, **arrays)
    except Exception as error:  # numpy and zipfile raise a dozen kinds for a damaged file, down to syntax errors
        raise InvalidRequest("The driver's motion file cannot be read: track the driver's video again.") from error
