"""A cloud of ringlets."""

from __future__ import annotations

import numpy as np
from canvas import Array, Canvas, Strokes, rgb
from light import KEY
from person import Person
from strands import Points, ink_for

_CENTRE, _RADII = np.array([0.0, -0.38]), np.array([1.62, 1.60])


def cloud(person: Person, canvas: Canvas, count: int, behind: bool) -> Strokes:
    """Ringlets around the head, the outer ones first; those in front leave the face free, those `behind` are darker."""
    rng = np.random.default_rng(person.seed + (90 if behind else 91))
    dark, light = (0.25, 0.6) if behind else (0.5, 1.25)
    ink = ink_for(person, canvas)
    for i, root in enumerate(_roots(rng, count, behind)):
        out = (root - _CENTRE) / _RADII + rng.normal(0, 0.35, 2) + np.array([0, 0.25])
        _ringlet(ink, person, root, out / np.hypot(*out), dark + (light - dark) * i / count, rng)
    return ink


def _roots(rng: np.random.Generator, count: int, behind: bool) -> list[Points]:
    roots: list[tuple[float, Points]] = []
    while len(roots) < count:
        place = rng.uniform(-1, 1, 2)
        root = _CENTRE + place * _RADII
        on_face = root[0] ** 2 + ((root[1] - 0.5) / 1.42) ** 2 < rng.uniform(0.97, 1.12)
        if np.hypot(*place) < 1 and (behind or not on_face):
            roots.append((float(np.hypot(*place)) + rng.normal(0, 0.22), root))
    return [root for _, root in sorted(roots, key=lambda item: -item[0])]


def _ringlet(ink: Strokes, person: Person, root: Points, out: Points, tone: float, rng: np.random.Generator) -> None:
    """Three hairs winding together, lit by the ball of hair and by their own turns."""
    s = np.linspace(0, 1, 34)
    across = np.array([-out[1], out[0]])
    turns, radius, reach = rng.uniform(2.2, 3.6), rng.uniform(0.035, 0.062), rng.uniform(0.2, 0.34)
    start = rng.uniform(0, 2 * np.pi)
    for hair in range(3):
        phase = 2 * np.pi * turns * s + start + 0.22 * hair
        line = root + np.outer(reach * (s - 0.4) + 0.55 * radius * np.cos(phase), out)
        line = line + np.outer(radius * np.sin(phase) * (1 - 0.3 * s), across)
        ball = (line - _CENTRE) / _RADII / 1.08
        normal = np.column_stack([ball, np.sqrt(np.clip(1 - (ball**2).sum(1), 0.02, 1))])
        facing = np.clip((normal @ KEY + 0.35) / 1.35, 0, 1)
        turn = 0.5 + 0.5 * np.sin(phase + 0.9)
        level = tone * rng.uniform(0.8, 1.15)
        dull = rgb(person.hair) * (level * (0.25 + 0.9 * facing) * (0.35 + 0.85 * turn))[:, None]
        shine = rgb(person.shine) * (0.55 * level * facing**2 * turn**6)[:, None]
        colours: Array = np.asarray(dull + shine, np.float32)
        ink.draw(line, colours, 0.012)
