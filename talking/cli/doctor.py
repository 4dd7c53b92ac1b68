"""`talking doctor`: says what works here, and how fast."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from talking.cli.engines import means_of
from talking.cli.terminal import say


def add_doctor(commands: Any) -> None:
    """Add the command to the parser's `commands`."""
    command = commands.add_parser(
        "doctor",
        help="say what works here",
        description="Look at Python, packages, engines, voices, folders and memory, and make a film of two seconds. "
        "Exit code 1 when something that is needed does not work.",
    )
    command.add_argument("--data", default=None, metavar="DIR", help="also the service whose data folder this is")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=_doctor)


def _doctor(arguments: argparse.Namespace) -> int:
    from talking.doctor import as_json, as_table, examine
    from talking.doctor.finding import healthy
    from talking.settings import Settings

    settings = Settings.from_env()
    data = None if arguments.data is None else Path(arguments.data).expanduser()
    findings = tuple(examine(settings.cache, settings.voices, data, settings.database_url, means_of(settings)))
    say(as_json(findings) if arguments.json else as_table(findings))
    return 0 if healthy(findings) else 1
