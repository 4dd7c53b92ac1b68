"""`talking serve`: the page and the HTTP dialects at one address."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from talking import logs
from talking.cli.settings_flags import add_settings, read_settings


def add_serve(commands: Any) -> None:
    """Add the command to the parser's `commands`."""
    command = commands.add_parser(
        "serve",
        help="serve the page and the HTTP API",
        description="Serve the page, our own API, and the calls of D-ID talks and Mirako, until it is stopped.",
    )
    command.add_argument("--no-worker", action="store_true", help="the same as --workers 0: others make the films")
    add_settings(command)
    command.set_defaults(run=_serve)


def _serve(arguments: argparse.Namespace) -> int:
    settings = read_settings(arguments)
    if arguments.no_worker:
        settings = replace(settings, workers=0)
    logs.configure(settings.log_level, settings.log_format)
    from talking.server.serve import serve

    serve(settings)
    return 0
