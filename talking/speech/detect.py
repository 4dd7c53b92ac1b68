"""Which language a text is in: by its script, then by its letters and its words."""

from __future__ import annotations

import re
from collections import Counter

from talking.speech.latin import latin_language
from talking.speech.profiles import ARABIC, CYRILLIC, DEVANAGARI

DEFAULT = "en"
"""What a text without letters is taken for."""

SAMPLE = 4000
"""Characters that are looked at: the beginning says it."""

_SCRIPTS = {
    "latin": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "cyrillic": "\u0400-\u052f",
    "hy": "\u0530-\u058f",
    "he": "\u0590-\u05ff",
    "arabic": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff",
    "devanagari": "\u0900-\u097f",
    "bn": "\u0980-\u09ff",
    "pa": "\u0a00-\u0a7f",
    "gu": "\u0a80-\u0aff",
    "or": "\u0b00-\u0b7f",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "kn": "\u0c80-\u0cff",
    "ml": "\u0d00-\u0d7f",
    "si": "\u0d80-\u0dff",
    "th": "\u0e00-\u0e7f",
    "lo": "\u0e80-\u0eff",
    "my": "\u1000-\u109f",
    "ka": "\u10a0-\u10ff",
    "ko": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "am": "\u1200-\u139f",
    "chr": "\u13a0-\u13ff\uab70-\uabbf",
    "km": "\u1780-\u17ff",
    "kana": "\u3041-\u3096\u30a1-\u30fa",
    "han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
}
"""Script -> its characters; a script that writes one language carries that language's tag as its name."""

_LETTERS = {name: re.compile(f"[{ranges}]") for name, ranges in _SCRIPTS.items()}
_ADDRESS = re.compile(
    r"(?:https?://|\bwww\.)[!-~\u00c0-\u024f]+|[\w.+-]{1,64}@[\w.-]+"
    r"|\b(?:[\w-]{1,63}\.){1,4}(?:com|org|net|edu|gov|info|io|app|dev|ai|eu|uk|de|fr|es|nl|pt|br|ch|at)\b(?:/[!-~\u00c0-\u024f]*)?"
    r"|\b\w*\d\w*\b",
    re.ASCII,
)
"""Addresses of pages and people, and words with digits: they belong to no language."""

_CANTONESE = re.compile("[嘅咗喺唔佢哋冇啲嚟嗰]")
_TRADITIONAL = re.compile("[們這個說國來時會學對開關門見話過還為與點樣電愛聽讓從邊氣車長東馬書買賣]")
_SIMPLIFIED = re.compile("[们这个说国来时会学对开关门见话过还为与点样电爱听让从边气车长东马书买卖]")


def detect(text: str) -> str:
    """BCP 47 tag of the language of `text`, DEFAULT when nothing can be told."""
    text = _prose(text[:SAMPLE])
    script = dominant_script(text)
    if script == "latin":
        return latin_language(text)
    if script == "han":
        return _chinese(text)
    if script == "cyrillic":
        return _by_letters(text, CYRILLIC, "ru")
    if script == "arabic":
        return _by_letters(text, ARABIC, "ar")
    if script == "devanagari":
        return _by_words(text, DEVANAGARI, "hi")
    return {"kana": "ja"}.get(script, script or DEFAULT)


def dominant_script(text: str) -> str:
    """The script most letters of `text` belong to, a key of the table above; empty when there are no letters."""
    text = _prose(text)
    counts = {name: len(pattern.findall(text)) for name, pattern in _LETTERS.items()}
    # A syllable sign says as much as three letters, and Japanese mixes its own with Chinese characters.
    counts["han"] *= 3
    if counts["kana"]:
        counts["kana"] = 3 * counts["kana"] + counts.pop("han")
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else ""


def _prose(text: str) -> str:
    """`text` without what belongs to no language."""
    return _ADDRESS.sub(" ", text)


def _chinese(text: str) -> str:
    if len(_CANTONESE.findall(text)) >= 2:
        return "zh-HK"
    return "zh-TW" if len(_TRADITIONAL.findall(text)) > len(_SIMPLIFIED.findall(text)) else "zh-CN"


def _by_letters(text: str, table: dict[str, str], otherwise: str) -> str:
    """The language with the most of its own letters and words; each entry is "letters|word word ..."."""
    words = Counter(re.findall(r"\w+", text.casefold()))
    scores: Counter[str] = Counter()
    for language, entry in table.items():
        letters, _, little = entry.partition("|")
        scores[language] = sum(text.casefold().count(letter) for letter in letters)
        scores[language] += 2 * sum(words[word] for word in little.split())
    best, score = max(scores.items(), key=lambda item: (item[1], item[0] == otherwise))
    return best if score else otherwise


def _by_words(text: str, table: dict[str, str], otherwise: str) -> str:
    words = Counter(re.findall(r"[\u0900-\u097f]+", text))
    scores = {language: sum(words[word] for word in little.split()) for language, little in table.items()}
    best = max(scores, key=lambda language: (scores[language], language == otherwise))
    return best if scores[best] else otherwise
