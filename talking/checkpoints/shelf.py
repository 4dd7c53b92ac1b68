"""The checkpoints of this machine: what is here, what can be had, and how it comes here and goes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from talking.checkpoints import hub
from talking.checkpoints.folder import default_folder, is_here, paths
from talking.checkpoints.hub import Bundle
from talking.checkpoints.lock import Fact, Lock, OnBytes, hash_file, read_lock
from talking.checkpoints.registry import CHECKPOINTS, Checkpoint, checkpoint
from talking.errors import InvalidRequest, OutputError

COMMAND = "talking checkpoints pull"

State: TypeAlias = Literal["missing", "here", "unlocked"]


@dataclass(frozen=True)
class Place:
    """How a checkpoint stands here: "missing", "here" with the `lock` of its pull, or "unlocked" when its files were
    put there by hand; `bytes` that it takes on the disk.
    """

    checkpoint: Checkpoint
    state: State
    lock: Lock | None
    bytes: int


@dataclass(frozen=True)
class Verdict:
    """What became of a `file` of a checkpoint: whether it is `right`, in a few words that `says`."""

    file: str
    right: bool
    says: str


def pull(
    name: str,
    folder: Path | None = None,
    *,
    endpoint: str | None = None,
    update: bool = False,
    offline: bool = False,
    progress: OnBytes | None = None,
) -> Lock:
    """Fetch a checkpoint into `folder`, the usual one when None. Returns what was written down: revision, licence,
    hashes. Raises Unknown, InvalidRequest for one that everybody must bring themselves, and what `hub.pull` raises.
    """
    known = checkpoint(name)
    if known.own:
        files = ", ".join(" or ".join(file.path for file in slot) for slot in known.slots)
        raise InvalidRequest(
            f"The checkpoint '{name}' is never fetched for you ({known.source}). If your use is allowed, put {files} "
            f"of {known.homepage} into the folder that `talking checkpoints path {name}` prints."
        )
    return hub.pull(
        _bundle(known), folder or default_folder(), endpoint=endpoint, update=update, offline=offline, progress=progress
    )


def places(folder: Path | None = None) -> tuple[Place, ...]:
    """How every checkpoint stands here, in the order of the registry."""
    return tuple(_place(known, folder or default_folder()) for known in CHECKPOINTS.values())


def verify(name: str, folder: Path | None = None, progress: OnBytes | None = None) -> Iterator[Verdict]:
    """Look at every byte of a checkpoint and compare it with its lock and with what is known of it, file by file.

    Raises CheckpointMissing when it is not here.
    """
    known = checkpoint(name)
    root = folder or default_folder()
    lock = read_lock(root / name)
    here = {path.relative_to(root / name).as_posix(): path for path in paths(name, root)}
    files = dict.fromkeys([*here, *(lock.files if lock else ())])
    total = sum(path.stat().st_size for path in here.values())
    done = 0
    for file in files:
        path = root / name / file
        if not path.is_file():
            yield Verdict(file, False, "is missing")
            continue

        def tell(count: int, file: str = file) -> None:
            nonlocal done
            done += count
            if progress is not None:
                progress(file, min(done, total), total)

        yield _verdict(known, file, Fact(hash_file(path, tell), path.stat().st_size), lock)


def remove(name: str, folder: Path | None = None) -> int:
    """Delete a checkpoint, also what an unfinished pull left of it. Returns how many bytes that freed.

    Raises Unknown, and OutputError when it cannot be deleted.
    """
    root = folder or default_folder()
    known = checkpoint(name)
    freed = 0
    for place in (root / known.name, root / ".pulling" / known.name):
        freed += _size(place)
        try:
            if place.exists():
                shutil.rmtree(place)
        except OSError as error:
            raise OutputError(f"The checkpoint '{name}' could not be deleted: check who owns its folder.") from error
    return freed


def _bundle(known: Checkpoint) -> Bundle:
    return Bundle(
        known.name,
        known.repo,
        known.name,
        tuple(tuple(file.path for file in slot) for slot in known.slots),
        noun="checkpoint",
        command=COMMAND,
        others=f"look at {known.homepage} for what became of it",
        known=tuple(file for slot in known.slots for file in slot),
        revision=known.revision,
    )


def _place(known: Checkpoint, root: Path) -> Place:
    lock = read_lock(root / known.name)
    if not is_here(known.name, root):
        return Place(known, "missing", lock, _size(root / known.name))
    return Place(known, "here" if lock else "unlocked", lock, _size(root / known.name))


def _verdict(known: Checkpoint, file: str, fact: Fact, lock: Lock | None) -> Verdict:
    locked = lock.files.get(file) if lock else None
    told = next((each for slot in known.slots for each in slot if each.path == file), None)
    if locked is not None and fact != locked:
        return Verdict(file, False, f"was changed since it was pulled: run `{COMMAND} {known.name}`")
    if told is not None and (not fact.sha256.startswith(told.sha256) or told.bytes not in (0, fact.bytes)):
        return Verdict(file, False, "is not the one that talking knows")
    if locked is not None:
        return Verdict(file, True, f"is what was pulled, sha256 {fact.sha256}")
    return Verdict(file, True, f"was put here by hand, nothing to compare it with; sha256 {fact.sha256}")


def _size(place: Path) -> int:
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) if place.is_dir() else 0
