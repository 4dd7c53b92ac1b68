"""Eyes, lashes and brows."""

from __future__ import annotations

import numpy as np
from canvas import Array, Canvas, Strokes, bump, mix, rgb, smoothstep
from person import Person
from shapes import Eye, brow_line, brow_width

IRIS = 0.112
"""Radius of an iris in eye distances, a little larger than life (0.093)."""


def eyes(canvas: Canvas, person: Person, picture: Array, u: Array, v: Array, light: Array) -> Array:
    """Both eyes set into the lids; `light` (H, W, 3) what falls on the skin around."""
    eye = Eye(person)
    x, y = np.abs(u) - 0.5, v
    opening = eye.opening(x, y, canvas)
    ball = _ball(person, x, y)
    below = y - eye.upper(x)
    shade = 0.30 + 0.70 * smoothstep(-0.02, 0.085, below)
    ball = ball * shade[..., None] ** np.array([0.85, 1.0, 1.0], np.float32)
    ball = ball * (0.35 + 0.65 * canvas.blur(light.mean(axis=2), 0.25))[..., None]
    for centre, size, power in (((-0.036, -0.048), 0.026, 1.0), ((0.045, 0.048), 0.024, 0.10)):
        for side in (-0.5, 0.5):
            spot = np.hypot((u - side - centre[0]) / size, (v - centre[1]) / (size * 1.15))
            ball = ball + (power * (1 - smoothstep(0.6, 1.15, spot)))[..., None]
    picture = _lids(person, picture, x, y)
    picture = mix(picture, np.asarray(ball, np.float32), opening)
    wet = np.exp(-(((eye.lower(x) - y - 0.004) / 0.006) ** 2)) * opening
    picture = picture + (0.16 * wet)[..., None] * np.array([1, 0.93, 0.9], np.float32)
    return _lash_line(person, picture, x, y)


def _ball(person: Person, x: Array, y: Array) -> Array:
    white = np.broadcast_to(np.array([0.80, 0.755, 0.715], np.float32), (*x.shape, 3))
    white = white * (1 - 0.55 * smoothstep(0.08, 0.25, np.abs(x)))[..., None] ** np.array([0.75, 1.0, 1.0], np.float32)
    pink = bump(x, y, (-0.205 * person.eye, 0.024), (0.05, 0.04))
    white = mix(np.asarray(white, np.float32), rgb("#c98a80"), np.clip(1.1 * pink, 0, 1))
    dx, dy = x, y + 0.012
    radius, angle = np.hypot(dx, dy) / IRIS, np.arctan2(dy, dx)
    rng = np.random.default_rng(person.seed + 60)
    fibres = np.zeros_like(x)
    for k in (9, 17, 23, 31, 43, 57):
        fibres += np.sin(k * angle + rng.uniform(0, 6.28) + 2.0 * np.sin(3 * radius + rng.uniform(0, 6.28))) / 2.6
    tone = 0.62 + 0.20 * fibres * smoothstep(0.35, 0.6, radius) + 0.75 * smoothstep(-0.5, 1.0, dy / IRIS)
    tone = tone + 0.35 * np.exp(-(((radius - 0.5) / 0.12) ** 2))
    iris = rgb(person.iris) * tone[..., None]
    iris = iris * (1 + np.exp(-(((radius - 0.52) / 0.14) ** 2))[..., None] * np.array([0.5, 0.15, -0.1], np.float32))
    iris = mix(np.asarray(iris, np.float32), rgb(person.iris) * np.float32(0.16), smoothstep(0.76, 1.0, radius) * 0.9)
    iris = mix(iris, np.array([0.006, 0.005, 0.005], np.float32), 1 - smoothstep(0.40, 0.49, radius))
    return mix(white, iris, 1 - smoothstep(0.94, 1.05, radius))


def _lids(person: Person, picture: Array, x: Array, y: Array) -> Array:
    """Warm shade in the crease, under the brow and along the lower lid."""
    eye = Eye(person)
    wide = smoothstep(-0.25, -0.13, x) * (1 - smoothstep(0.19, 0.30, x))
    crease = np.exp(-(((y - eye.crease(x)) / 0.011) ** 2)) * wide
    lid = smoothstep(0, 0.03, y - eye.crease(x)) * (1 - smoothstep(-0.01, 0.01, y - eye.upper(x))) * wide
    rim = np.exp(-(((y - eye.lower(x) - 0.004) / 0.011) ** 2)) * wide
    picture = mix(picture, picture * np.array([0.50, 0.38, 0.36], np.float32), 0.75 * crease)
    picture = mix(picture, picture * np.array([0.80, 0.68, 0.64], np.float32), 0.6 * lid * min(person.lashes, 1.2))
    return mix(picture, picture * np.array([0.80, 0.62, 0.58], np.float32), 0.55 * rim)


