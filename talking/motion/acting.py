"""How a performance is to be played: whose manner, which feelings, how strongly."""

from __future__ import annotations

from dataclasses import dataclass

from talking.motion.drivers import PLAIN, HeadStyle
from talking.motion.facts import PortraitFacts, allowance
from talking.motion.recording import Recording
from talking.types import ExpressionCue, Knobs

_UNTURNED = Knobs()


@dataclass(frozen=True)
class Acting:
    """How a performance is to be played; the default is the plain natural manner.

    `style` of the bank; `recording`, when given, replaces its head, blinks, gaze and brows. `expressions` on a
    timeline, each reached over `transition_frames`. `knobs` scale the parts, `motion_factor` 0 to 2 the head alone.

    `aligned` (D-ID's align_driver): the film starts and ends at the portrait's own pose; otherwise it is in the
    driver's from the first frame to the last, nothing of a recording's absolute pose taken out.
    `normalization` 0 to 1 (normalization_factor), when aligned: how much of the driver's resting pose is taken out.
    At 1 nothing of a recording's is left, and of a bank driver's what it is known for; at 0 all of a recording's, and
    twice that. `matched` (auto_match): the head's range is fitted to what the portrait of `facts` can show, and a
    recording's to what any portrait can; otherwise it is as recorded or styled.
    `fluent`: the film can be played in a loop, its last frame leads on to its first.
    """

    style: HeadStyle = PLAIN
    recording: Recording | None = None
    expressions: tuple[ExpressionCue, ...] = ()
    transition_frames: int = 12
    knobs: Knobs = _UNTURNED
    motion_factor: float = 1.0
    aligned: bool = True
    normalization: float = 1.0
    matched: bool = True
    facts: PortraitFacts | None = None
    fluent: bool = False

    @property
    def head_gain(self) -> float:
        """The factor on all head motion."""
        return self.motion_factor * self.knobs.head * (allowance(self.facts) if self.matched else 1.0)

    @property
    def kept_rest(self) -> float:
        """The share of the driver's resting pose that is not taken out."""
        return 1.0 - self.normalization if self.aligned else 1.0


AS_PLANNED = Acting()
