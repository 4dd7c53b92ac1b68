"""Delivers: films to the addresses that were named for them, then word of the end of a job, each try a durable workflow
of its own on a queue of its own, so that nothing waits for a receiver that is away, least of all a job.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import sqlalchemy as sa

from talking import net
from talking.errors import NotFound, TalkingError
from talking.jobs import hooks, queue
from talking.jobs.hooks import Delivery, Due
from talking.jobs.job import Job, now_ms
from talking.jobs.store import Store
from talking.storage import Storage

if TYPE_CHECKING:
    from dbos import DBOSClient

logger = logging.getLogger(__name__)

AT_ONCE = 16
"""Deliveries that one worker has under way."""

DUTY_SECONDS = 0.5
"""How often it is looked for what falls due."""

WORD_PAUSES = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 29_845.0)
"""Seconds between tries to tell of a job: 86,400 in all, a day."""

FILM_PAUSES = (2.0, 10.0, 30.0, 120.0, 600.0)
"""Seconds between tries to hand a film over: signed addresses live for minutes, and the webhook waits for them."""

_WORD_SECONDS = 15.0
_FILM_SECONDS = 600.0
_GONE = 410
"""The status with which a receiver says that it wants no more."""

_TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "gif": "image/gif"}


@dataclass(frozen=True)
class Message:
    """What is posted to a webhook: `id` stays the same from try to try."""

    id: str
    body: bytes
    headers: Mapping[str, str]


Compose: TypeAlias = Callable[[Job], Message]
"""Makes the message that tells of a job that is over, anew for every try: its signature holds the time."""


@dataclass(frozen=True)
class Courier:
    """How deliveries are made: `compose` messages, `private_urls` whether they may go into private networks, seconds
    between tries.
    """

    compose: Compose
    private_urls: bool = False
    word_pauses: tuple[float, ...] = WORD_PAUSES
    film_pauses: tuple[float, ...] = FILM_PAUSES


@dataclass(frozen=True)
class Rounds:
    """A courier at work, with what it delivers from."""

    courier: Courier
    store: Store
    storage: Storage
    network: net.Network = field(default_factory=net.Network)

    def dispatch(self, client: DBOSClient) -> int:
        """Put what is due into the queue; how many."""

        def work(connection: sa.Connection) -> int:
            found = hooks.due(connection)
            for each in found:  # in one transaction: there is never one without the other
                client.enqueue_in_transaction(
                    connection,
                    {
                        "workflow_name": queue.DELIVER,
                        "queue_name": queue.DELIVERIES,
                        "workflow_id": f"{each.job}.{each.stage}.{each.number}.{now_ms()}",
                        "app_version": queue.VERSION,
                    },
                    each.job,
                    each.stage,
                    each.number,
                )
            return len(found)

        return self.store.database.run(work)

    def attempt(self, what: Due) -> bool:
        """Make a try and log it; whether this stage is through. What goes wrong is in the log, and raises nothing."""
        try:
            job = self.store.get(what.job)
        except NotFound:
            return True
        if what.stage == "film" and job.status != "done":
            return True
        made = self._made(job, what)
        hooks.log(self.store.database, job.id, made)
        logger.info("%s: %s, try %d: %s", job.id, what.stage, what.number + 1, made.status or made.error)
        return made.arrived or made.status == _GONE

    def conclude(self, what: Due, through: bool) -> None:
        """Write down what a try means for the next."""
        pauses = self.courier.film_pauses if what.stage == "film" else self.courier.word_pauses
        if not through and what.number < len(pauses):
            hooks.again(self.store.database, what, pauses[what.number])
            return
        if not through:
            logger.warning("%s: %s was given up after %d tries", what.job, what.stage, what.number + 1)
        found = self.store.find(what.job) if what.stage == "film" else None
        hooks.settled(self.store.database, what, then_word=found is not None and bool(found.request.get("webhook")))

    def sweep(self, client: DBOSClient) -> None:
        """Remove what is left of deliveries that are over, and of jobs that are gone."""
        hooks.forget_orphans(self.store.database)
        over = client.list_workflows(
            name=queue.DELIVER, status=list(queue.OVER), limit=1000, load_input=False, load_output=False
        )
        if over:
            client.delete_workflows([row.workflow_id for row in over])

    def _made(self, job: Job, what: Due) -> Delivery:
        at, began, message, status, error = now_ms(), time.monotonic(), "", None, ""
        try:
            if what.stage == "film":
                status = self._hand_over(job)
            else:
                made = self.courier.compose(job)
                message = made.id
                status = self._tell(job, made)
        except TalkingError as failed:
            error = type(failed).__name__
        except Exception as failed:
            # Its type alone: the text may hold the address.
            logger.error("%s: %s failed: %s", job.id, what.stage, type(failed).__name__)
            error = "Internal"
        return Delivery(what.stage, what.number, message, at, round((time.monotonic() - began) * 1000), status, error)

    def _tell(self, job: Job, message: Message) -> int:
        return net.send(
            job.request["webhook"], io.BytesIO(message.body), len(message.body), headers=message.headers,
            timeout=_WORD_SECONDS, allow_private=self.courier.private_urls, network=self.network,
        )  # fmt: skip

    def _hand_over(self, job: Job) -> int:
        key = job.artefacts["video"]
        headers = {"Content-Type": _TYPES.get(key.rpartition(".")[2], "application/octet-stream")}
        with self.storage.open(key) as film:
            return net.send(
                job.request["result_url"], film, self.storage.size(key), method="PUT", headers=headers,
                timeout=_FILM_SECONDS, allow_private=self.courier.private_urls, network=self.network,
            )  # fmt: skip


def register(rounds: Rounds) -> None:
    """Define the workflow in this process. To be called once, before launching."""
    from dbos import DBOS

    @DBOS.step(name="attempt")
    def attempt(job: str, stage: hooks.Stage, number: int) -> bool:
        what = Due(job, stage, number)
        return rounds.attempt(what) if hooks.is_owed(rounds.store.database, what) else True

    @DBOS.step(name="conclude")
    def conclude(job: str, stage: hooks.Stage, number: int, through: bool) -> None:
        rounds.conclude(Due(job, stage, number), through)

    @DBOS.workflow(name=queue.DELIVER)
    def deliver(job: str, stage: hooks.Stage, number: int) -> None:
        conclude(job, stage, number, attempt(job, stage, number))
