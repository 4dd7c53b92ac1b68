"""A line of text in the fonts that have its letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import ImageDraw, ImageFont

from talking.compose.fonts import FontFile, has_shaping, is_rtl, is_visible, lacking

_BOLDER = 0.02
"""What is added around the letters of a font that is not bold, in sizes of them."""


@dataclass(frozen=True)
class Line:
    """Runs of text with the font of each, in the order in which they stand from left to right; `width` in px."""

    runs: tuple[tuple[str, ImageFont.FreeTypeFont], ...]
    direction: str | None
    width: float

    def draw(self, pen: ImageDraw.ImageDraw, left: float, base: float, *, stroke: int = 0) -> None:
        """Draw it in full light from `left` on, standing on `base`, its outline `stroke` px wider.

        Fonts that come in no bold are made bolder, or they would be lost beside the others and before the picture.
        """
        for text, font in self.runs:
            wider = stroke + (0 if "bold" in (font.getname()[1] or "").lower() else round(_BOLDER * font.size))
            pen.text((left, base), text, fill=255, font=font, anchor="ls", stroke_width=wider, direction=self.direction)
            left += font.getlength(text, direction=self.direction)


def set_line(text: str, fonts: Sequence[FontFile], px: int) -> Line:
    """A line in letters of `px`; what none of the fonts has is left out."""
    rtl = is_rtl(text)
    direction = ("rtl" if rtl else "ltr") if has_shaping() else None
    runs = [(part, font.at(px)) for part, font in _runs(text, fonts)]
    if rtl:
        runs.reverse()
    return Line(tuple(runs), direction, sum(font.getlength(part, direction=direction) for part, font in runs))


def dropped(text: str, fonts: Sequence[FontFile]) -> str:
    """The signs of a text that none of the fonts has."""
    missing = {letter for letter in text if is_visible(letter)}
    for font in fonts:
        missing = lacking(font, missing)
    return "".join(sorted(missing))


def _runs(text: str, fonts: Sequence[FontFile]) -> Iterator[tuple[str, FontFile]]:
    """Stretches of a text with the first font that has their letters; spaces and accents go with what is before."""
    owners: dict[str, FontFile] = {}
    open_letters = {letter for letter in text if is_visible(letter)}
    for font in fonts:
        lacks = lacking(font, open_letters)
        owners |= dict.fromkeys(open_letters - lacks, font)
        open_letters = lacks
    run, current = "", fonts[0]
    for letter in text:
        if letter in open_letters:
            continue
        is_bound = letter not in owners or unicodedata.category(letter)[0] == "M"
        owner = current if is_bound and run else owners.get(letter, current)
        if owner != current and run:
            yield run, current
            run = ""
        run, current = run + letter, owner
    if run:
        yield run, current
