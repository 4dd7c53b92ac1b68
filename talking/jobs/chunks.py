"""The table of chunks: stretches of long films, each of which one worker at a time draws and says so once.

As in the table of jobs every change is one statement that says which state it starts from.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from talking.errors import Unavailable
from talking.jobs.database import Database
from talking.jobs.job import ACTIVE, now_ms
from talking.jobs.store import OUTCOME_PATIENCE
from talking.jobs.tables import CHUNKS, JOBS, WORKERS

STALLED_SECONDS = 600.0
"""A chunk of which nothing has been heard for so long is made by somebody else, though its worker lives."""

_TRIES = 20
"""To claim one of several chunks, while others do the same."""


@dataclass(frozen=True)
class Chunk:
    """The frames from `first` to before `end` of a job's film, as it is named by the hash `film`.

    `state` "waiting", "begun" by `worker` under the name of an attempt `token`, "failed" there, or "done"; `attempts`
    counts how often it was begun; `frames` of it are encoded; `key` of the file in the storage once it is done.
    """

    job: str
    film: str
    number: int
    first: int
    end: int
    state: str
    worker: str
    token: str
    attempts: int
    frames: int
    key: str


class Chunks:
    """The chunks in a `database`, where workers not heard of for `lease_seconds` count as dead. Each call is one
    transaction; all raise Unavailable while it is away.
    """

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database = database
        self._lease_ms = round(lease_seconds * 1000)

    def plan(self, job: str, film: str, maker: str, spans: Sequence[tuple[int, int]]) -> None:
        """Write down the chunks of a film. What is there of the same film by the same maker stays, done or not."""

        def work(connection: sa.Connection) -> None:
            mine = sa.and_(CHUNKS.c.job == job, CHUNKS.c.film == film, CHUNKS.c.maker == maker)
            if connection.execute(sa.select(sa.func.count()).select_from(CHUNKS).where(mine)).scalar_one():
                return
            connection.execute(sa.delete(CHUNKS).where(CHUNKS.c.job == job))
            new = {"job": job, "film": film, "maker": maker, "state": "waiting", **_NOBODYS}
            rows = [
                {**new, "number": number, "first": first, "end": end, "attempts": 0, "key": ""}
                for number, (first, end) in enumerate(spans)
            ]
            connection.execute(sa.insert(CHUNKS), rows)

        self._database.run(work, patience=OUTCOME_PATIENCE)

    def claim(self, job: str, worker: str, maker: str, *, last_resort: bool = False) -> Chunk | None:
        """The first chunk of a running job that nobody works on, now the `worker`'s; None when there is none.

        Those of dead workers are among them, and, as a `last_resort`, those that failed elsewhere.
        """
        age = self._database.clock() - WORKERS.c.seen_ms
        alive = sa.select(WORKERS.c.id).where(age < self._lease_ms)
        stalled = self._database.clock() - CHUNKS.c.told_ms > round(STALLED_SECONDS * 1000)
        orphaned = sa.and_(CHUNKS.c.state == "begun", sa.or_(CHUNKS.c.worker.not_in(alive), stalled))
        free = sa.or_(CHUNKS.c.state.in_(("waiting", "failed") if last_resort else ("waiting",)), orphaned)
        mine = sa.and_(CHUNKS.c.job == job, CHUNKS.c.maker == maker, _runs(job))
        first = sa.select(CHUNKS).where(mine, free).order_by(CHUNKS.c.number).limit(1)

        def work(connection: sa.Connection) -> Chunk | None:
            for _ in range(_TRIES):
                row = connection.execute(first).mappings().one_or_none()
                if row is None:
                    return None
                token = secrets.token_hex(8)
                as_seen = sa.and_(CHUNKS.c.state == row["state"], CHUNKS.c.token == row["token"])
                change = sa.update(CHUNKS).where(_is(row["job"], row["number"]), as_seen)
                taken = {"state": "begun", "worker": worker, "token": token, "attempts": row["attempts"] + 1}
                if connection.execute(change.values(**taken, frames=0, told_ms=self._database.clock())).rowcount:
                    return _chunk({**row, **taken, "frames": 0})
            return None

        return self._database.run(work)

    def tell(self, chunk: Chunk, frames: int) -> bool:
        """Say how many frames are encoded; whether to go on. While the database is away the work goes on."""
        change = sa.update(CHUNKS).where(_begun(chunk), _runs(chunk.job))
        change = change.values(frames=frames, told_ms=self._database.clock())
        try:
            return self._database.run(lambda connection: connection.execute(change).rowcount) == 1
        except Unavailable:
            return True

    def finish(self, chunk: Chunk, key: str) -> bool:
        """Record that a chunk is made and where it is; whether it counts."""
        return self._set(chunk, state="done", frames=chunk.end - chunk.first, key=key)

    def fail(self, chunk: Chunk) -> bool:
        """Record that a worker could not make a chunk: only the one that makes the film tries it again."""
        return self._set(chunk, state="failed", **_NOBODYS)

    def release(self, chunk: Chunk) -> bool:
        """Give a chunk back as if it had not been begun; whether that was still to be done."""
        return self._set(chunk, state="waiting", attempts=chunk.attempts - 1, **_NOBODYS)

    def redo(self, chunk: Chunk) -> None:
        """Have a chunk made again whose file is gone."""
        done = sa.and_(_is(chunk.job, chunk.number), CHUNKS.c.state == "done", CHUNKS.c.token == chunk.token)
        change = sa.update(CHUNKS).where(done).values(state="waiting", key="", **_NOBODYS)
        self._database.run(lambda connection: connection.execute(change))

    def give_up(self, worker: str) -> None:
        """Free what a worker of this name was at when it ended, before it starts again."""
        change = sa.update(CHUNKS).where(CHUNKS.c.worker == worker, CHUNKS.c.state == "begun")
        self._database.run(lambda connection: connection.execute(change.values(state="waiting", **_NOBODYS)))

    def of(self, job: str) -> tuple[Chunk, ...]:
        """All chunks of a job's film, in its order."""
        query = sa.select(CHUNKS).where(CHUNKS.c.job == job).order_by(CHUNKS.c.number)
        rows = self._database.run(lambda connection: connection.execute(query).mappings().all())
        return tuple(_chunk(dict(row)) for row in rows)

    def over(self, limit: int = 100) -> tuple[str, ...]:
        """Jobs that are over, or gone, and of which there are chunks."""
        query = sa.select(CHUNKS.c.job).distinct().where(_OVER).limit(limit)
        return tuple(self._database.run(lambda connection: connection.execute(query).scalars().all()))

    def is_over(self, job: str) -> bool:
        """Whether there are chunks of a job, and it is over, or gone."""
        query = sa.select(sa.func.count()).select_from(CHUNKS).where(CHUNKS.c.job == job, _OVER)
        return self._database.run(lambda connection: connection.execute(query).scalar_one()) > 0

    def forget(self, job: str) -> None:
        """Take the chunks of a job out of the table."""
        gone = sa.delete(CHUNKS).where(CHUNKS.c.job == job)
        self._database.run(lambda connection: connection.execute(gone))

    def _set(self, chunk: Chunk, **values: object) -> bool:
        change = sa.update(CHUNKS).where(_begun(chunk)).values(**values)
        return self._database.run(lambda found: found.execute(change).rowcount, patience=OUTCOME_PATIENCE) == 1


_OVER = CHUNKS.c.job.not_in(sa.select(JOBS.c.id).where(JOBS.c.status.in_(ACTIVE)))
_NOBODYS: dict[str, Any] = {"worker": "", "token": "", "frames": 0}


def _is(job: str, number: int) -> sa.ColumnElement[bool]:
    return sa.and_(CHUNKS.c.job == job, CHUNKS.c.number == number)


def _begun(chunk: Chunk) -> sa.ColumnElement[bool]:
    """The chunk as long as this attempt at it counts."""
    return sa.and_(_is(chunk.job, chunk.number), CHUNKS.c.state == "begun", CHUNKS.c.token == chunk.token)


def _runs(job: str) -> sa.ColumnElement[bool]:
    """Whether a job is being made and not overdue."""
    due = sa.or_(JOBS.c.deadline_ms.is_(None), JOBS.c.deadline_ms > now_ms())
    return sa.exists().where(JOBS.c.id == job, JOBS.c.status == "started", due)


def _chunk(row: dict[str, object]) -> Chunk:
    values: dict[str, object] = {name: row[name] for name in Chunk.__dataclass_fields__}
    return Chunk(**values)  # type: ignore[arg-type]
