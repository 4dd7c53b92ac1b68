"""Portraits by formula: a textured picture, and a face of plain geometry at a place of one's choice."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from talking.types import Face, Frame, Image, Portrait

MakePortrait = Callable[..., Portrait]

# Points of the mesh that framing looks at, in lengths of the face from its middle: x to the right, y downwards.
_POINTS = {
    10: (0, -0.5),
    152: (0, 0.5),
    67: (-0.15, -0.48),
    297: (0.15, -0.48),
    109: (-0.1, -0.5),
    338: (0.1, -0.5),
    127: (-0.38, -0.2),
    356: (0.38, -0.2),
    33: (-0.26, -0.1),
    133: (-0.1, -0.1),
    263: (0.26, -0.1),
    362: (0.1, -0.1),
    1: (0, 0.08),
}


@functools.cache
def scene(width: int, height: int) -> Image:
    """Slow colours with fine ripples: cropping and scaling it can be told from doing neither."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    ripple = 20 * np.sin(x / 7) * np.cos(y / 9)
    planes = [90 + 60 * np.sin(x / 61 + k) + 40 * np.cos(y / (47 + 9 * k)) + ripple for k in range(3)]
    return np.clip(np.dstack(planes), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def make_portrait() -> MakePortrait:
    """make_portrait(width, height, x, y, length): a face of `length` px from forehead to chin around (x, y)."""

    def make(width: int = 640, height: int = 480, x: float = 320, y: float = 240, length: float = 120) -> Portrait:
        rng = np.random.default_rng(0)
        angle, radius = rng.uniform(0, 2 * np.pi, 478), np.sqrt(rng.uniform(0, 1, 478))
        mesh = np.stack([0.38 * radius * np.cos(angle), 0.5 * radius * np.sin(angle), np.zeros(478)], axis=1)
        for index, point in _POINTS.items():
            mesh[index, :2] = point
        points = (mesh * length + (x, y, 0)).astype(np.float32)
        box = np.concatenate([points[:, :2].min(axis=0), points[:, :2].max(axis=0)])
        return Portrait(scene(width, height), Face(box, 0.9, points))

    return make


@pytest.fixture(scope="session")
def watched() -> type:
    """watched(frames): a source of frames that keeps the promises of one and no more."""
    return Watched


class Watched:
    """Frames that know whether they were closed, overwritten with noise as soon as the next one is asked for."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames, self._shown = iter(frames), None
        self.closed = False

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        if self._shown is not None:
            self._shown[:] = np.random.default_rng(1).integers(0, 255, self._shown.shape, dtype=np.uint8)
        self._shown = next(self._frames).copy()
        return self._shown

    def close(self) -> None:
        self.closed = True
