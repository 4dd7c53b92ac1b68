"""Colour of the skin and lips, and how both shine."""

from __future__ import annotations

import numpy as np
from canvas import Array, Canvas, bump, mix, rgb, smoothstep
from light import Lit, shade
from person import Person
from shapes import Mouth


def pores(canvas: Canvas, seed: int) -> Array:
    """Fine unevenness of a skin's height."""
    fine = 0.6 * canvas.noise(0.014, seed) + 0.5 * canvas.noise(0.024, seed + 1) + 0.6 * canvas.noise(0.06, seed + 2)
    return np.asarray(fine * 0.0005, np.float32)


def colour(canvas: Canvas, person: Person, u: Array, v: Array) -> Array:
    """Skin as it would look in even light, linear (H, W, 3)."""
    a = np.abs(u)
    base = np.broadcast_to(rgb(person.skin), (*u.shape, 3)).copy()
    flush = 0.55 * bump(a, v, (0.68, 0.52), (0.34, 0.26), -0.35)
    flush += 0.45 * bump(a, v, (0, 0.58), (0.2, 0.14)) + 0.25 * bump(a, v, (0, 1.5), (0.25, 0.15))
    flush += 0.18 * bump(a, v, (0.5, 0.16), (0.25, 0.07)) + 0.25 * bump(a, v, (0.5, -0.08), (0.25, 0.07))
    flush += 0.7 * bump(a, v, (1.18, 0.2), (0.1, 0.4))
    base = mix(base, rgb(person.flush), np.clip(flush * 0.75 * (1 + 0.15 * canvas.noise(0.12, person.seed)), 0, 1))
    tone = 0.03 * canvas.noise(0.35, person.seed + 5) + 0.025 * canvas.noise(0.08, person.seed + 6)
    tone += 0.02 * canvas.noise(0.02, person.seed + 7)
    base *= np.exp(tone)[..., None] * np.array([0.9, 1.0, 1.05], np.float32) ** tone[..., None]
    if person.freckles:
        base = _freckles(canvas, person, base, u, v)
    if person.stubble:
        zone = beard_zone(u, v, person)
        base = mix(base, base * np.array([0.55, 0.56, 0.60], np.float32), zone * person.stubble)
    return np.asarray(base, np.float32)


def _freckles(canvas: Canvas, person: Person, base: Array, u: Array, v: Array) -> Array:
    rng = np.random.default_rng(person.seed + 40)
    where = np.zeros_like(u)
    for _ in range(260):
        x, y = rng.normal(0, 0.55), rng.normal(0.38, 0.17)
        size = rng.uniform(0.008, 0.02)
        px, py = canvas.pixels(np.array([x, y])) // 16
        r = int(size * canvas.unit * 4) + 2
        box = np.s_[max(py - r, 0) : py + r, max(px - r, 0) : px + r]
        spot = bump(u[box], v[box], (x, y), (size, size * rng.uniform(0.7, 1.1)))
        where[box] = np.maximum(where[box], spot * rng.uniform(0.25, 0.8))
    return mix(base, base * np.array([0.72, 0.5, 0.36], np.float32), np.clip(where, 0, 1) * person.freckles)


def beard_zone(u: Array, v: Array, person: Person) -> Array:
    """Where a beard grows, 0..1."""
    mouth = Mouth(person)
    a = np.abs(u)
    cheek = 0.98 - 0.62 * smoothstep(0.45, 1.12, a) + 0.02 * a
    low = smoothstep(-0.10, 0.16, v - cheek)
    bare = np.maximum(mouth.upper(u) - v, v - mouth.lower(u))
    clear = np.where(a < person.mouth, smoothstep(0.02, 0.07, bare), 1)
    moustache = 0.8 * smoothstep(0.80, 0.95, v - 0.10 * a) * (1 - smoothstep(0.30, 0.52, a))
    jaw = low * smoothstep(0.30, 0.55, a + 0.9 * smoothstep(1.08, 1.28, v))
    patch = 1 - 0.6 * bump(a, v, (0.17, mouth.middle + 0.22), (0.1, 0.06))
    corner = 1 - 0.45 * bump(a, v, (0.5, mouth.middle - 0.1), (0.10, 0.12), 0.5)
    corner *= 1 - 0.9 * bump(a, v, (person.mouth * 1.04, mouth.middle - person.smile), (0.08, 0.06))
    middle = 1 - 0.45 * bump(a, v, (0.0, mouth.middle - 0.2), (0.05, 0.1))
    return np.asarray(np.clip(np.maximum(jaw, moustache) * clear * patch * corner * middle, 0, 1), np.float32)


