"""The table of chunks: each is one worker's at a time, and of two that say something about it only one counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from talking.jobs import Terms
from talking.jobs.chunks import STALLED_SECONDS, Chunk, Chunks
from talking.jobs.lease import Leases
from talking.jobs.store import Store
from talking.jobs.tables import CHUNKS
from talking.request import Request

Asked = Callable[..., Request]
SPANS = ((0, 25), (25, 50), (50, 80))


@pytest.fixture
def chunks(store: Store) -> Chunks:
    leases = Leases(store.database)
    for name in ("ann", "bob"):
        leases.beat(name)
    return Chunks(store.database, 30.0)


@pytest.fixture
def job(store: Store, chunks: Chunks, asked: Asked) -> str:
    """A job that is being made, with three chunks that wait."""
    made, _ = store.add(asked(), Terms(keep_seconds=60))
    store.begin(made.id, "first")
    chunks.plan(made.id, "film", "us", SPANS)
    return made.id


def claimed(chunks: Chunks, job: str, worker: str = "ann", **how: bool) -> Chunk:
    found = chunks.claim(job, worker, "us", **how)
    assert found is not None
    return found


def test_each_chunk_goes_to_one_worker_in_the_order_of_the_film(chunks: Chunks, job: str) -> None:
    mine, theirs = claimed(chunks, job), claimed(chunks, job, "bob")
    assert [(chunk.number, chunk.first, chunk.end, chunk.attempts) for chunk in (mine, theirs)] == [
        (0, 0, 25, 1),
        (1, 25, 50, 1),
    ]
    assert chunks.claim(job, "bob", "other versions") is None
    assert chunks.tell(theirs, 7)
    assert chunks.finish(mine, "chunks/a/b/c.mp4")
    assert not chunks.finish(mine, "chunks/a/b/d.mp4")
    assert [(chunk.state, chunk.frames, chunk.key) for chunk in chunks.of(job)] == [
        ("done", 25, "chunks/a/b/c.mp4"),
        ("begun", 7, ""),
        ("waiting", 0, ""),
    ]


def test_what_a_dead_worker_or_one_that_hangs_was_at_is_made_again(store: Store, chunks: Chunks, job: str) -> None:
    gone = claimed(chunks, job, "carl")  # of whom nothing was ever heard
    again = claimed(chunks, job)
    assert (again.number, again.attempts) == (0, 2)
    assert not chunks.tell(gone, 3)
    assert not chunks.finish(gone, "chunks/a/b/c.mp4")
    long_ago = sa.update(CHUNKS).values(told_ms=CHUNKS.c.told_ms - round(STALLED_SECONDS * 1000) - 1)
    store.database.run(lambda connection: connection.execute(long_ago))
    assert claimed(chunks, job, "bob").number == 0
    chunks.give_up("bob")
    assert [(chunk.number, chunk.attempts) for chunk in [claimed(chunks, job)]] == [(0, 4)]


def test_what_failed_elsewhere_is_for_the_worker_that_makes_the_film(chunks: Chunks, job: str) -> None:
    assert chunks.fail(claimed(chunks, job, "bob"))
    assert claimed(chunks, job, "bob").number == 1
    back = claimed(chunks, job, last_resort=True)
    assert back.number == 0
    assert chunks.release(back)
    assert (chunks.of(job)[0].state, chunks.of(job)[0].attempts) == ("waiting", 1)


def test_nothing_goes_on_when_the_job_is_over(store: Store, chunks: Chunks, job: str) -> None:
    mine = claimed(chunks, job)
    assert not chunks.is_over(job)
    store.cancel(job)
    assert not chunks.tell(mine, 1)
    assert chunks.claim(job, "bob", "us") is None
    assert chunks.is_over(job)
    assert chunks.over() == (job,)
    chunks.forget(job)
    assert chunks.over() == ()


def test_what_is_done_of_the_same_film_stays(chunks: Chunks, job: str) -> None:
    assert chunks.finish(claimed(chunks, job), "chunks/a/b/c.mp4")
    chunks.plan(job, "film", "us", SPANS)
    assert chunks.of(job)[0].state == "done"
    chunks.redo(chunks.of(job)[0])
    assert (chunks.of(job)[0].state, chunks.of(job)[0].key) == ("waiting", "")
    chunks.plan(job, "another film", "us", SPANS[:2])
    assert [(chunk.film, chunk.state) for chunk in chunks.of(job)] == [("another film", "waiting")] * 2
