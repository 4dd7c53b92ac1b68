"""Decoding strangers' files in a child process with limits, so that a hostile one harms nothing but its own job.

Off until a process calls `begin`, as workers do; from then on whatever decodes a picture, a sound or a video in this
package has the child do it. A child stays warm between files. It answers with plain numbers and JSON, never with
objects that would be built here, and it is killed when it takes longer than a file of that kind may.
"""

from __future__ import annotations

import json
import logging
import math
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from talking import errors
from talking.errors import TalkingError

logger = logging.getLogger(__name__)

MEMORY = 2 << 30
"""Bytes that a child may take beside what its libraries reserve, unless a file of that kind may need more."""

_MOST_BYTES = 4 << 30
_PIPE = 1 << 20  # bytes that a pipe holds, where that can be chosen: a picture then passes in a few steps
_MOST_WORDS = 1 << 20
_MOST_DIMENSIONS = 3
_KINDS: dict[str, np.dtype[Any]] = {"u1": np.dtype(np.uint8), "f4": np.dtype(np.float32)}
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class Piece:
    """A part of an answer: `facts` of JSON, and `arrays` of uint8 or float32 with up to three dimensions."""

    facts: Mapping[str, Any]
    arrays: tuple[NDArray[Any], ...] = ()


@dataclass(frozen=True)
class Task:
    """What a child is to do: `work` names a function of this package as "module:name", which is called with `data` and
    the `arguments` and gives Pieces; `error` is raised when it dies of the file, or takes more than `seconds` for a
    piece, `cpu` seconds of a processor in all, or `memory` bytes. `late` is raised in its place when only the seconds
    ran out, if the file is not to be blamed for those.
    """

    work: str
    data: bytes
    arguments: Mapping[str, Any]
    error: TalkingError
    seconds: float = 60.0
    cpu: float = 600.0
    memory: int = MEMORY
    late: TalkingError | None = None


class Children:
    """Child processes, one for each file that is being read at the same time; those that are idle stay warm. They may
    write files of `file_bytes`, such as what libraries print.
    """

    def __init__(self, *, file_bytes: int = 0) -> None:
        self._file_bytes = file_bytes
        self._idle: list[_Child] = []
        self._lock = threading.Lock()
        self._closed = False
        self._keep(self.new())

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the idle children."""
        with self._lock:
            return tuple(child.process.pid for child in self._idle)

    def ask(self, task: Task) -> Piece:
        """The only piece of an answer. Raises what the work raises, and the task's error."""
        with _Answer(self, task) as answer:
            first = next(answer.pieces, None)
            if first is None or next(answer.pieces, None) is not None:
                raise task.error
            return first

    def stream(self, task: Task) -> Generator[Piece, None, None]:
        """The pieces of an answer as they are asked for. Raises as `ask` does."""
        with _Answer(self, task) as answer:
            yield from answer.pieces

    def close(self) -> None:
        """End the idle children; those at work end with their work."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def _take(self) -> _Child:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.process.poll() is None:
                    return child
                child.end()
        return self.new()

    def new(self) -> _Child:
        """A child that is nobody's yet."""
        return _Child(self._file_bytes)

    def _keep(self, child: _Child) -> None:
        with self._lock:
            if not self._closed and not self._idle:
                self._idle.append(child)
                return
        child.end()

    def _replace(self, child: _Child) -> None:
        """End a child that is not at the end of its answer, and have another one warm up."""
        child.end()
        if not self._closed:
            self._keep(self.new())


class _Answer:
    """A task at a child, which is free again once the answer is whole."""

    def __init__(self, children: Children, task: Task) -> None:
        self._children = children
        self._child = children._take()
        self._whole = False
        self.pieces = self._read(task)

    def __enter__(self) -> _Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.pieces.close()
        (self._children._keep if self._whole else self._children._replace)(self._child)

    def _read(self, task: Task) -> Generator[Piece, None, None]:
        self._hand_over(task)
        message = self._exchange(task)
        while message.facts["kind"] == "piece":
            yield Piece(message.facts["facts"], message.arrays)
            message = self._exchange(task)
        self._whole = True
        if message.facts["kind"] == "refused":
            raise _error(message.facts, task)
        if message.facts["kind"] != "end":
            logger.warning("a file could not be decoded: %s", str(message.facts.get("name"))[:80])
            raise task.error

    def _hand_over(self, task: Task) -> None:
        """Have a child take the task. One that died before it did not die of this file, so another one is asked."""
        told = {"work": task.work, "arguments": dict(task.arguments), "cpu": task.cpu, "memory": task.memory}
        try:
            self._child.exchange(task.seconds, lambda: send(self._child.input, told, data=task.data))
        except _DiedError as died:
            if died.slow:
                raise _blame(task, died) from died
            self._child.end()
            self._child = self._children.new()
            self._exchange(task, lambda: send(self._child.input, told, data=task.data))

    def _exchange(self, task: Task, say: Callable[[], None] = lambda: None) -> Piece:
        try:
            return self._child.exchange(task.seconds, say)
        except _DiedError as died:
            raise _blame(task, died) from died


