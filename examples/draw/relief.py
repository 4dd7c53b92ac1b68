"""The head as a relief: height towards the viewer over the picture plane, in eye distances."""

from __future__ import annotations

import numpy as np
from canvas import Array, bump, curve, smoothstep
from person import Person
from shapes import Eye, Mouth, outline_ratio


def head(person: Person, u: Array, v: Array) -> Array:
    """Height of the head with all its features, float32 (size, size); 0 on the outline."""
    ratio = outline_ratio(u, v, person)
    z = 1.25 * np.clip(1 - np.minimum(ratio, 1) ** 3.5, 0, 1) ** 0.6
    a = np.sqrt(u * u + 0.004)  # no kink in the middle
    z = z + _planes(a, np.asarray(v / np.where(v > 0, person.length, 1), np.float32))
    z = z + _eyes(a, v, person)
    z = z + _nose(a, v, person)
    z = z + _mouth(u, v, person)
    if person.age:
        z = z + _lines(a, v, person)
    return np.asarray(z, np.float32)


def _planes(a: Array, v: Array) -> Array:
    """Forehead, brow ridge, cheekbones, jaw and chin."""
    z = 0.05 * bump(a, v, (0.35, -0.85), (0.45, 0.35))
    z += 0.07 * bump(a, v, (0.5, -0.33), (0.4, 0.12), 0.12)
    z += 0.03 * bump(a, v, (0, -0.28), (0.22, 0.14))
    z -= 0.05 * bump(a, v, (1.0, -0.35), (0.2, 0.35))
    z += 0.10 * bump(a, v, (0.72, 0.42), (0.30, 0.22), -0.5)
    z -= 0.05 * bump(a, v, (0.74, 0.92), (0.2, 0.3), 0.5)
    z += 0.03 * bump(a, v, (0.42, 0.85), (0.18, 0.22))
    z += 0.14 * bump(a, v, (0, 1.50), (0.26, 0.18))
    z -= 0.045 * bump(a, v, (0, 1.28), (0.28, 0.08))
    z += 0.03 * bump(a, v, (0.24, 1.47), (0.14, 0.12))
    return np.asarray(z, np.float32)


def _eyes(a: Array, v: Array, person: Person) -> Array:
    eye = Eye(person)
    x, y = a - 0.5, v
    z = -0.15 * bump(x, y, (-0.02, -0.03), (0.36, 0.23))
    z -= 0.07 * bump(x, y, (-0.27, -0.06), (0.13, 0.17))
    z += 0.115 * bump(x, y, (0.0, 0.0), (0.24, 0.155))
    wide = smoothstep(-0.27, -0.16, x) * (1 - smoothstep(0.2, 0.31, x))
    over = y - eye.crease(x)
    z -= 0.022 * np.exp(-((over / 0.016) ** 2)) * wide
    z += 0.035 * np.exp(-(((over + 0.075) / 0.06) ** 2)) * wide
    under = y - eye.lower(x)
    z += 0.012 * np.exp(-(((under - 0.03) / 0.03) ** 2)) * wide
    z -= (0.012 + 0.02 * person.age) * np.exp(-(((under - 0.1) / 0.035) ** 2)) * wide
    return np.asarray(z, np.float32)


def _nose(a: Array, v: Array, person: Person) -> Array:
    y = (v + person.nose_lift * smoothstep(0.1, 0.6, v)) / person.length
    k = person.nose
    line = (
        (-0.3, 0),
        (-0.1, 0.045),
        (0.1, 0.10),
        (0.3, 0.165),
        (0.45, 0.215),
        (0.58, 0.245),
        (0.66, 0.22),
        (0.73, 0.13),
    )
    height = curve(y, (*line, (0.80, 0.035), (0.88, 0)))
    width = curve(y, ((-0.3, 0.16), (-0.05, 0.12), (0.2, 0.12), (0.45, 0.15), (0.6, 0.16), (0.8, 0.15)))
    ridge = height * np.exp(-((a / (width * (0.4 + 0.6 * k))) ** 2))
    side = 0.05 * bump(a, y, (0.1, 0.35), (0.17 * k, 0.32))
    tip = 0.07 * bump(a, y, (0, 0.605), (0.12 * k, 0.105))
    wing = 0.10 * bump(a, y, (0.2 * k, 0.635), (0.07, 0.08)) + 0.03 * bump(a, y, (0.15 * k, 0.55), (0.08, 0.12))
    groove = -0.03 * bump(a, y, (0.285 * k, 0.62), (0.03, 0.09), -0.3)
    hole = -0.02 * bump(a, y, (0.105 * k, 0.700), (0.055 * k, 0.022), -0.2)
    return np.asarray(ridge + side + tip + wing + groove + hole, np.float32)


