"""`talking checkpoints`: the weights of neural engines, listed, fetched, checked, found and deleted."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from talking.cli.terminal import progress_bar, say, tell
from talking.errors import InvalidRequest

_ACTIONS = ("list", "pull", "verify", "path", "rm")
_STATES = {"missing": "  -  ", "here": "here ", "unlocked": "own  "}


def add_checkpoints(commands: Any) -> None:
    """Add the command to the parser's `commands`."""
    command = commands.add_parser(
        "checkpoints",
        help="weights of neural engines",
        description="List the weights of neural engines with their licences, pull them from the hub, verify what is "
        "here, print where a checkpoint lies, or rm it. NAME is an engine, for all that it needs, or a checkpoint.",
    )
    command.add_argument("do", choices=_ACTIONS, metavar="list | pull | verify | path | rm")
    command.add_argument("names", nargs="*", metavar="NAME", help="engines or checkpoints")
    command.add_argument("--update", action="store_true", help="pull the newest, not the revision pulled before")
    command.add_argument("--json", action="store_true", help="print JSON (list, verify)")
    command.set_defaults(run=_checkpoints)


def _checkpoints(arguments: argparse.Namespace) -> int:
    from talking.settings import Settings

    settings = Settings.from_env()
    if arguments.do == "list":
        return _list(settings, arguments.json)
    if arguments.do == "pull":
        try:
            return _pull(settings, _named(arguments), arguments.update)
        except KeyboardInterrupt:
            tell("talking: stopped; what was fetched is kept, and the same command goes on with it.")
            return 130
    if arguments.do == "verify":
        return _verify(settings, arguments.names, arguments.json)
    if arguments.do == "path":
        return _path(settings, arguments.names)
    return _remove(settings, _named(arguments))


def _named(arguments: argparse.Namespace) -> list[str]:
    if not arguments.names:
        raise InvalidRequest(
            f"Name what to {arguments.do}, such as: talking checkpoints {arguments.do} musetalk. "
            "`talking checkpoints list` says what there is."
        )
    return _expanded(arguments.names)


def _expanded(names: Sequence[str]) -> list[str]:
    """Checkpoints for names of checkpoints and engines, each once. Raises Unknown."""
    from talking.checkpoints import checkpoint
    from talking.engines import ENGINES

    found: list[str] = []
    for name in names:
        card = ENGINES.get(name)
        if card is not None and not card.checkpoints:
            raise InvalidRequest(f"The engine {name} needs no checkpoints.")
        found += card.checkpoints if card else (checkpoint(name).name,)
    return list(dict.fromkeys(found))


def _list(settings: Any, as_json: bool) -> int:
    from talking.checkpoints import shelf
    from talking.checkpoints.table import size

    found = shelf.places(settings.checkpoints)
    if as_json:
        plain = [
            {**asdict(each), "revision": each.lock.revision if each.lock else each.checkpoint.revision}
            for each in found
        ]
        say(json.dumps(plain, indent=2, ensure_ascii=False))
        return 0
    for each in found:
        known = each.checkpoint
        amount = size(each.bytes or known.bytes)
        say(f"{_STATES[each.state]} {known.name:<15} {amount:>9}  {known.what}")
        at = f" Pulled at {each.lock.revision[:12]}." if each.lock else ""
        licence = f"Licence: {known.weights}. Commercial use: {known.commercial}, by {known.source}.{at}"
        for line in textwrap.wrap(licence, 108):
            say(f"      {line}")
    return 0


def _pull(settings: Any, names: Sequence[str], update: bool) -> int:
    from talking.checkpoints import CHECKPOINTS, shelf
    from talking.checkpoints.table import size

    for name in names:
        known = CHECKPOINTS[name]
        if known.repo:
            tell(f"{name}: licence {known.weights}; commercial use: {known.commercial}, by {known.source}")
        with progress_bar() as on_progress:
            lock = shelf.pull(
                name, settings.checkpoints, endpoint=settings.hub or None, update=update, offline=settings.offline,
                progress=on_progress,
            )  # fmt: skip
        amount = size(sum(fact.bytes for fact in lock.files.values()))
        say(f"{name}: {len(lock.files)} files of {lock.repo} at {lock.revision[:12]}, {amount}")
    return 0


def _verify(settings: Any, names: Sequence[str], as_json: bool) -> int:
    from talking.checkpoints import shelf

    here = [each.checkpoint.name for each in shelf.places(settings.checkpoints) if each.state != "missing"]
    told = []
    for name in _expanded(names) if names else here:
        with progress_bar() as on_progress:
            told += [(name, each) for each in shelf.verify(name, settings.checkpoints, on_progress)]
    if as_json:
        say(json.dumps([{"checkpoint": name, **asdict(each)} for name, each in told], indent=2))
    else:
        for name, each in told:
            say(f"{'ok  ' if each.right else 'FAIL'} {name}: {each.file} {each.says}")
        if not told:
            say("There are no checkpoints here: `talking checkpoints pull musetalk` brings some.")
    return 0 if all(each.right for _, each in told) else 1


def _path(settings: Any, names: Sequence[str]) -> int:
    from talking.checkpoints import default_folder

    root = settings.checkpoints or default_folder()
    say("\n".join(str(root / name) for name in _expanded(names)) if names else str(root))
    return 0


def _remove(settings: Any, names: Sequence[str]) -> int:
    from talking.checkpoints import shelf
    from talking.checkpoints.table import size

    for name in names:
        say(f"{name}: {size(shelf.remove(name, settings.checkpoints)) or 'nothing was here, 0 B'} freed")
    return 0
