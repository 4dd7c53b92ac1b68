"""What the table of jobs tells about the service as a whole: the same to whichever process asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from talking.jobs.database import Database
from talking.jobs.job import ACTIVE, FINISHED, now_ms
from talking.jobs.lease import Leases
from talking.jobs.tables import DELIVERIES, HOOKS, JOBS

RECENT_SECONDS = 3600.0
"""What has finished within this time is "recent"."""

MOST_RECENT = 1000
"""Films of the recent past, the latest, whose times are looked at."""


@dataclass(frozen=True)
class Figures:
    """`jobs` in each state; `oldest_waiting` seconds that the first in the queue has waited, 0.0 for none; `workers`
    heard of lately. Of the recent past: `ended` jobs by state and kind of error, empty for none; `films` looked at,
    their `frames`, the seconds in each of their `stages` together, and the seconds they `waited` before they began;
    `tries` to deliver webhooks and films, by whether they arrived. `owed` deliveries of jobs that are over.
    """

    jobs: Mapping[str, int]
    oldest_waiting: float
    workers: int
    ended: Mapping[tuple[str, str], int]
    films: int
    frames: int
    stages: Mapping[str, float]
    waited: float
    tries: Mapping[bool, int]
    owed: int

    @property
    def frames_per_second(self) -> float:
        """At which recent films were made, the making of frames alone; 0.0 for none."""
        seconds = self.stages.get("film", 0.0)
        return self.frames / seconds if seconds > 0 else 0.0


def figures(database: Database) -> Figures:
    """The figures as they are now. Raises Unavailable."""
    now = now_ms()
    since = now - round(RECENT_SECONDS * 1000)
    recent = JOBS.c.finished_ms > since
    how_many = sa.func.count()
    by_state = sa.select(JOBS.c.status, how_many).group_by(JOBS.c.status)
    oldest = sa.select(sa.func.min(JOBS.c.created_ms)).where(JOBS.c.status == "created")
    by_end = sa.select(JOBS.c.status, JOBS.c.error_kind, how_many).where(recent)
    by_end = by_end.group_by(JOBS.c.status, JOBS.c.error_kind)
    films = sa.select(JOBS.c.facts, JOBS.c.created_ms, JOBS.c.started_ms).where(recent, JOBS.c.status == "done")
    films = films.order_by(JOBS.c.finished_ms.desc()).limit(MOST_RECENT)

    workers = len(Leases(database).alive())

    arrived = sa.func.coalesce(DELIVERIES.c.status.between(200, 299), sa.false())
    by_luck = sa.select(arrived.label("arrived"), how_many).where(DELIVERIES.c.at_ms > since).group_by("arrived")
    over = sa.and_(JOBS.c.id == HOOKS.c.job, JOBS.c.status.in_(FINISHED))
    owed = sa.select(how_many).select_from(HOOKS).join(JOBS, over)

    def work(connection: sa.Connection) -> Figures:
        states = {status: int(number) for status, number in connection.execute(by_state)}
        first = connection.execute(oldest).scalar_one()
        ended = {(status, kind): int(number) for status, kind, number in connection.execute(by_end)}
        rows = connection.execute(films).all()
        tries = {bool(arrived): int(number) for arrived, number in connection.execute(by_luck)}
        facts = [json.loads(row.facts) for row in rows]
        return Figures(
            jobs={status: states.get(status, 0) for status in (*ACTIVE, *FINISHED)},
            oldest_waiting=0.0 if first is None else max(0.0, (now - first) / 1000),
            workers=workers,
            ended=ended,
            films=len(rows),
            frames=sum(int(each["num_frames"]) for each in facts if "seconds" in each),
            stages=_stages(facts),
            waited=sum((row.started_ms - row.created_ms) / 1000 for row in rows if row.started_ms),
            tries={True: 0, False: 0, **tries},
            owed=int(connection.execute(owed).scalar_one()),
        )

    return database.run(work)


def _stages(facts: list[dict[str, Any]]) -> dict[str, float]:
    """Seconds in each stage of all films together; those of before this was noted do not count."""
    stages: dict[str, float] = {}
    for each in facts:
        for stage, seconds in each.get("seconds", {}).items():
            if stage != "total":
                stages[stage] = stages.get(stage, 0.0) + float(seconds)
    return stages
