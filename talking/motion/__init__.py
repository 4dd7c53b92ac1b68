"""From speech to motion: what mouth, head, lids, brows and chest do while the words are spoken."""

from __future__ import annotations

from collections.abc import Sequence

from talking.motion.eyes import eyes
from talking.motion.head import head
from talking.motion.mouth import mouth
from talking.motion.phonemes import SIL, Segment
from talking.motion.prosody import prosody
from talking.types import Floats, Motion, Speech


def plan(speech: Speech, segments: Sequence[Segment], *, posteriors: Floats | None = None, seed: int = 0) -> Motion:
    """The motion of a whole speech, `speech.num_frames` rows.

    `segments` are its visemes in time order; `posteriors` float32 (M, 15) at 50 Hz are given when they were
    heard, not known from text. The same speech and seed give the same motion.
    """
    segments = _covering(segments, speech.duration)
    accents = prosody(speech, segments)
    pose, shift, breath = head(accents, speech.num_frames, seed=seed)
    blendshapes = mouth(speech, segments, posteriors) + eyes(accents, speech.num_frames, seed=seed)
    return Motion(blendshapes, pose, shift, breath)


def _covering(segments: Sequence[Segment], duration: float) -> list[Segment]:
    """The segments with silence before the first and after the last."""
    first = segments[0].start if segments else duration
    last = segments[-1].end if segments else duration
    before = [Segment(0.0, first, SIL)] if first > 0.01 else []
    after = [Segment(last, duration, SIL)] if duration - last > 0.01 else []
    return [*before, *segments, *after]
