"""How far an attempt is, told to the store by a thread of its own: a slow database holds no film up."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from talking import logs
from talking.jobs.job import Progress
from talking.jobs.store import Store

PROGRESS_SECONDS = 0.25
"""How often progress is told, and looked whether to go on."""


class Stopped(Exception):
    """The attempt does not count any more: canceled, overdue, or taken over."""


class HandedBack(Exception):
    """The worker leaves; the job waits again."""


class Teller:
    """Tells the `store` of the progress of one attempt at a job, every new stage and else four times a second.

    Calls raise HandedBack when the worker is `stopping`, and Stopped soon after the attempt has ceased to count. After
    the block everything is told.
    """

    def __init__(self, store: Store, id: str, attempt: str, stopping: threading.Event) -> None:
        self._store, self._id, self._attempt, self._stopping = store, id, attempt, stopping
        self._changed = threading.Condition()
        self._next: Progress | None = None
        self._stage, self._time = "", 0.0
        self._over = False
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._tell, name="talking-teller", daemon=True)

    def __enter__(self) -> Teller:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say that `done` of `total` are there in a `stage`."""
        if self._stopping.is_set():
            raise HandedBack(self._id)
        if self._problem is not None:
            raise self._problem
        now = time.monotonic()
        if stage == self._stage and now - self._time < PROGRESS_SECONDS:
            return
        self._stage, self._time = stage, now
        logs.in_stage(stage)
        with self._changed:
            self._next = Progress(stage, done, total)
            self._changed.notify()

    def _tell(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._next is not None or self._over)
                told, self._next = self._next, None
            if told is None:
                return
            try:
                if not self._store.publish(self._id, self._attempt, told):
                    self._problem = Stopped(self._id)
            except BaseException as error:  # for the thread that films
                self._problem = error
