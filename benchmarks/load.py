"""How the service answers while it is busy: a server of its own, a film that is being made, and many who ask.

    python benchmarks/load.py [--seconds 10] [--queue 500] [--watchers 50] [--only polls …] [--json FILE] [--check]

Prints a table; with --check the exit code is 1 when a goal is missed. What the server's own processor did is told
beside the times, because those depend on whatever else the machine does: its load average stands below the table.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from load_rig.report import report
from load_rig.server import Server
from load_rig.trials import TRIALS, Figure, Size


def main() -> int:
    """Run the trials that are asked for, print and check."""
    arguments = _arguments()
    return report(_figures(arguments), line, arguments.json, check=arguments.check)


def _figures(arguments: argparse.Namespace) -> Iterator[Figure]:
    size = Size(arguments.seconds, arguments.queue, arguments.watchers)
    with tempfile.TemporaryDirectory(prefix="talking-load-") as folder:
        for name in arguments.only or TRIALS:
            with Server(Path(folder) / name, database=arguments.database) as server:
                yield from TRIALS[name](server, size)


def line(figure: Figure) -> str:
    """A row of the table."""
    goal = "" if figure.goal is None else f"goal {'<' if figure.most else '>='} {figure.goal:g} {figure.unit}"
    word = {True: "met", False: "MISSED", None: ""}[figure.met]
    return f"{figure.name:<58}{figure.value:>10.1f} {figure.unit:<9}{goal:<22}{word}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Load a server of its own and tell how it answers.")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long polls last (default: 10)")
    parser.add_argument("--queue", type=int, default=500, help="jobs that are queued (default: 500)")
    parser.add_argument("--watchers", type=int, default=50, help="followers of one film (default: 50)")
    parser.add_argument("--database", default="", help="postgresql://…; default: SQLite")
    parser.add_argument("--only", nargs="+", choices=list(TRIALS), help="which trials")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--check", action="store_true", help="exit code 1 when a goal is missed")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
