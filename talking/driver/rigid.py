"""How a head is turned: the one rotation, scale and place that lays a clip's own median face on each of its meshes.

The fit uses points that neither speech nor brows move, in all three coordinates. On three films of people who turn
by up to 20 degrees, the depth that the face mesh gives was within 8 % of what structure from motion finds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from talking.types import Floats

Array = NDArray[np.float64]

_STABLE = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454),  # forehead and temple, picture's right
    *(109, 67, 103, 54, 21, 162, 127, 234),  # and left
    *(168, 6, 197, 195, 5, 4),  # bridge and tip of the nose
    *(33, 133, 362, 263),  # corners of the eyes
    *(116, 345, 143, 372),  # cheekbones
)
"""Points of the face mesh that lie on bone, or nearly."""

_EYES = ((33, 133), (263, 362))
_FOREHEAD, _CHIN = 10, 152
_TO_THE_RIGHT = ((33, 133, 234, 61), (263, 362, 454, 291))  # from these to those across the face
_PIVOT = (0.0, 2.0, 1.2)
"""The neck about which a head turns, in distances between the eyes from the middle of them: down and back."""

_INNER_LIPS = (13, 14)
_MOST_NOD = 12.0
"""Degrees of pitch that the face mesh reads too little, at most, for lips that are one distance between the eyes apart.
Between 1 and 13 were found, on nine films of people and on drawn heads that speak and keep still."""

_SLOW = 8  # frames, standard deviation; faster is what lips do and heads hardly

_ROUNDS = 4  # of laying meshes on their median; the third changes nothing that counts
_MOST = 200  # meshes that a median is taken of


@dataclass(frozen=True)
class Turned:
    """A head in T meshes, all of which are seen.

    `rest` (3,) and `pose` (T, 3) pitch (down +), yaw (picture's right +) and roll (clockwise +) in degrees: how it is
    held on average against facing the camera, and how it is turned against that; `shift` (T, 2) how far the neck is
    moved right and down, face widths; `faces` (T, 478, 3) the meshes turned back to face the camera, in distances
    between the eyes from the middle of them, x right, y down, z away; `misfit` (T,) how badly the stable points fit,
    root mean square in the same unit.
    """

    rest: Array
    pose: Array
    shift: Array
    faces: Array
    misfit: Array


def turned(meshes: Floats) -> Turned:
    """The head's movement in meshes float32 (T, 478, 3) px, T at least 1, without gaps."""
    points = meshes.astype(np.float64)
    face = _median_face(points)
    model = face[list(_STABLE)]
    scales, rotations, places = _fits(model, points[:, list(_STABLE)])
    faces = _turned_back(points, scales, rotations, places)
    average = _nearest_rotation(rotations.mean(axis=0))
    neck = places + scales[:, None] * (rotations @ np.array(_PIVOT))
    width = float(np.linalg.norm(face[454] - face[234])) * np.median(scales)
    shift = (neck - np.median(neck, axis=0))[:, :2] / width
    misfit = np.sqrt(((faces[:, list(_STABLE)] - model) ** 2).sum(axis=2).mean(axis=1))
    pose = angles(average.T @ rotations)
    pose[:, 0] = _without_speech(pose[:, 0], faces)
    return Turned(angles(average[None])[0], pose, shift, faces, misfit)


def _without_speech(pitch: Array, faces: Array) -> Array:
    """The pitch (T,) without the nods that the face mesh sees in a mouth that opens, judged by the clip's fast part."""
    upper, lower = _INNER_LIPS
    gap = faces[:, lower, 1] - faces[:, upper, 1]
    fast_gap, fast_pitch = (track - gaussian_filter1d(track, _SLOW, mode="nearest") for track in (gap, pitch))
    slope = float(fast_gap @ fast_pitch) / max(float(fast_gap @ fast_gap), 1e-9)
    kept: Array = pitch - np.clip(slope, -_MOST_NOD, 0.0) * (gap - np.median(gap))
    return kept


def angles(rotations: Array) -> Array:
    """Pitch, yaw and roll in degrees (T, 3) of rotations (T, 3, 3), taken apart as roll x yaw x pitch."""
    pitch = np.arctan2(rotations[:, 2, 1], rotations[:, 2, 2])
    yaw = np.arcsin(np.clip(rotations[:, 2, 0], -1.0, 1.0))
    roll = np.arctan2(rotations[:, 1, 0], rotations[:, 0, 0])
    degrees: Array = np.degrees(np.stack([pitch, yaw, roll], axis=1))
    return degrees


def _median_face(points: Array) -> Array:
    """The clip's median mesh (478, 3), facing the camera, with the middle of the eyes at 0 and their distance 1."""
    sample = points[:: -(-len(points) // _MOST)]
    face = _facing(sample[len(sample) // 2])
    for _ in range(_ROUNDS):
        scales, rotations, places = _fits(face[list(_STABLE)], sample[:, list(_STABLE)])
        face = _facing(np.median(_turned_back(sample, scales, rotations, places), axis=0))
    return face


def _facing(mesh: Array) -> Array:
    """A mesh (478, 3) in the axes of its own face, in distances between the eyes."""
    eyes = np.array([mesh[list(corners)].mean(axis=0) for corners in _EYES])
    left, right = _TO_THE_RIGHT
    x = mesh[list(right)].sum(axis=0) - mesh[list(left)].sum(axis=0)
    x /= np.linalg.norm(x)
    y = mesh[_CHIN] - mesh[_FOREHEAD]
    y -= x * (y @ x)
    y /= np.linalg.norm(y)
    axes = np.stack([x, y, np.cross(x, y)], axis=1)
    facing: Array = (mesh - eyes.mean(axis=0)) @ axes / np.linalg.norm(eyes[0] - eyes[1])
    return facing


def _turned_back(points: Array, scales: Array, rotations: Array, places: Array) -> Array:
    """Points (T, N, 3) px in the face's own axes and unit: the inverse of points = scale x rotation x face + place."""
    back: Array = (points - places[:, None]) @ rotations / scales[:, None, None]
    return back


def _fits(model: Array, points: Array) -> tuple[Array, Array, Array]:
    """Scales (T,), rotations (T, 3, 3) and places (T, 3) that lay `model` (N, 3) on points (T, N, 3): Umeyama 1991."""
    centre, middles = model.mean(axis=0), points.mean(axis=1)
    offsets = model - centre
    u, size, v = np.linalg.svd((points - middles[:, None]).transpose(0, 2, 1) @ offsets)
    sign = np.ones_like(size)
    sign[:, 2] = np.sign(np.linalg.det(u @ v))
    rotations: Array = (u * sign[:, None]) @ v
    scales: Array = (size * sign).sum(axis=1) / (offsets**2).sum()
    places: Array = middles - scales[:, None] * (rotations @ centre)
    return scales, rotations, places


def _nearest_rotation(matrix: Array) -> Array:
    u, _, v = np.linalg.svd(matrix)
    rotation: Array = (u * np.array([1.0, 1.0, np.sign(np.linalg.det(u @ v))])) @ v
    return rotation
