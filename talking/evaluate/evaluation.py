"""An evaluation: the figures, and the tracks they were made from."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from talking.evaluate.figures import Figure
from talking.evaluate.tracks import FaceTracks
from talking.motion.phonemes import Segment
from talking.types import Floats, Speech


@dataclass(frozen=True)
class Evaluation:
    """The result of `evaluate`.

    `figures` in the order of the table; `tracks` of the face; `speech` the video's own sound; `segments` the visemes
    that were expected; `opening` (M,) the expected mouth opening, row k at k * `opening_step` seconds.
    """

    figures: tuple[Figure, ...]
    tracks: FaceTracks
    speech: Speech
    segments: tuple[Segment, ...]
    opening: Floats
    opening_step: float

    @property
    def passed(self) -> bool:
        """Whether every figure with limits lies within them."""
        return all(figure.passed for figure in self.figures)

    def value(self, name: str) -> float:
        """The figure called `name`. Raises KeyError when it was not measured."""
        return {figure.name: figure.value for figure in self.figures}[name]


def as_json(evaluation: Evaluation) -> str:
    """Every figure with value, limits and verdict; a value that could not be measured is null."""
    return json.dumps(
        {
            "passed": evaluation.passed,
            "num_frames": len(evaluation.tracks.aperture),
            "figures": {
                figure.name: {
                    "value": round(figure.value, 4) if math.isfinite(figure.value) else None,
                    "unit": figure.unit,
                    "low": figure.low,
                    "high": figure.high,
                    "passed": figure.passed,
                }
                for figure in evaluation.figures
            },
        },
        indent=2,
    )


def as_table(evaluation: Evaluation) -> str:
    """The figures for people, one a line."""
    lines = [f"{'figure':<20} {'value':>9} {'':<5} {'limits':<16} verdict"]
    for figure in evaluation.figures:
        value = f"{figure.value:.3f}" if math.isfinite(figure.value) else "-"
        low = "" if figure.low is None else f"{figure.low:g} <= "
        high = "" if figure.high is None else f" <= {figure.high:g}"
        limits = f"{low}x{high}" if figure.gated else ""
        verdict = ("ok" if figure.passed else "FAILS") if figure.gated else ""
        lines.append(f"{figure.name:<20} {value:>9} {figure.unit:<5} {limits:<16} {verdict}".rstrip())
    lines.append("passed" if evaluation.passed else "FAILED")
    return "\n".join(lines)
