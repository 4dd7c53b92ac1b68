"""Short hair brushed up, the sides below it, and beards."""

from __future__ import annotations

import numpy as np
from canvas import Array, Canvas, Strokes, mix, rgb
from person import Person
from shapes import Mouth, outline_ratio
from skin import beard_zone
from strands import Cut, fan, ink_for

_CROP = (
    ((-1.10, -0.40), (-1.19, -0.75), (-1.14, -1.15)),
    ((-1.00, -0.70), (-1.13, -1.12), (-0.88, -1.58)),
    ((-0.68, -0.92), (-0.82, -1.40), (-0.40, -1.85)),
    ((-0.22, -0.99), (-0.30, -1.52), (0.20, -1.95)),
    ((0.30, -0.99), (0.33, -1.52), (0.75, -1.85)),
    ((0.74, -0.88), (0.90, -1.30), (1.05, -1.56)),
    ((1.02, -0.66), (1.17, -1.00), (1.18, -1.25)),
    ((1.11, -0.38), (1.21, -0.70), (1.20, -0.95)),
)
"""Guides of a short cut, brushed up and to one side, from temple to temple."""


def crop(person: Person, canvas: Canvas) -> Strokes:
    """A short cut: clipped sides down to the sideburns, longer hair on top."""
    ink = ink_for(person, canvas)
    rng = np.random.default_rng(person.seed + 110)
    for _ in range(9000):
        side = rng.choice((-1, 1))
        y = rng.uniform(-1.15, person.sideburn)
        inner = np.interp(y, (-1.15, -0.55, -0.3, 0.0, 0.42), (0.70, 0.93, 1.00, 1.03, 1.02))
        outer = np.interp(y, (-1.15, 0.0, 0.42), (1.2, 1.19, 1.13))
        x = inner + (outer - inner) * rng.uniform()
        thin = (x - inner) / 0.09 * (1 - 0.6 * max(0.0, (y + 0.1) / (person.sideburn + 0.1)))
        if rng.uniform() > thin**0.7:
            continue
        _tuft(ink, person, (side * x, y), (-side * 0.05, 1.0), 0.05, rng)
    for salt, tone, start in ((116, (0.3, 0.6), 0.5), (115, (0.6, 1.25), 0.45)):
        top = Cut(150, hairs=22, wave=0.035, waves=0.8, tone=tone, start=start, lock=0.06, ragged=0.2, points=22)
        fan(person, _CROP, top, person.seed + salt, ink)
    return ink


def _tuft(
    ink: Strokes,
    person: Person,
    root: tuple[float, float],
    way: tuple[float, float],
    length: float,
    rng: np.random.Generator,
) -> None:
    """One short hair."""
    s = np.linspace(0, 1, 5)[:, None]
    angle = np.arctan2(way[1], way[0]) + rng.normal(0, 0.3)
    bend = rng.normal(0, 0.25)
    reach = length * rng.uniform(0.5, 1.3)
    line = np.array(root) + reach * s * np.column_stack(
        [np.cos(angle + bend * s[:, 0]), np.sin(angle + bend * s[:, 0])]
    )
    lit = (0.95 - 0.30 * np.clip(root[0], -1.2, 1.2)) * rng.uniform(0.7, 1.6)
    colour = rgb(person.hair) * lit + rgb(person.shine) * max(0.0, rng.normal(0, 0.12)) * lit
    ink.draw(line, np.broadcast_to(colour, (5, 3)), 0.005)


def beard(canvas: Canvas, person: Person, picture: Array, light: Array) -> Array:
    """Short hairs over the lower face, thickest along the jaw."""
    if not person.stubble:
        return picture
    rng = np.random.default_rng(person.seed + 120)
    ink = ink_for(person, canvas)
    u, v = rng.uniform(-1.1, 1.1, 26_000).astype(np.float32), rng.uniform(0.2, 1.75, 26_000).astype(np.float32)
    zone = beard_zone(u, v, person) * (outline_ratio(u, v, person) < 0.985)
    for x, y, dense in zip(u, v, zone, strict=True):
        if rng.uniform() > dense * person.stubble:
            continue
        above = y < Mouth(person).middle - 0.06
        way = (2.2 * x, 0.8) if above and abs(x) < 0.45 else (0.35 * x, 1.0)
        _tuft(ink, person, (float(x), float(y)), way, 0.055 if above else 0.075, rng)
    shaded = (ink.colour.astype(np.float32) / 255) ** 2.2 * (0.25 + light)
    return mix(picture, shaded, ink.cover.astype(np.float32) / 255 * 0.7)
