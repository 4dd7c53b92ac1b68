"""Sounds in IPA as espeak-ng's own letters for them, in the languages for which every vowel was heard to come out."""

from __future__ import annotations

import re
import unicodedata

from talking.speech.languages import primary

_CONSONANTS = {
    **{letter: letter for letter in "pbtdkmnfvszhljw"},
    "ɡ": "g", "g": "g", "ŋ": "N", "ɲ": "n^", "θ": "T", "ð": "D", "ʃ": "S", "ʒ": "Z", "tʃ": "tS", "dʒ": "dZ", "ɹ": "r",
    "r": "r", "ɾ": "*", "ç": "C", "x": "x", "ɣ": "Q", "ʔ": "?", "β": "B", "ʎ": "l^", "ʁ": "r", "ts": "ts", "pf": "pf",
    "ɫ": "l", "ɦ": "h", "ʍ": "w", "χ": "x",
}  # fmt: skip

_VOWELS = {
    "i": "i", "iː": "i:", "ɪ": "I", "e": "e", "eː": "e", "eɪ": "eI", "ɛ": "E", "ɛː": "E", "æ": "a", "a": "a", "aː": "a",
    "ɑ": "A:", "ɑː": "A:", "ɒ": "0", "ɔ": "O", "ɔː": "O:", "ʊ": "U", "u": "u", "uː": "u:", "ʌ": "V", "ə": "@",
    "ɜ": "3:", "ɜː": "3:", "ɚ": "3", "ɝ": "3:", "aɪ": "aI", "aʊ": "aU", "ɔɪ": "OI", "oʊ": "oU", "əʊ": "oU",
    "o": "o", "oː": "o",
    "ø": "Y", "øː": "Y", "œ": "W", "y": "y", "yː": "y", "ʏ": "y", "ɐ": "a#", "ɑ̃": "A~", "ɛ̃": "E~", "ɔ̃": "O~", "œ̃": "W~",
}  # fmt: skip

_INSTEAD = {
    "en": {"Y": "3:", "W": "3:", "y": "u:", "W~": "A~"},
    "de": {"e": "e:", "o": "o:", "0": "O", "V": "a", "3": "@", "Y": "Y:", "a#": "a", "E~": "W~"},
    "fr": {"A:": "a", "0": "O", "U": "u", "3": "W", "3:": "W", "aU": "au"},
    "es": {"I": "i", "A:": "a", "0": "O", "u:": "u", "V": "a", "3": "e", "3:": "e", "OI": "Oi", "W": "Y", "y": "u",
           "a#": "a", "A~": "an", "E~": "en", "O~": "on", "W~": "en"},
    "it": {"A:": "a", "0": "O", "V": "a", "3": "e", "3:": "e", "W": "Y", "y": "u", "a#": "a", "A~": "an",
           "E~": "en", "O~": "on", "W~": "en"},
}  # fmt: skip
"""What stands in for vowels that a language's voice is silent for."""

LANGUAGES = tuple(_INSTEAD)

_MARKS = {"ˈ": "'", "'": "'", "ˌ": ",", " ": "||", ".": "", "‿": "", "|": ""}
_TABLE = {
    unicodedata.normalize("NFD", ipa): sound for ipa, sound in (_CONSONANTS | _VOWELS | _MARKS).items()
}  # fmt: skip
_SYMBOLS = re.compile("|".join(re.escape(ipa) for ipa in sorted(_TABLE, key=len, reverse=True)))


def mnemonics(ipa: str, language: str) -> str | None:
    """The letters between [[ and ]] for sounds in IPA; None for a sign or a language that is not known here."""
    changed = _INSTEAD.get(primary(language))
    plain = unicodedata.normalize("NFD", ipa).strip("/[] ").replace("\u0361", "").replace(":", "ː")
    found = _SYMBOLS.findall(plain)
    if changed is None or not found or sum(map(len, found)) != len(plain):
        return None
    sounds = [changed.get(_TABLE[symbol], _TABLE[symbol]) for symbol in found]
    return "".join(sounds)
