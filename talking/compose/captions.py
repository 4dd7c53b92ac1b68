"""Captions drawn into the picture, for places that show no others."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageDraw, ImageFilter

from talking.compose.fonts import FOLDERS, FontFile, choose_fonts
from talking.compose.patch import Patch, laid, make_patch
from talking.compose.planes import Size
from talking.compose.typeset import Line, dropped, set_line
from talking.media import captions
from talking.media.captions import Cue
from talking.types import FPS, Face, Floats, Frames, Speech

_LETTER = 0.055
"""Size of the letters, in shorter sides of the film."""

_MIN_LETTER, _READABLE = 8, 13
"""Px: no letters are smaller, and those below the second get a note."""

_SAFE = 0.06
"""Of the width that stays free on either side."""

_FOOT, _TALL_FOOT = 0.06, 0.12
"""Of the height that stays free below; in upright films more, since players put their buttons there."""

_HEAD = 0.04
"""Of the height that stays free above captions at the top, where they go when they would hide the mouth."""

_UPPER_LIP, _LOWER_LIP, _CHIN = 0, 17, 152
_JAW = 0.5
"""Of the way from lower lip to chin that the lip comes down in speech."""

_LEADING = 1.28
"""From one base line to the next, in sizes of the letters."""

_OUTLINE = 0.055
"""Width of the dark rim of the letters, in sizes of them."""

_SHADE, _SHADE_BLUR, _SHADE_PAD = 0.5, 0.22, 0.3
"""Darkness of the box behind the words; how soft its edge is and how far it reaches, in sizes of the letters."""


@dataclass(frozen=True)
class BurntCaptions:
    """Captions for a film of `size`: `cues` in time order, `fonts` and the `px` to set them in, whether they stand
    `above` instead of below, and `notes` for the user.
    """

    cues: tuple[Cue, ...]
    fonts: tuple[FontFile, ...]
    px: int
    size: Size
    above: bool = False
    notes: tuple[str, ...] = ()


def plan_captions(
    speech: Speech, size: Size, *, face: Face | None = None, folders: Sequence[Path] = FOLDERS
) -> BurntCaptions:
    """The captions of `speech` in lines that fit a film of `size`, with the fonts they need, of which `folders` are
    looked through.

    They stand below, or at the top when they would hide the mouth of `face`, in px of the film, and do not there.
    Raises Unavailable when there is no font for the words.
    """
    px = max(_MIN_LETTER, round(_LETTER * min(size.width, size.height)))
    text = "".join(line for cue in captions.cues(speech) for line in cue.lines)
    if not text:
        return BurntCaptions((), (), px, size, notes=("No words are known, so there are no captions in the picture.",))
    fonts = choose_fonts(text, language=speech.language, folders=folders)
    per_column = set_line(text, fonts, px).width / max(1, captions.width(text))
    columns = int((1 - 2 * _SAFE) * size.width / per_column)
    notes = []
    gone = dropped(text, fonts)
    if gone:
        notes.append(f"The captions in the picture leave out signs that no font on this computer has: {gone}")
    if px < _READABLE:
        notes.append(f"The captions in the picture are hard to read: their letters are {px} pixels high.")
    cues = tuple(captions.cues(speech, columns=columns))
    return BurntCaptions(cues, fonts, px, size, face is not None and _hides(face, px, size), tuple(notes))


def _hides(face: Face, px: int, size: Size) -> bool:
    """Whether two lines below would cover the speaking mouth, and two at the top would not."""
    lip, low, chin = face.landmarks[[_UPPER_LIP, _LOWER_LIP, _CHIN], 1]
    below = _foot(size) - (1 + _LEADING) * px
    return float(low + _JAW * (chin - low)) > below and float(lip) > _HEAD * size.height + (1.3 + _LEADING) * px


def _foot(size: Size) -> int:
    """The row that captions below stand on."""
    return round(size.height * (1 - (_TALL_FOOT if size.height > size.width else _FOOT)))


def burn_captions(frames: Frames, plan: BurntCaptions | None, first: int = 0) -> Frames:
    """The frames, or cut-outs, from frame `first` of the film on, with the captions drawn over them; as they are where
    nothing is said.
    """
    if plan is None or not plan.cues:
        return frames
    sheet = _Sheet(plan)
    return laid(frames, plan.size, lambda index: sheet(first + index))


class _Sheet:
    """The patch of each frame; only the last one is kept, for cues come one after the other."""

    def __init__(self, plan: BurntCaptions) -> None:
        self._plan = plan
        self._starts = [round(cue.start * FPS) for cue in plan.cues]
        self._drawn: tuple[int, Patch | None] = (-1, None)

    def __call__(self, frame: int) -> Patch | None:
        index = bisect_right(self._starts, frame) - 1
        if index < 0 or frame >= round(self._plan.cues[index].end * FPS):
            return None
        if self._drawn[0] != index:
            self._drawn = index, draw_cue(self._plan.cues[index], self._plan)
        return self._drawn[1]


def draw_cue(cue: Cue, plan: BurntCaptions) -> Patch | None:
    """A cue as it stands in the film; None for one without a letter."""
    width = plan.size.width
    room = (1 - 2 * _SAFE) * width
    lines = [set_line(line, plan.fonts, plan.px) for line in cue.lines]
    widest = max(line.width for line in lines)
    px = plan.px
    if widest > room:
        px = max(1, int(px * room / widest))
        lines = [set_line(line, plan.fonts, px) for line in cue.lines]
    top_foot = round(_HEAD * plan.size.height + (1 + (len(lines) - 1) * _LEADING) * px)
    foot = top_foot if plan.above else _foot(plan.size)
    picture, (left, top) = _picture(lines, px)
    return make_patch(picture, round(width / 2) + left, foot + top, plan.size)


def _picture(lines: Sequence[Line], px: int) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """The lines as RGBA uint8 (h, w, 4), and its corner (x, y) from the middle of the last base line."""
    pad = round((_SHADE_PAD + 3 * _SHADE_BLUR) * px) + 2
    half = round(max(line.width for line in lines) / 2) + pad
    above = round((1.0 + (len(lines) - 1) * _LEADING) * px) + pad
    below = round(0.3 * px) + pad
    canvas = (2 * half, above + below)
    fill, rim, shade = (PIL.Image.new("L", canvas) for _ in range(3))
    pens = [ImageDraw.Draw(layer) for layer in (fill, rim, shade)]
    stroke = max(1, round(_OUTLINE * px))
    for number, line in enumerate(reversed(lines)):
        base = above - round(number * _LEADING * px)
        left = half - line.width / 2
        line.draw(pens[0], left, base)
        line.draw(pens[1], left, base, stroke=stroke)
        reach = round(_SHADE_PAD * px)
        box = (left - reach, base - 0.8 * px - reach, left + line.width + reach, base + 0.22 * px + reach)
        pens[2].rounded_rectangle(box, radius=round(0.3 * px), fill=255)
    return _layered(fill, rim, shade.filter(ImageFilter.GaussianBlur(_SHADE_BLUR * px))), (-half, -above)


def _layered(fill: PIL.Image.Image, rim: PIL.Image.Image, shade: PIL.Image.Image) -> NDArray[np.uint8]:
    """White letters on black rims on a half dark ground."""
    white, black, dark = (np.asarray(layer, np.float32) / 255 for layer in (fill, rim, shade))
    alpha: Floats = 1 - (1 - _SHADE * dark) * (1 - black) * (1 - white)
    light = 255 * white / np.maximum(alpha, 1e-6)
    layers: NDArray[np.float32] = np.dstack([light, light, light, 255 * alpha])
    return np.rint(layers).astype(np.uint8)
