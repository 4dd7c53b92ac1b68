"""Frames drawn by several processes at once, handed out in order from a ring of shared memory."""

from __future__ import annotations

import itertools
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Protocol, TypeAlias

import numpy as np

from talking import errors
from talking.engines.sharing import RingShape, Shared, share_object, share_ring
from talking.errors import TalkingError, Unavailable
from talking.types import Frame, Frames

logger = logging.getLogger(__name__)

RUN = 4
"""Frames ordered at once: long enough that orders cost nothing, short enough that no worker is waited for long."""

MOST_WORKERS = 4
"""More gain nothing: the one encoder that takes the frames is the slower part then."""

_OUTSTANDING = 2  # runs: one being drawn, one waiting, so that no worker idles while the encoder works
_SPARE = 8  # slots beyond those being drawn: finished frames that wait for the encoder

_SETTLE_SECONDS = 0.25
"""For which a video that is given up waits for the few frames that were ordered. Whoever is not done by then is ended,
and a fresh process takes a second to be of use."""

_numbers = itertools.count(1)  # of jobs, so that late answers to an old one are known for what they are
_ROOT = Path(__file__).parents[2]
# A fresh interpreter instead of multiprocessing: that would import the user's script anew and run what it runs.
_BOOT = """
import os, sys
for library in ("OMP", "OPENBLAS", "MKL", "VECLIB", "NUMEXPR"):
    os.environ[library + ("_MAXIMUM_THREADS" if library == "VECLIB" else "_NUM_THREADS")] = "1"
sys.path[:] = sys.argv[1:]
from talking.engines.farm_worker import main
main()
"""


class Painter(Protocol):
    """Draws the frames of one video, any of them at any time, the same wherever and in whatever order."""

    def draw(self, index: int, out: Frame) -> None:
        """Draw frame `index` over all of `out`, uint8 (rows, W), which still holds an older frame."""


MakePainter: TypeAlias = Callable[[], Painter]
"""Can be pickled, with all it needs, and its module be imported: a `functools.partial` of a class. Large arrays in it
are shared between the workers; what a worker writes to them only that worker sees."""


