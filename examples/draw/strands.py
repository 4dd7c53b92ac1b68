"""Strands of hair along guide lines, each lit along its length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from canvas import Array, Canvas, Strokes, rgb
from light import KEY
from numpy.typing import NDArray
from person import Person
from scipy.interpolate import CubicSpline, PchipInterpolator

Points = NDArray[np.float64]
Guide = Sequence[tuple[float, float]]

_HALFWAY = np.array([-0.06, -0.41, 0.91])
"""Between the key light and the viewer; drawn to the middle, so that both sides of a parting shine."""


@dataclass(frozen=True)
class Cut:
    """How the locks between guides look: counts, tone from the first to the last, lengths in eye distances."""

    locks: int
    hairs: int = 26
    wave: float = 0.03
    waves: float = 2.0
    tone: tuple[float, float] = (0.7, 1.15)
    width: float = 0.009
    lock: float = 0.05
    points: int = 40
    start: float = 0.0
    ragged: float = 0.1


def ink_for(person: Person, canvas: Canvas) -> Strokes:
    """An empty layer for a person's hair."""
    return Strokes(canvas, rgb(person.hair) * np.float32(0.8))


def resample(guide: Guide, n: int) -> Points:
    """`n` evenly spaced points on a smooth line through a guide."""
    points = np.array(guide, float)
    run = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    return np.asarray(CubicSpline(run, points)(np.linspace(0, run[-1], n)), np.float64)


def volume(x: Points, y: Points) -> Points:
    """Height of the hair's bulk, used to light it: a dome on top, a column below."""
    top = np.minimum(y + 0.25, 0) / 1.62
    return np.asarray(1.3 * np.sqrt(np.clip(1 - (x / 1.75) ** 2 - top**2, 0.004, 1)), np.float64)


def strand_colours(person: Person, points: Points, tone: float) -> Array:
    """Linear colours along a strand: soft light by where it faces, two highlights by how it runs."""
    z = volume(points[:, 0], points[:, 1])
    run = np.gradient(np.column_stack([points, z]), axis=0)
    run /= np.linalg.norm(run, axis=1, keepdims=True) + 1e-9
    e = 0.02
    nx = -(volume(points[:, 0] + e, points[:, 1]) - volume(points[:, 0] - e, points[:, 1])) / (2 * e)
    ny = -(volume(points[:, 0], points[:, 1] + e) - volume(points[:, 0], points[:, 1] - e)) / (2 * e)
    normal = np.column_stack([nx, ny, np.ones_like(nx)])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    facing = np.clip((normal @ KEY + 0.55) / 1.5, 0, 1)
    along = run @ _HALFWAY
    first = np.clip(1 - (along + 0.04) ** 2, 0, 1) ** 30
    second = np.clip(1 - (along - 0.06) ** 2, 0, 1) ** 9
    light = (0.30 + 0.9 * facing) * tone
    light *= np.interp(np.linspace(0, 1, len(points)), [0, 0.08, 0.9, 1], [0.7, 1, 1, 0.9])
    colour = rgb(person.hair) * light[:, None]
    shine = rgb(person.shine) * (facing * (0.42 * second + 0.5 * first) * tone)[:, None]
    return np.asarray(colour + shine, np.float32)


def fan(person: Person, guides: Sequence[Guide], cut: Cut, seed: int, ink: Strokes) -> None:
    """Locks of hair between neighbouring guides; each lock is round, waves as one and narrows to its tip."""
    rng = np.random.default_rng(seed)
    n = 4 * cut.points
    lines = np.stack([resample(guide, n) for guide in guides])
    across = PchipInterpolator(np.linspace(0, 1, len(guides)), lines, axis=0)
    s = np.linspace(0, 1, n)
    for k in range(cut.locks):
        middle = np.array(across(rng.uniform(0, 1)))
        side = np.gradient(middle, axis=0)
        side = np.column_stack([-side[:, 1], side[:, 0]]) / (np.hypot(*side.T)[:, None] + 1e-9)
        phase, turn = rng.uniform(-0.9, 0.9) + np.pi * (k % 2), cut.waves * 2 * np.pi * rng.uniform(0.9, 1.1)
        swing = cut.wave * s**0.7 * np.sin(turn * s + phase) * rng.uniform(0.5, 1.3)
        tone = cut.tone[0] + (cut.tone[1] - cut.tone[0]) * (0.5 * k / cut.locks + 0.5 * rng.uniform())
        end, first = 1 - abs(rng.normal(0, cut.ragged)), cut.start * rng.uniform()
        offsets = rng.normal(0, 0.5, cut.hairs)
        for offset in offsets[np.argsort(-np.abs(offsets))]:
            spread = offset * cut.lock * (1.05 - 0.75 * s**1.5)
            spread += 0.006 * np.sin(19 * s + rng.uniform(0, 6.28)) * rng.uniform()
            last = max(12, int(n * min(1.0, end * (1 - abs(rng.normal(0, 0.03))))))
            strand = np.s_[int(first * n) + int(rng.integers(4)) : last : 4]
            line = (middle + side * (swing + spread)[:, None])[strand]
            if len(line) > 3:
                level = tone * float(np.clip(1.05 - 0.5 * offset**2, 0.6, 1.1)) * rng.uniform(0.85, 1.12)
                ink.draw(line, strand_colours(person, line, level), cut.width * rng.uniform(0.6, 1.3))
