"""What the queue runs: a film in one durable step. A step that broke off is made again, a finished one never is."""

from __future__ import annotations

import threading
from collections.abc import Callable

from talking.jobs import queue
from talking.jobs.helper import help_out
from talking.jobs.perform import Workshop, perform
from talking.jobs.teller import HandedBack


def register(shop: Workshop) -> None:
    """Define the workflows in this process, which makes films in `shop`. To be called once, before launching."""
    from dbos import DBOS

    def leaving(work: Callable[[str, Workshop], None], id: str) -> None:
        try:
            work(id, shop)
        except HandedBack:
            # The step must not end: what is begun belongs to this worker until its successor takes it over.
            threading.Event().wait()

    @DBOS.step(name="film")
    def film(id: str) -> None:
        leaving(perform, id)

    @DBOS.step(name="chunks")
    def chunks(id: str) -> None:
        leaving(help_out, id)

    # The job's own limit says in the user's words why it ended. The queue has none: it counts whatever a worker takes
    # up, also what one that leaves gives back, or what one never began that was killed as soon as it had started.
    @DBOS.workflow(name=queue.TALK, max_recovery_attempts=None)
    def talk(id: str) -> None:
        film(id)

    @DBOS.workflow(name=queue.HELP, max_recovery_attempts=shop.most_attempts + 2)
    def help_with(id: str) -> None:
        chunks(id)
