"""Phonemes to mouth shapes: the IPA that espeak and others write, as timed viseme segments."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from talking.types import Mark

VISEMES: tuple[str, ...] = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")
"""The 15 mouth shapes in the order of OpenXR's XR_META_face_tracking_visemes."""

VISEME = {name: index for index, name in enumerate(VISEMES)}
SIL = 0

_LETTERS = {
    "PP": "pbmɓʙβ",
    "FF": "fvʋɱɸⱱ",
    "TH": "θð",
    "DD": "tdʈɖɾɗǀǁǃǂ",
    "kk": "kɡgŋqxχɣʁʀcɟɢɴɠʛʄɰʟ",
    "CH": "ʃʒʂʐɕʑçʝɧʧʤʨʥ",
    "SS": "szʦʣɬɮ",
    "nn": "nɲɳlʎɭɫɺ",
    "RR": "ɹrɻɽɚɝ",
    "aa": "aɑɐʌæəɜɤɞ",
    "E": "ɛeɘ",
    "I": "iɪjɨᵻɯ",
    "O": "ɔoɒøœɵɶ",
    "U": "uʊwyʏɥʉʍ",
}
_CLASS = {letter: VISEME[name] for name, letters in _LETTERS.items() for letter in letters}

_OPENNESS = {
    "ə": 0.6, "æ": 0.9, "i": 0.8, "ɪ": 1.1, "ᵻ": 0.9, "ɯ": 0.7, "ʊ": 1.3, "w": 0.7, "ʍ": 0.7, "j": 0.8, "β": 0.6,
}  # fmt: skip
"""Letters that open the lips more or less than their class; β is a closure that does not quite close."""

_BREATHS = frozenset("hɦħʕʔ")
"""Sounds made in the throat: the mouth already has the shape of the vowel that follows."""

_JOINED = re.compile("([tʈ])(?=[ʃɕʂs])|([dɖ])(?=[ʒʑʐz])")
"""The stop of an affricate: the lips are already where its fricative wants them."""

_NURSE = "ɜː"
"""How espeak writes the vowel of "words" in any English; lips do not open for it as for a, with or without the r."""

_NOTES = re.compile(r"\([^)]*\)")
_VOWELS = frozenset(VISEME[name] for name in ("aa", "E", "I", "O", "U"))
_SHARES = {1: (1.0,), 2: (0.6, 0.4), 3: (0.4, 0.3, 0.3)}
_GAP = 1e-3
"""Seconds of silence between phones that are only rounding."""

_LONG, _STRESSED, _UNSTRESSED = 1.1, 1.15, 0.9


@dataclass(frozen=True)
class Segment:
    """One mouth shape: `start` and `end` in seconds; `viseme` an index of VISEMES; `openness` scales how far that
    shape opens the lips (about 0.5 to 1.5; for PP, how firmly they press)."""

    start: float
    end: float
    viseme: int
    openness: float = 1.0


class Part(NamedTuple):
    """A piece of a phoneme: `share` of its duration in (0, 1], the rest as in `Segment`."""

    viseme: int
    share: float
    openness: float


def parts(ipa: str, *, stressed_text: bool = False) -> tuple[Part, ...]:
    """The mouth shapes of one phoneme, in order; their shares sum to 1.

    A pause (empty string) is one `sil`. A breath such as h has no shape of its own and gives (), as does a string
    without a known letter. Diphthongs split 60 / 40. `stressed_text` says that the phonemes come from a source that
    marks stress, so that a vowel without a mark is an unstressed one.
    """
    letters = _letters(ipa)
    if not letters:
        return () if _NOTES.sub("", ipa).strip("_:") else (Part(SIL, 1.0, 1.0),)
    shapes = [(_CLASS[letter], _OPENNESS.get(letter, 1.0)) for letter in letters if letter in _CLASS]
    shapes = [shape for i, shape in enumerate(shapes) if i == 0 or shape[0] != shapes[i - 1][0]][:3]
    if not shapes:
        return ()
    stress = _STRESSED if "ˈ" in ipa else _UNSTRESSED if stressed_text and "ˌ" not in ipa else 1.0
    emphasis = stress * (_LONG if "ː" in ipa else 1.0)
    return tuple(
        Part(viseme, share, openness * emphasis if viseme in _VOWELS else openness)
        for (viseme, openness), share in zip(shapes, _SHARES[len(shapes)], strict=True)
    )


def shapes(phones: Sequence[str]) -> list[tuple[Part, ...]]:
    """The mouth shapes of phonemes that follow each other, never empty: a breath has that of the vowel after it."""
    stressed = any("ˈ" in ipa for ipa in phones)
    own = [parts(ipa, stressed_text=stressed) for ipa in phones]
    return [shape or _borrowed(own[i + 1 : i + 2]) for i, shape in enumerate(own)]


def visemes(marks: Sequence[Mark]) -> list[Segment]:
    """The mouth shapes of the phones among `marks` (words are passed over), in time order and without gaps.

    Silence between phones becomes `sil`; neighbouring pauses become one. Runs from the first phone's start to the
    last one's end. Marks of no length are dropped.
    """
    phones = [mark for mark in marks if mark.kind == "phone" and mark.end > mark.start]
    segments: list[Segment] = []
    for mark, shape in zip(phones, shapes([mark.text for mark in phones]), strict=True):
        if segments and mark.start - segments[-1].end > _GAP:
            _append(segments, Segment(segments[-1].end, mark.start, SIL))
        start = segments[-1].end if segments else mark.start
        for part in shape:
            end = min(mark.end, start + part.share * (mark.end - mark.start))
            _append(segments, Segment(start, end, part.viseme, part.openness))
            start = end
    return segments


def _letters(ipa: str) -> str:
    """The base letters: no accents, stress, length, tone or language notes; affricates as their fricative."""
    plain = unicodedata.normalize("NFC", _NOTES.sub("", ipa)).replace(_NURSE, "ɝ")
    bare = (c if c in _CLASS else unicodedata.normalize("NFD", c)[0] for c in plain)
    return _JOINED.sub("", "".join(c for c in bare if unicodedata.category(c) in ("Ll", "Lo")))


def _borrowed(following: Sequence[tuple[Part, ...]]) -> tuple[Part, ...]:
    """The shape for a sound without one: that of the vowel right after it, else half open."""
    for shape in following:
        if shape and shape[0].viseme in _VOWELS:
            return (shape[0]._replace(share=1.0),)
    return (Part(VISEME["aa"], 1.0, 0.5),)


def _append(segments: list[Segment], segment: Segment) -> None:
    """Add a segment; one more pause after a pause only lengthens it."""
    if segments and segment.viseme == SIL == segments[-1].viseme:
        segment = replace(segment, start=segments.pop().start)
    if segment.end > segment.start:
        segments.append(segment)