def _lash_line(person: Person, picture: Array, x: Array, y: Array) -> Array:
    eye = Eye(person)
    low, high = eye.span
    wide = smoothstep(low - 0.005, low + 0.05, x) * (1 - smoothstep(high, high + 0.03, x))
    width = (0.009 + 0.007 * smoothstep(-0.1, 0.18, x)) * (0.55 + 0.45 * person.lashes)
    line = np.exp(-(np.clip(np.abs(y - eye.upper(x) + 0.003) / width, 0, 9) ** 2.4)) * wide
    dark = rgb(person.brow) * np.float32(0.22)
    picture = mix(picture, dark, 0.93 * line)
    under = (
        np.exp(-(((y - eye.lower(x) - 0.002) / 0.006) ** 2))
        * smoothstep(-0.1, 0.15, x)
        * (1 - smoothstep(high - 0.02, high, x))
    )
    return mix(picture, dark, 0.35 * under * person.lashes)


def lashes(canvas: Canvas, person: Person, picture: Array) -> Array:
    """Curved hairs on the upper lids and faint ones on the lower."""
    rng = np.random.default_rng(person.seed + 70)
    eye = Eye(person)
    ink = Strokes(canvas, rgb(person.brow) * np.float32(0.08))
    dark = np.broadcast_to(rgb(person.brow) * np.float32(0.08), (7, 3))
    low, high = eye.span
    s = np.linspace(0, 1, 7)
    for side in (-1, 1):
        for x in np.linspace(low + 0.07, high + 0.004, int(90 + 20 * person.lashes)):
            x = x + rng.normal(0, 0.003)
            k = (x - low) / (high - low)
            reach = (0.012 + 0.05 * k) * person.lashes * rng.uniform(0.6, 1.15)
            lean = -0.35 + 1.25 * k + rng.normal(0, 0.1)
            root = float(eye.upper(np.array([x]))[0]) - 0.003
            px = x + reach * (lean * s * (0.7 + 0.3 * s))
            py = root + reach * (0.30 * s - 1.05 * s**1.7)
            ink.draw(np.stack([side * (0.5 + px), py], 1), dark, 0.0045)
        for x in np.linspace(low + 0.2, high - 0.01, 22):
            reach = 0.013 * person.lashes * rng.uniform(0.5, 1.1)
            root = float(eye.lower(np.array([x]))[0]) + 0.003
            px = x + reach * s * (0.2 + 2.0 * max(x, 0))
            ink.draw(np.stack([side * (0.5 + px), root + reach * s**0.8], 1), np.asarray(dark * 3, np.float32), 0.003)
    return ink.over(picture, 0.9)


def brows(canvas: Canvas, person: Person, picture: Array, u: Array, v: Array) -> Array:
    """A soft ground and some hundred hairs that lean outwards."""
    rng = np.random.default_rng(person.seed + 80)
    x = np.abs(u) - 0.5
    half = 0.05 * person.brow_weight * brow_width(x)
    soft = np.exp(-(np.clip(np.abs(v - brow_line(x, person)) / np.maximum(half, 1e-3), 0, 6) ** 2.2))
    soft *= smoothstep(-0.40, -0.12, x) * (1 - smoothstep(0.33, 0.42, x))
    colour = rgb(person.brow)
    picture = mix(picture, colour, 0.30 * soft)
    ink = Strokes(canvas, colour)
    s = np.linspace(0, 1, 6)
    for side in (-1, 1):
        for _ in range(int(330 * person.brow_weight)):
            x0 = rng.uniform(-0.34, 0.36)
            h = 0.05 * person.brow_weight * float(brow_width(np.array([x0]))[0])
            y0 = rng.uniform(-0.9, 0.9)
            root = float(brow_line(np.array([x0]), person)[0]) + y0 * h
            k = (x0 + 0.34) / 0.7
            rise = np.interp(k, [0, 0.15, 0.5, 1], [1.3, 0.8, 0.15, -0.35]) + 0.55 * y0 + rng.normal(0, 0.12)
            length = rng.uniform(0.05, 0.1) * (0.6 + 0.4 * person.brow_weight)
            direction = np.array([1.0, -rise]) / np.hypot(1, rise)
            px = x0 + direction[0] * length * s
            py = root + direction[1] * length * s + 0.012 * s * s
            tint = colour * np.float32(rng.uniform(0.55, 1.25))
            if rng.uniform() < 0.35 + 2.5 * k:
                ink.draw(np.stack([side * (0.5 + px), py], 1), np.broadcast_to(tint, (6, 3)), 0.0055)
    return ink.over(picture, 0.75)
