"""One line as it was spoken: its words found in the line's text, its tones put on, its written form in the marks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from talking.media.audio import hold_peaks
from talking.speech.ladder import Manner, Spoken
from talking.speech.ssml.lines import Line, Tone, split
from talking.speech.ssml.parts import Anchor
from talking.speech.ssml.reshape import Span, reshape
from talking.types import Floats, Mark, Speech

_REACH = 200
"""Characters ahead in which a word that a voice reports is looked for."""

_FLOOR = 10 ** (-50 / 20)
"""RMS of 5 ms that is heard: 30 dB below the level of speech."""

_BLOCK = 0.005


@dataclass(frozen=True)
class Take:
    """`speech` with the marks of a line, `anchors` as (seconds, anchor); it is heard from `first` to `last` seconds.

    `phones` tells whether its sounds are known; `ending` as in `Line`; `line` what was asked for.
    """

    speech: Speech
    anchors: tuple[tuple[float, Anchor], ...]
    first: float
    last: float
    phones: bool
    ending: str
    line: Line


@dataclass(frozen=True)
class _Placed:
    """A word mark and the characters of the text that it stands for."""

    start: int
    end: int
    mark: Mark


def take(line: Line, say: Callable[[Line, Manner], Spoken]) -> Iterator[tuple[Take, Spoken]]:
    """The line as spoken by `say`, in one take, or in several where the voice does not tell its words apart."""
    tone = line.tone
    spoken = say(line, Manner(tone.rate, tone.pitch, line.style))
    mixed = any(run.tone != tone for run in line.runs)
    if mixed and not spoken.speech.of_kind("word"):
        for part in split(line):
            yield from take(part, say)
        return
    yield _take(line, tone, spoken.speech), spoken


def _take(line: Line, tone: Tone, speech: Speech) -> Take:
    placed = _places(line.text, speech.of_kind("word"))
    first, last = _heard(speech)
    clock = _Clock(line.text, placed, first, last)
    changed = reshape(speech.samples, speech.rate, list(_spans(line, tone, clock)))
    samples = changed.samples
    if tone.gain:
        samples = samples * np.float32(10 ** (tone.gain / 20))
    if len({run.tone.gain for run in line.runs} | {0.0}) > 1:
        samples = hold_peaks(samples)
    marks = [
        replace(mark, start=changed.time(mark.start), end=changed.time(mark.end)) for mark in _written(line, placed)
    ]
    phones = [
        replace(mark, start=changed.time(mark.start), end=changed.time(mark.end)) for mark in speech.of_kind("phone")
    ]
    anchors = tuple(
        (changed.time(clock.closing(place) if anchor.kind == "close" else clock.opening(place)), anchor)
        for place, anchor in line.anchors
    )
    ordered = tuple(sorted([*marks, *phones], key=lambda mark: (mark.start, mark.kind == "phone")))
    return Take(
        replace(speech, samples=samples, marks=ordered), anchors, changed.time(first), changed.time(last),
        bool(phones), line.ending, line,
    )  # fmt: skip


class _Clock:
    """When the characters of a text are said: as its words tell, else evenly."""

    def __init__(self, text: str, placed: Sequence[_Placed], first: float, last: float) -> None:
        self._placed = placed or [_Placed(0, max(1, len(text)), Mark(first, last, text, "word"))]

    def opening(self, place: int) -> float:
        """The start of what stands at or after a place; the end of all at the end."""
        for word in self._placed:
            if place < word.end:
                return _within(word, place)
        return self._placed[-1].mark.end

    def closing(self, place: int) -> float:
        """The end of what stands before a place."""
        for word in reversed(self._placed):
            if place > word.start:
                return _within(word, place)
        return self._placed[0].mark.start


def _within(word: _Placed, place: int) -> float:
    share = (min(max(place, word.start), word.end) - word.start) / (word.end - word.start)
    return word.mark.start + share * (word.mark.end - word.mark.start)


def _spans(line: Line, tone: Tone, clock: _Clock) -> Iterator[Span]:
    """What has to be changed where the tone is not that of the whole."""
    done = 0.0
    index = 0
    while index < len(line.runs):
        run = line.runs[index]
        end = run.end
        while index + 1 < len(line.runs) and line.runs[index + 1].tone == run.tone:
            index += 1
            end = line.runs[index].end
        index += 1
        if run.tone == tone or not any(letter.isalnum() for letter in line.text[run.start : end]):
            continue
        begin, finish = max(done, clock.opening(run.start)), clock.closing(end)
        if finish > begin:
            own = run.tone
            yield Span(begin, finish, own.rate / tone.rate, own.pitch - tone.pitch, own.gain - tone.gain)
            done = finish


def _places(text: str, words: Sequence[Mark]) -> list[_Placed]:
    """Where in the text each word is; one that is said otherwise than written belongs to the next written one."""
    folded = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    cursor = 0
    placed: list[_Placed] = []
    for mark in words:
        word = re.escape("".join(low if len(low := letter.lower()) == 1 else letter for letter in mark.text))
        window = folded[: cursor + _REACH]
        found = re.compile(rf"(?<!\w){word}(?!\w)").search(window, cursor) or re.compile(word).search(window, cursor)
        if found is not None and found.end() > found.start():
            cursor = found.end()
            placed.append(_Placed(found.start(), found.end(), mark))
            continue
        token = re.compile(r"\S*\w\S*").search(folded, cursor)
        if token is not None:
            placed.append(_Placed(token.start(), token.end(), mark))
    return placed


def written_marks(line: Line, words: Sequence[Mark]) -> Iterator[Mark]:
    """The words of a voice as captions show them: what was said instead of the written is one mark."""
    yield from _written(line, _places(line.text, words))


def _written(line: Line, placed: Sequence[_Placed]) -> Iterator[Mark]:
    owners = [
        next((run for run in line.runs if run.replaced and run.start <= word.start < run.end), None) for word in placed
    ]
    index = 0
    while index < len(placed):
        owner, last = owners[index], index
        if owner is not None:
            while last + 1 < len(placed) and owners[last + 1] is owner:
                last += 1
        mark = placed[index].mark
        if owner is None:
            yield mark
        elif owner.written:
            yield Mark(mark.start, placed[last].mark.end, owner.written, "word")
        index = last + 1


def _heard(speech: Speech) -> tuple[float, float]:
    """First and last moment (seconds) that belong to the words: loud, or within a phone."""
    size = max(1, round(_BLOCK * speech.rate))
    blocks = speech.samples[: len(speech.samples) // size * size].reshape(-1, size)
    loud = np.flatnonzero(np.sqrt(np.mean(np.square(blocks), axis=1)) > _FLOOR) if len(blocks) else np.array([], int)
    phones = [mark for mark in speech.of_kind("phone") if mark.text]
    starts = [float(loud[0]) * size / speech.rate] if len(loud) else []
    ends = [float(loud[-1] + 1) * size / speech.rate] if len(loud) else []
    starts += [mark.start for mark in phones[:1]]
    ends += [mark.end for mark in phones[-1:]]
    return (min(starts), min(max(ends), speech.duration)) if starts else (0.0, speech.duration)


def cut(samples: Floats, rate: int, first: float, last: float) -> Floats:
    """The stretch between two moments (seconds), silent towards its ends."""
    start, end = max(0, round(first * rate)), min(len(samples), round(last * rate))
    part = np.array(samples[start:end], np.float32)
    ramp = min(round(0.004 * rate), len(part) // 2)
    if ramp:
        rise = np.linspace(0, 1, ramp, dtype=np.float32)
        if start > 0:
            part[:ramp] *= rise
        if end < len(samples):
            part[-ramp:] *= rise[::-1]
    return part
