"""The table of jobs: what is asked for comes back as it was, and a job ends once, whoever ends it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from talking.errors import InvalidRequest, NotFound, QueueFull, TalkingError, Unavailable
from talking.jobs import Database, Progress, Terms
from talking.jobs.retention import sweep
from talking.jobs.store import Store
from talking.request import Request, parse_request
from talking.storage import Storage

Asked = Callable[..., Request]


def test_a_job_comes_back_as_it_was_asked_for(store: Store, asked: Asked) -> None:
    request = asked("Grüße, 世界!", user_data="order 7", webhook="https://example.com/hook")
    terms = Terms(owner="ab12", dialect="did", priority=2, deadline_seconds=60, extra={"config": {"fluent": True}})
    job, new = store.add(request, terms)
    assert new
    assert store.get(job.id, owner="ab12") == job
    assert parse_request(job.request) == request
    assert (job.status, job.attempts, job.user_data, job.dialect, job.priority) == ("created", 0, "order 7", "did", 2)
    assert job.deadline_ms == job.created_ms + 60_000
    assert job.extra == {"config": {"fluent": True}}


def test_jobs_of_others_are_not_there(store: Store, asked: Asked) -> None:
    job, _ = store.add(asked(), Terms(owner="mine"))
    for id, owner in ((job.id, "theirs"), ("tlk_nobody-knows-this", "mine"), ("'; --", "mine"), ("", "mine")):
        with pytest.raises(NotFound):
            store.get(id, owner=owner)


def test_a_key_used_again_gives_the_job_of_then(store: Store, asked: Asked) -> None:
    terms = Terms(owner="a", idempotency_key="order-7")
    first, _ = store.add(asked(), terms)
    again, new = store.add(asked(), terms)
    assert (again.id, new) == (first.id, False)
    other, _ = store.add(asked(), Terms(owner="b", idempotency_key="order-7"))
    assert other.id != first.id
    with pytest.raises(InvalidRequest, match="another request"):
        store.add(asked("Something else."), terms)


def test_of_many_who_use_a_key_at_once_all_get_the_same_job(store: Store, asked: Asked) -> None:
    terms, ids = Terms(owner="a", idempotency_key="once"), []
    threads = [threading.Thread(target=lambda: ids.append(store.add(asked(), terms)[0].id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 8
    assert len(set(ids)) == 1


def test_no_more_is_taken_in_than_may_wait(store: Store, asked: Asked) -> None:
    for _ in range(2):
        store.add(asked(), Terms(most_waiting=2))
    with pytest.raises(QueueFull):
        store.add(asked(), Terms(most_waiting=2))


def test_lists_run_from_the_newest_to_the_oldest_in_pages(store: Store, asked: Asked) -> None:
    made = [store.add(asked(), Terms(owner="a", dialect="did"))[0].id for _ in range(7)]
    store.add(asked(), Terms(owner="b"))
    seen: list[str] = []
    token = ""
    while True:
        page = store.page(owner="a", limit=3, token=token)
        seen += [job.id for job in page.jobs]
        token = page.token
        if not token:
            break
    created = [store.get(id).created_ms for id in seen]
    assert sorted(seen) == sorted(made)
    assert created == sorted(created, reverse=True)
    assert store.page(owner="a", dialect="mirako").jobs == ()
    assert len(store.page(statuses=["created"], limit=100).jobs) == 8


@pytest.mark.parametrize("token", ["x", "!!!!", "MTIz", "Ä", "LTUuYWJjZGVmZ2hpag", "a" * 5000])
def test_tokens_that_no_list_gave_are_refused(store: Store, token: str) -> None:
    with pytest.raises(InvalidRequest, match="token"):
        store.page(token=token)


def test_those_ahead_are_counted_by_priority_then_age(store: Store, asked: Asked) -> None:
    first, late, soon = (store.add(asked(), Terms(priority=priority))[0] for priority in (5, 9, 1))
    assert [store.ahead(job) for job in (first, late, soon)] == [1, 2, 0]
    store.begin(soon.id, "one")
    assert store.ahead(first) == 1
    assert (store.count("created"), store.count("created", "started"), store.count("done")) == (2, 3, 0)


def test_only_the_latest_attempt_counts(store: Store, asked: Asked) -> None:
    job, _ = store.add(asked(), Terms())
    assert store.begin(job.id, "first") is not None
    assert store.publish(job.id, "first", Progress("film", 3, 40))
    assert store.get(job.id).progress == Progress("film", 3, 40)
    again = store.begin(job.id, "second")
    assert again is not None
    assert (again.attempts, again.progress) == (2, Progress())
    assert not store.publish(job.id, "first", Progress("film", 30, 40))
    assert not store.finish(job.id, "first", {"video": "results/first"}, {})
    assert store.finish(job.id, "second", {"video": "results/second"}, {"width": 256})
    done = store.get(job.id)
    assert (done.status, done.artefacts, done.facts) == ("done", {"video": "results/second"}, {"width": 256})
    assert store.begin(job.id, "third") is None


@pytest.mark.parametrize("end", ["cancel", "fail", "finish", "overdue"])
def test_what_has_ended_stays_as_it_is(store: Store, asked: Asked, end: str) -> None:
    job, _ = store.add(asked(), Terms(deadline_seconds=-1 if end == "overdue" else 60))
    store.begin(job.id, "one")
    ends: dict[str, Callable[[], object]] = {
        "cancel": lambda: store.cancel(job.id),
        "fail": lambda: store.fail(job.id, "one", "A sentence.", "BadImage"),
        "finish": lambda: store.finish(job.id, "one", {}, {}),
        "overdue": lambda: store.overdue(),
    }
    assert ends[end]()
    ended = store.get(job.id)
    assert ended.finished
    assert not any(other() for other in ends.values())
    assert not store.publish(job.id, "one", Progress("film", 1, 2))
    assert store.get(job.id) == ended


def test_a_released_job_waits_again_as_if_it_had_not_been_begun(store: Store, asked: Asked) -> None:
    job, _ = store.add(asked(), Terms())
    store.begin(job.id, "one")
    store.publish(job.id, "one", Progress("film", 3, 40))
    assert store.release(job.id, "one")
    waiting = store.get(job.id)
    assert (waiting.status, waiting.attempts, waiting.progress) == ("created", 0, Progress())
    assert not store.finish(job.id, "one", {}, {})


def test_an_overdue_job_is_told_to_stop_and_ends_timed_out(store: Store, asked: Asked) -> None:
    job, _ = store.add(asked(), Terms(deadline_seconds=-1))
    on_time, _ = store.add(asked(), Terms(deadline_seconds=60))
    store.begin(job.id, "one")
    assert not store.publish(job.id, "one", Progress("film", 3, 40))
    assert store.overdue() == (job.id,)
    ended = store.get(job.id)
    assert (ended.status, ended.error_kind) == ("timed_out", "TimedOut")
    assert "longer" in ended.error
    assert store.get(on_time.id).status == "created"


def test_what_has_expired_goes_with_its_files_unless_it_is_to_persist(store: Store, asked: Asked, tmp_path) -> None:
    storage = Storage(str(tmp_path / "kept"))
    source = tmp_path / "film.mp4"
    source.write_bytes(b"film")
    jobs = [
        store.add(asked(persist=persist), Terms(keep_seconds=keep))[0]
        for persist, keep in ((False, 0.001), (True, 0.001), (False, 3600), (False, None))
    ]
    keys = [storage.put(source, f"results/{job.id}/one/talking.mp4") for job in jobs]
    for job in jobs:
        store.begin(job.id, "one")
        store.finish(job.id, "one", {}, {})
    time.sleep(0.02)
    assert sweep(store, storage, None) == (jobs[0].id,)
    assert [storage.has(key) for key in keys] == [False, True, True, True]
    assert [store.find(job.id) is None for job in jobs] == [True, False, False, False]


def test_a_database_that_is_away_is_told_as_such(asked: Asked) -> None:
    away = Store(Database("postgresql://nobody@127.0.0.1:9/none"))
    with pytest.raises(Unavailable, match="database") as caught:
        away.add(asked(), Terms())
    assert "127.0.0.1" not in str(caught.value)
    assert away.publish("tlk_anything", "one", Progress("film", 1, 2)), "work goes on meanwhile"


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://here/db", "sqlite"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(TalkingError, match="postgresql://"):
        Database(url)
