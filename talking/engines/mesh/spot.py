"""Points of a face at which displacements are asked for."""

from __future__ import annotations

from dataclasses import dataclass

from talking.engines.mesh.faceframe import Array


@dataclass(frozen=True)
class Spot:
    """Points of a face to evaluate fields at: face coordinates `x`, `y`, `z` and the distance `outside` the face's
    outline, all in IOD and of one shape."""

    x: Array
    y: Array
    z: Array
    outside: Array
