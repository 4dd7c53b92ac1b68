"""The courier of a worker: tells of jobs in the words of the server, which it need not be beside."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from talking.jobs.courier import FILM_PAUSES, WORD_PAUSES, Courier, Message
from talking.jobs.database import Database
from talking.jobs.dbos_engine import DbosEngine
from talking.jobs.job import Job
from talking.jobs.worker import WorkerConfig
from talking.server.links import links_of
from talking.storage import Storage

if TYPE_CHECKING:
    from talking.server.service import Service


def courier(
    config: WorkerConfig,
    data: Path,
    *,
    word_pauses: tuple[float, ...] = WORD_PAUSES,
    film_pauses: tuple[float, ...] = FILM_PAUSES,
) -> Courier:
    """A courier for a worker; `data` is the folder with the server's secret."""
    ready: list[Service] = []
    lock = threading.Lock()

    def compose(job: Job) -> Message:
        from talking.server.webhooks import message  # and with it the routes, which most workers never need

        with lock:
            if not ready:
                ready.append(_service(config, data))
        return message(job, ready[0])

    return Courier(compose, config.private_urls, word_pauses, film_pauses)


def _service(config: WorkerConfig, data: Path) -> Service:
    """The service as the server has it: it writes the same answers."""
    from talking.server.eye import Eye
    from talking.server.service import Reports, Rules, Service
    from talking.server.uploads import Uploads

    engine, storage = DbosEngine(Database(config.database)), Storage(config.storage)
    rules = Rules(private_urls=config.private_urls)
    links = links_of(data, config.secret, config.link_seconds)
    return Service(engine, engine.store, storage, links, Uploads(storage), Eye(), rules, Reports(storage))
