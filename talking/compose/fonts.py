"""Fonts that have the letters of a text: one that an installed package carries, then those of this computer."""

from __future__ import annotations

import functools
import importlib.util
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageFont, features

from talking.errors import Unavailable

FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/System/Library/Fonts"),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
"""Where Linux, macOS and Windows keep fonts for everybody."""

_KINDS = frozenset({".ttf", ".ttc", ".otf", ".otc"})
_MOST_FILES = 4000
_MOST_FONTS = 6
"""Fonts that one text is set in at most."""

_FIT = ("sans", "gothic", "hei", "noto", "bold")
_UNFIT = ("mono", "italic", "oblique", "emoji", "condensed", "thin", "light")

_SHAM = "lastresort"
"""In the name of a font that has something for every letter, namely a box."""

_PROBE = 16
"""Px in which letters are looked up."""

_NOWHERE = "\U0010fffe"
"""Not a character: what a font shows for it is what it shows for every letter it lacks."""

_REGIONS = {"zh": "SC", "ja": "JP", "ko": "KR"}
"""How collections of fonts mark the one that draws shared characters as a language has them."""


@dataclass(frozen=True)
class FontFile:
    """A font: its file, and its number in there."""

    path: Path
    index: int = 0

    def at(self, px: int, *, shaped: bool = True) -> ImageFont.FreeTypeFont:
        """The font in a size; without `shaped`, letters are set one after the other as they come."""
        engine = ImageFont.Layout.RAQM if shaped and has_shaping() else ImageFont.Layout.BASIC
        return ImageFont.truetype(str(self.path), px, index=self.index, layout_engine=engine)


@functools.cache
def has_shaping() -> bool:
    """Whether Pillow can join letters and order them from right to left here."""
    return bool(features.check("raqm"))


def is_rtl(text: str) -> bool:
    """Whether a text runs from right to left: its first letter that has a direction has that one."""
    kinds = map(unicodedata.bidirectional, text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def choose_fonts(text: str, *, language: str = "", folders: Sequence[Path] = FOLDERS) -> tuple[FontFile, ...]:
    """The fonts to set `text` in, the preferred first; together they have every letter and digit of it.

    `language`, a BCP 47 tag, decides where a collection draws the same characters in several ways. Raises
    Unavailable when the fonts of this computer lack letters, or when the script wants its letters joined and Pillow
    cannot do that here.
    """
    if _wants_shaping(text) and not has_shaping():
        raise Unavailable(
            "Captions in this script cannot be drawn here, because this Pillow cannot join its letters (it lacks "
            "libraqm). Ask for captions as files, or install Pillow from its wheel."
        )
    missing = {letter for letter in text if is_visible(letter)}
    chosen: list[FontFile] = []
    for path in _candidates(folders):
        if not missing or len(chosen) == _MOST_FONTS:
            break
        font = _opened(path, language)
        lacks = lacking(font, missing) if font else missing
        if font and len(lacks) < len(missing):
            chosen.append(font)
            missing = lacks
    letters = sorted(letter for letter in missing if unicodedata.category(letter)[0] in "LMN")
    if letters:
        raise Unavailable(
            f"No font on this computer has the letters of the captions, such as {' '.join(letters[:3])}. "
            "Install one that has them, like Noto Sans for that script, or ask for captions as files."
        )
    return tuple(chosen)


def lacking(font: FontFile, letters: Iterable[str]) -> set[str]:
    """Those of the letters that a font has not."""
    probe = font.at(_PROBE, shaped=False)
    empty = _shape(probe, _NOWHERE)
    return {letter for letter in letters if _shape(probe, letter) == empty}


def _shape(font: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter)
    return mask.size, bytes(mask)


def is_visible(letter: str) -> bool:
    """Whether a font must have something for it: no space, no mark that only steers others."""
    return unicodedata.category(letter)[0] not in "ZC" and not 0xFE00 <= ord(letter) <= 0xFE0F


def _wants_shaping(text: str) -> bool:
    """Whether letters run from right to left, or are joined and stacked as in the scripts of India and its east."""
    return any(
        unicodedata.bidirectional(letter) in ("R", "AL")
        or 0x0900 <= ord(letter) < 0x10A0
        or 0x1780 <= ord(letter) < 0x1800
        for letter in text
    )


def _candidates(folders: Sequence[Path]) -> Iterator[Path]:
    """Font files, those that suit captions first: DejaVu Sans Bold, which matplotlib brings along, before all."""
    package = importlib.util.find_spec("matplotlib")  # looks for the package and does not run it
    for place in package.submodule_search_locations or () if package else ():
        bundled = Path(place) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
        if bundled.is_file():
            yield bundled
    yield from sorted(_installed(folders), key=_merit)


def _installed(folders: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for folder in folders:
        try:
            for path in sorted(folder.rglob("*")):
                is_font = path.suffix.lower() in _KINDS and _SHAM not in path.name.lower()
                if is_font and len(found) < _MOST_FILES:
                    found.append(path)
        except OSError:  # a folder that may not be read has no fonts for us
            continue
    return found


def _merit(path: Path) -> tuple[int, int, str]:
    name = path.stem.lower()
    return sum(word in name for word in _UNFIT), -sum(word in name for word in _FIT), str(path)


def _opened(path: Path, language: str) -> FontFile | None:
    """The font of a file; of a collection the one for the language, else its first. None for what is not a font."""
    region = _REGIONS.get(language.split("-")[0].casefold(), "")
    wanted = "TC" if language.casefold() in ("zh-tw", "zh-hk", "zh-hant") else region
    try:
        if wanted and path.suffix.lower() in (".ttc", ".otc"):
            for index in range(10):
                family = ImageFont.truetype(str(path), _PROBE, index=index).getname()[0] or ""
                if family.endswith(f" {wanted}"):
                    return FontFile(path, index)
    except OSError:
        pass  # no further font in the collection
    try:
        ImageFont.truetype(str(path), _PROBE)
    except (OSError, ValueError):
        return None
    return FontFile(path)
