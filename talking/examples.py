"""The pictures that come with a checkout, and the one that is always at hand."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_SHIPPED = Path(__file__).parent.parent / "examples" / "portraits"
_ORDER = ("maya", "elias", "rosa", "kenji", "ingrid")


@dataclass(frozen=True)
class Example:
    """A portrait to try: `name` for a person to read, `source` who made it, `licence` what others may do with it."""

    name: str
    path: Path
    source: str
    licence: str


def portraits() -> tuple[Example, ...]:
    """The drawn portraits beside the package, as far as they came along, and the photograph that matplotlib carries.

    Nothing is read but the folders.
    """
    drawn = tuple(
        Example(name.capitalize(), path, "drawn by examples/draw/portraits.py", "Apache-2.0")
        for name in _ORDER
        if (path := _SHIPPED / f"{name}.jpg").is_file()
    )
    return drawn + _photographs()


def _photographs() -> tuple[Example, ...]:
    found = find_spec("matplotlib")  # finds the folder without importing the package
    folders = found.submodule_search_locations if found else None
    for folder in folders or ():
        path = Path(folder) / "mpl-data" / "sample_data" / "grace_hopper.jpg"
        if path.is_file():
            source = "photograph by James S. Davis, US Navy, carried by matplotlib"
            return (Example("Grace Hopper", path, source, "public domain"),)
    return ()
