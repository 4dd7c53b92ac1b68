"""Housekeeping: what is overdue ends, what has expired goes, and no job stays unfinished that nobody works on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from talking.errors import TalkingError
from talking.jobs import queue
from talking.jobs.fan import Fan, clear
from talking.jobs.job import now_ms
from talking.jobs.live import KEPT_SECONDS, LIVE
from talking.jobs.perform import INTERNAL
from talking.jobs.store import Store
from talking.storage import Storage

if TYPE_CHECKING:
    from dbos import DBOSClient

logger = logging.getLogger(__name__)

_LOST = "This could not be finished here, and it was logged. Please try again; name the job when you ask about it."
_PAGE = 1000
_OVER = list(queue.OVER)


def sweep(store: Store, storage: Storage, client: DBOSClient | None) -> tuple[str, ...]:
    """Delete finished jobs whose time is over, with all their files; the ids of those that went. A job stays while
    its files cannot be deleted.
    """
    gone = []
    for id in store.expired():
        try:
            storage.delete(f"results/{id}")
        except TalkingError as error:
            logger.warning("%s has expired and its files stay for now: %s", id, error)
            continue
        store.forget(id)
        gone.append(id)
    if gone and client is not None:
        client.delete_workflows(gone)
    return tuple(gone)


def sweep_live(store: Store, storage: Storage) -> tuple[str, ...]:
    """Delete what was watched while it was made and is done for a while; the ids of the jobs it was of."""
    gone = []
    for id in store.with_artefact(LIVE, now_ms() - round(KEPT_SECONDS * 1000)):
        job = store.find(id)
        if job is None or LIVE not in job.artefacts:
            continue
        try:
            storage.delete(job.artefacts[LIVE])
        except TalkingError as error:
            logger.warning("%s: its growing copy stays for now: %s", id, error)
            continue
        store.drop_artefact(id, LIVE)
        gone.append(id)
    return tuple(gone)


def tidy(fan: Fan, client: DBOSClient) -> None:
    """Remove what is left of chunks whose films are over, and of calls for help that are."""
    for id in fan.chunks.over():
        clear(fan, id)
    over = client.list_workflows(name=queue.HELP, status=_OVER, limit=1000, load_input=False, load_output=False)
    if over:
        client.delete_workflows([row.workflow_id for row in over])


def forget_rows(store: Store, client: DBOSClient) -> int:
    """Take rows out of the queue's table whose jobs are gone, and which still ran when they went; how many."""
    gone = 0
    offset = 0
    while rows := client.list_workflows(
        name=queue.TALK, status=_OVER, limit=_PAGE, offset=offset, load_input=False, load_output=False
    ):
        ids = [row.workflow_id for row in rows]
        orphans = sorted(set(ids) - store.there(ids))
        if orphans:
            client.delete_workflows(orphans, delete_children=True)
        gone += len(orphans)
        offset += len(rows) - len(orphans)
    return gone


def settle(store: Store, client: DBOSClient) -> tuple[str, ...]:
    """Fail jobs that the queue is through with although they are not over; their ids."""
    active = store.active()
    over = client.list_workflows(workflow_ids=list(active), status=_OVER, load_input=False) if active else []
    lost = tuple(row.workflow_id for row in over if store.fail(row.workflow_id, None, _LOST, INTERNAL))
    for id in lost:
        logger.error("%s: the queue was through with it, and it was not over", id)
    return lost
