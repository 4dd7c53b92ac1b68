"""The engine of the service: takes jobs in, and looks after them, while workers in other processes do the work."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from talking.jobs import queue
from talking.jobs.database import Database
from talking.jobs.engine import NO_TERMS
from talking.jobs.job import Job, Page, Progress, Status, Terms, now_ms
from talking.jobs.store import Store, insert
from talking.request import Request

if TYPE_CHECKING:
    from dbos import EnqueueOptions

logger = logging.getLogger(__name__)


class DbosEngine:
    """An Engine on DBOS. It only takes jobs in; run_worker, here or on other machines, does them. Safe for threads."""

    def __init__(self, database: Database) -> None:
        self.store = Store(database)
        queue.prepare(database)
        self._client = queue.client(database)

    def enqueue(self, request: Request, terms: Terms = NO_TERMS, id: str | None = None) -> Job:
        def work(connection: sa.Connection) -> tuple[Job, bool]:
            job, new = insert(connection, request, terms, id)
            if new:  # in the same transaction: there is never one without the other
                self._client.enqueue_in_transaction(connection, _options(job), job.id)
            return job, new

        job, _ = self.store.once(terms, lambda: self.store.database.run(work))
        return job

    def status(self, id: str, *, owner: str | None = None) -> Job:
        job = self.store.get(id, owner=owner)
        if job.finished or job.deadline_ms is None or job.deadline_ms > now_ms():
            return job
        self.store.overdue()  # workers see to it; there may be none just now
        return self.store.get(id, owner=owner)

    def cancel(self, id: str, *, owner: str | None = None) -> Job:
        before = self.status(id, owner=owner)
        if self.store.cancel(id) and before.status == "created":
            # A running one sees it in the table and stops by itself: only then is its worker free for the next.
            self._take_out(id)
        return self.status(id)

    def forget(self, id: str) -> None:
        self.store.forget(id)
        try:
            over = self._client.list_workflows(workflow_ids=[id], status=list(queue.OVER), load_input=False)
            if over:  # what runs still needs its row, which goes later
                self._client.delete_workflows([id], delete_children=True)
        except Exception as error:
            logger.warning("%s stays in the table of the queue for now: %s", id, type(error).__name__)

    def publish(self, id: str, attempt: str, progress: Progress) -> bool:
        return self.store.publish(id, attempt, progress)

    def progress(self, id: str) -> Progress:
        return self.status(id).progress

    def list(
        self, *, owner: str | None = None, limit: int = 10, token: str = "", dialect: str = "",
        statuses: Sequence[Status] = (),
    ) -> Page:  # fmt: skip
        return self.store.page(owner=owner, limit=limit, token=token, dialect=dialect, statuses=statuses)

    def close(self) -> None:
        """Close all connections."""
        self._client.destroy()
        self.store.database.close()

    def _take_out(self, id: str) -> None:
        """Take a job out of the queue. Left in, it would be found to be over when its turn comes."""
        try:
            self._client.cancel_workflow(id)
        except Exception as error:
            logger.warning("%s stays in the queue, canceled: %r", id, error)


def _options(job: Job) -> EnqueueOptions:
    return {
        "workflow_name": queue.TALK,
        "queue_name": queue.TALKS,
        "workflow_id": job.id,
        "workflow_id_reuse_policy": "reject",
        "app_version": queue.VERSION,
        "priority": job.priority,
    }
