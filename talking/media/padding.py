"""Room before and after the words, so that a film neither begins nor ends in the middle of a movement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from talking.types import Speech


def with_room(speech: Speech, *, before: float, after: float) -> Speech:
    """The speech with at least `before` and `after` seconds of silence around what its marks say; marks move along.

    Silence that is already there counts. Speech without marks, or with nothing but pauses, is returned as it is.
    """
    spoken = [mark for mark in speech.marks if mark.text and mark.kind in ("word", "phone")]
    if not spoken:
        return speech
    quiet_start = min(mark.start for mark in spoken)
    quiet_end = speech.duration - max(mark.end for mark in spoken)
    lead = round(max(0.0, before - quiet_start) * speech.rate)
    tail = round(max(0.0, after - quiet_end) * speech.rate)
    shift = lead / speech.rate
    marks = tuple(replace(mark, start=mark.start + shift, end=mark.end + shift) for mark in speech.marks)
    return replace(speech, samples=np.pad(speech.samples, (lead, tail)), marks=marks)


def with_silence(speech: Speech, *, after: float) -> Speech:
    """The speech followed by `after` seconds of silence, whatever it ends with; to the sample, marks stay."""
    tail = round(after * speech.rate)
    return replace(speech, samples=np.pad(speech.samples, (0, tail))) if tail > 0 else speech
