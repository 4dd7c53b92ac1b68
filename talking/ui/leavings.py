"""Files that are made for a visitor and handed over at once: they go by themselves."""

from __future__ import annotations

import shutil
import tempfile
import time
import weakref
from pathlib import Path

KEPT_SECONDS = 600.0
"""How long such a file stays; Gradio has copied it to its own cache long before, and empties that itself."""


class Leavings:
    """A folder for them, which goes with its owner."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="talking-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def folder(self) -> Path:
        """A new folder for files of now; those of others that are old are removed. Safe for threads."""
        for old in self._folder.iterdir():
            try:
                if time.time() - old.stat().st_mtime > KEPT_SECONDS:
                    shutil.rmtree(old, ignore_errors=True)
            except FileNotFoundError:  # another thread was faster
                continue
        return Path(tempfile.mkdtemp(dir=self._folder))
