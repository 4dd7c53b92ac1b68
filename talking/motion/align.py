"""When each word and phoneme of a known text is heard: one Viterbi pass over what the network hears."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from talking.motion.listen import ROWS_PER_SECOND, prior
from talking.motion.phonemes import SIL, shapes
from talking.types import Floats, Mark

PRIOR_POWER = 0.6
"""How far common mouth shapes are discounted; 1 would be Bayes' rule, which trusts the network too much."""

_BAND = 1024
"""States around the best one that are followed, about a minute of speech: bounds the memory for an hour of it."""

_SLACK = 0.15
"""Seconds that a sound may lie outside the time given for its word: services round, and codecs delay."""

_OUTSIDE = 6.0
"""Nats per row that lying further outside costs."""


_MISMATCH = 1.1
"""Nats per row that a text may explain the sound worse than the best shapes do: 0.05 to 0.6 for what is said, in
noise too, 1 to 4 for something else."""


@dataclass(frozen=True)
class _States:
    """What is said, as a row of N states: `viseme` (N,); `phone` (N,) the index of the phone, or -1 for a pause that
    may be passed over; `first` and `last` (N,) the rows between which the state is expected."""

    viseme: NDArray[np.intp]
    phone: NDArray[np.intp]
    first: NDArray[np.float64]
    last: NDArray[np.float64]


def align(posteriors: Floats, spelled: Sequence[Mark], *, words: Sequence[Mark] = ()) -> tuple[Mark, ...]:
    """Marks of the words and phones of a text that is heard in `posteriors` (M, 15), as `listen` gives them.

    `spelled` are the words and phones of the text as some voice says them: their order and grouping count, their
    times do not. `words` are the words with times in this sound, where a service tells them; those that match a
    spelled word hold its phones to within 0.15 s.

    Phone marks (IPA, pauses empty) cover the sound without gaps to 20 ms; each word comes before its phones. Empty
    when nothing is spelled, when the sound has fewer rows than the text has sounds, and when something else is said.
    """
    phones = [mark for mark in spelled if mark.kind == "phone" and mark.text]
    said = [mark for mark in spelled if mark.kind == "word"]
    owners = _owners(phones, said)
    states = _states(phones, owners, spelled, _timed(said, words))
    if not phones or np.count_nonzero(states.phone >= 0) > len(posteriors):
        return ()
    likely = np.log(posteriors + 1e-6)
    path = _best_path((likely - PRIOR_POWER * np.log(prior())).astype(np.float32), states)
    if not len(path) or _shortfall(likely, states.viseme[path]) > _MISMATCH:
        return ()
    return tuple(_marks(states.phone[path], phones, said, owners))


def _owners(phones: Sequence[Mark], said: Sequence[Mark]) -> list[int]:
    """The index of the word each phone belongs to, -1 for none."""
    starts = [word.start - 1e-6 for word in said]
    nearest = [bisect_right(starts, phone.start) - 1 for phone in phones]
    return [i if i >= 0 and phone.start < said[i].end else -1 for i, phone in zip(nearest, phones, strict=True)]


def _timed(said: Sequence[Mark], words: Sequence[Mark]) -> dict[int, Mark]:
    """The given times of spelled words, by index, found by comparing the two texts."""
    left, right = ([word.text.casefold() for word in side] for side in (said, words))
    blocks = SequenceMatcher(a=left, b=right, autojunk=False).get_matching_blocks()
    return {block.a + i: words[block.b + i] for block in blocks for i in range(block.size)}


