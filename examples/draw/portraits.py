"""Draws the example portraits: `python examples/draw/portraits.py OUT_DIR`. Same code, same pictures."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import hair
import numpy as np
from body import body, ears
from canvas import Array, Canvas, mix, rgb
from clothes import wear
from eyes import brows, eyes, lashes
from light import develop
from people import PEOPLE
from person import Person
from relief import head
from shapes import outline_ratio
from short_hair import beard
from skin import colour, lips, nostrils, render, seam_line

SIZE = 1024
"""Side of a finished portrait, px; it is drawn at twice that."""


def backdrop(person: Person, u: Array, v: Array) -> Array:
    """A studio wall, brighter behind the head."""
    near, far = (rgb(code) for code in person.backdrop)
    glow = np.exp(-(((u - 0.25) / 2.6) ** 2) - ((v - 0.3) / 2.4) ** 2)
    return mix(np.broadcast_to(far, (*u.shape, 3)), near, np.asarray(glow, np.float32))


def face(canvas: Canvas, person: Person, picture: Array, u: Array, v: Array) -> Array:
    """The head without its hair, laid over the picture."""
    cover = canvas.edge((1 - outline_ratio(u, v, person)) * np.hypot(u, v - 0.1))
    base, lip = lips(canvas, person, colour(canvas, person, u, v), u, v)
    skin, lit = render(canvas, person, head(person, u, v), base, lip, u, v)
    skin = nostrils(person, skin, u, v)
    skin = seam_line(person, skin, u, v)
    skin = hair.scalp_shade(person, skin, u, v)
    skin = beard(canvas, person, skin, lit.diffuse)
    skin = eyes(canvas, person, skin, u, v, lit.diffuse)
    skin = brows(canvas, person, skin, u, v)
    skin = lashes(canvas, person, skin)
    return mix(picture, skin, cover)


def draw(person: Person, size: int) -> Array:
    """The portrait as sRGB levels, float32 (size, size, 3)."""
    canvas = Canvas(size)
    u, v = canvas.grid()
    picture = backdrop(person, u, v)
    for layer in (hair.back, body, wear, ears, face, hair.front):
        picture = layer(canvas, person, picture, u, v)
    return develop(picture)


def save(person: Person, folder: Path, scale: int) -> None:
    """Draw, reduce and write one portrait; a little grain keeps the wall from banding."""
    levels = cv2.resize(draw(person, SIZE * scale), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(person.seed).normal(0, 0.8, (SIZE, SIZE, 1))
    pixels = np.clip(levels + grain, 0, 255).astype(np.uint8)[..., ::-1]
    cv2.imwrite(str(folder / f"{person.name}.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])


def main() -> None:
    names = [person.name for person in PEOPLE]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--quick", action="store_true", help="without supersampling, for a look")
    wish = parser.parse_args()
    wish.folder.mkdir(parents=True, exist_ok=True)
    for person in PEOPLE:
        if person.name in wish.only:
            save(person, wish.folder, 1 if wish.quick else 2)


if __name__ == "__main__":
    main()
