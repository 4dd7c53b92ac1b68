"""Taking jobs in while no worker is there: nothing is lost, nothing is taken in twice, and what is overdue ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from talking.errors import NotFound
from talking.jobs import Database, Terms
from talking.jobs.dbos_engine import DbosEngine
from talking.jobs.retention import settle, sweep
from talking.request import Request
from talking.storage import Storage

Asked = Callable[..., Request]


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
