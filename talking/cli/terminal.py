"""What a terminal shows: lines of text, and a bar while a person looks on."""

from __future__ import annotations

import sys
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

    with tqdm(total=None, unit=" frames", leave=False, dynamic_ncols=True) as bar:

        def show(stage: str, done: int, total: int) -> None:
            bar.set_description(stage)
            if total:
                bar.total = total
                bar.update(done - bar.n)
            else:
                bar.refresh()

        yield show
