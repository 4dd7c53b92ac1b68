"""What the service asks of whatever runs its jobs: seven calls, so that another engine can take the place of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from talking.jobs.job import Job, Page, Progress, Status, Terms
from talking.request import Request

NO_TERMS = Terms()


class Engine(Protocol):
    """Takes requests and sees to it that each comes to exactly one end. All calls raise Unavailable when what it
    keeps its jobs in is away. `owner` None means whoever asks may see all.
    """

    def enqueue(self, request: Request, terms: Terms = NO_TERMS, id: str | None = None) -> Job:
        """Take a request in; the job is safe when this returns. Given an idempotency key that its owner has used, the
        job of then. Raises InvalidRequest when that was another request, and QueueFull.
        """

    def status(self, id: str, *, owner: str | None = None) -> Job:
        """The job as it is now. Raises NotFound."""

    def cancel(self, id: str, *, owner: str | None = None) -> Job:
        """End a job that is not over, and stop the work on it; the job as it is then. Raises NotFound."""

    def forget(self, id: str) -> None:
        """Take a job that is over out of all tables; one that is not stays."""

    def publish(self, id: str, attempt: str, progress: Progress) -> bool:
        """Progress out: told by who works on the job; whether to go on."""

    def progress(self, id: str) -> Progress:
        """Progress in: as it was told last. Raises NotFound."""

    def list(
        self, *, owner: str | None = None, limit: int = 10, token: str = "", dialect: str = "",
        statuses: Sequence[Status] = (),
    ) -> Page:  # fmt: skip
        """Jobs, newest first; `token` is that of the page before. Raises InvalidRequest."""
