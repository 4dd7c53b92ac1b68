"""What espeak-ng reports while it speaks, as marks: phonemes and words in seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from talking.types import Mark

WORD, PHONEME = 1, 7

_LANGUAGE_SWITCH = re.compile(r"\([a-z]")
_UNSPACED = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Chinese characters: there a word of the caption is one character, as espeak-ng reports it."""

_TOKEN = re.compile(rf"{_UNSPACED.pattern}|(?:(?!{_UNSPACED.pattern})\S)+")


@dataclass(frozen=True)
class Event:
    """`kind` WORD or PHONEME, `position` in characters from 0, `sample` where it starts, `text` the IPA."""

    kind: int
    position: int
    sample: int
    text: str


def marks(events: Sequence[Event], text: str, *, num_samples: int, rate: int) -> tuple[Mark, ...]:
    """Phone marks that cover the sound without a gap (pauses have no text), then word marks, sorted by start.

    Phonemes of no length are left out: espeak-ng reports some that it merges into the next one.
    """
    phones = _phones(events, num_samples)
    spoken = [Mark(first / rate, last / rate, ipa, "phone") for first, last, ipa, _ in phones if last > first]
    return tuple(sorted([*spoken, *_words(phones, text, rate)], key=lambda mark: (mark.start, mark.kind == "phone")))


def _phones(events: Sequence[Event], num_samples: int) -> list[tuple[int, int, str, int]]:
    """(first sample, end, IPA, character position), gapless from 0 to `num_samples`, pauses joined."""
    starts: list[tuple[int, str, int]] = [(0, "", -1)]
    switched: int | None = None
    position = -1
    for event in events:
        if event.kind == WORD:
            position = event.position
        elif _LANGUAGE_SWITCH.match(event.text):
            switched = event.sample  # a note such as "(en)": its time belongs to the phoneme that follows
        else:
            start = event.sample if switched is None or not event.text else switched
            switched = None
            if event.text or starts[-1][1]:
                starts.append((min(max(start, starts[-1][0]), num_samples), event.text, position))
    ends = [*(start for start, _, _ in starts[1:]), num_samples]
    return [(start, end, ipa, where) for (start, ipa, where), end in zip(starts, ends, strict=True)]


def _words(phones: Sequence[tuple[int, int, str, int]], text: str, rate: int) -> Iterator[Mark]:
    """One mark per written word that is heard, from its first phoneme to its last."""
    tokens = [(found.start(), found.end(), _bare(found.group())) for found in _TOKEN.finditer(text)]
    heard: dict[int, list[tuple[int, int]]] = {}
    current = 0
    for start, end, ipa, position in phones:
        if not ipa or end <= start:
            continue
        # Positions inside numbers and foreign words jitter by a character or two, but never go back a word.
        while current + 1 < len(tokens) and position >= tokens[current + 1][0]:
            current += 1
        heard.setdefault(current, []).append((start, end))
    order = [*heard, len(tokens)]
    for index, following in pairwise(order):
        group = [word for _, _, word in tokens[index:following] if word]
        for word, (first, last) in zip(group, _shared(group, len(heard[index])), strict=False):
            yield Mark(heard[index][first][0] / rate, heard[index][last][1] / rate, word, "word")


def _shared(words: Sequence[str], count: int) -> Iterator[tuple[int, int]]:
    """Which of `count` phonemes, first and last, each word has: espeak-ng reports "of the" as one word.

    They are shared by the words' lengths. The first word has all when there are too few.
    """
    total = sum(map(len, words))
    ends = [round(sum(map(len, words[: number + 1])) / total * count) for number in range(len(words))]
    if any(end <= start for start, end in pairwise([0, *ends])):
        yield 0, count - 1
        return
    yield from ((start, end - 1) for start, end in pairwise([0, *ends]))


def _bare(token: str) -> str:
    """The word without the punctuation around it; empty when nothing else is left."""
    inner = re.sub(r"^[^\w$€£¥%&+#@]+|[^\w$€£¥%&+#@]+$", "", token)
    return inner or ""
