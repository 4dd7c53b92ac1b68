"""What the face in a video does, frame by frame, measured by face mesh on the decoded pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from talking.face.detect import find_faces, mesh_near
from talking.types import Floats, Image

_INNER_LIP_PAIRS = ((13, 14), (82, 87), (312, 317))
_LID_PAIRS = ((159, 145), (386, 374))
_EYE_WIDTHS = ((33, 133), (263, 362))


@dataclass(frozen=True)
class FaceTracks:
    """Per video frame, NaN where no face was seen; lengths in interocular distances.

    `aperture` (T,) mean inner-lip gap; `centre_gap` (T,) the gap of its middle pair; `width` (T,) between the mouth
    corners; `lids` (T,) lid gap over eye width, mean of both eyes; `pose` (T, 3) pitch, yaw, roll in degrees, rough;
    `times` (T,) seconds
    of the frames' middles; `fps` of the video.
    """

    aperture: Floats
    centre_gap: Floats
    width: Floats
    lids: Floats
    pose: Floats
    times: Floats
    fps: float

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which frames show a face, bool (T,)."""
        seen: NDArray[np.bool_] = np.isfinite(self.aperture)
        return seen


def face_tracks(
    frames: Iterable[tuple[float, Image]], fps: float, *, observe: Callable[[Image, Floats], None] | None = None
) -> FaceTracks:
    """The tracks of a video's frames (seconds, uint8 RGB), one at a time; `observe` sees each frame that has a face,
    with its mesh float32 (478, 3) px.
    """
    rows, times = [], []
    box: Floats | None = None
    for seconds, image in frames:
        mesh = mesh_near(image, box, margin=1.7) if box is not None else None
        if mesh is None:
            faces = find_faces(image)
            mesh = faces[0].landmarks if faces else None
        if mesh is not None:
            box = np.concatenate([mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)])
            if observe:
                observe(image, mesh)
        rows.append(measure(mesh) if mesh is not None else np.full(7, np.nan))
        times.append(seconds + 0.5 / fps)
    table = np.array(rows, dtype=np.float32).reshape(-1, 7)
    columns = (table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4:7])
    return FaceTracks(*columns, np.array(times, dtype=np.float32), fps)


def measure(mesh: Floats) -> Floats:
    """Aperture, centre gap, width, lids, pitch, yaw, roll of one mesh (478, 3) in px."""
    eyes = [mesh[list(pair)].mean(axis=0) for pair in _EYE_WIDTHS]
    unit = float(np.linalg.norm(eyes[0] - eyes[1]))
    gaps = [_distance(mesh, pair) / unit for pair in _INNER_LIP_PAIRS]
    lids = [_distance(mesh, lid) / _distance(mesh, width) for lid, width in zip(_LID_PAIRS, _EYE_WIDTHS, strict=True)]
    across, down = mesh[454] - mesh[234], mesh[152] - mesh[10]
    pitch = np.degrees(np.arctan2(-down[2], down[1]))
    yaw = np.degrees(np.arctan2(-across[2], across[0]))
    roll = np.degrees(np.arctan2(across[1], across[0]))
    width = _distance(mesh, (61, 291)) / unit
    return np.array([np.mean(gaps), gaps[0], width, np.mean(lids), pitch, yaw, roll], dtype=np.float32)


def _distance(mesh: Floats, pair: tuple[int, int]) -> float:
    return float(np.linalg.norm(mesh[pair[0]] - mesh[pair[1]]))
