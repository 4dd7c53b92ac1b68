"""Sentences to speak, from the fortune files and word lists of Debian."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from random import Random

FORTUNES = Path("/usr/share/games/fortunes")
SOURCES: dict[str, tuple[str, ...]] = {
    "en": ("computers", "cookie", "definitions", "literature", "people", "science", "wisdom", "work", "humorists"),
    "de": ("de/sprichworte", "de/zitate", "de/anekdoten", "de/witze", "de/tips"),
    "es": ("es/*",),
    "pt": ("brasil",),
    "cs": ("cs/*",),
    "ru": ("ru/*",),
    "bg": ("bg/*",),
    "zh": ("tang300", "song100", "chinese"),
    "it": ("it/*",),
    "pl": ("pl/*",),
}
"""Fortune files by language."""

WORDS: dict[str, str] = {
    "fr": "/usr/share/dict/french",
    "ca": "/usr/share/dict/catalan",
    "hi": "/usr/share/hunspell/hi_IN.dic",
    "te": "/usr/share/hunspell/te_IN.dic",
}
"""Word lists, for languages without fortunes: sentences of words drawn at random."""

_SENTENCE = re.compile(r"[^.!?;:()\[\]\"]+[.!?]?")
_ODD = re.compile(r"[^\w\s,.!?'’-]|[\d_]|http|www")
_HAN = re.compile("[\u4e00-\u9fff]{4,12}(?:，[\u4e00-\u9fff]{4,12}){0,2}")


def sentences(language: str, *, held_out: bool) -> list[str]:
    """Different sentences of 20 to 110 characters, shuffled with a fixed seed.

    One sentence in ten, chosen by its checksum, is held out for testing; the two sets never share one.
    """
    pool = _from_words(WORDS[language]) if language in WORDS else _from_fortunes(language)
    chosen = sorted({text for text in pool if (zlib.crc32(text.encode()) % 10 == 0) == held_out})
    Random(7).shuffle(chosen)
    return chosen


def _from_fortunes(language: str) -> list[str]:
    paths = sorted({path for pattern in SOURCES[language] for path in FORTUNES.glob(pattern)})
    files = [path for path in paths if path.is_file() and path.suffix not in (".dat", ".u8")]
    if not files:
        raise FileNotFoundError(f"no fortune files for '{language}': install the packages listed in README.md")
    text = "\n".join(path.read_text(encoding="utf-8", errors="ignore") for path in files)
    if language == "zh":
        return _HAN.findall(re.sub(r"\x1b\[[\d;]*m|[ \t]", "", text))
    found = (" ".join(match.split()) for entry in text.split("\n%") for match in _SENTENCE.findall(entry))
    return [sentence for sentence in found if 20 <= len(sentence) <= 110 and not _ODD.search(sentence)]


def _from_words(path: str) -> list[str]:
    lines = Path(path).read_text(encoding="utf-8", errors="ignore").splitlines()
    words = [line.split("/")[0] for line in lines]
    words = [word for word in words if 2 <= len(word) <= 12 and not _ODD.search(word)]
    rng = Random(11)
    return [" ".join(rng.choices(words, k=rng.randint(4, 9))) + "." for _ in range(2000)]