def _mouth(u: Array, v: Array, person: Person) -> Array:
    mouth = Mouth(person)
    a, t = np.abs(u), np.abs(mouth.t(u))
    mid = mouth.middle
    z = 0.11 * bump(a, v, (0, mid - 0.02), (0.46, 0.27))
    z -= 0.015 * bump(a, v, (0, mid - 0.2), (0.042, 0.09))
    z += 0.006 * bump(a, v, (0.075, mid - 0.19), (0.035, 0.09))
    seam, top, bottom = mouth.seam(u), mouth.upper(u), mouth.lower(u)
    up = np.clip((v - top) / np.maximum(seam - top, 1e-3), 0, 1)
    low = np.clip((v - seam) / np.maximum(bottom - seam, 1e-3), 0, 1)
    inside = np.clip(1 - t, 0, 1) ** 0.5
    z += (0.030 * np.exp(-(((top - v) / 0.06) ** 2)) - 0.030 * up**1.6) * inside * (v < seam) * person.lips
    z += 0.075 * person.lips * np.abs(np.sin(np.pi * low**0.85)) ** 0.75 * inside * (v >= seam)
    z += 0.005 * np.exp(-(((v - top + 0.008) / 0.012) ** 2)) * inside
    z -= 0.018 * np.exp(-(((v - seam) / 0.014) ** 2)) * (1 - smoothstep(0.92, 1.12, t))
    z -= 0.02 * bump(a, v, (person.mouth * 1.04, mid - person.smile), (0.06, 0.06))
    z += 0.05 * bump(a, v, (person.mouth * 1.75, mid - 0.32), (0.14, 0.24), -0.55) * (0.3 + person.smile * 12)
    return np.asarray(z, np.float32)


def _lines(a: Array, v: Array, person: Person) -> Array:
    """What years leave: forehead, crow's feet, the fold beside nose and mouth."""
    k = person.age
    z = np.zeros_like(a)
    for i, at in enumerate((-0.62, -0.75, -0.88)):
        z -= 0.010 * k * np.exp(-(((v - at - 0.03 * np.cos(3 * a + i)) / 0.014) ** 2)) * (1 - smoothstep(0.3, 0.65, a))
    for turn in (-0.35, 0.0, 0.38):
        z -= 0.012 * k * bump(a, v, (0.88, 0.02 + 0.11 * turn), (0.09, 0.009), turn)
    z -= 0.028 * k * bump(a, v, (0.45, 0.84), (0.045, 0.2), -0.45)
    z -= 0.014 * k * bump(a, v, (0.47, 1.22), (0.045, 0.12), 0.1)
    z -= 0.012 * k * bump(a, v, (0.06, -0.3), (0.008, 0.07), 0.1)
    return np.asarray(z, np.float32)


def neck(person: Person, u: Array, v: Array) -> tuple[Array, Array]:
    """Height of neck and chest below the head, and its signed distance inside the outline."""
    half = (
        curve(v, ((1.0, 1.05), (1.5, 0.98), (1.8, 1.0), (2.0, 1.1), (2.2, 1.45), (2.45, 2.4), (3.0, 3.8))) * person.neck
    )
    a = np.abs(u)
    z = 0.55 * np.sqrt(np.clip(1 - (a / half) ** 2, 0, 1)) - 0.9
    z += 0.03 * bump(a, v, (0.24, 1.95), (0.10, 0.5), 0.28)
    z += 0.06 * bump(a, v, (0.55, 2.42), (0.4, 0.05), -0.12)
    z -= 0.06 * bump(a, v, (0, 2.36), (0.10, 0.12))
    if person.neck > 0.62:
        z += 0.04 * bump(a, v, (0, 1.98), (0.08, 0.10))
    return np.asarray(z, np.float32), np.asarray(half - a, np.float32)
