"""From the pictures of a clip to a recorded performance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d

from talking.driver.clip import MAX_SECONDS, MIN_SECONDS, open_clip
from talking.driver.follow import Followed, follow
from talking.driver.rigid import Array, turned
from talking.driver.upper import upper_face
from talking.errors import FaceError, FaceTooSmall, InvalidRequest, NoFace
from talking.face.detect import eye_distance
from talking.motion.recording import Recording
from talking.types import FPS, Floats

VERSION = 1
"""Of what is measured and how: recordings of another version are made again."""

MAX_MISSING = 0.2
"""Share of the frames in which the face may be hidden; what it does there is filled in."""

_LEAST_READ = 0.8  # of the length that a file says it has
_LEAST_EYE_DISTANCE = 16.0  # px; on smaller faces the lids are not seen
_MISFIT = 0.05  # distances between the eyes by which a mesh may miss the clip's own face; others are taken as unseen
_UPRIGHT = 7.5  # degrees of pitch that the mesh's axes have on faces that look straight ahead; mean of 15, +-4
_SMOOTH = 1.5  # frames, standard deviation; symmetric, so nothing comes late


def track(path: Path, name: str, on_progress: Callable[[int, int], None]) -> Recording:
    """The performance in the video at `path`; `on_progress(done, expected)` is told frames.

    Raises InvalidRequest when it is not a video, damaged or shorter than MIN_SECONDS, NoFace and FaceError when the
    face is not seen or not often enough, FaceTooSmall, Unavailable.
    """
    with open_clip(path) as clip:
        followed = follow(clip.frames, lambda done: on_progress(done, max(done, clip.expected)))
    seconds = float(followed.times[-1]) + clip.interval if len(followed.times) else 0.0
    if seconds < MIN_SECONDS:
        raise InvalidRequest(
            f"The driver lasts {seconds:.1f} seconds. Give a video of at least {MIN_SECONDS:g} seconds."
        )
    _check(followed)
    notes = []
    if seconds > MAX_SECONDS:
        notes.append(f"The driver is longer than {MAX_SECONDS:.0f} seconds: only its beginning is used.")
    elif seconds < _LEAST_READ * clip.expected * clip.interval:
        notes.append(f"The driver's video is damaged: only its first {seconds:.1f} seconds could be read.")
    if followed.num_faces > 1:
        notes.append(f"The driver shows {followed.num_faces} faces: the largest one is followed.")
    if followed.missing > 0.0:
        notes.append(f"The driver's face is hidden in {followed.missing:.0%} of the frames: these are filled in.")
    return _recorded(followed, name, tuple(notes), min(seconds, MAX_SECONDS))


def _check(followed: Followed) -> None:
    seen = ~np.isnan(followed.meshes[:, 0, 0])
    if not seen.any():
        raise NoFace("No face was found in the driver. Use a video in which one person looks at the camera, well lit.")
    if followed.missing > MAX_MISSING:
        raise FaceError(
            f"The driver's face is hidden in {followed.missing:.0%} of the frames; {MAX_MISSING:.0%} is the most. "
            "Use a video, or a part of it, in which the face stays in view."
        )
    distance = float(np.median([eye_distance(mesh) for mesh in followed.meshes[seen]]))
    if distance < _LEAST_EYE_DISTANCE:
        raise FaceTooSmall(
            f"The driver's face is too small to follow: its eyes are {distance:.0f} pixels apart and "
            f"{_LEAST_EYE_DISTANCE:.0f} are needed. Film from nearer, or crop the video to the head."
        )


def _recorded(followed: Followed, name: str, notes: tuple[str, ...], seconds: float) -> Recording:
    """The followed face as a recording of `seconds`, one row for each frame of FPS."""
    seen = ~np.isnan(followed.meshes[:, 0, 0])
    head = turned(followed.meshes[seen])
    good = head.misfit < max(_MISFIT, 3 * float(np.median(head.misfit)))
    times = followed.times[seen][good]
    wanted = np.arange(max(1, round(seconds * FPS))) / FPS

    def at_frames(rows: Array | Floats) -> Array:
        """Rows of the followed frames, interpolated at the frames of the recording."""
        return np.stack([np.interp(wanted, times, column[good]) for column in rows.T], axis=1)

    return Recording(
        name=name,
        pose=_smooth(at_frames(head.pose)),
        shift=_smooth(at_frames(head.shift)),
        blendshapes=at_frames(upper_face(head)).astype(np.float32),
        rest=(head.rest - (_UPRIGHT, 0.0, 0.0)).astype(np.float32),
        notes=notes,
    )


def _smooth(rows: Array) -> Floats:
    smooth: Floats = gaussian_filter1d(rows, _SMOOTH, axis=0, mode="nearest").astype(np.float32)
    return smooth
