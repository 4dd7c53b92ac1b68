"""Neck, chest and ears."""

from __future__ import annotations

import cv2
import numpy as np
from canvas import Array, Canvas, bump, mix, rgb
from clothes import outline
from light import shade
from person import Person
from relief import neck
from shapes import outline_ratio
from skin import colour


def body(canvas: Canvas, person: Person, picture: Array, u: Array, v: Array) -> Array:
    """Neck and chest, in the shade of the head."""
    z, inside = neck(person, u, v)
    lit = shade(canvas, z, 1.5)
    skin = colour(canvas, person, u, v + 10) * lit.diffuse + (0.03 * lit.gleam)[..., None]
    dark = np.clip(0.75 * _cast(canvas, person, u, v, 0.16, 0.42) + 0.5 * _cast(canvas, person, u, v, 0.03, 0.12), 0, 1)
    skin = skin * (1 - dark[..., None] * np.array([0.62, 0.74, 0.78], np.float32))
    dressed = np.where(v > 1.9, outline(person, v) - 0.02 - np.abs(u), 1)
    cover = canvas.edge(np.asarray(np.minimum(inside, dressed), np.float32)) * (v > 0.8)
    return mix(picture, np.asarray(skin, np.float32), cover)


def _cast(canvas: Canvas, person: Person, u: Array, v: Array, right: float, down: float) -> Array:
    """The head's outline moved away from the light and blurred."""
    mask = np.asarray(outline_ratio(u, v, person) < 1, np.float32)
    shift = np.array([[1, 0, right * canvas.unit], [0, 1, down * canvas.unit]], np.float32)
    return canvas.blur(np.asarray(cv2.warpAffine(mask, shift, mask.shape[::-1]), np.float32), 0.05 + 0.17 * down)


def ears(canvas: Canvas, person: Person, picture: Array, u: Array, v: Array) -> Array:
    """Both ears, only where short hair shows them."""
    if person.style != "crop":
        return picture
    x, y = np.abs(u) - 1.16 - 0.05 * (0.2 - v), v - 0.2
    r = np.hypot(x / (0.135 + 0.03 * np.clip(-y, -0.2, 0.3)), y / 0.33)
    z = 0.16 * np.sqrt(np.clip(1 - r**2, 0, 1)) - 0.11 * bump(x, y, (0.0, 0.02), (0.06, 0.15))
    z += 0.03 * bump(x, y, (0.02, -0.1), (0.02, 0.12))
    lit = shade(canvas, np.asarray(z, np.float32), 0.8)
    base = mix(np.broadcast_to(rgb(person.skin), (*u.shape, 3)), rgb(person.flush), 0.55)
    skin = base * lit.diffuse * 0.9 + (0.04 * lit.gleam)[..., None]
    return mix(picture, np.asarray(skin, np.float32), canvas.edge((1 - r) * 0.13))
