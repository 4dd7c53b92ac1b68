"""A recorded performance, played again for as long as a film lasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from talking.motion.acting import Acting
from talking.motion.expressions import Mood
from talking.motion.eyes import BLINK, kept_blinks
from talking.motion.head import LIMITS, faded, placed
from talking.motion.prosody import Prosody
from talking.motion.recording import Recording
from talking.motion.seam import looped, repeated
from talking.types import CHANNEL, Floats

_OVERLAP = 20  # frames over which the end of a recording becomes its beginning
_SHUT = 0.35  # of a blink, from which on a tracked lid is taken to be blinking
_AROUND = 3  # frames before and after that, in which it closes and opens

_BLINKS = [CHANNEL["eyeBlinkLeft"], CHANNEL["eyeBlinkRight"]]
_LOOKS = [index for name, index in CHANNEL.items() if name.startswith("eyeLook")]
_FELT = [index for name, index in CHANNEL.items() if name.startswith(("brow", "cheekSquint", "eyeSquint", "eyeWide"))]


@dataclass(frozen=True)
class Played:
    """A recording laid out over T frames: `pose` (T, 3), `shift` (T, 2) and `blendshapes` (T, 53), float32, as in
    Recording."""

    pose: Floats
    shift: Floats
    blendshapes: Floats


def replay(recording: Recording, frames: int, *, fluent: bool = False) -> Played:
    """A recording for `frames` frames: cut when it is longer, else looped without a jump; the end of a `fluent` one
    leads on to its beginning.

    Where two stretches meet, head and brows go over from one to the other in _OVERLAP frames; lids and gaze, half of
    a blink or of a glance being neither, change over at once in the frame in which both have their eyes most open.
    """
    whole = np.concatenate([recording.pose, recording.shift, recording.blendshapes], axis=1)
    if fluent:
        overlap = min(_OVERLAP, len(whole) // 3, frames // 2)
        long = _for(whole, frames + overlap)
        played = _turn(long, overlap)
    else:
        played = _for(whole, frames)
    return Played(played[:, :3], played[:, 3:5], played[:, 5:])


def _for(whole: Floats, frames: int) -> Floats:
    """The first `frames` rows of a track that goes on in a loop when it is shorter."""
    if len(whole) >= frames:
        return whole[:frames]
    overlap = min(_OVERLAP, len(whole) // 3)
    turn = _turn(whole, overlap)
    return np.concatenate([whole[:overlap], repeated(turn, frames - overlap)])


def _turn(whole: Floats, overlap: int) -> Floats:
    """One turn of the loop of a track."""
    turn = looped(whole, overlap)
    if overlap:
        sudden = [5 + index for index in _BLINKS + _LOOKS]
        lids = [5 + index for index in _BLINKS]
        before, after = whole[-overlap:], whole[:overlap]
        change = int(np.argmin(before[:, lids].max(axis=1) + after[:, lids].max(axis=1)))
        turn[-overlap:, sudden] = np.where(np.arange(overlap)[:, None] < change, before[:, sudden], after[:, sudden])
    return turn


def replayed(
    recording: Recording, prosody: Prosody, frames: int, *, seed: int, acting: Acting, mood: Mood
) -> tuple[Floats, Floats, Floats]:
    """Pose (T, 3), shift (T, 2) and upper face (T, 53) of a recording, played as `acting` asks for."""
    played = replay(recording, frames, fluent=acting.fluent)
    pose = played.pose + acting.kept_rest * recording.rest
    fit = _fit(pose) if acting.matched else 1.0
    pose, shift = placed(fit * pose, acting, mood, fit * played.shift, following=False)
    upper = played.blendshapes.copy()
    upper[:, _LOOKS] *= acting.knobs.gaze
    upper[:, _FELT] *= acting.knobs.expression
    _turn_blinks(upper, prosody, seed=seed, acting=acting, mood=mood)
    if acting.aligned and not acting.fluent:
        upper *= faded(frames)[:, None]
    return pose, shift, np.clip(upper, 0.0, 1.0)


def _fit(pose: Floats) -> float:
    """The factor that brings a pose (T, 3) within LIMITS, but for its last percent, without changing its course."""
    widest = np.percentile(np.abs(pose), 99.0, axis=0) / np.array(LIMITS)
    return float(1.0 / max(1.0, widest.max()))


def _turn_blinks(upper: Floats, prosody: Prosody, *, seed: int, acting: Acting, mood: Mood) -> None:
    """Take blinks out of the lids, or add some, where the knob and the mood ask for it."""
    spans = _blink_spans(upper[:, _BLINKS].max(axis=1))
    starts = [start for start, _ in spans]
    kept = set(kept_blinks(starts, prosody, len(upper), seed=seed, acting=acting, mood=mood))
    for start, end in spans:
        if start not in kept:
            first, last = upper[start, _BLINKS], upper[end - 1, _BLINKS]
            upper[start:end, _BLINKS] = np.linspace(first, last, end - start)
    for start in kept.difference(starts):
        part = upper[start : start + len(BLINK), _BLINKS]
        upper[start : start + len(BLINK), _BLINKS] = np.maximum(part, np.array(BLINK)[: len(part), None])


def _blink_spans(lids: Floats) -> list[tuple[int, int]]:
    """First frame and the one after the last of each blink of a lid track (T,)."""
    shut = np.concatenate([[False], lids > _SHUT, [False]])
    edges = np.flatnonzero(shut[1:] != shut[:-1]).reshape(-1, 2)
    return [(max(0, int(a) - _AROUND), min(len(lids), int(b) + _AROUND)) for a, b in edges]
