"""Where checkpoints lie on this machine: one folder, in it one for each by its name."""

from __future__ import annotations

from pathlib import Path

from talking.checkpoints.registry import Checkpoint, checkpoint
from talking.errors import CheckpointMissing

_CHECKOUT = Path(__file__).parents[2] / "checkpoints"


def default_folder() -> Path:
    """Where checkpoints are kept unless told otherwise: `checkpoints` of the source tree when running from one, else
    the user's folder for data.
    """
    if (_CHECKOUT / "README.md").is_file():
        return _CHECKOUT
    return Path.home() / ".local" / "share" / "talking" / "checkpoints"


def locate(name: str, folder: Path | None = None) -> Path:
    """The folder with the files of a checkpoint, complete, below `folder`, the usual one when None.

    Raises Unknown for a name that does not exist and CheckpointMissing when a file is missing.
    """
    paths(name, folder)
    return (folder or default_folder()) / name


def paths(name: str, folder: Path | None = None) -> tuple[Path, ...]:
    """The files of a checkpoint, one for each of its slots and in their order. Raises as `locate` does."""
    known = checkpoint(name)
    found = _found(known, folder or default_folder())
    if len(found) < len(known.slots):
        raise CheckpointMissing(_missing(known))
    return found


def is_here(name: str, folder: Path | None = None) -> bool:
    """Whether all files of a checkpoint are on this machine."""
    known = checkpoint(name)
    return len(_found(known, folder or default_folder())) == len(known.slots)


def _found(known: Checkpoint, folder: Path) -> tuple[Path, ...]:
    places = ([folder / known.name / file.path for file in slot] for slot in known.slots)
    first = (next((path for path in slot if path.is_file()), None) for slot in places)
    return tuple(path for path in first if path is not None)


def _missing(known: Checkpoint) -> str:
    if known.own:
        files = ", ".join(" or ".join(file.path for file in slot) for slot in known.slots)
        return (
            f"The checkpoint '{known.name}' is not on this machine, and it is never fetched for you: put {files} of "
            f"{known.homepage} into the folder that `talking checkpoints path {known.name}` prints."
        )
    return f"The checkpoint '{known.name}' is not on this machine: run `talking checkpoints pull {known.name}`."
