"""What people wear: a plain crew-neck jumper or a top with an open neck."""

from __future__ import annotations

import numpy as np
from canvas import Array, Canvas, bump, curve, mix, rgb, smoothstep
from light import shade
from person import Person


def outline(person: Person, v: Array) -> Array:
    """Half width of the clothed body."""
    k = 0.75 + 0.25 * person.neck / 0.56
    return curve(
        v, ((1.84, 0.60), (1.98, 0.86), (2.11, 1.27), (2.26, 1.68), (2.46, 2.0), (2.8, 2.22), (3.4, 2.36))
    ) * np.float32(k)


def neckline(person: Person, u: Array) -> Array:
    """v of the collar's upper edge at u."""
    a = np.abs(u) / person.neck
    if person.collar == "crew":
        return curve(a, ((0, 2.24), (0.4, 2.20), (0.75, 2.08), (1.0, 1.93), (1.12, 1.82), (1.3, 1.7)))
    return curve(a, ((0, 2.62), (0.4, 2.52), (0.9, 2.32), (1.4, 2.1), (1.75, 1.95), (2.2, 1.7)))


def wear(canvas: Canvas, person: Person, picture: Array, u: Array, v: Array) -> Array:
    """The garment laid over the body, with the shade its edge throws."""
    half = outline(person, v)
    below = v - neckline(person, u)
    inside = canvas.edge(half - np.abs(u)) * canvas.edge(below)
    z = 0.85 * np.clip(1 - (u / half) ** 2, 0, 1) ** 0.5
    band = 0.13
    z = (
        z
        + 0.05 * smoothstep(0.0, 0.03, below) * (1 - smoothstep(band - 0.02, band + 0.02, below))
        - 0.06 * (1 - smoothstep(0, 0.05, below))
    )
    z = z + _folds(canvas, person, u, v) * smoothstep(band, band + 0.3, below)
    z = z - 0.05 * _seams(person, u, v)
    rib = (
        np.cos(np.arctan2(u, v - 1.2) * 150)
        * smoothstep(0.012, 0.03, below)
        * (1 - smoothstep(band - 0.02, band, below))
    )
    lit = shade(canvas, np.asarray(z + 0.004 * rib, np.float32), 0.6, 0.6)
    base = (
        rgb(person.cloth)
        * (1 + 0.16 * rib * (below < band))[..., None]
        * _knit(canvas, person, u, v, below - band)[..., None]
    )
    cloth = base * (lit.diffuse * 0.9 + 0.06) + (0.012 * lit.gleam)[..., None]
    edge = np.exp(-(np.clip(below + 0.0, -1, 0) ** 2) / 0.004) * (below < 0)
    picture = picture * (1 - 0.4 * edge * (np.abs(u) < half))[..., None]
    return mix(np.asarray(picture, np.float32), np.asarray(cloth, np.float32), inside)


def _seams(person: Person, u: Array, v: Array) -> Array:
    """Where sleeves are set in, and the fold between arm and chest."""
    a = np.abs(u) * 0.56 / person.neck * (0.75 + 0.25 * person.neck / 0.56)
    sleeve = np.exp(-(((a - curve(v, ((2.0, 0.95), (2.4, 1.25), (2.9, 1.42), (3.4, 1.45)))) / 0.012) ** 2))
    fold = bump(a, v, (1.5, 3.1), (0.05, 0.45), 0.12)
    return np.asarray(0.25 * sleeve * (v > 2.05) + 1.6 * fold, np.float32)


def _folds(canvas: Canvas, person: Person, u: Array, v: Array) -> Array:
    soft = 0.03 * canvas.noise((0.5, 0.9), person.seed + 30) + 0.012 * canvas.noise((0.22, 0.4), person.seed + 31)
    pull = 0.03 * np.sin(7 * (np.abs(u) * 0.8 + v * 0.9) + 1.5 * canvas.noise(0.8, person.seed + 32))
    return np.asarray(soft + pull * bump(np.abs(u), v, (1.4, 2.8), (0.5, 0.5)), np.float32)


def _knit(canvas: Canvas, person: Person, u: Array, v: Array, below: Array) -> Array:
    """Brightness of small V-shaped stitches in rows."""
    cell = 0.052
    column = (u / cell) % 1 - 0.5
    row = (v / cell * 1.25 + np.abs(column) * 1.1) % 1 - 0.5
    stitch = (
        1
        - 0.30 * np.abs(row * 2) ** 2
        - 0.28 * smoothstep(0.38, 0.5, np.abs(column))
        - 0.12 * np.exp(-((column / 0.07) ** 2))
    )
    wool = 1 + 0.035 * canvas.noise(0.02, person.seed + 33)
    return np.asarray(np.where(below > 0, stitch * wool, 0.92), np.float32)
