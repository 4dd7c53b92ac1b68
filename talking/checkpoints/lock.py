"""What was pulled, written down: nobody knows hashes of files that nobody here has seen, so none are made up.

The first pull records the commit that "main" stood for and what each file hashed to, beside the files, in `lock.json`.
Every later pull asks for that commit and refuses other bytes.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from talking.errors import Unavailable

LOCK = "lock.json"

_FORMAT = 1
_BLOCK = 1 << 20

OnBytes: TypeAlias = Callable[[str, int, int], None]
"""Called with a file's name, and the bytes done and in all; a TalkingError that it raises stops the work."""


@dataclass(frozen=True)
class Fact:
    """What a file must be: its `sha256` in hexadecimal and its size in `bytes`."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Lock:
    """What a pull brought: `repo` at the commit `revision`, its `licence` as stated there, `files` by path."""

    name: str
    repo: str
    revision: str
    licence: str
    files: Mapping[str, Fact]


def read_lock(place: Path) -> Lock | None:
    """The lock in the folder of a voice or checkpoint; None when there is none that can be read."""
    try:
        told = json.loads((place / LOCK).read_text(encoding="utf-8"))
        files = {path: Fact(str(fact["sha256"]), int(fact["bytes"])) for path, fact in told["files"].items()}
        if told["format"] != _FORMAT:
            return None
        return Lock(told["name"], told["repo"], told["revision"], told["licence"], files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_lock(place: Path, lock: Lock) -> None:
    """Write the lock into a folder, whole or not at all."""
    draft = place / f"{LOCK}.part"
    draft.write_text(json.dumps({"format": _FORMAT} | asdict(lock), indent=1), encoding="utf-8")
    draft.replace(place / LOCK)


def fits(path: Path, fact: Fact) -> bool:
    """Whether a file is the one that a fact tells of. Its hash is taken once for each time it was changed."""
    try:
        status = path.stat()
        return status.st_size == fact.bytes and _sha256(path, status.st_mtime_ns) == fact.sha256
    except OSError:
        return False


def verify(place: Path, lock: Lock) -> None:
    """Raise Unavailable when a file of a voice is missing or is not the one that was pulled."""
    for path, fact in lock.files.items():
        if not fits(place / path, fact):
            raise Unavailable(
                f"A file of the voice '{lock.name}' is missing or was changed since it was pulled: "
                f"run `talking voices pull {lock.name}` again."
            )


def hash_file(path: Path, progress: Callable[[int], None] | None = None) -> str:
    """The sha256 of a file in hexadecimal; `progress` is told the bytes of each block."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            if progress is not None:
                progress(len(block))
    return digest.hexdigest()


@functools.lru_cache(maxsize=256)
def _sha256(path: Path, _changed: int) -> str:
    return hash_file(path)
