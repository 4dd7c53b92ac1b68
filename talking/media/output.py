"""A file that appears whole or not at all: written under a temporary name beside its place, then moved there."""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av.error

from talking.errors import OutputError
from talking.media.formats import check_suffix, find_format

PROBE_BYTES = 64 * 1024
"""Written and thrown away before any work: a disk without even this much room is full."""

STALE_SECONDS = 86_400.0
"""Age of a temporary file from which nobody can still be writing to it."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def check_output(path: Path, format: str = "mp4", *, transparent: bool = False) -> None:
    """Make sure that a video of a `format` can be written to `path`, before time goes into making it.

    Raises InvalidRequest when there is no such format, it cannot be `transparent` or the name ends otherwise, and
    OutputError when the folder is missing or not writable, `path` is no plain file, or the disk is full. Leaves
    nothing behind.
    """
    check_suffix(path, find_format(format, transparent=transparent))
    check_place(path)


def check_place(path: Path, noun: str = "video") -> None:
    """Make sure that a file can be written to `path`. Raises what `replacing` raises, and leaves nothing behind."""
    part = _begin(path, noun)
    with output_errors(noun):
        part.unlink(missing_ok=True)


@contextmanager
def replacing(path: Path, noun: str = "video") -> Iterator[Path]:
    """A temporary path beside `path` to write to; it becomes `path` at the end, or goes when the block fails.

    Raises OutputError, which speaks of the file as the `noun` (with a singular verb), when it cannot be written
    there. A symbolic link at `path` stays, and the file it points to is replaced.
    """
    part = _begin(path, noun)
    try:
        yield part
        with output_errors(noun):
            part.replace(_place(path))
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def output_errors(noun: str = "video") -> Iterator[None]:
    """Turn what the system and FFmpeg say about a failed write into an OutputError that says what to do."""
    try:
        yield
    except (OSError, av.error.FFmpegError) as error:
        raise OutputError(_sentence(error.errno or 0, noun)) from error


def _begin(path: Path, noun: str) -> Path:
    """An empty temporary file in the folder of `path`, on a disk that has room."""
    with output_errors(noun):
        place = _place(path)
        if not place.parent.is_dir():
            folder = path.parent.name or str(path.parent)
            raise OutputError(f"There is no folder '{folder}' to write the {noun} to. Create it or choose another.")
        _check_replaceable(place)
        _sweep(place.parent)
        part = place.with_name(f".talking-{secrets.token_hex(8)}.part")
        try:
            part.write_bytes(bytes(PROBE_BYTES))
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return part


def _sweep(folder: Path) -> None:
    """Remove temporary files of ours that a killed process left long ago."""
    for part in folder.glob(".talking-*.part"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE_SECONDS:
                part.unlink()


def _check_replaceable(place: Path) -> None:
    """Refuse to put a file of ours in the place of a folder, a device or somebody else's file."""
    try:
        place.stat()
    except FileNotFoundError:
        return
    if not place.is_file():
        raise OutputError(f"'{place.name}' is there already and is not a file. Choose another output name.")
    if not os.access(place, os.W_OK):
        raise OutputError(f"'{place.name}' is there already and may not be changed. Choose another output name.")


def _place(path: Path) -> Path:
    """Where `path` leads: absolute, so that FFmpeg never takes a name with a colon for a URL, and without links."""
    return Path(os.path.realpath(path))


def _sentence(code: int, noun: str) -> str:
    if code in _FULL:
        return f"The disk is full: the {noun} could not be written. Free some space, or choose another folder."
    if code in _FORBIDDEN:
        return f"The {noun} may not be written there. Choose a folder in which you may create files."
    if code == errno.EFBIG:
        return f"The {noun} grew larger than a file may be there. Choose another folder, or make a shorter video."
    if code == errno.ENAMETOOLONG:
        return "The name of the output file is too long. Choose a shorter one."
    reason = f" ({os.strerror(code).lower()})" if code > 0 else ""
    return f"The {noun} could not be written{reason}. Check the disk, or choose another folder."
