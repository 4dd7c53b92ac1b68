"""Deliveries: what is owed falls due when the job is over, is tried until it arrives, and survives what is killed."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from receiver import Receiver

from talking.errors import Unavailable
from talking.jobs import Database, Job, Terms, hooks
from talking.jobs.courier import FILM_PAUSES, WORD_PAUSES, Courier, Message, Rounds
from talking.jobs.dbos_engine import DbosEngine
from talking.jobs.hooks import Due
from talking.jobs.store import Store
from talking.jobs.supervise import Supervisor
from talking.jobs.worker import WorkerConfig
from talking.request import Request
from talking.storage import Storage

Until = Callable[..., None]


def compose(job: Job) -> Message:
    return Message(f"msg_{job.id}", json.dumps({"id": job.id, "status": job.status}).encode(), {"webhook-id": "x"})


@pytest.fixture
def rounds(store: Store, tmp_path: Path) -> Rounds:
    return Rounds(Courier(compose, private_urls=True), store, Storage(str(tmp_path / "kept")))


def ended(rounds: Rounds, film: bytes | None = None, **fields: str) -> Job:
    """A job that is over: done with that film, or failed."""
    job, _ = rounds.store.add(Request("portrait.jpg", text="Hi", **fields), Terms())
    assert rounds.store.begin(job.id, "a") is not None
    if film is None:
        assert rounds.store.fail(job.id, "a", "No face.", "NoFace")
    else:
        place = Path(rounds.storage._root) / "results" / job.id / "film.mp4"
        place.parent.mkdir(parents=True)
        place.write_bytes(film)
        assert rounds.store.finish(job.id, "a", {"video": f"results/{job.id}/film.mp4"}, {})
    return rounds.store.get(job.id)


def due(rounds: Rounds) -> tuple[Due, ...]:
    return rounds.store.database.run(hooks.due)


def go(rounds: Rounds, what: Due) -> None:
    rounds.conclude(what, rounds.attempt(what))


def test_a_day_of_tries() -> None:
    assert sum(WORD_PAUSES) == 86_400
    assert sum(FILM_PAUSES) < 15 * 60
    assert list(WORD_PAUSES) == sorted(WORD_PAUSES)


def test_only_what_is_over_and_owes_falls_due_and_only_once(rounds: Rounds) -> None:
    ended(rounds)
    waiting, _ = rounds.store.add(Request("portrait.jpg", text="Hi", webhook="https://example.org/"), Terms())
    failed = ended(rounds, webhook="https://example.org/")
    assert due(rounds) == (Due(failed.id, "word", 0),)
    assert due(rounds) == ()
    rounds.store.cancel(waiting.id)
    assert due(rounds) == (Due(waiting.id, "word", 0),), "however a job ends"


def test_the_film_goes_first_and_the_word_after_it(rounds: Rounds, receiver: Receiver) -> None:
    job = ended(rounds, b"film" * 50_000, webhook=receiver.url(), result_url=receiver.url("/put?signature=a%2Fb"))
    go(rounds, *due(rounds))
    go(rounds, *due(rounds))
    assert due(rounds) == ()
    (put, path, heads, film), (post, _, _, body) = receiver.got
    assert (put, path, heads["content-type"]) == ("PUT", "/put?signature=a%2Fb", "video/mp4")
    assert film == b"film" * 50_000
    assert (post, json.loads(body)["status"]) == ("POST", "done")
    made = hooks.deliveries(rounds.store.database, job.id)
    assert [(each.stage, each.number, each.status, each.error) for each in made] == [
        ("film", 0, 200, ""),
        ("word", 0, 200, ""),
    ]


def test_a_job_without_a_film_only_tells(rounds: Rounds, receiver: Receiver) -> None:
    ended(rounds, webhook=receiver.url(), result_url=receiver.url("/put"))
    go(rounds, *due(rounds))
    go(rounds, *due(rounds))
    assert [each[0] for each in receiver.got] == ["POST"]


def test_a_film_that_is_not_taken_does_not_hold_up_the_word(rounds: Rounds, receiver: Receiver) -> None:
    job = ended(rounds, b"film", webhook=receiver.url(), result_url=receiver.url("/put"))
    receiver.answers[:] = [403] * (len(FILM_PAUSES) + 1)
    for number in range(len(FILM_PAUSES) + 1):
        go(rounds, Due(job.id, "film", number))
    go(rounds, Due(job.id, "word", 0))
    assert [each[0] for each in receiver.got] == ["PUT"] * (len(FILM_PAUSES) + 1) + ["POST"]
    assert rounds.store.get(job.id).status == "done"


def test_it_is_tried_again_later_and_at_last_given_up(rounds: Rounds, receiver: Receiver) -> None:
    job = ended(rounds, webhook=receiver.url())
    quick = replace(rounds, courier=replace(rounds.courier, word_pauses=(0.0, 3600.0)))
    receiver.answers[:] = [500, 302, 404]
    first, second, last = (Due(job.id, "word", number) for number in range(3))
    assert due(quick) == (first,)
    go(quick, first)
    go(quick, first)  # as when a worker was killed between both steps: the second time changes nothing
    assert due(quick) == (second,)
    go(quick, second)
    assert due(quick) == (), "an hour has to pass"
    receiver.answers[:] = [404]
    go(quick, last)
    assert not hooks.is_owed(quick.store.database, last)
    assert quick.store.get(job.id) == job, "the job knows nothing of it"


def test_a_receiver_that_wants_no_more_is_left_alone(rounds: Rounds, receiver: Receiver) -> None:
    job = ended(rounds, webhook=receiver.url())
    receiver.answers[:] = [410]
    go(rounds, *due(rounds))
    assert not hooks.is_owed(rounds.store.database, Due(job.id, "word", 1))


def test_what_goes_wrong_is_in_the_log_without_addresses(rounds: Rounds, caplog: pytest.LogCaptureFixture) -> None:
    def away(_job: Job) -> Message:
        raise Unavailable("The storage is away.")

    def broken(_job: Job) -> Message:
        raise RuntimeError("http://secret.example/token")

    job = ended(rounds, webhook="http://10.0.0.1/secret-path")
    for number, courier in enumerate((Courier(compose), Courier(away), Courier(broken))):
        assert not replace(rounds, courier=courier).attempt(Due(job.id, "word", number))
    made = hooks.deliveries(rounds.store.database, job.id)
    assert [each.error for each in made] == ["BlockedURL", "Unavailable", "Internal"]
    assert [each.message for each in made] == [f"msg_{job.id}", "", ""]
    assert not any(each.arrived for each in made)
    assert "secret" not in caplog.text


def test_nothing_stays_of_a_job_that_is_gone(rounds: Rounds) -> None:
    job = ended(rounds, webhook="http://10.0.0.1/")
    rounds.attempt(Due(job.id, "word", 0))
    rounds.store.forget(job.id)
    assert rounds.attempt(Due(job.id, "word", 1)), "nothing is left to tell"
    hooks.forget_orphans(rounds.store.database)
    assert hooks.deliveries(rounds.store.database, job.id) == ()
    assert not hooks.is_owed(rounds.store.database, Due(job.id, "word", 0))


def test_a_worker_killed_in_the_middle_of_a_delivery_is_not_the_end_of_it(
    database_url: str, tmp_path: Path, receiver: Receiver, until: Until
) -> None:
    engine = DbosEngine(Database(database_url))
    config = WorkerConfig(
        database_url, str(tmp_path / "kept"), str(tmp_path / "work"), private_urls=True, log_level="WARNING"
    )
    command = (sys.executable, "-m", "talking.server.work", str(tmp_path), "--word-pauses", "0.1,0.1,0.1")
    with Supervisor(config, command) as supervisor:

        def kill() -> int:
            assert supervisor.pid is not None
            os.kill(supervisor.pid, signal.SIGKILL)
            return 200  # which nobody hears any more

        receiver.answers[:] = [500, kill, 503]
        extra = {"base": "https://films.example.org", "script": {}}
        asked = Request("nowhere.png", text="Hi", webhook=receiver.url(), user_data="order 7")
        job = engine.enqueue(asked, Terms(dialect="did", extra=extra))
        until(lambda: not hooks.is_owed(engine.store.database, Due(job.id, "word", 2)) and len(receiver.got) == 4, "it")
        until(lambda: supervisor.restarts == 1, "the worker was started again")
        made = hooks.deliveries(engine.store.database, job.id)
    assert [(each.number, each.status) for each in made] == [(0, 500), (1, 503), (2, 200)]
    assert {heads["webhook-id"] for _, _, heads, _ in receiver.got} == {f"msg_{job.id}"}
    told = [json.loads(body) for *_, body in receiver.got]
    assert told[0] == told[-1] and (told[0]["status"], told[0]["user_data"]) == ("error", "order 7")
    assert told[0]["error"]["kind"] and told[0]["error"]["description"]
    assert engine.status(job.id).attempts == 1
    engine.close()