def default_workers() -> int:
    """How many processes to draw with here: all cores on small machines, else all but the encoder's, at most 4."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST_WORKERS, cores if cores <= 2 else cores - 1)


def draw_parallel(
    make_painter: MakePainter, num_frames: int, shape: tuple[int, int], *, workers: int | None = None
) -> Frames:
    """Frames 0 to `num_frames` of a painter, drawn by `workers` processes of their own; see `Farm.draw`."""
    with Farm(workers) as farm:
        yield from farm.draw(make_painter, num_frames, shape)


class Farm:
    """Drawing processes that stay for the next video, which then begins at once.

    They start in the background when the farm is entered and end when it is left. One farm may draw several
    videos at a time, from several threads; each gets `workers` processes, and spare ones end with their video.
    `workers` is `default_workers()` when None; with 0 everything is drawn in the calling process.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = default_workers() if workers is None else workers
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._open = False

    def __enter__(self) -> Farm:
        self._open = True
        self._idle = [_Worker() for _ in range(self.workers)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._open = False
            idle, self._idle = self._idle, []
        _end(idle)

    def draw(self, make_painter: MakePainter, num_frames: int, shape: tuple[int, int]) -> Frames:
        """Frames 0 to `num_frames`, uint8 of a `shape` (rows, width), in order and as soon as each is drawn.

        A frame is a view of shared memory that is drawn over after the next one was asked for. Closing the
        generator ends the drawing. A TalkingError that the painter raises arrives here as it is, any other
        error as a TalkingError that names its type, as does the death of a worker. Raises OutputError when there is
        no room for the frames.
        """
        if not self.workers:
            yield from _draw_here(make_painter(), num_frames, shape)
            return
        with (
            self._crew(min(self.workers, num_frames)) as crew,
            _job(make_painter, crew, num_frames, shape) as job,
        ):
            try:
                for index in range(num_frames):
                    yield job.frame(index)
            finally:
                job.settle()

    @contextmanager
    def _crew(self, size: int) -> Iterator[list[_Worker]]:
        """`size` workers for one job. Those that have done what they were told stay for another one, and in the place
        of those that have not, new ones get ready for it.
        """
        with self._lock:
            resting, self._idle = self._idle[:size], self._idle[size:]
        crew = [worker for worker in resting if worker.is_free()]
        _end([worker for worker in resting if worker not in crew])
        try:
            while len(crew) < size:
                crew.append(_Worker())
            yield crew
        finally:
            resting = [worker for worker in crew if worker.rest()]
            with self._lock:
                staying = resting[: self.workers - len(self._idle)] if self._open else []
                self._idle += staying
                with suppress(TalkingError):  # the next video will say it
                    while self._open and len(self._idle) < self.workers:
                        self._idle.append(_Worker())
            _end([worker for worker in crew if worker not in staying])


class _Worker:
    """A drawing process, and the thread that hears its answers."""

    def __init__(self) -> None:
        flags = ["-I", "-B"] if sys.dont_write_bytecode else ["-I"]
        path = [entry for entry in sys.path if isinstance(entry, str)]
        try:
            self._process = subprocess.Popen(
                [sys.executable, *flags, "-c", _BOOT, *path, str(_ROOT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C at a terminal is for the caller, who ends the workers
            )
        except OSError as error:
            raise Unavailable("No process to draw with could be started. Free some memory and try again.") from error
        self.outstanding = 0
        self.inbox: SimpleQueue[_Answer] = SimpleQueue()
        self._ear = threading.Thread(target=self._listen, name="talking-farm", daemon=True)
        self._ear.start()

    def is_free(self) -> bool:
        """Whether it lives and has no frames left to draw."""
        return not self.outstanding and self._process.poll() is None

    def rest(self) -> bool:
        """Free its painter, and tell whether it can take another job."""
        with suppress(TalkingError):
            if self.is_free():
                self.order("drop")
                return True
        return False

    def order(self, *order: Any) -> None:
        """Send one of the orders of talking.engines.farm_worker. Raises TalkingError when it has ended."""
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self.death() from None

    def death(self) -> TalkingError:
        """The error that tells of its end."""
        code = self._process.wait()
        logger.error("a drawing process ended with code %d", code)
        return TalkingError(
            "The system ended a process that was drawing the video, as happens when memory runs out. "
            "Try a smaller picture, or free some memory."
        )

    def end(self) -> None:
        """End it, whatever it is doing, and free what it holds."""
        self._process.kill()
        self._process.wait()
        self._ear.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(BrokenPipeError):  # an order that it did not live to read
                    pipe.close()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.inbox.put((self, json.loads(line)))
        self.inbox.put((self, None))


_Answer: TypeAlias = "tuple[_Worker, list[Any] | None]"
"""Who answers, and one of the answers of talking.engines.farm_worker; None when the process has ended."""


class _Job:
    """One video being drawn by a crew."""

    def __init__(self, crew: list[_Worker], shape: RingShape, ring: Shared, painter: Shared, num_frames: int) -> None:
        self._number = next(_numbers)
        self._crew, self._shape, self._ring, self._painter = crew, shape, ring, painter
        longest = max(1, min(RUN, shape.slots // (_OUTSTANDING * len(crew))))
        self._runs = _runs(num_frames, len(crew), longest)
        self._next_run = next(self._runs, None)
        self._inbox: SimpleQueue[_Answer] = SimpleQueue()
        self._getting_ready = len(crew)
        self._drawn: set[int] = set()

    def begin(self, sizes: list[int]) -> None:
        """Have every worker make its painter."""
        facts = {
            "shape": asdict(self._shape),
            "ring": str(self._ring.path),
            "painter": str(self._painter.path),
            "sizes": sizes,
        }
        for worker in self._crew:
            worker.inbox = self._inbox
            worker.order("job", self._number, facts)

    def frame(self, index: int) -> Frame:
        """Frame `index` once it is drawn; the slots of earlier frames are given to later ones."""
        self._hand_out(index)
        while index not in self._drawn:
            self._hear()
            self._hand_out(index)
        self._drawn.remove(index)
        return self._shape.frame(self._ring.memory, index)

    def settle(self) -> None:
        """Wait a moment for the frames that were ordered, so that those who draw are free for another video."""
        until = time.monotonic() + _SETTLE_SECONDS
        with suppress(TalkingError, Empty):
            while any(worker.outstanding for worker in self._crew):
                self._hear(max(0.0, until - time.monotonic()))

    def _hand_out(self, shown: int) -> None:
        """Order the next runs, as far as their slots are not taken by frame `shown` or later ones."""
        while self._next_run and self._next_run[1] <= shown + self._shape.slots:
            worker = min(self._crew, key=lambda worker: worker.outstanding)
            if worker.outstanding == _OUTSTANDING:
                return
            worker.outstanding += 1
            worker.order("draw", *self._next_run)
            self._next_run = next(self._runs, None)

    def _hear(self, seconds: float | None = None) -> None:
        """Wait for one answer. Raises Empty when there is none after so many seconds."""
        worker, answer = self._inbox.get(timeout=seconds)
        if answer is None:
            raise worker.death()
        kind, number, *values = answer
        if number != self._number:  # of a job that was given up
            return
        if kind == "failed":
            raise _failure(values[0])
        if kind == "drawn":
            worker.outstanding -= 1
            self._drawn.update(range(*values))
        else:
            self._getting_ready -= 1
            if not self._getting_ready:
                self._ring.forget()
                self._painter.forget()


@contextmanager
def _job(make_painter: MakePainter, crew: list[_Worker], num_frames: int, size: tuple[int, int]) -> Iterator[_Job]:
    slots = RUN * _OUTSTANDING * len(crew) + _SPARE
    with ExitStack() as files:
        sizes, painter = share_object(make_painter)
        files.callback(painter.forget)
        shape, ring = share_ring(*size, most=min(slots, num_frames), least=min(len(crew), num_frames))
        files.callback(ring.forget)
        job = _Job(crew, shape, ring, painter, num_frames)
        job.begin(sizes)
        yield job


def _runs(num_frames: int, workers: int, longest: int) -> Iterator[tuple[int, int]]:
    """First frame and end of every run: short ones first, so that the first frames come early."""
    start = 0
    for number in itertools.count():
        if start == num_frames:
            return
        stop = min(start + min(1 << number // workers, longest), num_frames)
        yield start, stop
        start = stop


def _draw_here(painter: Painter, num_frames: int, shape: tuple[int, int]) -> Frames:
    frame = np.empty(shape, np.uint8)
    for index in range(num_frames):
        painter.draw(index, frame)
        yield frame


def _end(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        worker.end()


def _failure(facts: dict[str, str]) -> TalkingError:
    """The error a worker met with, in words for everybody."""
    if facts["public"]:
        kind: type[TalkingError] = getattr(errors, facts["type"], TalkingError)
        return kind(facts["public"])
    logger.error("a drawing process failed\n%s", facts["trace"])
    return TalkingError(
        f"The video could not be drawn ({facts['type']}). Try again; the log of this machine says more."
    )
