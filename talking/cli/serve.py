"""`talking serve`: the page and the HTTP dialects at one address."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from talking import logs
from talking.errors import InvalidRequest
from talking.settings import Settings

_PORTS = 65_535


def add_serve(commands: Any) -> None:
    """Add the command to the parser's `commands`."""
    command = commands.add_parser(
        "serve",
        help="serve the page and the HTTP API",
        description="Serve the page, and the calls of D-ID talks and Mirako, until it is stopped. Every flag has a "
        "TALKING_ variable of the same name; keys are set only there, in TALKING_API_KEYS.",
    )
    command.add_argument("--host", default=None, help="where to listen (default: 127.0.0.1); others need keys")
    command.add_argument("--port", type=int, default=None, help="default: 7860")
    command.add_argument("--data", default=None, metavar="DIR", help="folder for jobs and films (default: data)")
    command.add_argument(
        "--public-url", default=None, metavar="URL", help="under which callers reach it, if not as they say themselves"
    )
    command.add_argument("--no-worker", action="store_true", help="take jobs in, and leave them to other processes")
    command.set_defaults(run=_serve)


def _serve(arguments: argparse.Namespace) -> int:
    settings = _settings(arguments)
    logs.configure(settings.log_level, settings.log_format)
    from talking.server.serve import serve

    serve(settings, worker=not arguments.no_worker)
    return 0


def _settings(arguments: argparse.Namespace) -> Settings:
    """The settings of the environment, and over them what the flags say."""
    settings = Settings.from_env()
    if arguments.port is not None:
        if not 0 <= arguments.port <= _PORTS:
            raise InvalidRequest(f"The port is a number from 0 to {_PORTS}, 0 for any that is free.")
        settings = replace(settings, port=arguments.port)
    if arguments.host is not None:
        settings = replace(settings, host=arguments.host)
    if arguments.data is not None:
        settings = replace(settings, data=Path(arguments.data).expanduser())
    if arguments.public_url is not None:
        settings = replace(
            settings, public_url=Settings.from_env({"TALKING_PUBLIC_URL": arguments.public_url}).public_url
        )
    return settings
