"""Spoken words with their times, laid over the written text, so that captions keep its punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from talking.types import Mark, Speech

_REACH = 10
"""Words that may be skipped on either side to find the thread again where the voice says other words than written."""

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, kana and Chinese characters: written without spaces, so one letter is one token."""

_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_OPENING = "([{<\"'“‘«„‚‹¿¡「『（《【〈〔［｛〖"
_CLOSING_QUOTES = "\"'"


@dataclass(frozen=True)
class Piece:
    """The smallest part of a caption: `text` with its punctuation, spoken from `start` to `end` in seconds.

    `space` whether a space follows in the text; `breaks` whether a line may end here.
    """

    text: str
    start: float
    end: float
    space: bool
    breaks: bool


@dataclass(frozen=True)
class _Token:
    """A word, or one character where no spaces are written; `span` its place in the text."""

    word: str
    span: tuple[int, int]
    start: float = -1.0
    end: float = -1.0
    whole: bool = True


def pieces(speech: Speech) -> list[Piece]:
    """All that is said, in order, every time not before the last; empty when no words are known.

    Words of the text that have no mark of their own (numbers, abbreviations read out) get the time between their
    neighbours. Without a text the marks themselves are the text.
    """
    spoken = list(_spoken(speech.of_kind("word")))
    if not spoken:
        return []
    text = _clean(speech.text) or _joined(speech.of_kind("word"))
    return list(_cut(text, _timed(list(_tokens(text)), spoken, speech.duration)))


def _clean(text: str) -> str:
    """One line of text without control and invisible formatting characters."""
    kept = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text)
    return " ".join(_INVISIBLE.sub("", kept).split())


def _joined(marks: Sequence[Mark]) -> str:
    text = ""
    for word in (_clean(mark.text) for mark in marks):
        is_tight = not text or (_UNSPACED.match(text[-1]) and _UNSPACED.match(word))
        text += word if is_tight else f" {word}"
    return text


def _tokens(text: str) -> Iterator[_Token]:
    """Runs of letters, accents and digits; each letter for itself, with its accents, where no spaces are written."""
    start, end = 0, 0
    for index, letter in enumerate(text):
        kind = unicodedata.category(letter)[0]
        if kind not in "LMN":
            continue
        is_joined = end == index and end > start and (kind == "M" or not _UNSPACED.search(text[start] + letter))
        if not is_joined:
            if end > start:
                yield _Token(text[start:end].casefold(), (start, end))
            start = index
        end = index + 1
    if end > start:
        yield _Token(text[start:end].casefold(), (start, end))


def _spoken(marks: Sequence[Mark]) -> Iterator[_Token]:
    """The tokens of all marks; a mark of several shares out its time by their length."""
    clock = 0.0
    for mark in marks:
        tokens = list(_tokens(_clean(mark.text)))
        if not tokens:
            continue
        start = max(clock, mark.start)
        clock = max(start, mark.end)
        total, done = sum(len(token.word) for token in tokens), 0
        for index, token in enumerate(tokens):
            begin = start + (clock - start) * done / total
            done += len(token.word)
            finish = start + (clock - start) * done / total
            yield replace(token, start=begin, end=finish, whole=index == len(tokens) - 1)


def _timed(written: list[_Token], spoken: Sequence[_Token], duration: float) -> list[_Token]:
    """The written tokens with the times of the spoken ones; those in between share the time that is left."""
    clock, following = 0.0, 0
    pairs = [*_pairs([t.word for t in written], [t.word for t in spoken]), (len(written), len(spoken))]
    timed: list[_Token] = []
    for row, column in pairs:
        missed = spoken[following:column]
        begin = missed[0].start if missed else clock
        left_over = spoken[column].start if column < len(spoken) else max(clock, duration)
        finish = missed[-1].end if missed else left_over
        gap = written[len(timed) : row]
        for index, token in enumerate(gap):
            left = begin + (finish - begin) * index / len(gap)
            timed.append(replace(token, start=left, end=begin + (finish - begin) * (index + 1) / len(gap)))
        if row < len(written):
            match = spoken[column]
            timed.append(replace(written[row], start=match.start, end=match.end, whole=match.whole))
            clock, following = match.end, column + 1
    return timed


def _pairs(written: Sequence[str], spoken: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places at which both say the same, in order: straight on, or after the shortest skip that leads back."""
    row = column = 0
    while row < len(written) and column < len(spoken):
        if written[row] == spoken[column]:
            yield row, column
            row, column = row + 1, column + 1
            continue
        skip = next((s for s in _SKIPS if _agree(written, spoken, row + s[0], column + s[1])), (1, 1))
        row, column = row + skip[0], column + skip[1]


_SKIPS = sorted(((i, j) for i in range(_REACH + 1) for j in range(_REACH + 1) if i + j), key=lambda skip: sum(skip))


def _agree(written: Sequence[str], spoken: Sequence[str], row: int, column: int) -> bool:
    """Whether two words in a row are the same here, or the last one: a single "the" proves nothing."""
    here = written[row : row + 2]
    return bool(here) and here == spoken[column : column + 2]


def _cut(text: str, tokens: Sequence[_Token]) -> Iterator[Piece]:
    """Cut the text between the tokens: what closes goes with the word before, what opens with the one after."""
    start = 0
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        end = len(text) if following is None else _boundary(text, token.span[1], following.span[0])
        part = text[start:end]
        is_unspaced = _UNSPACED.match(token.word) or (following and _UNSPACED.match(following.word))
        is_closed = token.whole or not part.endswith(text[token.span[0] : token.span[1]])
        space = part != part.rstrip() or text[end : end + 1] == " "
        yield Piece(part.strip(), token.start, token.end, space, space or bool(is_unspaced and is_closed))
        start = end


def _boundary(text: str, left: int, right: int) -> int:
    """Where in the gap text[left:right] the next piece starts."""
    gap = text[left:right]
    if " " in gap:
        return left + gap.index(" ") + 1 if _opens(gap.split(" ", 1)[1]) else left + gap.rindex(" ") + 1
    at = right
    while at > left and text[at - 1] in _OPENING and text[at - 1] not in _CLOSING_QUOTES:
        at -= 1
    return at


def _opens(gap: str) -> bool:
    return bool(gap) and all(c in _OPENING or c == " " for c in gap)
