"""The one mouth vocabulary: how each of the 15 visemes looks, and how wide each mouth channel opens the lips.

`open`, the inner-lip gap relative to a talker's widest, was fitted on the lips of real talkers; the other
columns are shapes of the warping engine, chosen by eye on photographs and scaled to running speech.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from talking.motion.phonemes import VISEMES
from talking.types import Floats


@dataclass(frozen=True)
class Shape:
    """One viseme, all values in 0..1: `open` the lip gap, `wide` corners apart, `pucker` lips drawn together,
    `funnel` lips pushed out, `up` upper lip raised, `low` lower lip lowered, `press` lips sealed, `tuck` lower
    lip under the upper teeth, `tongue` tip raised behind the teeth, `tip` tongue between the teeth.
    """

    open: float
    wide: float = 0.0
    pucker: float = 0.0
    funnel: float = 0.0
    up: float = 0.0
    low: float = 0.0
    press: float = 0.0
    tuck: float = 0.0
    tongue: float = 0.0
    tip: float = 0.0


SHAPES: dict[str, Shape] = {
    "sil": Shape(open=0.0),
    "PP": Shape(open=0.0, pucker=0.08, press=1.0),
    "FF": Shape(open=0.20, wide=0.12, up=0.62, tuck=1.0),
    "TH": Shape(open=0.30, wide=0.15, up=0.25, low=0.35, tongue=0.2, tip=1.0),
    "DD": Shape(open=0.40, wide=0.25, up=0.35, low=0.40, tongue=0.8),
    "kk": Shape(open=0.60, wide=0.15, up=0.30, low=0.30, tongue=0.1),
    "CH": Shape(open=0.50, funnel=0.85, up=0.20, low=0.20, tongue=0.3),
    "SS": Shape(open=0.28, wide=0.45, up=0.40, low=0.45, tongue=0.3),
    "nn": Shape(open=0.32, wide=0.20, up=0.30, low=0.30, tongue=0.9),
    "RR": Shape(open=0.38, pucker=0.25, funnel=0.35, up=0.15, low=0.15, tongue=0.3),
    "aa": Shape(open=1.00, wide=0.10, up=0.35, low=0.20, tongue=0.3),
    "E": Shape(open=0.90, wide=0.38, up=0.32, low=0.32, tongue=0.3),
    "I": Shape(open=0.50, wide=0.65, up=0.40, low=0.45, tongue=0.4),
    "O": Shape(open=0.38, pucker=0.60, funnel=0.10, up=0.10, low=0.10, tongue=0.2),
    "U": Shape(open=0.20, pucker=1.00, up=0.05, low=0.05, tongue=0.2),
}
"""Rows in the order of VISEMES. TH and O open a little further than the fit says, or tongue and rounding hide."""

COLUMNS = ("open", "wide", "pucker", "funnel", "up", "low", "press", "tuck", "tongue", "tip")

TABLE: Floats = np.array([[getattr(SHAPES[name], column) for column in COLUMNS] for name in VISEMES], dtype=np.float32)
"""float32 (15, 10): VISEMES x COLUMNS."""

FULL_APERTURE = 0.27
"""Lip gap at `open` = 1 in running speech, in interocular distances: three quarters of a shouted AA (0.37)."""

JAW_GAIN, UP_GAIN, LOW_GAIN, FUNNEL_GAIN, PUCKER_GAIN = 0.39, 0.095, 0.08, 0.115, 0.045
"""Lip gap that each channel at 1 adds, in interocular distances: the engine's forward model, median of portraits."""


def apertures(jaw: Floats, up: Floats, low: Floats, funnel: Floats, pucker: Floats) -> Floats:
    """The lip gap in interocular distances that these channels (T,) command."""
    gap: Floats = JAW_GAIN * jaw + UP_GAIN * up + LOW_GAIN * low + FUNNEL_GAIN * funnel + PUCKER_GAIN * pucker
    return gap


def solve_jaw(opening: Floats, up: Floats, low: Floats, funnel: Floats, pucker: Floats) -> tuple[Floats, Floats]:
    """The jaw (T,) in 0..1 and the factor (T,) in 0..1 on `up` and `low` so that the lips part by exactly `opening`.

    `opening` (T,) is relative to FULL_APERTURE. Lip shapes that alone would open too far are scaled back, so a
    small opening stays small whatever the lips do; rounding is kept, it has little share in the gap.
    """
    wanted = opening * FULL_APERTURE
    rounding = FUNNEL_GAIN * funnel + PUCKER_GAIN * pucker
    lips = UP_GAIN * up + LOW_GAIN * low
    factor = np.clip((wanted - rounding) / np.maximum(lips, 1e-6), 0.0, 1.0)
    jaw = np.clip((wanted - rounding - factor * lips) / JAW_GAIN, 0.0, 1.0)
    return jaw.astype(np.float32), factor.astype(np.float32)
