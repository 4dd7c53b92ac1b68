"""The events of a job, and when it will be done, without a server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from talking.errors import NotFound, Unavailable
from talking.jobs import Job
from talking.jobs.job import Progress, Terms
from talking.jobs.store import Store
from talking.request import Request
from talking.server import native_watch
from talking.server.native_events import Telling, event_id, events
from talking.server.native_models import Links, Live, Talk
from talking.server.native_models import Progress as Told
from talking.server.native_watch import Watch


def added(store: Store, text: str = "Hello") -> Job:
    return store.add(Request("a.jpg", text=text), Terms())[0]


def told(job: Job) -> dict[str, Any]:
    step = job.progress
    return {
        "id": job.id, "status": job.status, "stage": step.stage, "done": step.done, "total": step.total,
        "queue_position": 3 if job.status == "created" else None, "eta_seconds": None, "render_fps": None,
    }  # fmt: skip


def whole(job: Job) -> Talk:
    return Talk(
        **told(job), dialect="native", request={}, name="", user_data="", created_at="", started_at=None,
        finished_at=None, deadline_at=None, expires_at=None, attempts=1, error=None, film=None, report=None,
        live=Live(state="none", reason=None), links=Links(talk="", events="", cancel=""),
    )  # fmt: skip


def heard(looks: list[Job | Exception], last_id: str = "", *, keep_alive: float = 0.01) -> list[str]:
    """What a client hears when the job is as in `looks`, one after the other."""
    rest = iter(looks)

    def look() -> Job:
        found = next(rest)
        if isinstance(found, Exception):
            raise found
        return found

    async def listen() -> list[str]:
        telling = Telling(look, lambda job: Told(**told(job)), whole)
        return [each async for each in events(telling, last_id, keep_alive=keep_alive)]

    return asyncio.run(listen())


def names(events: list[str]) -> list[str]:
    return [line.partition(": ")[2] for each in events for line in each.splitlines() if line.startswith("event: ")]


@pytest.fixture
def job(store: Store) -> Job:
    return added(store)


def at(job: Job, done: int) -> Job:
    return replace(job, status="started", attempts=1, progress=Progress("film", done, 50))


def test_a_job_is_told_when_it_changes_and_to_its_end(job: Job) -> None:
    looks = [job, job, at(job, 0), at(job, 7), at(job, 7), replace(at(job, 50), status="done")]
    events = heard(looks)
    assert events[0] == "retry: 2000\n\n"
    assert names(events) == ["progress", "progress", "progress", "done"]
    assert ": nothing new\n\n" in events
    assert f"id: {event_id(job)}.3\n" in events[1] and events[1].endswith("}\n\n")
    for status in ("error", "canceled", "timed_out"):
        assert names(heard([replace(job, status=status)])) == ["error"]


def test_the_event_that_was_had_is_not_told_again(job: Job) -> None:
    looks = [at(job, 7), at(job, 8), replace(job, status="done")]
    assert names(heard(list(looks), event_id(at(job, 7)))) == ["progress", "done"]
    assert names(heard(list(looks), "something old")) == ["progress", "progress", "done"]


def test_a_job_that_is_deleted_ends_its_events(job: Job) -> None:
    events = heard([at(job, 7), NotFound("There is no such job, or no longer.")])
    assert names(events) == ["progress", "error"] and '"detail":"There is no such job' in events[-1]


def test_events_outlive_a_database_that_is_away(job: Job) -> None:
    assert names(heard([Unavailable("away"), Unavailable("away"), replace(job, status="done")])) == ["done"]


class Clock:
    """Stands still until it is set on."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_speed_and_time_left_are_told_of_films(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    watch, first, second = Watch(store, clock), added(store, "Hello " * 20), added(store)
    assert watch.outlook(first).seconds is None
    store.begin(first.id, "a")
    assert watch.outlook(second).position == 1
    for done in range(0, 300, 20):
        assert store.publish(first.id, "a", Progress("film", done, 600))
        watch.look()
        clock.now += 1.0
    seen = watch.outlook(store.get(first.id))
    assert seen.fps == pytest.approx(20.0) and seen.position is None
    assert seen.seconds == pytest.approx((600 - 280) / 20, abs=1.5)
    assert watch.outlook(second).seconds is None, "nothing was finished yet to go by"
    store.publish(first.id, "a", Progress("quality"))
    watch.look()
    clock.now += 3.0
    with monkeypatch.context() as later:
        later.setattr("talking.jobs.store.now_ms", lambda: store.get(first.id).started_ms + 8000)
        assert store.finish(first.id, "a", {}, {"duration": 4.0})
    watch.look()
    assert watch.outlook(store.get(first.id)) == native_watch.Outlook()
    clock.now += 20.0
    waiting = watch.outlook(second)
    assert waiting.position == 0 and waiting.seconds == pytest.approx(8.0 / 4.0 * 5 / 14, abs=0.1)
    store.begin(second.id, "b")
    for done in range(0, 100, 10):
        store.publish(second.id, "b", Progress("film", done, 100))
        watch.look()
        clock.now += 1.0
    rest = watch.outlook(store.get(second.id)).seconds
    assert rest == pytest.approx(3.0, abs=1.5), "what comes after the last frame is counted as it was the last time"


def test_a_film_that_is_begun_anew_has_no_speed_of_before(store: Store) -> None:
    clock = Clock()
    watch, job = Watch(store, clock), added(store)
    store.begin(job.id, "a")
    for done in (100, 110, 5):
        store.publish(job.id, "a", Progress("film", done, 600))
        watch.look()
        clock.now += 1.0
    assert watch.outlook(store.get(job.id)).fps is None


def test_the_time_left_is_told_from_the_first_frames_on(store: Store) -> None:
    clock = Clock()
    watch, job = Watch(store, clock), added(store)
    store.begin(job.id, "a")
    told: list[tuple[float | None, float | None]] = []
    for done in (0, 1, 21, 41, 61):  # one look is another's, a second apart
        assert store.publish(job.id, "a", Progress("film", done, 161))
        seen = watch.outlook(store.get(job.id))
        told.append((seen.fps, seen.seconds))
        clock.now += 1.0
    assert told[:2] == [(None, None)] * 2, "how long the first frame took says nothing"
    assert told[2:] == [(20.0, 7.0), (20.0, 6.0), (20.0, 5.0)]


def test_a_slow_engine_has_a_speed_after_a_while(store: Store) -> None:
    clock = Clock()
    watch, job = Watch(store, clock), added(store)
    store.begin(job.id, "a")
    told = []
    for done in range(1, 9):
        store.publish(job.id, "a", Progress("film", done, 100))
        told.append(watch.outlook(store.get(job.id)).fps)
        clock.now += 1.0
    assert told == [None] * 5 + [1.0] * 3


def test_films_of_before_tell_the_time_left_when_filming_begins(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    watch, first, second = Watch(store, Clock()), added(store), added(store)
    store.begin(first.id, "a")
    with monkeypatch.context() as later:
        later.setattr("talking.jobs.store.now_ms", lambda: store.get(first.id).started_ms + 6000)
        assert store.finish(first.id, "a", {}, {"duration": 3.0})
    store.begin(second.id, "b")
    store.publish(second.id, "b", Progress("film", 0, 250))
    told = watch.outlook(store.get(second.id))
    assert told.fps is None and told.seconds == pytest.approx(10 * 6 / 3, abs=2.0)
