"""Jobs made in this process: for one user, for Spaces, and for the service's own tests."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context

from talking.jobs.engine import NO_TERMS
from talking.jobs.job import Job, Page, Progress, Status, Terms, now_ms
from talking.jobs.perform import Workshop, perform
from talking.jobs.retention import sweep
from talking.jobs.store import Store
from talking.jobs.teller import HandedBack
from talking.request import Request

logger = logging.getLogger(__name__)

LEAVE_SECONDS = 5.0
"""How long the end waits for the film that is being made to be given back."""


class InlineEngine:
    """An Engine whose `enqueue` returns when the job is over, or, with `wait` False, at once: then a thread makes the
    jobs one after the other, in the context in which each was asked for, and `start` sets it going. `make` makes one.
    """

    def __init__(self, shop: Workshop, *, wait: bool = True, make: Callable[[str, Workshop], None] = perform) -> None:
        self._shop, self._make = shop, make
        shop.store.prepare()
        self._line: queue.SimpleQueue[tuple[Context, str] | None] = queue.SimpleQueue()
        self._thread = None if wait else threading.Thread(target=self._work, name="films", daemon=True)

    @property
    def store(self) -> Store:
        """Where the jobs are."""
        return self._shop.store

    def start(self) -> None:
        """Begin to make jobs, those first that a process before this one left undone."""
        if self._thread is not None:
            for id in self._shop.store.active():
                self._line.put((copy_context(), id))
            self._thread.start()

    def runs(self) -> bool:
        """Whether jobs are being made."""
        return self._thread is None or self._thread.is_alive()

    def enqueue(self, request: Request, terms: Terms = NO_TERMS, id: str | None = None) -> Job:
        job, new = self._shop.store.add(request, terms, id)
        if self._thread is None:
            self._make(job.id, self._shop)
        elif new and self._thread.is_alive():  # else `start` finds it in its place
            self._line.put((copy_context(), job.id))
        return self.status(job.id)

    def status(self, id: str, *, owner: str | None = None) -> Job:
        job = self._shop.store.get(id, owner=owner)
        if job.finished or job.deadline_ms is None or job.deadline_ms > now_ms():
            return job
        self._shop.store.overdue()
        return self._shop.store.get(id, owner=owner)

    def cancel(self, id: str, *, owner: str | None = None) -> Job:
        self.status(id, owner=owner)
        self._shop.store.cancel(id)
        return self.status(id)

    def forget(self, id: str) -> None:
        self._shop.store.forget(id)

    def publish(self, id: str, attempt: str, progress: Progress) -> bool:
        return self._shop.store.publish(id, attempt, progress)

    def progress(self, id: str) -> Progress:
        return self.status(id).progress

    def list(
        self, *, owner: str | None = None, limit: int = 10, token: str = "", dialect: str = "",
        statuses: Sequence[Status] = (),
    ) -> Page:  # fmt: skip
        return self._shop.store.page(owner=owner, limit=limit, token=token, dialect=dialect, statuses=statuses)

    def close(self) -> None:
        """Give back what is being made, end the studio's processes and close the database."""
        if self._thread is not None and self._thread.is_alive():
            self._shop.stopping.set()
            self._line.put(None)
            self._thread.join(LEAVE_SECONDS)
        self._shop.studio.close()
        self._shop.store.database.close()

    def _work(self) -> None:
        while (following := self._line.get()) is not None:
            context, id = following
            try:
                context.run(self._make, id, self._shop)
                sweep(self._shop.store, self._shop.storage, None)
            except HandedBack:
                return
            except Exception:
                logger.exception("%s: could not be seen to its end", id)
