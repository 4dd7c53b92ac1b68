"""A film and the files that go with it, which appear together once all of them are whole, or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from talking.media.output import output_errors


@contextmanager
def published(path: Path) -> Iterator[Path]:
    """A place in a folder of its own, on the disk of `path` and of the same name, to write a film to.

    At the end, that film and whatever else was written beside it take their places beside `path`, the film last; when
    the block fails, nothing of it is left. A symbolic link at `path` stays, and the film replaces what it points to.
    Raises OutputError.
    """
    place = Path(os.path.realpath(path))
    with output_errors():
        # Named like other parts of ours, so that what a killed process leaves is found and removed.
        folder = place.parent / f".talking-{secrets.token_hex(8)}.part"
        folder.mkdir()
    try:
        yield folder / path.name
        with output_errors():
            for made in sorted(folder.iterdir(), key=lambda each: each.name == path.name):
                made.replace(place if made.name == path.name else place.with_name(made.name))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
