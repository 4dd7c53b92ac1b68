"""What the queue runs: a film in one durable step, then word of it. A step that broke off is made again, a finished
one never is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeAlias

from talking.errors import NotFound
from talking.jobs import queue
from talking.jobs.job import Job
from talking.jobs.perform import MOST_ATTEMPTS, HandedBack, Workshop, perform

logger = logging.getLogger(__name__)

Notify: TypeAlias = Callable[[Job], None]
"""Told of a job that is over, at least once; it may raise to be told again, three times in all."""


def register(shop: Workshop, notify: Notify | None = None) -> None:
    """Define the workflows in this process, which makes films in `shop`. To be called once, before launching."""
    from dbos import DBOS

    @DBOS.step(name="film")
    def film(id: str) -> None:
        try:
            perform(id, shop)
        except HandedBack:
            # The step must not end: what is begun belongs to this worker until its successor takes it over.
            threading.Event().wait()

    @DBOS.step(name="notify", retries_allowed=True, max_attempts=3)
    def tell(id: str) -> None:
        if notify is None:
            return
        try:
            notify(shop.store.get(id))
        except NotFound:
            logger.info("%s: nobody is told, it is not there any more", id)

    # One attempt more than the job's own limit, which says in the user's words why it ended.
    @DBOS.workflow(name=queue.TALK, max_recovery_attempts=MOST_ATTEMPTS + 2)
    def talk(id: str) -> None:
        film(id)
        tell(id)
