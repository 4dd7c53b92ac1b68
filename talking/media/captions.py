"""Subtitles from the words of a speech: SubRip and WebVTT text, in lines that are easy to read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from talking.media.phrases import Piece, pieces
from talking.types import Speech

LINE_WIDTH = 42
"""Letters per line, the usual limit for alphabets; a cue has two lines at most."""

WIDE_LINE_WIDTH = 36
"""The limit where most letters are Chinese, Japanese or Korean ones, which count two: 18 letters."""

MIN_SECONDS = 0.7
MAX_SECONDS = 7.0
"""Longest a cue stands, unless it is a single word."""

_LINGER = 0.4
"""Seconds a cue may stay after its last word, when the next one leaves room: reading ends later than speaking."""

_LONG_PAUSE = 0.8
"""Seconds of silence that no cue spans."""

_STOP = 0.15
"""Seconds of silence that make a full stop of any dot."""

_SENTENCE_ENDS = ".!?…。！？｡؟।۔"
_CLAUSE_ENDS = ",;:–—،؛，、；：､"
_ABBREVIATIONS = frozenset({"mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "nr", "bzw", "sra"})
_CLOSING = "\"')]}»”’」』）》】"


@dataclass(frozen=True)
class Cue:
    """What is on the screen from `start` to `end` in seconds: one or two lines."""

    start: float
    end: float
    lines: tuple[str, ...]


def srt(speech: Speech) -> str:
    """SubRip text of the words in `speech`, empty when it has no word marks."""
    blocks = [
        f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n{plain(cue)}\n"
        for number, cue in enumerate(cues(speech), start=1)
    ]
    return "\n".join(blocks)


def vtt(speech: Speech) -> str:
    """WebVTT text of the words in `speech`, empty when it has no word marks."""
    blocks = [f"{_time(cue.start, '.')} --> {_time(cue.end, '.')}\n{escaped(cue)}\n" for cue in cues(speech)]
    return "\n".join(["WEBVTT\n", *blocks]) if blocks else ""


def cues(speech: Speech, *, columns: int = LINE_WIDTH) -> list[Cue]:
    """The words of `speech` as cues in time order that never overlap.

    A cue ends with a sentence where it can, else at a comma, a pause or between words; it has at most two lines
    of LINE_WIDTH or of fewer `columns`, and stands for MIN_SECONDS where its neighbours leave that much.
    """
    found = pieces(speech)
    if not found:
        return []
    wide = sum(width(piece.text) - len(piece.text) for piece in found) * 2 > sum(len(piece.text) for piece in found)
    limit = max(2, min(columns, WIDE_LINE_WIDTH if wide else LINE_WIDTH))
    chopped = [part for piece in found for part in _chopped(piece, limit)]
    groups = [group for sentence in _sentences(chopped) for group in _fitting(sentence, limit)]
    return _placed(_merged(groups, limit), limit, speech.duration)


def width(text: str) -> int:
    """Columns of a text: two for a wide letter, none for an accent of its own."""
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else unicodedata.category(letter) != "Mn" for letter in text
    )


def _chopped(piece: Piece, limit: int) -> Iterator[Piece]:
    """The piece, in parts where it is longer than a line, with a hyphen where the letters of a word are parted."""
    if width(piece.text) <= limit:
        yield piece
        return
    size = limit // 2 if width(piece.text) > len(piece.text) else limit
    seconds = (piece.end - piece.start) / len(piece.text)
    at = 0
    while at < len(piece.text):
        left = len(piece.text) - at
        text = piece.text[at : at + min(left, size)]
        parted = piece.text[at + size - 2 : at + size]
        is_word = left > size > 2 and all(_is_hyphenated(letter) for letter in parted)
        text = text[:-1] if is_word else text
        start, is_last = piece.start + at * seconds, at + len(text) >= len(piece.text)
        space, breaks = piece.space and is_last, piece.breaks or not is_last
        yield Piece(text + "-" * is_word, start, start + len(text) * seconds, space, breaks)
        at += len(text)


def _is_hyphenated(letter: str) -> bool:
    """Whether words of such letters are parted with a hyphen: those of Europe, which know capitals."""
    return letter.lower() != letter.upper()


def _ends_with(piece: Piece, letters: str) -> bool:
    return piece.text.rstrip(_CLOSING).endswith(tuple(letters))


def _sentences(found: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Stretches that end with a sentence or a long pause."""
    sentence: list[Piece] = []
    for piece, following in zip(found, [*found[1:], None], strict=True):
        sentence.append(piece)
        pause = following.start - piece.end if following else 0.0
        if not piece.breaks and following:
            continue
        if (
            following is None
            or pause > _LONG_PAUSE
            or (_ends_with(piece, _SENTENCE_ENDS) and not _is_short(piece, pause))
        ):
            yield sentence
            sentence = []


