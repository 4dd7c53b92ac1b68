"""From speech to motion: what mouth, head, lids, brows and chest do while the words are spoken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from talking.motion.acting import AS_PLANNED, Acting
from talking.motion.expressions import Mood, blend, cues_of, merged, mood, tracks
from talking.motion.eyes import eyes
from talking.motion.head import breath, head
from talking.motion.mouth import mouth
from talking.motion.phonemes import SIL, Segment
from talking.motion.prosody import Prosody, prosody
from talking.motion.replay import replayed
from talking.motion.seam import returned
from talking.types import BLENDSHAPES, CHANNEL, Floats, Motion, Speech

__all__ = ["Acting", "plan"]

_RETURN = 5
"""Frames over which the mouth of a loop returns to its first shape."""

_MIRRORED = [
    CHANNEL[name.replace("Left", "Right") if "Left" in name else name.replace("Right", "Left")] for name in BLENDSHAPES
]


def plan(
    speech: Speech,
    segments: Sequence[Segment],
    *,
    posteriors: Floats | None = None,
    seed: int = 0,
    acting: Acting = AS_PLANNED,
) -> Motion:
    """The motion of a whole speech, `speech.num_frames` rows, played as `acting` says.

    `segments` are its visemes in time order; `posteriors` float32 (M, 15) at 50 Hz are given when they were
    heard, not known from text. Event marks of the speech ("expression:happy:0.7") join the acting's expressions, and
    stress marks become nods and brows. The same speech, seed and acting give the same motion. Raises Unknown for an
    expression that does not exist.
    """
    segments, frames = _covering(segments, speech.duration), speech.num_frames
    seed += acting.style.seed
    knobs = acting.knobs
    shown = tracks(merged(acting.expressions, cues_of(speech)), acting.transition_frames, frames, fluent=acting.fluent)
    feeling = mood(shown, knobs.expression)
    pose, shift, upper = _upper_face(prosody(speech, segments), frames, seed, acting, feeling)
    speaking = mouth(speech, segments, posteriors, gain=acting.style.mouth * knobs.mouth)
    face = blend(speaking + upper, feeling.face)
    if acting.fluent:
        face = returned(face, _RETURN)
    planned = Motion(face, pose, shift, breath(frames, seed=seed, acting=acting))
    return _mirrored(planned) if acting.style.mirrored else planned


def _upper_face(
    accents: Prosody, frames: int, seed: int, acting: Acting, feeling: Mood
) -> tuple[Floats, Floats, Floats]:
    """Pose, shift and upper face of the recording, or of the style where there is none."""
    if acting.recording is not None:
        return replayed(acting.recording, accents, frames, seed=seed, acting=acting, mood=feeling)
    pose, shift = head(accents, frames, seed=seed, acting=acting, mood=feeling)
    return pose, shift, eyes(accents, frames, seed=seed, acting=acting, mood=feeling)


def _mirrored(motion: Motion) -> Motion:
    """The motion with left and right swapped."""
    pose = motion.pose * np.array([1, -1, -1], np.float32)
    shift = motion.shift * np.array([-1, 1], np.float32)
    return Motion(motion.blendshapes[:, _MIRRORED], pose, shift, motion.breath)


def _covering(segments: Sequence[Segment], duration: float) -> list[Segment]:
    """The segments with silence before the first and after the last."""
    first = segments[0].start if segments else duration
    last = segments[-1].end if segments else duration
    before = [Segment(0.0, first, SIL)] if first > 0.01 else []
    after = [Segment(last, duration, SIL)] if duration - last > 0.01 else []
    return [*before, *segments, *after]
