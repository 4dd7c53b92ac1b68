"""What the table of jobs tells of the service as a whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from talking.jobs import Terms
from talking.jobs.figures import figures
from talking.jobs.job import now_ms
from talking.jobs.lease import Leases
from talking.jobs.store import Store
from talking.jobs.tables import DELIVERIES, JOBS
from talking.request import Request

Asked = Callable[..., Request]
FILM = {"num_frames": 50, "frames_per_second": 25.0, "seconds": {"portrait": 0.5, "film": 2.0, "total": 2.5}}


def age(store: Store, id: str, **columns: float) -> None:
    """Move times of a job, in seconds before now."""
    values = {name: now_ms() - round(seconds * 1000) for name, seconds in columns.items()}
    store.database.run(lambda found: found.execute(sa.update(JOBS).where(JOBS.c.id == id).values(values)))


def test_an_empty_service_has_noughts(store: Store) -> None:
    found = figures(store.database)
    assert set(found.jobs) == {"created", "started", "done", "error", "canceled", "timed_out"}
    assert set(found.jobs.values()) == {0}
    assert (found.oldest_waiting, found.workers, found.films, found.frames_per_second) == (0.0, 0, 0, 0.0)


def test_the_figures_are_those_of_all_jobs(store: Store, asked: Asked) -> None:
    ids = [store.add(asked(), Terms())[0].id for _ in range(6)]
    for id in ids[:4]:
        store.begin(id, "a")
    assert store.finish(ids[0], "a", {}, FILM)
    assert store.finish(ids[1], "a", {}, {**FILM, "num_frames": 100})
    assert store.fail(ids[2], "a", "No face.", "NoFace")
    age(store, ids[4], created_ms=90)
    age(store, ids[0], created_ms=10, started_ms=8)
    age(store, ids[1], created_ms=20, started_ms=18)
    Leases(store.database).beat("worker-1")
    owing = store.add(asked(webhook="https://example.org/hook"), Terms())[0].id
    store.begin(owing, "a")
    store.fail(owing, "a", "No face.", "NoFace")
    store.add(asked(webhook="https://example.org/hook"), Terms())  # owes nothing yet
    tries = [
        {
            "job": owing,
            "stage": "word",
            "number": number,
            "message": "m",
            "at_ms": at,
            "ms": 1,
            "status": status,
            "error": "",
        }
        for number, at, status in ((0, 5, 200), (1, now_ms(), None), (2, now_ms(), 503), (3, now_ms(), 204))
    ]
    store.database.run(lambda connection: connection.execute(sa.insert(DELIVERIES).values(tries)))
    found = figures(store.database)
    assert (found.owed, found.tries) == (1, {True: 1, False: 2})
    assert found.jobs == {"created": 3, "started": 1, "done": 2, "error": 2, "canceled": 0, "timed_out": 0}
    assert 89 < found.oldest_waiting < 120
    assert found.workers == 1
    assert found.ended == {("done", ""): 2, ("error", "NoFace"): 2}
    assert (found.films, found.frames, found.stages) == (2, 150, {"portrait": 1.0, "film": 4.0})
    assert found.frames_per_second == pytest.approx(37.5)
    assert found.waited == pytest.approx(4.0, abs=0.1)


def test_what_is_long_over_is_not_recent(store: Store, asked: Asked) -> None:
    id = store.add(asked(), Terms())[0].id
    store.begin(id, "a")
    store.finish(id, "a", {}, {"num_frames": 50})
    assert figures(store.database).frames_per_second == 0.0  # recorded before times were
    age(store, id, finished_ms=3700)
    found = figures(store.database)
    assert found.jobs["done"] == 1
    assert (found.ended, found.films) == ({}, 0)