def _states(phones: Sequence[Mark], owners: Sequence[int], spelled: Sequence[Mark], timed: dict[int, Mark]) -> _States:
    """All sounds in order, with a pause allowed before each word, after each pause that was spelled, and at the end."""
    paused = {mark.end for mark in spelled if mark.kind == "phone" and not mark.text}
    rest = (SIL, -1, -np.inf, np.inf)
    table: list[tuple[int, int, float, float]] = []
    for i, shape in enumerate(shapes([phone.text for phone in phones])):
        if i == 0 or owners[i] != owners[i - 1] or phones[i].start in paused:
            table.append(rest)
        time = timed.get(owners[i])
        first = (time.start - _SLACK) * ROWS_PER_SECOND if time else -np.inf
        last = (time.end + _SLACK) * ROWS_PER_SECOND if time else np.inf
        table += [(part.viseme, i, first, last) for part in shape]
    viseme, phone, firsts, lasts = zip(*table, rest, strict=True)
    return _States(np.array(viseme), np.array(phone), np.array(firsts), np.array(lasts))


def _best_path(scores: Floats, states: _States) -> NDArray[np.intp]:
    """The state of every row (M,), or none when the band lost the way.

    A state lasts a row or more; a pause may be passed over, nothing else. Only states near the best one are kept.
    """
    rows, count = len(scores), len(states.viseme)
    width = min(_BAND, count)
    after_pause = np.concatenate([[False, False], states.phone[1:-1] < 0])
    to_say = np.cumsum((states.phone >= 0)[::-1])[::-1] - (states.phone >= 0)
    too_early = np.searchsorted(-to_say, np.arange(rows) + 1 - rows)
    ways = np.full((3, width), -np.inf, np.float32)
    back = np.empty((rows, width), np.int8)
    lows = np.zeros(rows, np.intp)
    best, low = np.full(width, -np.inf, np.float32), 0
    for row in range(rows):
        if row == 0:
            ways[0, :2] = 0
        else:
            middle = max(low + int(best.argmax()), int(too_early[row]))
            moved = max(0, min(middle - width // 2, count - width) - low)
            low += moved
            ways[0] = -np.inf
            ways[0, : width - moved] = best[moved:]
            ways[1, 1:] = ways[0, :-1]
            ways[2, 2:] = np.where(after_pause[low + 2 : low + width], ways[0, :-2], -np.inf)
        lows[row], back[row] = low, ways.argmax(0)
        here = slice(low, low + width)
        outside = (row < states.first[here]) | (row > states.last[here])
        best = ways.max(0) + scores[row, states.viseme[here]] - _OUTSIDE * outside
    return _traced(best, back, lows)


def _traced(best: Floats, back: NDArray[np.int8], lows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Walk back from the better of the last two states, the last sound and the pause after it."""
    path = np.empty(len(back), np.intp)
    state = int(lows[-1]) + len(best) - (1 if best[-1] >= best[-2] else 2)
    if not np.isfinite(best[-2:].max()):
        return path[:0]
    for row in range(len(back) - 1, -1, -1):
        path[row] = state
        state -= int(back[row, state - lows[row]])
    return path


def _shortfall(likely: Floats, visemes: NDArray[np.intp]) -> float:
    """Mean over the rows of how much less likely (nats) these shapes are than the likeliest."""
    return float(np.mean(likely.max(1) - likely[np.arange(len(likely)), visemes]))


def _marks(
    heard: NDArray[np.intp], phones: Sequence[Mark], said: Sequence[Mark], owners: Sequence[int]
) -> Iterator[Mark]:
    """Rows of phone indices as marks: a pause where the index is negative, a word before its first phone."""
    ends = {int(phone): (row + 1) / ROWS_PER_SECOND for row, phone in enumerate(heard)}
    last_phone = {owner: i for i, owner in enumerate(owners)}
    row = 0
    word = -1
    for phone, run in groupby(heard.tolist()):
        start = row / ROWS_PER_SECOND
        row += len(list(run))
        end = row / ROWS_PER_SECOND
        if phone < 0:
            yield Mark(start, end, "", "phone")
            continue
        if owners[phone] != word:
            word = owners[phone]
            if word >= 0:
                yield Mark(start, ends[last_phone[word]], said[word].text, "word")
        yield replace(phones[phone], start=start, end=end)