def _is_short(piece: Piece, pause: float) -> bool:
    """Whether the full stop of a piece belongs to an abbreviation, an initial or a date: no pause follows there."""
    word = piece.text.strip("'(“„«").removesuffix(".").casefold()
    return (
        pause < _STOP and piece.text.endswith(".") and (word in _ABBREVIATIONS or len(word) == 1 or word[-1:].isdigit())
    )


def _fitting(group: list[Piece], limit: int) -> Iterator[list[Piece]]:
    """The group, halved at its best place until every part fits on the screen."""
    is_short = group[-1].end - group[0].start <= MAX_SECONDS
    if len(group) == 1 or (is_short and _lines(group, limit)):
        yield group
        return
    at = _best_cut(group)
    yield from _fitting(group[:at], limit)
    yield from _fitting(group[at:], limit)


def _best_cut(group: Sequence[Piece]) -> int:
    """Where to cut: near the middle, and rather at a comma or a pause than between any two words."""
    widths = [width(_text(group[:1]))]
    for piece in group[1:]:
        widths.append(widths[-1] + width(piece.text) + 1)
    middle = widths[-1] / 2

    def price(at: int) -> float:
        left, right = group[at - 1], group[at]
        pause = min(1.0, max(0.0, right.start - left.end) / 0.3)
        bonus = 0.35 * _ends_with(left, _CLAUSE_ENDS + _SENTENCE_ENDS) + 0.25 * pause
        return abs(widths[at - 1] - middle) / middle - bonus + (0 if left.breaks else 10)

    return min(range(1, len(group)), key=price)


def _text(group: Sequence[Piece]) -> str:
    return "".join(piece.text + " " * piece.space for piece in group).rstrip()


def _lines(group: Sequence[Piece], limit: int) -> tuple[str, ...]:
    """The group on one line or on two of like length; empty when it does not fit."""
    whole = _text(group)
    if width(whole) <= limit:
        return (whole,)
    if width(whole) > 2 * limit + 1:
        return ()
    halves = [(_text(group[:at]), _text(group[at:])) for at in range(1, len(group)) if group[at - 1].breaks]
    fitting = [half for half in halves if max(map(width, half)) <= limit]

    def price(half: tuple[str, ...]) -> int:
        is_clause = half[0].rstrip(_CLOSING).endswith(tuple(_CLAUSE_ENDS + _SENTENCE_ENDS))
        return abs(width(half[0]) - width(half[1])) - 12 * is_clause

    return min(fitting, key=price) if fitting else ()


def _merged(groups: Sequence[list[Piece]], limit: int) -> list[list[Piece]]:
    """Groups too short to be read, joined to the one before or after where both fit on the screen."""
    merged: list[list[Piece]] = []
    for group in groups:
        if merged and _belong(merged[-1], group, limit):
            merged[-1] = merged[-1] + group
        else:
            merged.append(group)
    return merged


def _belong(left: Sequence[Piece], right: Sequence[Piece], limit: int) -> bool:
    is_brief = any(group[-1].end - group[0].start < MIN_SECONDS for group in (left, right))
    is_close = right[0].start - left[-1].end < _LONG_PAUSE and right[-1].end - left[0].start <= MAX_SECONDS
    return is_brief and is_close and bool(_lines([*left, *right], limit))


def _placed(groups: Sequence[Sequence[Piece]], limit: int, duration: float) -> list[Cue]:
    """Cues with times: each lingers, and a brief one also starts earlier, as far as its neighbours allow."""
    placed: list[Cue] = []
    for group, following in zip(groups, [*groups[1:], None], strict=True):
        last = max(duration, group[-1].end) if following is None else following[0].start
        floor = placed[-1].end if placed else 0.0
        start = max(floor, group[0].start)
        wanted = max(group[-1].end + _LINGER, start + MIN_SECONDS)
        end = max(start + 0.001, min(last, wanted))
        start = max(floor, min(start, end - MIN_SECONDS))
        placed.append(Cue(start, end, _lines(group, limit)))
    return placed


def milliseconds(seconds: float) -> int:
    """A time as all caption formats here give it."""
    return round(seconds * 1000)


def _time(seconds: float, point: str) -> str:
    minutes, rest = divmod(milliseconds(seconds), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def plain(cue: Cue) -> str:
    """The lines without what players would take for a time line."""
    return "\n".join(cue.lines).replace("-->", "→")


def escaped(cue: Cue) -> str:
    """The lines without what WebVTT would take for markup."""
    return plain(cue).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
