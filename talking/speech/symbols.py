"""What a neural voice tells about its time, as marks: IPA symbols with samples, and the words they belong to."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from talking.types import Mark

_BEFORE = "ˈˌ"
_AFTER = "ːˑʰʲʷˠˤⁿˡ˞˔˕'0123456789"
_SILENT = '^$_ ,.;:!?¡¿…—–-"“”«»()\n'

REST_SECONDS = 0.06
"""From this length on the gap between two words is a pause; below, it belongs to the sound before it."""


@dataclass(frozen=True)
class Phone:
    """A sound from `start` to `end` in samples; `word` counts the words, those of one word have the same number."""

    start: int
    end: int
    text: str
    word: int


def phones(symbols: Sequence[tuple[str, int]], rate: int) -> list[Phone]:
    """Symbols with their samples as sounds without gaps; pauses have no text and the word -1.

    Stress marks give their time to the sound after them, marks of length and other signs to the one before.
    """
    found: list[Phone] = []
    at = word = 0
    early: int | None = None
    for symbol, samples in symbols:
        start, at = at, at + samples
        last = found[-1] if found else None
        if symbol in _BEFORE:
            early = start if early is None else early
        elif symbol in _SILENT:
            word += bool(last and last.text)
            if last and (not last.text or samples < REST_SECONDS * rate):
                found[-1] = Phone(last.start, at, last.text, last.word)
            else:
                found.append(Phone(start if early is None else early, at, "", -1))
        elif last and last.text and last.word == word and _joins(symbol):
            found[-1] = Phone(last.start, at, last.text + symbol, word)
        else:
            found.append(Phone(start if early is None else early, at, symbol, word))
        early = early if symbol in _BEFORE else None
    return found


def marks(told: Sequence[Phone], spelled: Sequence[Mark], rate: int, num_samples: int) -> tuple[Mark, ...]:
    """Phone marks that cover the sound, and word marks taken from `spelled`, sorted by start.

    `spelled` are the words and phones of the same text as another voice says them: their order counts, not their
    times. `told` is stretched to `num_samples`.
    """
    scale = num_samples / told[-1].end / rate if told and told[-1].end else 0.0
    sounds = [Mark(p.start * scale, p.end * scale, p.text, "phone") for p in told if p.end > p.start]
    words = [
        Mark(told[first].start * scale, told[last].end * scale, text, "word")
        for text, first, last in _words(told, spelled)
        if told[last].end > told[first].start
    ]
    return tuple(sorted([*sounds, *words], key=lambda mark: (mark.start, mark.kind == "phone")))


def _joins(symbol: str) -> bool:
    return symbol in _AFTER or bool(unicodedata.combining(symbol[0]))


def _words(told: Sequence[Phone], spelled: Sequence[Mark]) -> list[tuple[str, int, int]]:
    """(word, index of its first phone in `told`, of its last), where both voices read the text alike."""
    said = [mark for mark in spelled if mark.kind == "word"]
    sounds = [mark for mark in spelled if mark.kind == "phone" and mark.text]
    starts = [sound.start for sound in sounds]
    written = [
        "".join(sound.text for sound in sounds[bisect_left(starts, word.start) : bisect_left(starts, word.end)])
        for word in said
    ]
    groups: dict[int, list[int]] = {}
    for index, phone in enumerate(told):
        if phone.text:
            groups.setdefault(phone.word, []).append(index)
    heard = list(groups.values())
    texts = ["".join(told[index].text for index in group) for group in heard]
    matcher = SequenceMatcher(a=[_bare(text) for text in written], b=[_bare(text) for text in texts], autojunk=False)
    found: list[tuple[str, int, int]] = []
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        if kind == "equal" or a1 - a0 == b1 - b0:
            pairs = zip(said[a0:a1], heard[b0:b1], strict=True)
            found += [(word.text, group[0], group[-1]) for word, group in pairs]
        elif kind == "replace":
            lengths = [len(_bare(text)) for text in written[a0:a1]]
            found += _shared(said[a0:a1], lengths, [index for group in heard[b0:b1] for index in group])
    return found


def _shared(said: Sequence[Mark], lengths: Sequence[int], indices: Sequence[int]) -> list[tuple[str, int, int]]:
    """Words that are grouped in another way share the sounds by their lengths."""
    total = sum(lengths)
    found: list[tuple[str, int, int]] = []
    done = 0
    for word, length in zip(said, lengths, strict=True):
        first = round(done / total * len(indices)) if total else 0
        done += length
        last = round(done / total * len(indices)) - 1 if total else -1
        if last >= first:
            found.append((word.text, indices[first], indices[last]))
    return found


def _bare(text: str) -> str:
    """The letters of an IPA text, without stress, length and other signs."""
    plain = unicodedata.normalize("NFD", text)
    return "".join(sign for sign in plain if sign not in _BEFORE + _AFTER and not unicodedata.combining(sign))
