"""espeak-ng's IPA in the alphabet of Kokoro's networks, and back to IPA.

The alphabet is that of the model card: one capital for each diphthong, ligatures for affricates. The networks were
trained on a dictionary's phonemes; espeak-ng's are its makers' own way for words that the dictionary lacks, and for all
languages but English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SHARED = {"a^ɪ": "I", "a^ʊ": "W", "d^ʒ": "ʤ", "e^ɪ": "A", "t^ʃ": "ʧ", "ɔ^ɪ": "Y"}
_ENGLISH = {
    "ə^l": "ᵊl", "ʲo": "jo", "ʲə": "jə", "ʲ": "", "ɚ": "əɹ", "r": "ɹ", "x": "k", "ç": "k", "ɐ": "ə", "ɬ": "l",
    "\u0303": "", "o": "ɔ", "e": "A", "ɾ": "T", "ʔ": "t",
}  # fmt: skip
_AMERICAN = {"o^ʊ": "O", "ɜːɹ": "ɜɹ", "ɜː^ɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪə": "iə", "ː": ""}
_BRITISH = {"e^ə": "ɛː", "i^ə": "ɪə", "iə": "ɪə", "ə^ʊ": "Q"}
_OTHERS = {"d^z": "ʣ", "o^ʊ": "O", "ə^ʊ": "Q", "s^s": "S", "t^s": "ʦ", "-": ""}

IPA = {
    "A": "eɪ", "I": "aɪ", "O": "oʊ", "Q": "əʊ", "S": "s", "T": "ɾ", "W": "aʊ", "Y": "ɔɪ",
    "ʣ": "dz", "ʤ": "dʒ", "ʦ": "ts", "ʧ": "tʃ", "ᵊ": "ə",
}  # fmt: skip
"""What the letters of the alphabet that are no IPA stand for."""

_PIECES = re.compile(r"([;:,.!?…—]+(?=\s|$)|[;:,!?…—]+)")
"""Signs that the networks hear as rhythm; a dot within a number or a name is none."""

_TABLES = {
    "en-US": (_SHARED, _AMERICAN, _ENGLISH),
    "en-GB": (_SHARED, _BRITISH, _ENGLISH),
}


def in_letters(ipa: str, language: str) -> str:
    """IPA with "^" as tie in the letters of Kokoro's alphabet."""
    for table in _TABLES.get(language, (_SHARED, _OTHERS)):
        for old in sorted(table, key=len, reverse=True):
            ipa = ipa.replace(old, table[old])
    return ipa.replace("^", "")


def pieces(text: str) -> list[tuple[str, str]]:
    """(words, the signs after them), in order; either may be empty."""
    parts = _PIECES.split(text)
    return [(parts[i].strip(), parts[i + 1] if i + 1 < len(parts) else "") for i in range(0, len(parts), 2)]


def chunks(letters: str, most: int) -> Iterator[str]:
    """A text of the alphabet in stretches of at most `most` letters, cut after a sentence, a clause or a word."""
    while len(letters) > most:
        head = letters[:most]
        cuts = [max(head.rfind(sign) for sign in signs) for signs in (".!?…", ";:,—", " ")]
        cut = next((place + 1 for place in cuts if place > most // 4), most)
        yield letters[:cut].strip()
        letters = letters[cut:].lstrip()
    if letters.strip():
        yield letters.strip()


def symbols(letters: str, samples: Sequence[int]) -> list[tuple[str, int]]:
    """Each letter as IPA with its samples; `samples` has one more at either end, for the silence there."""
    told = ["^", *(IPA.get(letter, letter) for letter in letters), "$"]
    return list(zip(told, samples, strict=True))
