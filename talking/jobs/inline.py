"""Jobs without a queue: made in this process, while the asker waits. For one user, and for the service's own tests."""

from __future__ import annotations

from collections.abc import Sequence

from talking.jobs.engine import NO_TERMS
from talking.jobs.job import Job, Page, Progress, Status, Terms
from talking.jobs.perform import Workshop, perform
from talking.request import Request


class InlineEngine:
    """An Engine whose `enqueue` returns when the job is over. Others may look, and cancel, meanwhile."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        shop.store.prepare()

    def enqueue(self, request: Request, terms: Terms = NO_TERMS, id: str | None = None) -> Job:
        job, _ = self._shop.store.add(request, terms, id)
        perform(job.id, self._shop)
        return self.status(job.id)

    def status(self, id: str, *, owner: str | None = None) -> Job:
        return self._shop.store.get(id, owner=owner)

    def cancel(self, id: str, *, owner: str | None = None) -> Job:
        self.status(id, owner=owner)
        self._shop.store.cancel(id)
        return self.status(id)

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
        """End the studio's processes and close the database."""
        self._shop.studio.close()
        self._shop.store.database.close()
