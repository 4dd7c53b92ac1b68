"""Feelings on a timeline: what each does to brows, lids, cheeks, lips, head and blinks, and how it gets along with
speech. Found by eye on drawn and photographed faces; at 1 clearly felt and still something a presenter would show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from talking.errors import InvalidRequest, Unknown
from talking.motion.seam import returned
from talking.types import BLENDSHAPES, CHANNEL, EXPRESSIONS, FPS, ExpressionCue, Floats, Speech

EVENT = "expression:"
"""What the text of an event mark begins with that changes the expression: "expression:happy", or with an intensity
"expression:happy:0.7"."""

_CORNERS = ("mouthSmile", "mouthFrown", "mouthStretch")
_OPENERS = ("jawOpen", "mouthUpperUp", "mouthLowerDown", "mouthFunnel")
_CORNERS_CLOSED = 0.7  # share of what pulls the corners that is left while lips close
_SEALED = 0.5  # of a full press, at which nothing opens the lips any more


@dataclass(frozen=True)
class Feeling:
    """One expression at intensity 1.

    `both` blendshapes by their stem, on the left and on the right alike; `single` those without sides; `attitude`
    (pitch, yaw, roll) of the head in degrees; `blink`, `nod`, `brow` factors on how often lids close and how far
    accents move head and brows.
    """

    both: Mapping[str, float] = field(default_factory=dict)
    single: Mapping[str, float] = field(default_factory=dict)
    attitude: tuple[float, float, float] = (0.0, 0.0, 0.0)
    blink: float = 1.0
    nod: float = 1.0
    brow: float = 1.0


FEELINGS: dict[str, Feeling] = {
    "neutral": Feeling(),
    "happy": Feeling(
        both={"mouthSmile": 0.95, "cheekSquint": 0.7, "browOuterUp": 0.12, "eyeSquint": 0.1},
        single={"browInnerUp": 0.1},
        attitude=(-0.8, 0.0, 1.2),
        brow=1.2,
    ),
    "surprise": Feeling(
        both={"browOuterUp": 0.85, "eyeWide": 0.65},
        single={"browInnerUp": 0.85, "jawOpen": 0.15},
        attitude=(-1.5, 0.0, 0.0),
        blink=0.7,
        brow=0.6,
    ),
    "serious": Feeling(
        both={"browDown": 0.5, "mouthPress": 0.12, "mouthFrown": 0.15, "eyeSquint": 0.15},
        attitude=(1.0, 0.0, 0.0),
        nod=0.7,
        brow=0.5,
    ),
    "sad": Feeling(
        both={"mouthFrown": 0.7, "eyeBlink": 0.12},
        single={"browInnerUp": 1.0, "mouthShrugUpper": 0.2},
        attitude=(2.8, 0.0, -1.5),
        nod=0.6,
        brow=0.4,
    ),
    "angry": Feeling(
        both={"browDown": 1.0, "eyeSquint": 0.35, "noseSneer": 0.35, "mouthPress": 0.25, "mouthFrown": 0.3},
        attitude=(2.0, 0.0, 0.0),
        blink=0.8,
        nod=1.2,
        brow=0.3,
    ),
    "disgust": Feeling(
        both={"noseSneer": 0.9, "mouthUpperUp": 0.12, "browDown": 0.45, "cheekSquint": 0.4, "eyeSquint": 0.35,
              "mouthFrown": 0.35},
        single={"mouthShrugUpper": 0.5},
        attitude=(-1.5, 0.0, 1.0),
        nod=0.7,
        brow=0.3,
    ),
    "fear": Feeling(
        both={"browOuterUp": 0.3, "browDown": 0.2, "eyeWide": 0.65, "mouthStretch": 0.5, "mouthFrown": 0.15},
        single={"browInnerUp": 0.9, "jawOpen": 0.06},
        attitude=(-1.2, 0.0, 0.0),
        blink=1.3,
        nod=0.7,
        brow=0.5,
    ),
}  # fmt: skip
"""Every expression of EXPRESSIONS, in its order."""


def _table() -> Floats:
    table = np.zeros((len(EXPRESSIONS), len(BLENDSHAPES)), np.float32)
    for row, name in enumerate(EXPRESSIONS):
        feeling = FEELINGS[name]
        for stem, amount in feeling.both.items():
            for side in ("Left", "Right"):
                table[row, CHANNEL[stem + side]] = amount
        for channel, amount in feeling.single.items():
            table[row, CHANNEL[channel]] = amount
    return table


TABLE = _table()
"""float32 (8, 53): EXPRESSIONS x BLENDSHAPES at intensity 1."""


def _channels(stems: Sequence[str]) -> list[int]:
    return [index for name, index in CHANNEL.items() if name.removesuffix("Left").removesuffix("Right") in stems]


_CORNER_COLUMNS, _OPENER_COLUMNS, _PRESS_COLUMNS = _channels(_CORNERS), _channels(_OPENERS), _channels(["mouthPress"])
_JAW, _PRESS, _TUCK = CHANNEL["jawOpen"], CHANNEL["mouthPressLeft"], CHANNEL["mouthRollLower"]


def cues_of(speech: Speech) -> tuple[ExpressionCue, ...]:
    """The expressions that the script itself calls for, in time order.

    Raises Unknown for one that does not exist and InvalidRequest for an intensity that is no number from 0 to 1.
    """
    marks = (mark for mark in speech.of_kind("event") if mark.text.startswith(EVENT))
    return tuple(_cue(mark.text.removeprefix(EVENT), max(0, round(mark.start * FPS))) for mark in marks)


def _cue(text: str, frame: int) -> ExpressionCue:
    name, _, amount = text.partition(":")
    if name not in EXPRESSIONS:
        raise Unknown.name("expression", name, EXPRESSIONS, hint=f"There are: {', '.join(EXPRESSIONS)}.")
    try:
        intensity = float(amount or 1.0)
    except ValueError:
        intensity = -1.0
    if not 0.0 <= intensity <= 1.0:
        raise InvalidRequest(f"The intensity of an expression is a number from 0 to 1, not '{amount[:40]}'.")
    return ExpressionCue(frame, name, intensity)


def merged(*timelines: Sequence[ExpressionCue]) -> tuple[ExpressionCue, ...]:
    """One timeline of several; of cues for one frame, the last one given holds."""
    by_frame = {cue.start_frame: cue for timeline in timelines for cue in timeline}
    return tuple(by_frame[frame] for frame in sorted(by_frame))


def tracks(cues: Sequence[ExpressionCue], transition_frames: int, frames: int, *, fluent: bool = False) -> Floats:
    """How far each expression is shown, float32 (T, len(EXPRESSIONS)), T = `frames`, rows that sum to 1.

    Neutral before the first cue; each is reached by a smoothstep over max(transition_frames, 1) frames from its
    start_frame on, the first frame in which it shows, and held until the next. The last frames of a `fluent` film
    return to its first.
    """
    span = max(transition_frames, 1)
    out = np.zeros((frames, len(EXPRESSIONS)), np.float32)
    out[:, 0] = 1.0
    t = (np.arange(span) + 1) / span
    ease = (t * t * (3.0 - 2.0 * t)).astype(np.float32)[:, None]
    for cue in sorted(cues, key=lambda cue: cue.start_frame):
        if cue.start_frame >= frames:
            break
        target = np.zeros(len(EXPRESSIONS), np.float32)
        target[0] = 1.0 - cue.intensity
        target[EXPRESSIONS.index(cue.expression)] += cue.intensity
        before = out[max(cue.start_frame - 1, 0)].copy()
        part = out[cue.start_frame : cue.start_frame + span]
        part[:] = before + (target - before) * ease[: len(part)]
        out[cue.start_frame + span :] = target
    return returned(out, max(span, FPS // 2)) if fluent else out


@dataclass(frozen=True)
class Mood:
    """What the expressions of a film ask for: `face` float32 (T, 53), `attitude` (T, 3) in degrees, and factors (T,)
    on `blink`, `nod` and `brow`; T may be 1 for what never changes."""

    face: Floats
    attitude: Floats
    blink: Floats
    nod: Floats
    brow: Floats

    def nod_at(self, second: float) -> float:
        """The factor on a nod at a moment."""
        return float(self.nod[_row(second, len(self.nod))])

    def brow_at(self, second: float) -> float:
        """The factor on a movement of the brows at a moment."""
        return float(self.brow[_row(second, len(self.brow))])

    def blink_at(self, frame: int) -> float:
        """The factor on how likely a blink is at a frame."""
        return float(self.blink[min(frame, len(self.blink) - 1)])


def _row(second: float, rows: int) -> int:
    return min(max(int(second * FPS), 0), rows - 1)


def mood(shown: Floats, gain: float = 1.0) -> Mood:
    """The mood of expression tracks (T, 8), scaled by the `gain` of its knob, 0 to 2."""
    feelings = [FEELINGS[name] for name in EXPRESSIONS]

    def factor(values: Sequence[float]) -> Floats:
        return np.maximum(1.0 + gain * (shown @ np.array(values, np.float32) - 1.0), 0.0)

    attitude = np.array([feeling.attitude for feeling in feelings], np.float32)
    return Mood(
        face=np.clip(gain * (shown @ TABLE), 0.0, 1.0),
        attitude=gain * (shown @ attitude),
        blink=factor([feeling.blink for feeling in feelings]),
        nod=factor([feeling.nod for feeling in feelings]),
        brow=factor([feeling.brow for feeling in feelings]),
    )


CALM = mood(tracks((), 1, 1))
"""No expression at all."""


def blend(face: Floats, feeling: Floats) -> Floats:
    """A speaking face (T, 53) with a feeling (T, 53) on it, in [0, 1].

    Closures win: where the speech presses the lips together or tucks the lower one in, a feeling opens nothing and
    pulls less on the corners; it presses lips only as far as speech leaves them closed.
    """
    sealed = np.clip(face[:, _PRESS] / (0.9 * _SEALED), 0.0, 1.0)[:, None]
    added = feeling.copy()
    closed = np.maximum(sealed, face[:, [_TUCK]])
    added[:, _CORNER_COLUMNS] *= 1.0 - (1.0 - _CORNERS_CLOSED) * closed
    added[:, _OPENER_COLUMNS] *= 1.0 - closed
    added[:, _PRESS_COLUMNS] *= 1.0 - np.clip(4.0 * face[:, [_JAW]], 0.0, 1.0)
    total: Floats = np.clip(face + added, 0.0, 1.0)
    return total