def _blame(task: Task, died: _DiedError) -> TalkingError:
    logger.warning("a file ended the process that decoded it, or took it too long: %s", died)
    return task.late if died.slow and task.late is not None else task.error


class _DiedError(Exception):
    """A child is gone: of its own, or since it was `slow`."""

    def __init__(self, reason: Exception, slow: bool) -> None:
        super().__init__(type(reason).__name__)
        self.slow = slow


class _Child:
    """A process that decodes one file after the other."""

    def __init__(self, file_bytes: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "talking.media.decoder", str(file_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pipesize=_PIPE,
        )
        self.input = cast(BinaryIO, self.process.stdin)
        self.output = cast(BinaryIO, self.process.stdout)

    def exchange(self, seconds: float, say: Callable[[], None]) -> Piece:
        """Say something and take the next message. Raises _DiedError when the child dies, says what is no message, or
        takes more than so many seconds.
        """
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._kill()

        watch = threading.Timer(seconds, stop)
        watch.daemon = True
        watch.start()
        try:
            say()
            return receive(self.output)
        except (OSError, EOFError, ValueError, KeyError, TypeError) as reason:
            self._kill()
            raise _DiedError(reason, late.is_set()) from reason
        finally:
            watch.cancel()

    def end(self) -> None:
        """Kill it, whatever it is at."""
        self._kill()
        with suppress(OSError):
            self.input.close()
        self.output.close()
        self.process.wait()

    def _kill(self) -> None:
        self.process.kill()


def send(file: BinaryIO, facts: Mapping[str, Any], arrays: tuple[NDArray[Any], ...] = (), data: bytes = b"") -> None:
    """Write a message: JSON with its length before it, then the numbers of the arrays or other `data`."""
    shapes = [[f"{each.dtype.kind}{each.dtype.itemsize}", *each.shape] for each in arrays]
    words = json.dumps({**facts, "arrays": shapes, "size": len(data)}).encode()
    file.write(_LENGTH.pack(len(words)) + words)
    for each in arrays:
        file.write(np.ascontiguousarray(each).data.cast("B") if each.size else b"")
    file.write(data)
    file.flush()


def receive(file: BinaryIO) -> Piece:
    """Read a message without data. Raises EOFError at the end, ValueError, KeyError or TypeError for what is none."""
    facts = words_of(file)
    arrays = []
    for kind, *shape in facts.pop("arrays"):
        if len(shape) > _MOST_DIMENSIONS or not all(isinstance(side, int) and side >= 0 for side in shape):
            raise ValueError("no shape")
        dtype = _KINDS[kind]
        if math.prod(shape) * dtype.itemsize > _MOST_BYTES:
            raise ValueError("too large")
        array = np.empty(shape, dtype)
        if array.size:
            _fill(file, array.data.cast("B"))
        arrays.append(array)
    return Piece(facts, tuple(arrays))


def words_of(file: BinaryIO) -> dict[str, Any]:
    """The JSON that a message begins with. Raises EOFError and ValueError."""
    (length,) = _LENGTH.unpack(_exactly(file, _LENGTH.size))
    if length > _MOST_WORDS:
        raise ValueError("too long")
    facts = json.loads(_exactly(file, length))
    if not isinstance(facts, dict):
        raise ValueError("no message")
    return facts


def _exactly(file: BinaryIO, size: int) -> bytes:
    data = bytearray(size)
    _fill(file, memoryview(data))
    return bytes(data)


def _fill(file: BinaryIO, target: memoryview) -> None:
    while len(target):
        count = file.readinto(target)  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        target = target[count:]


def _error(facts: Mapping[str, Any], task: Task) -> TalkingError:
    """The error that the child names: one of ours, with its sentence."""
    kind = getattr(errors, str(facts.get("name")), None)
    if isinstance(kind, type) and issubclass(kind, TalkingError):
        return kind(str(facts.get("sentence"))[:2000])
    return task.error


_lock = threading.Lock()
_children: list[Children] = []


def begin() -> None:
    """From now on, have strangers' files decoded by a child of this process."""
    with _lock:
        if not _children:
            _children.append(Children())


def end() -> None:
    """Decode in this process again."""
    with _lock:
        while _children:
            _children.pop().close()


def active() -> Children | None:
    """The children that decode for this process, None when it decodes itself."""
    return _children[0] if _children else None