def nostrils(person: Person, picture: Array, u: Array, v: Array) -> Array:
    """The dark of the nostrils and the crease around the wings."""
    y = (v + person.nose_lift) / person.length
    a, k = np.abs(u), person.nose
    hole = bump(a, y, (0.108 * k, 0.718), (0.058 * k, 0.0215), -0.22) ** 1.3
    wing = bump(a, y, (0.270 * k, 0.665), (0.014, 0.055), -0.35)
    under = bump(a, y, (0.0, 0.76), (0.2 * k, 0.035))
    picture = mix(picture, picture * np.array([0.62, 0.5, 0.48], np.float32), np.clip(0.4 * wing + 0.2 * under, 0, 1))
    return mix(picture, rgb(person.skin) * np.array([0.10, 0.045, 0.035], np.float32), np.clip(1.15 * hole, 0, 0.92))


def lips(canvas: Canvas, person: Person, base: Array, u: Array, v: Array) -> tuple[Array, Array]:
    """The skin with the red of the lips laid in, and where the lips are (H, W)."""
    mouth = Mouth(person)
    seam, top, bottom = mouth.seam(u), mouth.upper(u), mouth.lower(u)
    t = np.abs(mouth.t(u))
    inside = canvas.edge(v - top, 0.02) * canvas.edge(bottom - v, 0.026) * (1 - smoothstep(0.93, 1.0, t))
    tint = np.broadcast_to(rgb(person.lip), base.shape)
    upper = (v < seam).astype(np.float32)
    tint = tint * (1 - 0.30 * upper)[..., None]
    folds = canvas.noise((0.018, 0.4), person.seed + 20) + 0.6 * canvas.noise((0.035, 0.5), person.seed + 21)
    tint = tint * (1 + 0.05 * folds)[..., None]
    inner = np.exp(-np.abs(v - seam) / 0.03)
    tint = tint * (1 - 0.45 * inner)[..., None] ** np.array([0.7, 1.1, 1.0], np.float32)
    return mix(base, np.asarray(tint, np.float32), inside * 0.94), np.asarray(inside, np.float32)


def seam_line(person: Person, picture: Array, u: Array, v: Array) -> Array:
    """The dark line between closed lips, thicker in the middle, with a small shade at the corners."""
    mouth = Mouth(person)
    t = np.abs(mouth.t(u))
    width = 0.0085 * (1 - 0.45 * np.clip(t, 0, 1) ** 2)
    line = np.exp(-(((v - mouth.seam(u)) / width) ** 2)) * (1 - smoothstep(0.96, 1.06, t))
    corner = bump(np.abs(u), v, (person.mouth * 1.01, float(mouth.seam(np.array([person.mouth]))[0])), (0.035, 0.022))
    dark = rgb(person.lip) * np.array([0.16, 0.10, 0.10], np.float32)
    return mix(mix(picture, picture * 0.55, corner * 0.55), dark, line * 0.9)


def render(canvas: Canvas, person: Person, z: Array, base: Array, lip: Array, u: Array, v: Array) -> tuple[Array, Lit]:
    """Skin of height `z` and colour `base` in the light."""
    lit = shade(canvas, z + pores(canvas, person.seed + 11))
    warm = np.array([0.35, 1.0, 1.1], np.float32)
    deep = base ** (1 + 0.22 * lit.closed[..., None] * warm)
    shine = (
        0.10 * person.gloss * (1 - lip)
        + 0.16 * min(person.gloss, 1.0) ** 2 * lip * smoothstep(-0.005, 0.03, v - Mouth(person).seam(u))
    ) * lit.gleam
    return np.asarray(deep * lit.diffuse + shine[..., None] * np.array([1, 0.97, 0.93], np.float32), np.float32), lit
