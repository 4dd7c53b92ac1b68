"""A worker: a process that takes jobs from the queue and makes them, one at a time, until it is told to leave."""

from __future__ import annotations

import json
import logging
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy.exc import InterfaceError, OperationalError

from talking.errors import TalkingError
from talking.jobs import courier as deliveries
from talking.jobs import queue
from talking.jobs.ahead import Ahead
from talking.jobs.chunks import Chunks
from talking.jobs.database import Database
from talking.jobs.fan import CHUNK_SECONDS, Fan
from talking.jobs.hands import QueueHands
from talking.jobs.lease import LEASE_SECONDS, Leases, clear_after, clear_own, only_one, take_over, worker_name
from talking.jobs.perform import MOST_ATTEMPTS, Workshop, workshop
from talking.jobs.retention import forget_rows, settle, sweep, sweep_live, tidy
from talking.jobs.store import Store
from talking.jobs.workflows import register
from talking.media import confined
from talking.pipeline import Limits
from talking.storage import Storage

if TYPE_CHECKING:
    from dbos import DBOSClient

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 60.0
FORGET_SECONDS = 3600.0

_LONGEST_LINE = 1 << 16

LEAVE_SECONDS = 5.0
"""How long a worker that leaves waits for the film it is at to be given back."""


@dataclass(frozen=True)
class WorkerConfig:
    """What a worker needs to know, JSON-safe.

    `database` and `storage` addresses; `work` a folder of this machine for what is being made; `name` of the worker,
    which nobody else may have at the same time, empty for one of its own (`local-0` with an embedded database).
    `max_seconds` to `engine`, and `processes`, as in Limits; `lease_seconds` as LEASE_SECONDS; `log_level` and
    `log_format` of a worker that is started; `max_attempts` as MOST_ATTEMPTS; `nice` how far it steps back for other
    processes; `chunk_seconds` as CHUNK_SECONDS, 0 to share no films.
    `secret` and `link_seconds` of what it signs for the server; empty for the secret in the data folder. `rehearsal` is
    a portrait with which the worker warms up while it has nothing to do, empty for none.
    """

    database: str
    storage: str
    work: str
    name: str = ""
    max_seconds: float = Limits.max_seconds
    max_bytes: int = Limits.max_bytes
    local_files: bool = False
    private_urls: bool = False
    cache: str = ""
    voices: str = ""
    allow_noncommercial: bool = False
    checkpoints: str = ""
    device: str = "auto"
    engine: str = "auto"
    lease_seconds: float = LEASE_SECONDS
    log_level: str = "INFO"
    log_format: str = "text"
    max_attempts: int = MOST_ATTEMPTS
    nice: int = 0
    secret: str = ""
    link_seconds: int = 86_400
    chunk_seconds: float = CHUNK_SECONDS
    processes: int = 0
    rehearsal: str = ""

    def limits(self) -> Limits:
        """The limits of its studio."""
        return Limits(
            max_seconds=self.max_seconds, max_bytes=self.max_bytes, local_files=self.local_files,
            private_urls=self.private_urls, cache=Path(self.cache) if self.cache else None,
            voices=Path(self.voices) if self.voices else None, allow_noncommercial=self.allow_noncommercial,
            checkpoints=Path(self.checkpoints) if self.checkpoints else None, device=self.device, engine=self.engine,
            processes=self.processes,
        )  # fmt: skip

    def to_json(self) -> str:
        """One line that `from_json` reads back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> WorkerConfig:
        """The configuration in a line of JSON."""
        return cls(**json.loads(line))


def run_worker(
    config: WorkerConfig, *, courier: deliveries.Courier | None = None, until_end_of: BinaryIO | None = None
) -> None:
    """Work until SIGTERM, SIGINT, or the end of the file `until_end_of`, whose lines are as in talking.jobs.ahead; then
    end this process, whose film goes to the next worker. With a `courier` it also delivers what jobs owe to the
    outside. To be called in the main thread. Raises Unavailable, and InvalidRequest for what is configured.
    """
    if config.nice and hasattr(os, "nice"):
        os.nice(config.nice)
    database = Database(config.database)
    name = config.name or worker_name(0 if database.embedded else None)
    with ExitStack() as held:
        held.enter_context(only_one(Path(config.work) / f"{name}.lock"))
        queue.prepare(database)
        confined.begin()
        leases = Leases(database, config.lease_seconds)
        leases.beat(name)
        client = queue.client(database)
        fan = _fan(config, database, client, name)
        fan.chunks.give_up(name)
        shop = workshop(
            Store(database), Storage(config.storage), config.limits(), Path(config.work) / name,
            most_attempts=config.max_attempts, fan=fan,
        )  # fmt: skip
        tempfile.tempdir = str(shop.work)  # so that nothing of a worker that is killed stays elsewhere
        rounds = None if courier is None else deliveries.Rounds(courier, shop.store, shop.storage)
        _launch(shop, database, name, rounds)
        threading.Thread(target=_live, args=(shop, leases, name), daemon=True).start()
        threading.Thread(target=_keep_house, args=(shop, database, leases, rounds, client), daemon=True).start()
        ahead = Ahead(shop, config.rehearsal)
        threading.Thread(target=ahead.run, name="talking-ahead", daemon=True).start()
        logger.info("worker %s is ready", name)
        _wait(until_end_of, ahead)
        _leave(shop, leases, name)


def _fan(config: WorkerConfig, database: Database, client: DBOSClient, name: str) -> Fan:
    """How this worker shares out long films, and helps with those of others."""
    store = Store(database)
    hands = QueueHands(client, Leases(database, config.lease_seconds), store)
    chunks = Chunks(database, config.lease_seconds)
    return Fan(chunks, Storage(config.storage), hands, name, config.chunk_seconds)


def _launch(shop: Workshop, database: Database, name: str, rounds: deliveries.Rounds | None) -> None:
    from dbos import DBOS

    DBOS(config=queue.worker_config(database, name))
    register(shop)
    queues = {queue.TALKS: 1}
    if rounds is not None:
        deliveries.register(rounds)
        queues[queue.DELIVERIES] = deliveries.AT_ONCE
    DBOS.listen_queues(list(queues))
    DBOS.launch()  # puts back what this worker had begun before it died
    for each, at_once in queues.items():
        DBOS.register_queue(
            each,
            worker_concurrency=at_once,
            polling_interval_sec=queue.polling_seconds(each, database),
            on_conflict="always_update",
        )


def _live(shop: Workshop, leases: Leases, name: str) -> None:
    """Say that the worker is alive, in a thread of its own, so that nothing else holds that up."""
    while not shop.stopping.wait(leases.seconds / 3):
        _do(lambda: leases.beat(name))


def _keep_house(
    shop: Workshop, database: Database, leases: Leases, rounds: deliveries.Rounds | None,
    client: DBOSClient,
) -> None:  # fmt: skip
    """Do what falls due, until the process ends. Nothing here may end the worker."""
    duties: tuple[tuple[float, Callable[[], object]], ...] = (
        (leases.seconds / 3, lambda: _take_over_the_dead(database, leases, client)),
        (1.0, shop.store.overdue),
        (SWEEP_SECONDS, lambda: sweep(shop.store, shop.storage, client)),
        (SWEEP_SECONDS, lambda: sweep_live(shop.store, shop.storage)),
        (SWEEP_SECONDS, lambda: settle(shop.store, client)),
        (SWEEP_SECONDS, lambda: None if shop.fan is None else tidy(shop.fan, client)),
        (SWEEP_SECONDS, lambda: clear_after(shop.work.parent, leases)),
        (FORGET_SECONDS, lambda: forget_rows(shop.store, client)),
    )
    if rounds is not None:
        duties += (
            (deliveries.DUTY_SECONDS, lambda: rounds.dispatch(client)),
            (SWEEP_SECONDS, lambda: rounds.sweep(client)),
        )
    due = [time.monotonic()] * len(duties)
    while not shop.stopping.is_set():
        for index, (every, duty) in enumerate(duties):
            if time.monotonic() >= due[index]:
                due[index] = time.monotonic() + every
                _do(duty)
        time.sleep(0.25)


def _do(duty: Callable[[], object]) -> None:
    try:
        duty()
    except TalkingError as error:
        logger.warning("housekeeping waits: %s", error)
    except (OperationalError, InterfaceError) as error:  # the queue's own calls tell of a database that is away so
        logger.warning("housekeeping waits for the database: %s", type(error.orig).__name__)
    except Exception:
        logger.exception("housekeeping failed")


def _take_over_the_dead(database: Database, leases: Leases, client: DBOSClient) -> None:
    for dead in leases.dead(client):
        take_over(database, dead)


def _wait(until_end_of: BinaryIO | None, ahead: Ahead) -> None:
    """Return when told to leave. What the file says until its end is for `ahead`."""
    leaving = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leaving.set())
    if until_end_of is not None:
        threading.Thread(target=_watch, args=(until_end_of, leaving, ahead), daemon=True).start()
    while not leaving.wait(1.0):  # a wait without end would not see signals on every system
        pass


def _watch(file: BinaryIO, leaving: threading.Event, ahead: Ahead) -> None:
    while line := file.readline(_LONGEST_LINE):
        ahead.hear(line)
    leaving.set()


def _leave(shop: Workshop, leases: Leases, name: str) -> None:
    """Give back what is being made, and end the process: the queue's threads would go on."""
    shop.stopping.set()
    if shop.alone.acquire(timeout=LEAVE_SECONDS):
        shop.studio.close()
        clear_own(shop.work.parent, name)
    else:  # it hears of nothing for now, on a machine that is busy, say; its attempt is not to count
        _do(shop.give_back)
    _do(lambda: leases.leave(name))
    logger.info("worker %s leaves", name)
    logging.shutdown()
    os._exit(0)
