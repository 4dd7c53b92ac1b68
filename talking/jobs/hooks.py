"""What is owed to the outside when a job is over, when it falls due, and the log of every try.

A job with a `result_url` owes its film first, then, with a `webhook`, word of its end. What is owed is written in the
transaction that takes the job in, and falls due when the job is over, however it came to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import sqlalchemy as sa

from talking.jobs.database import Database
from talking.jobs.job import FINISHED, now_ms
from talking.jobs.tables import DELIVERIES, HOOKS, JOBS
from talking.request import Request

Stage: TypeAlias = Literal["film", "word"]

_OVERDUE_MS = 3_600_000
"""A try of which nothing has been heard for so long is made again."""

_PATIENCE = 600.0


@dataclass(frozen=True)
class Due:
    """A try to be made now, the first `number` being 0."""

    job: str
    stage: Stage
    number: int


@dataclass(frozen=True)
class Delivery:
    """A try that was made: `at_ms` when it began, `ms` it took, and what was answered: a `status`, or None and the
    kind of `error`. `message` is the id that stays the same from try to try; empty for films.
    """

    stage: Stage
    number: int
    message: str
    at_ms: int
    ms: int
    status: int | None
    error: str

    @property
    def arrived(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


def owe(connection: sa.Connection, job: str, request: Request) -> None:
    """Write down what a new job will owe; nothing for most."""
    if request.webhook or request.result_url:
        stage = "film" if request.result_url else "word"
        connection.execute(sa.insert(HOOKS).values(job=job, stage=stage, number=0, due_ms=0))


def due(connection: sa.Connection, limit: int = 100) -> tuple[Due, ...]:
    """What is to be tried now, the longest due first. It falls due again after an hour, should nothing come of it."""
    now = now_ms()
    over = sa.and_(JOBS.c.id == HOOKS.c.job, JOBS.c.status.in_(FINISHED))
    query = sa.select(HOOKS).join(JOBS, over).where(HOOKS.c.due_ms <= now).order_by(HOOKS.c.due_ms).limit(limit)
    found = []
    for row in connection.execute(query).mappings().all():
        # Two workers may look at once: only one of them finds the row as it was.
        mine = sa.update(HOOKS).where(HOOKS.c.job == row["job"], HOOKS.c.due_ms == row["due_ms"])
        if connection.execute(mine.values(due_ms=now + _OVERDUE_MS)).rowcount:
            found.append(Due(row["job"], row["stage"], row["number"]))
    return tuple(found)


def is_owed(database: Database, what: Due) -> bool:
    """Whether this try is still to be made."""
    query = sa.select(sa.func.count()).select_from(HOOKS).where(_row(what))
    return database.run(lambda connection: connection.execute(query).scalar_one(), patience=_PATIENCE) == 1


def again(database: Database, what: Due, seconds: float) -> None:
    """Try the same thing again after a while. To say so twice changes nothing."""
    values = {"number": what.number + 1, "due_ms": now_ms() + round(seconds * 1000)}
    change = sa.update(HOOKS).where(_row(what)).values(values)
    database.run(lambda connection: connection.execute(change), patience=_PATIENCE)


def settled(database: Database, what: Due, *, then_word: bool) -> None:
    """Nothing more comes of this stage: `then_word` goes on to the next, else nothing is owed any more."""
    change: sa.Delete | sa.Update = sa.delete(HOOKS).where(_row(what))
    if then_word:
        change = sa.update(HOOKS).where(_row(what)).values(stage="word", number=0, due_ms=now_ms())
    database.run(lambda connection: connection.execute(change), patience=_PATIENCE)


def log(database: Database, job: str, made: Delivery) -> None:
    """Add a try to the log: neither what was sent nor where to, for addresses and tokens may be secrets."""
    values = {"job": job, **vars(made)}
    database.run(lambda connection: connection.execute(sa.insert(DELIVERIES).values(values)), patience=_PATIENCE)


def deliveries(database: Database, job: str) -> tuple[Delivery, ...]:
    """All tries for a job, the first one first."""
    query = sa.select(DELIVERIES).where(DELIVERIES.c.job == job).order_by(DELIVERIES.c.id)
    rows = database.run(lambda connection: connection.execute(query).mappings().all())
    names = Delivery.__dataclass_fields__
    return tuple(Delivery(**{name: row[name] for name in names}) for row in rows)


def forget_orphans(database: Database) -> None:
    """Remove what is kept for jobs that are gone."""
    there = sa.select(JOBS.c.id)

    def work(connection: sa.Connection) -> None:
        for table in (HOOKS, DELIVERIES):
            connection.execute(sa.delete(table).where(table.c.job.not_in(there)))

    database.run(work)


def _row(what: Due) -> sa.ColumnElement[bool]:
    return sa.and_(HOOKS.c.job == what.job, HOOKS.c.stage == what.stage, HOOKS.c.number == what.number)
