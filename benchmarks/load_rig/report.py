"""Figures as they come, as a table and as JSON, and whether the goals are met."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from load_rig.trials import Figure


@dataclass(frozen=True)
class Outcome:
    """A figure beside its goal, in the same unit; `met` None where there is no goal."""

    figure: Figure
    met: bool | None


def report(figures: Iterable[Figure], line: Callable[[Figure], str], document: Path | None, *, check: bool) -> int:
    """Tell each figure by its `line` at once, then the machine's load; all of them as JSON in a file `document`, when
    there is one. The exit code: 1 when a goal is missed and that is to be checked, else 0.
    """
    outcomes: list[Outcome] = []
    for figure in figures:
        outcomes.append(Outcome(figure, figure.met))
        _tell(line(figure))
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    _tell(f"\nload average {load} on {os.cpu_count()} cores")
    if document is not None:
        facts = {"load_average": os.getloadavg(), "figures": [asdict(each) for each in outcomes]}
        document.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return 1 if check and any(each.met is False for each in outcomes) else 0


def _tell(text: str) -> None:
    """A line for the reader, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
