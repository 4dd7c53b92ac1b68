"""Hair by style, behind the head and before it."""

from __future__ import annotations

import cv2
import numpy as np
from canvas import Array, Canvas, Strokes, mix, rgb, smoothstep
from clothes import outline
from curls import cloud
from person import Person
from shapes import outline_ratio
from short_hair import crop
from strands import Cut, Guide, fan, ink_for

_PART = 0.16
"""u of the parting."""

_LONG: Guide = ((0.9, -0.6), (1, 0.4), (1, 1.4), (0.95, 2.4), (0.85, 3.2))
_SHORT: Guide = ((0.9, -0.6), (1, 0.3), (1, 0.9), (0.92, 1.45))
"""How hair falls behind the head: share of its width there, v."""


def back(canvas: Canvas, person: Person, picture: Array, u: Array, v: Array) -> Array:
    """Hair behind neck and head."""
    if person.style == "curls":
        return cloud(person, canvas, 1500, behind=True).over(picture)
    if person.style == "crop":
        return picture
    ink = ink_for(person, canvas)
    if person.style == "long":
        ground = smoothstep(1.22, 1.1, np.abs(u)) * smoothstep(2.6, 1.6, v) * (v > -1)
        picture = mix(picture, rgb(person.hair) * np.float32(0.14), ground)
        fall, cut = _LONG, Cut(120, wave=0.05, tone=(0.16, 0.42), width=0.018)
    else:
        fall, cut = _SHORT, Cut(110, wave=0.02, tone=(0.14, 0.4), width=0.018)
    guides = [[(x * k, y) for k, y in fall] for x in (-1.38, -0.7, 0, 0.7, 1.38)]
    fan(person, guides, cut, person.seed + 90, ink)
    return ink.over(picture)


def front(canvas: Canvas, person: Person, picture: Array, u: Array, v: Array) -> Array:
    """Hair before the head, with the shade it throws on face and clothes."""
    ink = _front(person, canvas)
    cover = ink.cover.astype(np.float32) / 255
    shift = np.array([[1, 0, 0.05 * canvas.unit], [0, 1, 0.07 * canvas.unit]], np.float32)
    cast = canvas.blur(np.asarray(cv2.warpAffine(cover, shift, cover.shape[::-1]), np.float32), 0.06)
    cast = cast * ((outline_ratio(u, v, person) < 1) | ((v > 1) & (np.abs(u) < outline(person, v))))
    picture = picture * (1 - cast[..., None] * np.array([0.42, 0.5, 0.52], np.float32))
    return ink.over(np.asarray(picture, np.float32))


def _front(person: Person, canvas: Canvas) -> Strokes:
    if person.style == "curls":
        return cloud(person, canvas, 2300, behind=False)
    if person.style == "crop":
        return crop(person, canvas)
    end, puff, wave = (9.0, 0.06, 0.12) if person.style == "long" else (1.25, 0.05, 0.012)
    ink = ink_for(person, canvas)
    fan(person, _side(_PART, end, puff), Cut(170, wave=wave), person.seed + 100, ink)
    left = [[(-x, y) for x, y in guide] for guide in _side(-_PART, end, puff)]
    fan(person, left, Cut(170, wave=wave), person.seed + 101, ink)
    return ink


def _side(part: float, end: float, o: float) -> list[Guide]:
    """Guides from a parting over the right side of the head, from the face to the silhouette, down to v = `end`."""
    inner = [(part, -1.0), (part + 0.12, -1.03), (0.42 + part * 0.5, -0.98), (0.87, -0.66), (1.06, -0.1), (1.05, 0.45)]
    inner += [(1.0, 1.0), (0.96, 1.5), (0.88, 2.1), (0.80, 2.7), (0.84, 3.2)]
    middle = [(part, -1.35), (part + 0.2, -1.41), (0.64, -1.29), (1.08, -0.78), (1.24 + o * 0.4, 0.0)]
    middle += [(1.28 + o * 0.5, 0.6), (1.25 + o, 1.2), (1.2 + o, 1.7), (1.12 + o, 2.3), (1.04 + o, 2.85), (1.06, 3.3)]
    outer = [(part * 0.9, -1.76), (part + 0.22, -1.83), (0.68, -1.69), (1.14, -1.25), (1.36 + o * 0.5, -0.45)]
    outer += [(1.43 + o, 0.4), (1.44 + o, 1.1), (1.4 + o, 1.7), (1.34 + o, 2.3), (1.26 + o, 2.9), (1.28 + o, 3.4)]
    guides: list[Guide] = []
    for line in (inner, middle, outer):
        kept = [point for point in line if point[1] < end]
        tip = kept[-1][0]
        guides.append(kept if len(kept) == len(line) else [*kept, (tip - 0.04, end), (tip - 0.16, end + 0.1)])
    return guides


def scalp_shade(person: Person, picture: Array, u: Array, v: Array) -> Array:
    """Roots that show through at the hairline."""
    if person.style == "crop":
        zone = smoothstep(0.03, -0.16, v + 0.97 - 0.30 * np.abs(u) ** 3)
    else:
        zone = smoothstep(0.0, -0.1, v + 1.0 - 0.32 * np.abs(u) ** 2.4)
    return mix(picture, rgb(person.hair) * np.float32(0.3), zone * 0.9)
