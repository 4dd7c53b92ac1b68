"""What a terminal shows: lines of text, and a bar while a person looks on."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from talking.errors import OutputError

if TYPE_CHECKING:
    from talking.pipeline import OnProgress


def say(text: str) -> None:
    """Print a result, all of it now. Raises OutputError when nothing more can be written there."""
    if sys.stdout is None:  # what Python makes of a closed standard output
        raise OutputError("The result could not be printed: the standard output is closed.")
    try:
        sys.stdout.write(text + "\n" if text else "")
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # a reader that has seen enough, such as `head`
    except OSError as error:
        _let_go()
        raise OutputError(
            "The result could not be printed: the standard output takes no more. Is the disk full?"
        ) from error


def _let_go() -> None:
    """Send what is still to be printed nowhere, or Python would fail with it once more when it ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one line, as everything here does."""

    def error(self, message: str) -> NoReturn:
        """Leave with exit code 2."""
        sentence = " ".join(message.split()).rstrip(".")
        self.exit(2, f"talking: {sentence}. See: {self.prog} --help\n")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Leave, with everything printed."""
        if status == 0 and sys.stdout is not None:
            say("")
        super().exit(status, message)


def tell(text: str) -> None:
    """Print what is not the result: notes and errors."""
    sys.stderr.write(text + "\n")


@contextmanager
def progress_bar() -> Iterator[OnProgress | None]:
    """A bar on stderr while a person looks on; nothing when the output goes to a file."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    from talking.media.pace import Pace

    pace = Pace()
    layout = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}{postfix}"
    with tqdm(total=1, leave=False, dynamic_ncols=True, bar_format=layout) as bar:

        def show(stage: str, done: int, total: int) -> None:
            left = pace.update(done, total, time.monotonic())
            bar.set_description(stage, refresh=False)
            bar.set_postfix_str("" if left is None else f", {duration(left)} left", refresh=False)
            bar.total = max(total, 1)
            bar.n = done
            bar.update(0)

        yield show


def duration(seconds: float) -> str:
    """Seconds for people: "5 s", "3 min 20 s"."""
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
