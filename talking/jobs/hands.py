"""Calling other workers to help with a long film: each call is a workflow in the queue, behind films that wait."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Protocol

from talking.jobs import queue
from talking.jobs.job import Job
from talking.jobs.lease import Leases
from talking.jobs.store import Store

if TYPE_CHECKING:
    from dbos import DBOSClient

logger = logging.getLogger(__name__)


class Hands(Protocol):
    """Workers who may help. No call raises: without help a film is made all the same."""

    def alive(self) -> int:
        """How many workers there are, the one that asks among them."""

    def call(self, job: Job, most: int) -> None:
        """See to it that up to `most` others help with a job. They come when no film waits."""

    def dismiss(self, job: str) -> None:
        """Call back those who have not come yet."""


class QueueHands:
    """Hands by way of the queue."""

    def __init__(self, client: DBOSClient, leases: Leases, store: Store) -> None:
        self._client, self._leases, self._store = client, leases, store

    def alive(self) -> int:
        try:
            return len(self._leases.alive())
        except Exception as error:
            logger.warning("how many workers there are is not known: %r", error)
            return 0

    def call(self, job: Job, most: int) -> None:
        try:
            wanted = min(most, len(self._leases.alive()) - 1)
            if wanted <= 0 or self._store.count("created"):
                return
            for _ in range(wanted - len(self._called(job.id, "ENQUEUED", "PENDING"))):
                self._enqueue(job)
        except Exception as error:
            logger.warning("%s: no help was called: %r", job.id, error)

    def dismiss(self, job: str) -> None:
        try:
            for id in self._called(job, "ENQUEUED"):
                self._client.cancel_workflow(id)
        except Exception as error:  # they will find that there is nothing left to do
            logger.warning("%s: help was not called back: %r", job, error)

    def _called(self, job: str, *states: str) -> list[str]:
        found = self._client.list_workflows(
            name=queue.HELP, workflow_id_prefix=f"{job}.", status=list(states), load_input=False, load_output=False
        )
        return [row.workflow_id for row in found]

    def _enqueue(self, job: Job) -> None:
        self._client.enqueue(
            {
                "workflow_name": queue.HELP,
                "queue_name": queue.TALKS,
                "workflow_id": f"{job.id}.help.{secrets.token_hex(6)}",
                "app_version": queue.VERSION,
                "priority": job.priority,
            },
            job.id,
        )
