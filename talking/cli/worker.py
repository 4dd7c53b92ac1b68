"""`talking worker`: makes the films of a server that runs elsewhere."""

from __future__ import annotations

import argparse
from typing import Any

from talking import logs
from talking.cli.settings_flags import add_settings, read_settings


def add_worker(commands: Any) -> None:
    """Add the command to the parser's `commands`."""
    command = commands.add_parser(
        "worker",
        help="make the films of a server",
        description="Make films for servers that keep their jobs in the same database, until it is stopped; the film "
        "that it is at then goes to another worker. TALKING_DATABASE_URL and TALKING_STORAGE_URL say where they are.",
    )
    add_settings(command)
    command.set_defaults(run=_worker)


def _worker(arguments: argparse.Namespace) -> int:
    settings = read_settings(arguments)
    logs.configure(settings.log_level, settings.log_format)
    from talking.server.serve import check_engine
    from talking.server.worker import work

    check_engine(settings)
    work(settings)
    return 0
