"""The table of jobs: the one truth about what was asked for, how far it is and what came of it.

Every change is one statement that says which state it starts from, so that of two that come at once only one counts:
a job ends once, whoever cancels, finishes or takes it over at the same moment.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from talking.errors import InvalidRequest, NotFound, QueueFull, Unavailable
from talking.jobs.database import Database
from talking.jobs.hooks import owe
from talking.jobs.job import ACTIVE, FINISHED, ID, Job, Page, Progress, Status, Terms, new_id, now_ms
from talking.jobs.page_token import read_token, write_token
from talking.jobs.tables import JOBS, create
from talking.request import Request

MAX_PAGE = 100

OUTCOME_PATIENCE = 600.0
"""Seconds for which an outcome is tried to be written while the database is away: work of minutes hangs on it."""

_UNBEGUN: dict[str, Any] = {"stage": "", "done": 0, "total": 0}
_BY_ID = sa.select(JOBS).where(JOBS.c.id == sa.bindparam("id"))
"""Made once, as the next: nothing is asked for more often."""


def _ahead() -> sa.Select[Any]:
    priority: sa.BindParameter[int] = sa.bindparam("priority")
    created_ms: sa.BindParameter[int] = sa.bindparam("created_ms")
    sooner = sa.or_(
        JOBS.c.priority < priority, sa.and_(JOBS.c.priority == priority, JOBS.c.created_ms < created_ms)
    )  # fmt: skip
    waiting = sa.and_(JOBS.c.status == "created", JOBS.c.id != sa.bindparam("id"), sooner)
    return sa.select(sa.func.count()).select_from(JOBS).where(sa.or_(JOBS.c.status == "started", waiting))


_AHEAD = _ahead()

_OVERDUE = "This took longer than it was given. Ask for less, or allow more time."


class Store:
    """The jobs in a `database`. Each call is one transaction; all raise Unavailable while it is away."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def prepare(self) -> None:
        """Make the tables, where they are missing."""
        self.database.prepare(create)

    def add(self, request: Request, terms: Terms, id: str | None = None) -> tuple[Job, bool]:
        """As `insert`, in a transaction of its own."""
        return self.once(terms, lambda: self.database.run(lambda connection: insert(connection, request, terms, id)))

    def once(self, terms: Terms, attempt: Any) -> tuple[Job, bool]:
        """What `attempt` gives; when another request with the same key came in at the same moment, it is made again."""
        try:
            result: tuple[Job, bool] = attempt()
        except IntegrityError:
            if terms.idempotency_key is None:
                raise
            result = attempt()
        return result

    def get(self, id: str, *, owner: str | None = None) -> Job:
        """The job; only when it is the `owner`'s, where one is given. Raises NotFound."""
        found = self.find(id)
        if found is None or (owner is not None and found.owner != owner):
            raise NotFound("There is no such job, or no longer.")
        return found

    def find(self, id: str) -> Job | None:
        """The job, None when there is none."""
        if not ID.fullmatch(id):
            return None
        row = self.database.run(lambda connection: connection.execute(_BY_ID, {"id": id}).mappings().one_or_none())
        return None if row is None else _job(row)

    def page(
        self, *, owner: str | None = None, limit: int = 10, token: str = "", dialect: str = "",
        statuses: Sequence[Status] = (),
    ) -> Page:  # fmt: skip
        """Up to `limit` jobs, 1 to MAX_PAGE, newest first, from where `token` says. Raises InvalidRequest."""
        if not 1 <= limit <= MAX_PAGE:
            raise InvalidRequest(f"A page holds 1 to {MAX_PAGE} jobs.")
        query = sa.select(JOBS).order_by(JOBS.c.created_ms.desc(), JOBS.c.id.desc()).limit(limit + 1)
        if owner is not None:
            query = query.where(JOBS.c.owner == owner)
        if dialect:
            query = query.where(JOBS.c.dialect == dialect)
        if statuses:
            query = query.where(JOBS.c.status.in_(statuses))
        if token:
            created, last = read_token(token)
            before = sa.and_(JOBS.c.created_ms == created, JOBS.c.id < last)
            query = query.where(sa.or_(JOBS.c.created_ms < created, before))
        rows = self.database.run(lambda connection: connection.execute(query).mappings().all())
        jobs = tuple(_job(row) for row in rows[:limit])
        return Page(jobs, write_token(jobs[-1].created_ms, jobs[-1].id) if len(rows) > limit else "")

    def ahead(self, job: Job) -> int:
        """How many jobs come before a waiting one, those that run among them."""
        told = {"id": job.id, "priority": job.priority, "created_ms": job.created_ms}
        return int(self.database.run(lambda connection: connection.execute(_AHEAD, told).scalar_one()))

    def count(self, *statuses: Status) -> int:
        """How many jobs are in these states."""
        return self._count(JOBS.c.status.in_(statuses))

    def begin(self, id: str, attempt: str) -> Job | None:
        """Take a job up under the name of an `attempt`, from which on no earlier one counts; None when it is over."""

        def work(connection: sa.Connection) -> Job | None:
            changes = {
                "status": "started",
                "attempt": attempt,
                "attempts": JOBS.c.attempts + 1,
                **_UNBEGUN,
                "started_ms": sa.func.coalesce(JOBS.c.started_ms, now_ms()),
            }
            taken = connection.execute(sa.update(JOBS).where(_is(id, *ACTIVE)).values(changes)).rowcount
            return _found(connection, JOBS.c.id == id) if taken else None

        return self.database.run(work, patience=OUTCOME_PATIENCE)

    def publish(self, id: str, attempt: str, progress: Progress) -> bool:
        """Tell how far an attempt is; whether it is to go on: not when the job was canceled, is overdue or was taken
        over. While the database is away it goes on.
        """
        values = {"stage": progress.stage, "done": progress.done, "total": progress.total}
        due = sa.or_(JOBS.c.deadline_ms.is_(None), JOBS.c.deadline_ms > now_ms())
        change = sa.update(JOBS).where(_is(id, "started"), JOBS.c.attempt == attempt, due).values(values)
        try:
            return self.database.run(lambda connection: connection.execute(change).rowcount) == 1
        except Unavailable:
            return True

    def finish(self, id: str, attempt: str, artefacts: Mapping[str, str], facts: Mapping[str, Any]) -> bool:
        """Record that an attempt made the film; whether it counts."""
        values = {"artefacts": json.dumps(dict(artefacts)), "facts": json.dumps(dict(facts))}
        return self._end(id, "done", values, attempt=attempt)

    def fail(self, id: str, attempt: str | None, error: str, kind: str) -> bool:
        """Record that a job failed; whether that counts. Without an `attempt` whichever there is failed."""
        return self._end(id, "error", {"error": error, "error_kind": kind}, attempt=attempt)

    def cancel(self, id: str) -> bool:
        """End a job because its owner wants it; whether that counts."""
        return self._end(id, "canceled", {})

    def release(self, id: str, attempt: str) -> bool:
        """Give a job back that a worker which leaves had begun, as if it had not."""
        values = {"status": "created", "attempt": "", "attempts": JOBS.c.attempts - 1, **_UNBEGUN}
        change = sa.update(JOBS).where(_is(id, "started"), JOBS.c.attempt == attempt).values(values)
        return self.database.run(lambda connection: connection.execute(change).rowcount, patience=5.0) == 1

    def overdue(self) -> tuple[str, ...]:
        """End all jobs whose deadline has passed; their ids."""
        late = sa.and_(JOBS.c.status.in_(ACTIVE), JOBS.c.deadline_ms <= now_ms())
        ids = self._ids(late, 1000)
        return tuple(id for id in ids if self._end(id, "timed_out", {"error": _OVERDUE, "error_kind": "TimedOut"}))

    def expired(self, limit: int = 100) -> tuple[str, ...]:
        """Finished jobs whose time to be kept is over."""
        return self._ids(sa.and_(JOBS.c.status.in_(FINISHED), JOBS.c.expires_ms <= now_ms()), limit)

    def with_artefact(self, name: str, before_ms: int, limit: int = 100) -> tuple[str, ...]:
        """Jobs done before a moment that still have an artefact of this name."""
        has = JOBS.c.artefacts.contains(f'"{name}": ', autoescape=True)
        return self._ids(sa.and_(JOBS.c.status == "done", JOBS.c.finished_ms <= before_ms, has), limit)

    def drop_artefact(self, id: str, name: str) -> None:
        """Take an artefact of a job that is done out of the table."""

        def work(connection: sa.Connection) -> None:
            job = _found(connection, _is(id, "done"))
            if job is not None:
                rest = {each: key for each, key in job.artefacts.items() if each != name}
                connection.execute(sa.update(JOBS).where(_is(id, "done")).values(artefacts=json.dumps(rest)))

        self.database.run(work)

    def active(self, limit: int = 10_000) -> tuple[str, ...]:
        """Jobs that wait or run, the oldest first."""
        return self._ids(JOBS.c.status.in_(ACTIVE), limit)

    def there(self, ids: Collection[str]) -> frozenset[str]:
        """Those of these jobs that are in the table."""
        query = sa.select(JOBS.c.id).where(JOBS.c.id.in_(ids))
        return frozenset(self.database.run(lambda connection: connection.execute(query).scalars().all()))

    def forget(self, id: str) -> None:
        """Take a finished job out of the table."""
        gone = sa.delete(JOBS).where(_is(id, *FINISHED))
        self.database.run(lambda connection: connection.execute(gone))

    def _end(self, id: str, status: Status, values: Mapping[str, Any], *, attempt: str | None = None) -> bool:
        now = now_ms()
        where = [_is(id, *ACTIVE)] if attempt is None else [_is(id, "started"), JOBS.c.attempt == attempt]
        change = sa.update(JOBS).where(*where)
        change = change.values(status=status, finished_ms=now, expires_ms=JOBS.c.keep_ms + now, **values)
        return self.database.run(lambda found: found.execute(change).rowcount, patience=OUTCOME_PATIENCE) == 1

    def _ids(self, where: sa.ColumnElement[bool], limit: int) -> tuple[str, ...]:
        query = sa.select(JOBS.c.id).where(where).order_by(JOBS.c.created_ms).limit(limit)
        return tuple(self.database.run(lambda connection: connection.execute(query).scalars().all()))

    def _count(self, where: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(JOBS).where(where)
        return int(self.database.run(lambda connection: connection.execute(query).scalar_one()))


def insert(connection: sa.Connection, request: Request, terms: Terms, id: str | None = None) -> tuple[Job, bool]:
    """A new job and True, or, when its owner has used the idempotency key before, the job of then and False.

    Raises InvalidRequest when that was for something else, and QueueFull.
    """
    document = json.dumps(request.document(), sort_keys=True)
    if terms.idempotency_key is not None:
        known = _found(connection, JOBS.c.owner == terms.owner, JOBS.c.idempotency_key == terms.idempotency_key)
        if known is not None:
            if json.dumps(known.request, sort_keys=True) != document:
                raise InvalidRequest("This idempotency key was used for another request. Take a new one.")
            return known, False
    if terms.most_waiting is not None:
        waiting = sa.select(sa.func.count()).select_from(JOBS).where(JOBS.c.status == "created")
        if connection.execute(waiting).scalar_one() >= terms.most_waiting:
            raise QueueFull("So many videos wait already that no more are taken in now. Try again in a while.")
    values = _new_row(request, document, terms, id or new_id())
    connection.execute(sa.insert(JOBS).values(values))
    owe(connection, values["id"], request)
    added = _found(connection, JOBS.c.id == values["id"])
    assert added is not None
    return added, True


def _new_row(request: Request, document: str, terms: Terms, id: str) -> dict[str, Any]:
    if not ID.fullmatch(id):
        raise InvalidRequest("The id of a job is 8 to 64 letters, digits, dashes and underscores.")
    created = now_ms()
    keep = None if request.persist else terms.keep_seconds
    return {
        "id": id,
        "owner": terms.owner,
        "dialect": terms.dialect,
        "request": document,
        "status": "created",
        "priority": terms.priority,
        "extra": json.dumps(dict(terms.extra)),
        "user_data": request.user_data,
        "idempotency_key": terms.idempotency_key,
        "created_ms": created,
        "deadline_ms": None if terms.deadline_seconds is None else created + round(terms.deadline_seconds * 1000),
        "keep_ms": None if keep is None else round(keep * 1000),
    }


def _is(id: str, *statuses: Status) -> sa.ColumnElement[bool]:
    return sa.and_(JOBS.c.id == id, JOBS.c.status.in_(statuses))


def _found(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> Job | None:
    row = connection.execute(sa.select(JOBS).where(*where)).mappings().one_or_none()
    return _job(row) if row is not None else None


def _job(row: sa.RowMapping) -> Job:
    objects = {name: json.loads(row[name]) for name in ("request", "artefacts", "facts", "extra")}
    progress = Progress(row["stage"], row["done"], row["total"])
    plain = (
        *("id", "owner", "dialect", "status", "priority", "attempts", "attempt", "error", "error_kind", "user_data"),
        *("created_ms", "started_ms", "finished_ms", "deadline_ms", "expires_ms"),
    )
    return Job(progress=progress, **objects, **{name: row[name] for name in plain})
