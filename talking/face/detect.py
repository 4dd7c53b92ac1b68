"""Faces in a picture, with the 478-point mesh of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np

from talking.errors import FaceError, FaceTooSmall, NoFace
from talking.face.models import face_boxes, face_meshes
from talking.types import Face, Floats, Image, Portrait

Point: TypeAlias = tuple[float, float]

MAX_FACES = 8
"""More faces than this are not looked for: the largest one speaks."""

MIN_EYE_DISTANCE = 24.0
"""Least distance between the eye centres, px, for a mouth that can be seen to move."""

LYING = 60.0
"""Degrees that a head leans from which it is more likely that the picture was never turned upright."""

_EYE_CORNERS = ((33, 133), (263, 362))
_MUST_BE_INSIDE = (33, 133, 263, 362, 1, 61, 291, 0, 13)  # eye corners, nose tip, mouth corners, upper lip


def find_faces(image: Image) -> list[Face]:
    """The faces in `image` (uint8 RGB), largest first, at most MAX_FACES; empty when there is none.

    Raises Unavailable when mediapipe cannot be used here.
    """
    image = np.ascontiguousarray(image)
    meshes = [_refined(image, mesh) for mesh in face_meshes(image, max_faces=MAX_FACES)] or _found_by_box(image)
    faces: list[Face] = []
    for mesh in sorted(meshes, key=_area, reverse=True):
        box = _box(mesh)
        if all(_overlap(box, face.box) < 0.5 for face in faces):
            faces.append(Face(box=box, score=_score(image, box), landmarks=mesh))
    return faces


def find_portrait(
    image: Image, notes: Sequence[str] = (), *, face: int | Point | None = None, size: tuple[int, int] | None = None
) -> Portrait:
    """The picture with the face that shall speak, ready for an engine. `notes` are kept and added to.

    `face` is None for the largest, a number in the order of `find_faces` (0 is the largest), or a point (x, y): the
    face whose box holds it, or the nearest one, when the point is no farther from its box than half that box's
    longer side. Points, and positions in messages, are px of the picture as the user has it, upright, whose (width,
    height) is `size`; without a size, of `image`.

    Raises NoFace, FaceTooSmall, FaceError when there is no such face or its eyes or mouth lie outside the picture,
    Unavailable.
    """
    faces = find_faces(image)
    if not faces:
        raise NoFace(
            "No face was found in the picture. Use one where a single face looks at the camera, well lit, "
            "with both eyes and the mouth in view."
        )
    height, width = image.shape[:2]
    scale = np.array(size or (width, height), np.float32) / (width, height)
    index = _chosen(faces, face, scale)
    _check_usable(faces[index], width, height)
    if len(faces) > 1:
        many = "Several" if len(faces) >= MAX_FACES - 1 else str(len(faces))  # the detector stops counting there
        which = "the largest one" if face is None else f"face {index} at {_place(faces[index], scale)}"
        notes = (*notes, f"{many} faces found; {which} speaks.")
    if abs(_roll(faces[index].landmarks)) > LYING:
        notes = (*notes, "The face lies on its side: turn the picture upright if it should not.")
    return Portrait(image=image, face=faces[index], num_faces=len(faces), notes=tuple(notes))


def _chosen(faces: Sequence[Face], wanted: int | Point | None, scale: Floats) -> int:
    """The number of the face that is wanted; `scale` (2,) turns px of the picture into those of the user."""
    if wanted is None:
        return 0
    if isinstance(wanted, int):
        if not 0 <= wanted < len(faces):
            raise FaceError(f"There is no face {wanted} in the picture. {_listed(faces, scale)}")
        return wanted
    point = np.array(wanted, np.float32) / scale
    away = [_distance(point, face.box) for face in faces]
    # A point within two boxes means the face whose middle is nearer.
    nearest = min(range(len(faces)), key=lambda i: (away[i], float(np.linalg.norm(point - _middle(faces[i])))))
    reach = float((faces[nearest].box[2:] - faces[nearest].box[:2]).max()) / 2
    if away[nearest] > reach:
        raise FaceError(f"There is no face at ({wanted[0]:.0f}, {wanted[1]:.0f}). {_listed(faces, scale)}")
    return nearest


def _listed(faces: Sequence[Face], scale: Floats) -> str:
    """Where the faces are, for a user who asked for one that is not there."""
    places = ", ".join(f"{number} at {_place(face, scale)}" for number, face in enumerate(faces))
    if len(faces) == 1:
        return f"The only one is number {places}."
    return f"It has {len(faces)}, the largest first: {places}. Choose one of these."


def _place(face: Face, scale: Floats) -> str:
    x, y = _middle(face) * scale
    return f"({x:.0f}, {y:.0f})"


def _middle(face: Face) -> Floats:
    middle: Floats = (face.box[:2] + face.box[2:]) / 2
    return middle


def _distance(point: Floats, box: Floats) -> float:
    """How far a point lies outside of a box, px; 0 inside."""
    return float(np.linalg.norm(np.maximum(np.maximum(box[:2] - point, point - box[2:]), 0)))


def _check_usable(face: Face, width: int, height: int) -> None:
    needed = face.landmarks[list(_MUST_BE_INSIDE), :2]
    if (needed < 0).any() or (needed > (width, height)).any():
        raise FaceError(
            "The face is cut off by the edge of the picture. Use a picture that shows both eyes and the whole mouth."
        )
    distance = eye_distance(face.landmarks)
    if distance < MIN_EYE_DISTANCE:
        raise FaceTooSmall(
            f"The face is too small to speak: its eyes are {distance:.0f} pixels apart and {MIN_EYE_DISTANCE:.0f} "
            "are needed. Crop the picture to the head or use a larger one."
        )


def eye_distance(landmarks: Floats) -> float:
    """Distance between the two eye centres in space, px, of landmarks float32 (478, 3)."""
    a, b = (landmarks[list(corners)].mean(axis=0) for corners in _EYE_CORNERS)
    return float(np.linalg.norm(a - b))


def _roll(landmarks: Floats) -> float:
    """How far the head leans in the picture, degrees, clockwise positive."""
    a, b = (landmarks[list(corners), :2].mean(axis=0) for corners in _EYE_CORNERS)
    return float(np.degrees(np.arctan2(b[1] - a[1], b[0] - a[0])))


def mesh_near(image: Image, box: Floats, *, margin: float = 1.7) -> Floats | None:
    """The face mesh, float32 (478, 3) px, found in a square of `margin` times the larger side of `box`, or None."""
    crop, corner = _square(image, box, margin)
    found = face_meshes(crop, max_faces=1)
    if not found:
        return None
    mesh = found[0]
    mesh[:, :2] += corner
    return mesh


def _refined(image: Image, mesh: Floats) -> Floats:
    """The mesh measured again on its own crop: much better on small faces."""
    box = _box(mesh)
    again = mesh_near(image, box)
    return again if again is not None and _overlap(box, _box(again)) > 0.4 else mesh


def _found_by_box(image: Image) -> list[Floats]:
    """Meshes by way of the face detectors, for faces the mesh model alone overlooks."""
    for far in (True, False):
        meshes = []
        for box, _ in face_boxes(image, far=far)[:MAX_FACES]:
            mesh = mesh_near(image, box, margin=2.0)
            if mesh is not None:
                meshes.append(_refined(image, mesh))
        if meshes:
            return meshes
    return []


def _score(image: Image, box: Floats) -> float:
    """The face detector's confidence in a face whose mesh was found; 0.5 when it does not agree."""
    crop, corner = _square(image, box, 2.0)
    scores = [score for near, score in face_boxes(crop, far=False) if _overlap(near + np.tile(corner, 2), box) > 0.3]
    return max(scores, default=0.5)


