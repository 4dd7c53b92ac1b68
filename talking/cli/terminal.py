"""What a terminal shows: lines of text, and a bar while a person looks on."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talking.pipeline import OnProgress


def say(text: str) -> None:
    """Print a result."""
    sys.stdout.write(text + "\n")


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
