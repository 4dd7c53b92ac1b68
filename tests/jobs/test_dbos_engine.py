"""Taking jobs in while no worker is there: nothing is lost, nothing is taken in twice, and what is overdue ends."""

from __future__ import annotations

import base64
import logging
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos._error import DBOSAwaitedWorkflowCancelledError

from talking.errors import NotFound
from talking.jobs import Database, Terms
from talking.jobs.dbos_engine import DbosEngine
from talking.jobs.retention import forget_rows, settle, sweep
from talking.request import Request
from talking.storage import Storage

Asked = Callable[..., Request]


class Trap:
    """Makes a file when its pickle is read."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.file,))


@pytest.fixture
def engine(database_url: str) -> Iterator[DbosEngine]:
    made = DbosEngine(Database(database_url))
    yield made
    made.close()


def queued(engine: DbosEngine) -> dict[str, str]:
    """What is in the queue, by id."""
    return {row.workflow_id: row.status for row in engine._client.list_workflows()}


def test_a_job_is_in_the_table_and_in_the_queue_or_in_neither(
    engine: DbosEngine, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = engine.enqueue(asked(), Terms(owner="a"))
    assert queued(engine) == {job.id: "ENQUEUED"}
    assert engine.status(job.id, owner="a") == job
    assert engine.list(owner="a").jobs == (job,)
    monkeypatch.setattr(engine._client, "enqueue_in_transaction", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        engine.enqueue(asked("Another."), Terms(owner="a"))
    assert engine.list(owner="a").jobs == (job,)


def test_asking_twice_with_a_key_queues_once(engine: DbosEngine, asked: Asked) -> None:
    terms = Terms(owner="a", idempotency_key="order-7")
    assert engine.enqueue(asked(), terms) == engine.enqueue(asked(), terms)
    assert len(queued(engine)) == 1


def test_a_canceled_job_leaves_the_queue(engine: DbosEngine, asked: Asked) -> None:
    job = engine.enqueue(asked(), Terms(owner="a"))
    with pytest.raises(NotFound):
        engine.cancel(job.id, owner="b")
    assert engine.cancel(job.id, owner="a").status == "canceled"
    assert queued(engine) == {job.id: "CANCELLED"}


def test_what_is_overdue_ends_without_a_worker(engine: DbosEngine, asked: Asked) -> None:
    job = engine.enqueue(asked(), Terms(deadline_seconds=-1))
    assert engine.status(job.id).status == "timed_out"


def test_a_job_that_the_queue_is_through_with_does_not_wait_for_ever(engine: DbosEngine, asked: Asked) -> None:
    lost, waiting = engine.enqueue(asked()), engine.enqueue(asked())
    engine._client.cancel_workflow(lost.id)
    assert settle(engine.store, engine._client) == (lost.id,)
    assert engine.status(lost.id).status == "error"
    assert engine.status(waiting.id).status == "created"


def test_what_has_expired_leaves_the_queue_too(engine: DbosEngine, asked: Asked, tmp_path) -> None:
    job = engine.enqueue(asked(), Terms(keep_seconds=-1))
    engine.cancel(job.id)
    assert sweep(engine.store, Storage(str(tmp_path / "kept")), engine._client) == (job.id,)
    assert queued(engine) == {}
    with pytest.raises(NotFound):
        engine.status(job.id)


def test_what_is_deleted_leaves_the_queue_at_once_or_when_it_has_ended(engine: DbosEngine, asked: Asked) -> None:
    ended, running = engine.enqueue(asked()), engine.enqueue(asked())
    engine.cancel(ended.id)
    engine.forget(ended.id)
    assert list(queued(engine)) == [running.id]
    with pytest.raises(NotFound):
        engine.status(ended.id)

    engine.store.cancel(running.id)  # and its worker has not heard of that yet
    engine.forget(running.id)
    assert queued(engine) == {running.id: "ENQUEUED"}
    assert forget_rows(engine.store, engine._client) == 0
    engine._client.cancel_workflow(running.id)
    kept = engine.enqueue(asked())
    engine.cancel(kept.id)
    assert forget_rows(engine.store, engine._client) == 1
    assert list(queued(engine)) == [kept.id]


def test_pickles_in_the_database_are_not_read(
    engine: DbosEngine, asked: Asked, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job = engine.enqueue(asked())
    trap = base64.b64encode(pickle.dumps(Trap(tmp_path / "sprung"))).decode()
    schema = "" if engine.store.database.embedded else "dbos."
    for change in ("status SET serialization = 'py_pickle'", "input SET inputs = :trap"):
        spring = sa.text(f"UPDATE {schema}workflow_{change} WHERE workflow_uuid = :id")
        values = {"id": job.id} | ({"trap": trap} if ":trap" in change else {})
        with engine.store.database.engine.begin() as connection:
            connection.execute(spring, values)
    (row,) = engine._client.list_workflows()
    assert not (tmp_path / "sprung").exists()
    assert row.input == trap and "pickles are not read here" in caplog.text  # type: ignore[comparison-overlap]


def test_only_unforeseen_errors_of_the_queue_are_logged(engine: DbosEngine, caplog: pytest.LogCaptureFixture) -> None:
    engine.store.count()
    for error in (DBOSAwaitedWorkflowCancelledError("tlk_canceled"), RuntimeError("disk on fire")):
        logging.getLogger("dbos").error("background", exc_info=error)
    assert "disk on fire" in caplog.text and "tlk_canceled" not in caplog.text


def test_postgres_is_not_waited_for_without_end() -> None:
    told = sa.make_url(Database("postgresql://me:p%40ss@db/x?connect_timeout=3").url)
    assert (told.password, told.query["connect_timeout"], told.query["tcp_user_timeout"]) == ("p@ss", "3", "30000")
    assert sa.make_url(Database("postgresql://me@db/x").url).query["connect_timeout"] == "10"
