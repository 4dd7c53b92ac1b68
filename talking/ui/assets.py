"""Scripts, styles and templates of the page's own components: files beside this one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def asset(*names: str) -> str:
    """The text of files of this folder, one after the other."""
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)
