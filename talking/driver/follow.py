"""One face followed through a clip: its mesh in every frame that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from talking.face.detect import find_faces, mesh_near
from talking.types import FPS, Face, Floats, Image

COUNT_EVERY = FPS
"""Frames between two counts of the faces in the picture; between them only the one that is followed is looked at."""

_LOST_FOR = FPS // 2
"""Frames without the face after which any other is taken for the same person: the clip was cut, or the person moved."""

_NEAR = 1.0
"""Sizes of a face by which it can have moved away until it is found again, before that."""


_LOOKS = (1.7, 2.1)
"""Margins of the crops in which the face is measured, for their mean: each crop has errors of its own, and two bring
the pitch of a film nearer to what was played (correlation .81 to .86 and .66 to .72 on talking heads that nod little).
"""


@dataclass(frozen=True)
class Followed:
    """The face in T frames: `times` float32 (T,) seconds; `meshes` float32 (T, 478, 3) px, z in the scale of x, NaN
    where the face was not seen; `num_faces` the most that were seen at once.
    """

    times: Floats
    meshes: Floats
    num_faces: int

    @property
    def missing(self) -> float:
        """The share of frames without the face."""
        return float(np.isnan(self.meshes[:, 0, 0]).mean())


def follow(frames: Iterable[tuple[float, Image]], on_frame: Callable[[int], None]) -> Followed:
    """Follow the face that is the largest where one is first seen. `on_frame(n)` is told how many frames are done.

    Raises Unavailable when mediapipe cannot be used here.
    """
    times: list[float] = []
    meshes: list[Floats] = []
    box: Floats | None = None
    num_faces, lost = 0, 0
    for seconds, image in frames:
        counting = lost > 0 or len(times) % COUNT_EVERY == 0
        mesh = None if counting or box is None else _measured(image, box)
        if mesh is None:
            faces = find_faces(image)
            num_faces = max(num_faces, len(faces))
            found = _same(faces, box if lost < _LOST_FOR else None)
            mesh = None if found is None else _measured(image, _box(found))
            mesh = found if mesh is None else mesh
        lost = lost + 1 if mesh is None else 0
        if mesh is not None:
            box = _box(mesh)
        times.append(seconds)
        meshes.append(mesh if mesh is not None else np.full((478, 3), np.nan, np.float32))
        on_frame(len(times))
    return Followed(np.array(times, np.float32), np.array(meshes, np.float32).reshape(-1, 478, 3), num_faces)


def _measured(image: Image, box: Floats) -> Floats | None:
    """The mean of the meshes near `box` in crops of several sizes, None when a crop shows none there."""
    meshes = []
    for margin in _LOOKS:
        mesh = mesh_near(image, box, margin=margin)
        if mesh is None or not _is_near(_box(mesh), box):
            return None
        meshes.append(mesh)
    mean: Floats = np.mean(meshes, axis=0, dtype=np.float32)
    return mean


def _same(faces: list[Face], box: Floats | None) -> Floats | None:
    """The mesh of the face that is the followed one, last seen in `box`; of the largest when none was."""
    if box is None:
        return faces[0].landmarks if faces else None
    near = [face for face in faces if _is_near(_box(face.landmarks), box)]
    nearest = min(near, key=lambda face: _distance(_box(face.landmarks), box), default=None)
    return nearest.landmarks if nearest else None


def _is_near(box: Floats, last: Floats) -> bool:
    size, before = box[2:] - box[:2], last[2:] - last[:2]
    return _distance(box, last) < _NEAR * float(before.max()) and 0.5 < float(size.max() / before.max()) < 2.0


def _distance(a: Floats, b: Floats) -> float:
    """Between the middles of two boxes, px."""
    return float(np.linalg.norm((a[:2] + a[2:] - b[:2] - b[2:]) / 2))


def _box(mesh: Floats) -> Floats:
    corners: Floats = np.concatenate([mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)])
    return corners
