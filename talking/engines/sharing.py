"""Memory that processes share: files mapped into each of them, gone from their folder as soon as all have them.

Nothing but the operating system keeps count: pages go with the last map. A name is left only when a process is killed
before all have mapped its file, and is removed later by whoever shares something.
"""

from __future__ import annotations

import itertools
import mmap
import os
import pickle
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from talking.errors import OutputError
from talking.types import Frame

MEMORY_FOLDER = Path("/dev/shm")
"""Files here never reach a disk (Linux). Containers often give it 64 MB only."""

_SHARE_OF_FREE = 0.5
_ALIGNMENT = 64  # bytes; cache lines, and the widest vector registers


_PREFIX = "talking-shared-"
_STALE_SECONDS = 600.0
_NO_ROOM = "There is no room for the frames in memory or in the folder for temporary files. Free some space there."


@dataclass(frozen=True)
class Shared:
    """A shared file: `path`, where others find it until `forget` is called; `memory`, its bytes."""

    path: Path
    memory: mmap.mmap

    def forget(self) -> None:
        """Take the file out of its folder; those who have mapped it keep it."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class RingShape:
    """A ring of `slots` frames, uint8 (`rows`, `width`) each; frame `i` lives in slot `i % slots`."""

    slots: int
    rows: int
    width: int

    @property
    def frame_bytes(self) -> int:
        return self.rows * self.width

    @property
    def num_bytes(self) -> int:
        return self.slots * self.frame_bytes

    def frame(self, memory: mmap.mmap, index: int) -> Frame:
        """The slot of frame `index`, uint8 (rows, width), a view of `memory`."""
        start = index % self.slots * self.frame_bytes
        flat = np.frombuffer(memory, np.uint8, self.frame_bytes, start)
        return flat.reshape(self.rows, self.width)


def share_ring(rows: int, width: int, *, most: int, least: int) -> tuple[RingShape, Shared]:
    """A ring of `most` frames uint8 (rows, width), or as many as fit where room is scarce, never fewer than `least`.

    Raises OutputError when `least` frames fit neither in memory nor in the folder for temporary files.
    """
    frame_bytes = RingShape(1, rows, width).num_bytes
    for folder in _folders():
        fitting = _room(folder) // frame_bytes
        if fitting >= least:
            shape = RingShape(min(most, fitting), rows, width)
            return shape, _share(shape.num_bytes, folder)
    raise OutputError(_NO_ROOM)


def share_object(value: Any) -> tuple[list[int], Shared]:
    """Pickle `value` once for any number of processes; the bytes of its arrays are stored once and mapped by all.

    Returns the file, and the sizes in bytes of the pickle and of each array, which `shared_object` asks for.
    Raises OutputError when there is no room for it.
    """
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    parts = [memoryview(head), *(buffer.raw() for buffer in buffers)]
    sizes = [part.nbytes for part in parts]
    total = _starts(sizes)[-1]
    folder = next((folder for folder in _folders() if _room(folder) >= total), None)
    if folder is None:
        raise OutputError(_NO_ROOM)
    shared = _share(total, folder)
    for part, start in zip(parts, _starts(sizes), strict=False):
        shared.memory[start : start + part.nbytes] = part
    return sizes, shared


def shared_object(path: Path, sizes: Sequence[int]) -> Any:
    """What `share_object` stored. Its arrays may be written to: what is changed is this process's own copy."""
    with path.open("rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    parts = [view[start : start + size] for start, size in zip(_starts(sizes), sizes, strict=False)]
    return pickle.loads(parts[0], buffers=parts[1:])


def shared_memory(path: Path) -> mmap.mmap:
    """The bytes of a shared file, as this process may write them."""
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), 0)


def _share(num_bytes: int, folder: Path) -> Shared:
    """Map a new file with all its room taken up at once: a disk that fills up later would kill those who write."""
    _tidy(folder)
    try:
        handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=folder)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(handle, 0, num_bytes)
            else:
                os.truncate(handle, num_bytes)
            return Shared(Path(name), mmap.mmap(handle, num_bytes))
        except BaseException:
            Path(name).unlink()
            raise
        finally:
            os.close(handle)
    except OSError as error:
        raise OutputError(_NO_ROOM) from error


def _tidy(folder: Path) -> None:
    """Remove files whose maker was killed before it could forget them. Who needed one has mapped it long since."""
    for path in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _STALE_SECONDS:
                path.unlink()


def _folders() -> list[Path]:
    """Where files may be shared, best first."""
    temporary = Path(tempfile.gettempdir())
    return [MEMORY_FOLDER, temporary] if os.access(MEMORY_FOLDER, os.W_OK | os.X_OK) else [temporary]


def _room(folder: Path) -> int:
    """Bytes that may be taken in `folder`: others want some too."""
    return int(shutil.disk_usage(folder).free * _SHARE_OF_FREE)


def _starts(sizes: Sequence[int]) -> list[int]:
    """Where parts of `sizes` bytes begin in a file, and where the last one ends, all aligned."""
    padded = (-(-size // _ALIGNMENT) * _ALIGNMENT for size in sizes)
    return list(itertools.accumulate(padded, initial=0))
