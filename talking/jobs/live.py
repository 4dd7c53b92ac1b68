"""Films that are watched while they are made: how one grows where the server can read it.

In a folder it is one file that is appended to. A bucket cannot append: there it is numbered pieces. In both, "end"
beside it appears once it is whole.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Literal, TypeAlias

from talking.errors import InvalidRequest, TalkingError, Unavailable, Unknown
from talking.jobs.job import Job
from talking.media.formats import find_format
from talking.media.live import Feed, can_grow
from talking.pipeline.scene import TRANSPARENT
from talking.request import FORMATS, Options
from talking.storage import Storage

logger = logging.getLogger(__name__)

LIVE = "live"
"""The folder of a growing film in that of its attempt, and how it is called among the artefacts of a job."""

KEPT_SECONDS = 600.0
"""For which it stays after the film is done, for those who are still watching."""

PIECE_SECONDS = 0.5
"""Between two pieces in a bucket, at least: each costs a call, and one more for everybody who watches."""

MOST_WAITING = 64_000_000
"""Bytes that may wait for a bucket: one that does not keep up is given up."""

_FILE, _END = "live.mp4", "end"
_BLOCK = 1 << 18
_JOIN_SECONDS = 10.0

State: TypeAlias = Literal["coming", "growing", "whole", "none"]
"""Whether a film can be watched while it is made: not yet, now while it grows, now and whole, not."""


def state(job: Job, options: Options) -> tuple[State, str]:
    """Whether the film of a job with these options can be watched, and why not when it can not, or not yet."""
    if job.status == "done":
        return ("whole", "") if LIVE in job.artefacts else ("none", "The film is done: play the film itself.")
    if job.finished:
        return "none", "There will be no film: look at the job's error."
    reason = refusal(options)
    if reason:
        return "none", reason
    if job.status == "created":
        return "coming", "It waits for its turn."
    if job.progress.stage in ("quality", "store"):
        return "whole", ""
    return ("growing", "") if job.progress.stage == "film" else ("coming", "Its first picture is being prepared.")


def refusal(options: Options) -> str:
    """Why a film with these options cannot be watched before it is done; empty when it can."""
    if options.min_quality > 0:
        return "With 'min_quality' a film is shown only when it is good enough, which is known at its end."
    try:
        form = find_format(options.result_format or FORMATS[0], transparent=_transparent(options))
    except (InvalidRequest, Unknown):
        return "There is no such film."
    if not can_grow(form):
        kind = f"A transparent {form.title}" if _transparent(options) else f"A {form.title}"
        return f"{kind} cannot be watched while it is made; an MP4 can."
    return ""


@contextmanager
def growing(options: Options, storage: Storage, prefix: str) -> Iterator[Feed | None]:
    """The feed by which a film with these options grows under `prefix`, of one attempt alone; None when it may not.
    After the block nothing more is written.
    """
    if refusal(options):
        yield None
        return
    writer = _FileWriter(storage, prefix) if storage.local else _PieceWriter(storage, prefix)
    try:
        yield writer
    finally:
        writer.close()


def is_whole(storage: Storage, prefix: str) -> bool:
    """Whether all of a film that grew under `prefix` is there."""
    try:
        return storage.has(f"{prefix}/{_END}")
    except TalkingError:
        return False


class Reader:
    """Reads a growing film from its beginning, in any process that reaches the storage. Not safe for threads."""

    def __init__(self, storage: Storage, prefix: str) -> None:
        self._storage, self._prefix = storage, prefix
        self._file: BinaryIO | None = None
        self._number = 0

    def read(self) -> bytes | None:
        """What comes next: empty when nothing is there yet, None at the end of the whole film. Raises Unavailable."""
        return self._from_file() if self._storage.local else self._from_pieces()

    def close(self) -> None:
        """Let go of it."""
        if self._file is not None:
            self._file.close()

    def _from_file(self) -> bytes | None:
        if self._file is None:
            place = self._storage.place(f"{self._prefix}/{_FILE}")
            with suppress(FileNotFoundError):
                self._file = place.open("rb") if place is not None else None
            if self._file is None:
                return b""
        # In this order: the end is told after the last bytes were written.
        whole = self._storage.has(f"{self._prefix}/{_END}")
        data = self._file.read(_BLOCK)
        return data or (None if whole else b"")

    def _from_pieces(self) -> bytes | None:
        data = self._storage.read(f"{self._prefix}/{self._number:06d}")
        if data is None:
            told = self._storage.read(f"{self._prefix}/{_END}")
            return None if told is not None and int(told) == self._number else b""
        self._number += 1
        return data


class _FileWriter:
    """Appends to a file, which costs a copy in memory: the system sees it onto the disk in its own time."""

    def __init__(self, storage: Storage, prefix: str) -> None:
        self._storage, self._prefix = storage, prefix
        self._file: BinaryIO | None = None
        self._over = False

    def write(self, data: bytes) -> None:
        if self._over:
            return
        try:
            if self._file is None:
                place = self._storage.place(f"{self._prefix}/{_FILE}")
                assert place is not None
                place.parent.mkdir(parents=True, exist_ok=True)
                self._file = place.open("xb")
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            logger.warning("the film cannot be watched while it is made: %s", error.strerror)
            self.close()

    def finish(self) -> None:
        if not self._over:
            self.close()
            with suppress(TalkingError):  # a full disk: the film's own file says so
                self._storage.write(f"{self._prefix}/{_END}", b"")

    def close(self) -> None:
        self._over = True
        if self._file is not None:
            with suppress(OSError):
                self._file.close()


class _PieceWriter:
    """Puts pieces into a bucket from a thread of its own, so that a slow one holds nothing up."""

    def __init__(self, storage: Storage, prefix: str) -> None:
        self._storage, self._prefix = storage, prefix
        self._changed = threading.Condition()
        self._waiting: list[bytes] = []
        self._whole = self._over = False
        self._thread = threading.Thread(target=self._send, name="talking-live", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        with self._changed:
            if self._over:
                return
            self._waiting.append(data)
            if sum(map(len, self._waiting)) > MOST_WAITING:
                logger.warning("the film cannot be watched while it is made: the storage does not keep up")
                self._over, self._waiting = True, []
            self._changed.notify()

    def finish(self) -> None:
        with self._changed:
            self._whole = True
            self._changed.notify()

    def close(self) -> None:
        if self._whole:
            self._thread.join(_JOIN_SECONDS)
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join(_JOIN_SECONDS)

    def _send(self) -> None:
        number = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._over or self._whole or self._waiting)
                data, self._waiting = b"".join(self._waiting), []
                if self._over or not data:
                    break
            if not self._put(f"{number:06d}", data):
                return
            number += 1
            with self._changed:
                self._changed.wait_for(lambda: self._over or self._whole, PIECE_SECONDS)
        if self._whole and not self._over:
            self._put(_END, str(number).encode())

    def _put(self, name: str, data: bytes) -> bool:
        """Put a piece, again and again while the bucket is away; whether it is there."""
        while not self._over:
            try:
                self._storage.write(f"{self._prefix}/{name}", data)
            except Unavailable:
                with self._changed:
                    self._changed.wait_for(lambda: self._over, PIECE_SECONDS)
            except TalkingError as error:
                logger.warning("the film cannot be watched while it is made: %s", error)
                with self._changed:
                    self._over, self._waiting = True, []
            else:
                return True
        return False


def _transparent(options: Options) -> bool:
    return options.background.strip().casefold() == TRANSPARENT