def _square(image: Image, box: Floats, margin: float) -> tuple[Image, Floats]:
    """A square crop around the box centre, black beyond the picture, and its top left corner in px."""
    side = max(int(np.ceil(margin * max(box[2] - box[0], box[3] - box[1]))), 16)
    x0, y0 = (np.floor((box[:2] + box[2:]) / 2 - side / 2)).astype(int)
    height, width = image.shape[:2]
    inside = image[max(y0, 0) : min(y0 + side, height), max(x0, 0) : min(x0 + side, width)]
    top, left = max(-y0, 0), max(-x0, 0)
    bottom, right = side - top - inside.shape[0], side - left - inside.shape[1]
    crop = cv2.copyMakeBorder(inside, top, bottom, left, right, cv2.BORDER_CONSTANT)
    return crop.astype(np.uint8, copy=False), np.array([x0, y0], np.float32)


def _box(mesh: Floats) -> Floats:
    corners: Floats = np.concatenate([mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)])
    return corners


def _area(mesh: Floats) -> float:
    width, height = np.ptp(mesh[:, :2], axis=0)
    return float(width * height)


def _overlap(a: Floats, b: Floats) -> float:
    """Intersection over union of two boxes."""
    size = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None)
    shared = float(size[0] * size[1])
    union = float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2])) - shared
    return shared / max(union, 1e-6)
