"""Depth of every point of a portrait, and how much it follows the head and the breath."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.faceframe import Array, FaceFrame, smoothstep
from talking.engines.mesh.matte import Layers
from talking.engines.mesh.sampling import lookup
from talking.types import Floats

Mask: TypeAlias = NDArray[np.bool_]

MARGIN = 0.5
"""How far beyond the picture the relief reaches, IOD: without it the picture's edge tears when the head rolls."""

_DENSITY = 40.0  # px per IOD; depth and weights are smooth, more would only cost time


@dataclass(frozen=True)
class Relief:
    """Smooth maps over the picture and MARGIN around it, float32 (h, w), `scale` map px per picture px.

    `depth` in IOD, growing away from the viewer, in picture space; `outside` the distance to the outline of the
    face in IOD, 0 inside; `head` and `breath` in [0, 1], how much a point follows either.
    """

    scale: float
    margin: float
    depth: Floats
    outside: Floats
    head: Floats
    breath: Floats

    def at(self, field: Floats, x: Array, y: Array) -> Floats:
        """A map's values at picture points in px."""
        u = ((x + self.margin + 0.5) * self.scale - 0.5).astype(np.float32)
        v = ((y + self.margin + 0.5) * self.scale - 0.5).astype(np.float32)
        return lookup(field, np.stack([u, v], axis=-1))


def relief(frame: FaceFrame, layers: Layers) -> Relief:
    """Depth and weights of a portrait."""
    height, width = layers.subject.shape
    scale, margin = min(1.0, _DENSITY / frame.iod), MARGIN * frame.iod
    size = (int(np.ceil((width + 2 * margin) * scale)), int(np.ceil((height + 2 * margin) * scale)))
    points = (frame.pixels[:468, :2] + margin + 0.5) * scale - 0.5
    unit = scale * frame.iod

    oval = np.zeros(size[::-1], np.uint8)
    cv2.fillPoly(oval, [np.round(points[list(lm.OVAL)] * 16).astype(np.int32)], (1,), shift=4)
    distance, nearest = cv2.distanceTransformWithLabels(1 - oval, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    outside = np.asarray(distance, np.float64) / unit
    depth = _depth(frame, points, oval.astype(bool), outside, np.asarray(nearest), unit)

    rows, columns = np.indices(oval.shape, np.float64)
    x, y = (columns + 0.5) / scale - 0.5 - margin, (rows + 0.5) / scale - 0.5 - margin
    below_chin = frame.to_face(np.stack([x, y, depth * frame.iod], axis=-1))[..., 1] - frame.points[lm.CHIN, 1]
    head = (1 - smoothstep(0, 1.25, below_chin + 0.05)) * (1 - smoothstep(1.3, 2.3, outside))
    subject = _at_scale(layers.subject, scale, margin, size)
    if not layers.layered:  # nothing is filled in behind the head: let the surroundings stretch instead
        away = cv2.distanceTransform((subject < 0.5).astype(np.uint8), cv2.DIST_L2, 5) / unit
        head = head * (1 - smoothstep(0, 1.0, away))
    breath = smoothstep(0.05, 1.3, below_chin) * smoothstep(0.3, 0.7, subject.astype(np.float64))
    return Relief(scale, margin, depth, outside.astype(np.float32), _without_tail(head), _without_tail(breath))


def _depth(frame: FaceFrame, points: Array, inside: Mask, outside: Array, nearest: NDArray[Any], unit: float) -> Floats:
    """The mesh's depth inside the face, going back round the head outside of it; IOD, float32 (h, w)."""
    z = frame.pixels[:468, 2] / frame.iod
    surface, known = _surface(frame.points[:468, :2], points, z, inside.shape)
    surface = np.where(known, surface, np.float32(z[list(lm.OVAL)].mean()))
    of_label = np.zeros(int(nearest.max()) + 1, np.float32)
    of_label[nearest[inside]] = surface[inside]
    depth = np.where(inside, surface, of_label[nearest] + 0.35 * (1 - np.exp(-outside / 0.35)))
    near, far = (np.asarray(cv2.GaussianBlur(depth, (0, 0), sigma * unit), np.float64) for sigma in (0.06, 0.25))
    mix = smoothstep(0, 0.3, outside)
    return np.asarray(near + (far - near) * mix, np.float32)


def _surface(front: Array, points: Array, z: Array, shape: tuple[int, ...]) -> tuple[Floats, Mask]:
    """Depth on the triangulated mesh as it is seen, nearer triangles over farther ones, and where it is known.

    The triangles are found in the frontal view `front`, in which no part of the face hides another.
    """
    triangles = _triangles(front)
    triangles = triangles[np.argsort(-z[triangles].mean(axis=1))]
    label = np.full(shape, -1, np.int32)
    corners = np.round(points[triangles] * 16).astype(np.int32)
    for i, corner in enumerate(corners):
        cv2.fillConvexPoly(label, corner, (i,), shift=4)
    p, q, r = (np.column_stack([points[triangles[:, k]], z[triangles[:, k]]]) for k in range(3))
    normal = np.cross(q - p, r - p)
    flat = np.abs(normal[:, 2]) < 1e-3
    normal[flat] = (0.0, 0.0, 1.0)
    slope = -normal[:, :2] / normal[:, 2:]
    base = p[:, 2] - (slope * p[:, :2]).sum(axis=1)
    rows, columns = np.indices(shape)
    value = slope[label, 0] * columns + slope[label, 1] * rows + base[label]
    low, high = z[triangles].min(axis=1)[label], z[triangles].max(axis=1)[label]
    return np.clip(value, low, high).astype(np.float32), label >= 0


def _triangles(front: Array) -> NDArray[np.intp]:
    """Delaunay triangles over points (N, 2): indices (M, 3)."""
    points = (front * 1000).astype(np.float32)  # the bounds are whole numbers
    (left, top), (right, bottom) = (points.min(axis=0) - 2).astype(int), (points.max(axis=0) + 3).astype(int)
    plane = cv2.Subdiv2D((int(left), int(top), int(right - left), int(bottom - top)))
    for point in points:
        plane.insert((float(point[0]), float(point[1])))
    index = {(point[0].item(), point[1].item()): i for i, point in enumerate(points)}
    found = [
        [index.get((float(t[k]), float(t[k + 1])), -1) for k in (0, 2, 4)] for t in np.array(plane.getTriangleList())
    ]
    triangles = np.array(found, np.intp)
    inner: NDArray[np.intp] = triangles[(triangles >= 0).all(axis=1)]
    return inner


def _at_scale(field: Floats, scale: float, margin: float, size: tuple[int, int]) -> Floats:
    """A picture-sized field on the relief's map, its edge values continued into the margin."""
    matrix = np.array([[1, 0, margin + 0.5], [0, 1, margin + 0.5]]) * scale - [[0, 0, 0.5], [0, 0, 0.5]]
    small = cv2.GaussianBlur(field, (0, 0), 0.4 / scale) if scale < 0.7 else field
    return np.asarray(cv2.warpAffine(small, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _without_tail(weight: Array) -> Floats:
    """The weight with its faint tail cut to exactly 0, so that what hardly moves does not move."""
    return np.clip((weight - 0.002) / 0.998, 0, 1).astype(np.float32)
