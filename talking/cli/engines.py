"""`talking engines`: which ways to move portraits there are, which are ready here, and what the others need."""

from __future__ import annotations

import argparse
import json
import textwrap
from typing import TYPE_CHECKING, Any

from talking.cli.terminal import say

if TYPE_CHECKING:
    from talking.engines import Means
    from talking.settings import Settings

_WIDTH = 116


def add_engines(commands: Any) -> None:
    """Add the command to the parser's `commands`."""
    command = commands.add_parser(
        "engines",
        help="list the engines",
        description="List the ways to move portraits: which are ready here, which one auto takes and why, and what "
        "each needs.",
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=_engines)


def means_of(settings: Settings) -> Means:
    """What the engines have to work with, as it is set."""
    from talking.engines import Means

    return Means(settings.checkpoints, settings.device, settings.allow_noncommercial, settings.engine)


def _engines(arguments: argparse.Namespace) -> int:
    from talking import engines
    from talking.settings import Settings

    means = means_of(Settings.from_env())
    found = engines.statuses(means)
    if arguments.json:
        say(json.dumps([_document(status) for status in found], indent=2, ensure_ascii=False))
        return 0
    for status in found:
        sign = "auto " if status.automatic else "ready" if status.ready else "  -  "
        head = f"{sign} {status.name:<15} "
        say(textwrap.fill(head + status.says, _WIDTH, subsequent_indent=" " * len(head)))
    chosen = engines.choose("auto", means, engines.device.glance)
    say(textwrap.fill(f"'auto' takes {chosen.name}, because {chosen.because}.", _WIDTH))
    return 0


def _document(status: Any) -> dict[str, Any]:
    from talking.checkpoints import CHECKPOINTS
    from talking.engines import ENGINES

    card = ENGINES[status.name]
    weights = [CHECKPOINTS[name] for name in card.checkpoints]
    return {
        "name": status.name,
        "ready": status.ready,
        "automatic": status.automatic,
        "says": status.says,
        "does": card.does,
        "checkpoints": [each.name for each in weights],
        "licences": list(dict.fromkeys(each.weights for each in weights)),
        "commercial": all(each.commercial == "yes" for each in weights),
        "tuning": {name: [each.low, each.high, each.default] for name, each in card.tuning.items()},
    }
