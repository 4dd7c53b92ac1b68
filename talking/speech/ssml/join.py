"""Takes, rests and tones in a row: one speech with all marks at their times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from talking.media.audio import resample
from talking.speech.ssml.lines import Rest
from talking.speech.ssml.parts import Anchor, Bleep
from talking.speech.ssml.takes import Take, cut
from talking.types import Floats, Mark, Speech

Scene: TypeAlias = Take | Rest | Bleep

SILENT_RATE = 24_000
"""Hertz of a script in which nobody speaks."""

GAPS = {"": 0.06, "comma": 0.25, "sentence": 0.45, "paragraph": 0.8}
"""Seconds between two takes that no break parts, by the sign before: what people leave, and espeak-ng too."""

_MARGIN = 0.005
"""Seconds kept around what is heard of a take, so that its edges can fade."""

_BLEEP_HERTZ, _BLEEP_LEVEL = 1000.0, 0.1 * np.sqrt(2)
"""The usual tone, at the level of speech: -20 dBFS."""


def join(scenes: Sequence[Scene]) -> Speech:
    """All scenes as one sound at the highest of their rates, with its marks; text and language are left to others.

    Phone marks are kept only when all takes have them, and then cover the whole.
    """
    rate = max((scene.speech.rate for scene in scenes if isinstance(scene, Take)), default=SILENT_RATE)
    strip = _Strip(rate)
    for index, scene in enumerate(scenes):
        before = scenes[index - 1] if index else None
        following = scenes[index + 1] if index + 1 < len(scenes) else None
        if isinstance(scene, Rest):
            strip.rest(scene, isinstance(before, Take), isinstance(following, Take))
        elif isinstance(scene, Bleep):
            strip.bleep(scene)
        else:
            strip.take(scene, before, following)
    takes = [scene for scene in scenes if isinstance(scene, Take)]
    return strip.speech(phones=all(take.phones for take in takes))


class _Strip:
    """The sound so far, and its marks."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._chunks: list[Floats] = []
        self._size = 0
        self._marks: list[Mark] = []
        self._open: list[tuple[str, float]] = []

    @property
    def _now(self) -> float:
        return self._size / self._rate

    def rest(self, rest: Rest, after_take: bool, before_take: bool) -> None:
        for anchor in rest.anchors:
            self._anchor(self._now, anchor)
        self._silence(rest.seconds - _MARGIN * (after_take + before_take))

    def bleep(self, bleep: Bleep) -> None:
        self._silence(GAPS[""])
        times = np.arange(round(bleep.seconds * self._rate)) / self._rate
        tone = (_BLEEP_LEVEL * np.sin(2 * np.pi * _BLEEP_HERTZ * times)).astype(np.float32)
        ramp = round(0.01 * self._rate)
        tone[:ramp] *= np.linspace(0, 1, ramp, dtype=np.float32)
        tone[-ramp:] *= np.linspace(1, 0, ramp, dtype=np.float32)
        self._marks.append(
            Mark(self._now, self._now + bleep.seconds, "".join(filter(str.isalpha, bleep.written)), "word")
        )
        self._add(tone)
        self._silence(GAPS[""])

    def take(self, take: Take, before: Scene | None, following: Scene | None) -> None:
        """A take, cut to what is heard where something is joined to it."""
        if isinstance(before, Take):
            pause = GAPS[before.ending] / max(before.line.tone.rate, 0.5)
            self._silence(pause - 2 * _MARGIN)
        first = take.first - _MARGIN if before is not None else 0.0
        last = take.last + _MARGIN if following is not None else take.speech.duration
        first, last = max(first, 0.0), min(last, take.speech.duration)
        samples = cut(take.speech.samples, take.speech.rate, first, last)
        shift = self._now - first
        floor, ceiling = self._now, self._now + last - first
        for mark in take.speech.marks:
            start, end = (min(max(time + shift, floor), ceiling) for time in (mark.start, mark.end))
            if end > start:
                self._marks.append(replace(mark, start=start, end=end))
        for time, anchor in take.anchors:
            self._anchor(min(max(time + shift, floor), ceiling), anchor)
        self._add(resample(samples, take.speech.rate, self._rate))

    def speech(self, *, phones: bool) -> Speech:
        samples = np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.float32)
        duration = len(samples) / self._rate
        kept = [mark for mark in self._marks if mark.kind != "phone"]
        if phones:
            kept += _gapless([mark for mark in self._marks if mark.kind == "phone"], duration)
        kept = [replace(mark, start=min(mark.start, duration), end=min(mark.end, duration)) for mark in kept]
        order = {"event": 0, "stress": 1, "word": 2, "phone": 3}
        return Speech(samples, self._rate, tuple(sorted(kept, key=lambda mark: (mark.start, order[mark.kind]))))

    def _anchor(self, time: float, anchor: Anchor) -> None:
        if anchor.kind == "event":
            self._marks.append(Mark(time, time, anchor.name, "event"))
        elif anchor.kind == "open":
            self._open.append((anchor.name, time))
        elif self._open:
            name, start = self._open.pop()
            if time > start:
                self._marks.append(Mark(start, time, name, "stress"))

    def _silence(self, seconds: float) -> None:
        self._add(np.zeros(max(0, round(seconds * self._rate)), np.float32))

    def _add(self, samples: Floats) -> None:
        self._chunks.append(samples)
        self._size += len(samples)


def _gapless(phones: list[Mark], duration: float) -> list[Mark]:
    """The phones with pauses, which have no text, wherever nothing is said; neighbouring pauses are one."""
    filled: list[Mark] = []
    clock = 0.0
    for mark in [*(phone for phone in phones if phone.text), Mark(duration, duration, "", "phone")]:
        if mark.start > clock + 1e-6:
            filled.append(Mark(clock, mark.start, "", "phone"))
        if mark.text:
            filled.append(mark)
        clock = max(clock, mark.end)
    return filled
