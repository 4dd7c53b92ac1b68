"""The settings as flags: every TALKING_ variable has one that wins over it."""

from __future__ import annotations

import argparse
from typing import Any

from talking.settings import SETTINGS, Settings


def add_settings(command: argparse.ArgumentParser) -> None:
    """Add a flag for every setting."""
    group = command.add_argument_group("settings", "each also a variable: --max-seconds is TALKING_MAX_SECONDS")
    for each in SETTINGS:
        default = _shown(getattr(Settings(), each.attribute))
        told = f"{each.says}{default}".replace("%", "%%")
        group.add_argument(each.flag, dest=_place(each.name), default=None, metavar=each.metavar, help=told)


def read_settings(arguments: argparse.Namespace) -> Settings:
    """The settings of the environment, and over them what the flags say. Raises InvalidRequest for all faults."""
    given = {each.name: getattr(arguments, _place(each.name)) for each in SETTINGS}
    return Settings.from_env(flags={name: text for name, text in given.items() if text is not None})


def _place(name: str) -> str:
    return f"setting_{name}"


def _shown(default: Any) -> str:
    if default in ("", None, ()):
        return ""
    word = {True: "yes", False: "no"}.get(default, default) if isinstance(default, bool) else default
    return f" (default: {word:g})" if isinstance(word, float) else f" (default: {word})"
