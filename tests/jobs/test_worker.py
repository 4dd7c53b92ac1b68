"""Workers in processes of their own: what is killed is taken up again and finished once, what is given back waits."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from talking.errors import NotFound, Unavailable
from talking.jobs import Database, Job, Terms, sqlite_url
from talking.jobs.dbos_engine import DbosEngine
from talking.jobs.lease import only_one
from talking.jobs.supervise import Supervisor
from talking.jobs.worker import WorkerConfig
from talking.media import readback
from talking.request import Request

Asked = Callable[..., Request]
Until = Callable[..., None]
LONG = "The quick brown fox jumps over the lazy dog, and nobody minds at all. " * 8
SOME = LONG[:71]


@dataclass(frozen=True)
class Service:
    """An engine, and the supervisor of its worker."""

    engine: DbosEngine
    config: WorkerConfig
    supervisor: Supervisor
    kept: Path

    def is_filming(self, id: str) -> Callable[[], bool]:
        return lambda: (job := self.engine.status(id)).progress.stage == "film" and job.progress.done > 0

    def is_over(self, id: str) -> Callable[[], bool]:
        return lambda: self.engine.status(id).finished

    def frames(self, job: Job) -> int:
        return readback.probe(self.kept / job.artefacts["video"]).num_frames


def config_for(url: str, folder: Path, **changes: object) -> WorkerConfig:
    config = WorkerConfig(
        url, str(folder / "kept"), str(folder / "work"), local_files=True, lease_seconds=3.0, log_level="WARNING"
    )
    return replace(config, **changes)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    engine = DbosEngine(Database(sqlite_url(folder)))
    config = config_for(sqlite_url(folder), folder)
    with Supervisor(config) as supervisor:
        yield Service(engine, config, supervisor, folder / "kept")
    engine.close()


def test_a_worker_that_is_killed_is_replaced_and_its_film_made_once(
    service: Service, asked: Asked, until: Until
) -> None:
    told = asked(SOME)
    job = service.engine.enqueue(told, Terms(owner="a", idempotency_key="one"))
    until(service.is_filming(job.id), "frames are made")
    killed = service.supervisor.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert service.engine.enqueue(told, Terms(owner="a", idempotency_key="one")).id == job.id
    until(service.is_over(job.id), "the film is made")
    done = service.engine.status(job.id)
    assert (done.status, done.attempts, service.supervisor.restarts) == ("done", 2, 1)
    assert service.frames(done) == done.facts["num_frames"]
    assert len(list((service.kept / "results" / job.id).iterdir())) == 1
    assert json.loads((service.kept / done.artefacts["receipt"]).read_text())["attempts"] == 2


def test_canceling_frees_the_worker_for_the_next(service: Service, asked: Asked, until: Until) -> None:
    running = service.engine.enqueue(asked(LONG))
    waiting = service.engine.enqueue(asked(LONG))
    until(service.is_filming(running.id), "frames are made")
    assert service.engine.cancel(waiting.id).status == "canceled"
    assert service.engine.cancel(running.id).status == "canceled"
    bad = service.engine.enqueue(Request("nowhere.png", text="Hi"))
    until(service.is_over(bad.id), "the next job is over")
    assert [service.engine.status(job.id).attempts for job in (running, waiting, bad)] == [1, 0, 1]
    assert "nowhere.png" in service.engine.status(bad.id).error
    assert not (service.kept / "results" / running.id).exists()


def test_jobs_are_done_by_priority(service: Service, asked: Asked, until: Until) -> None:
    first = service.engine.enqueue(asked(LONG))
    until(service.is_filming(first.id), "frames are made")
    jobs = [service.engine.enqueue(Request("nowhere.png", text="Hi"), Terms(priority=each)) for each in (9, 5, 1)]
    service.engine.cancel(first.id)
    until(lambda: all(service.engine.status(job.id).finished for job in jobs), "all are over")
    started = [service.engine.status(job.id).started_ms or 0 for job in jobs]
    assert started == sorted(started, reverse=True)


def test_a_job_that_was_taken_up_and_given_back_often_is_made_all_the_same(
    service: Service, asked: Asked, until: Until
) -> None:
    running = service.engine.enqueue(asked(LONG))
    until(service.is_filming(running.id), "frames are made")
    waiting = service.engine.enqueue(Request("nowhere.png", text="Hi"))
    often = sa.text("UPDATE workflow_status SET recovery_attempts = 99 WHERE workflow_uuid = :id")
    service.engine.store.database.run(lambda connection: connection.execute(often, {"id": waiting.id}))
    service.engine.cancel(running.id)
    until(service.is_over(waiting.id), "the next job is over")
    ended = service.engine.status(waiting.id)
    assert ended.attempts == 1 and "nowhere.png" in ended.error


def test_the_database_holds_no_pickles(service: Service, until: Until) -> None:
    job = service.engine.enqueue(Request("nowhere.png", text="Hi"))
    until(service.is_over(job.id), "the job is over")
    connection = sqlite3.connect(service.config.database.removeprefix("sqlite:///"))
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    cells = [str(cell) for table in tables for row in connection.execute(f"SELECT * FROM {table}") for cell in row]
    connection.close()
    assert job.id in cells
    assert "portable_json" in cells
    assert not any("pickle" in cell or cell.startswith("gAS") for cell in cells)  # base64 of what pickles begin with


def test_a_second_server_does_not_share_a_data_folder(service: Service, until: Until) -> None:
    job = service.engine.enqueue(Request("nowhere.png", text="Hi"))
    until(service.is_over(job.id), "there is a worker that works")
    with pytest.raises(Unavailable, match="Another worker"), only_one(Path(service.config.work) / "local-0.lock"):
        pass


@pytest.fixture
def many(postgres_url: str, tmp_path: Path) -> Iterator[Service]:
    engine = DbosEngine(Database(postgres_url))
    config = config_for(postgres_url, tmp_path)
    yield Service(engine, config, Supervisor(config), tmp_path / "kept")
    engine.close()


def start_worker(config: WorkerConfig) -> subprocess.Popen[bytes]:
    worker = subprocess.Popen([sys.executable, "-m", "talking.jobs"], stdin=subprocess.PIPE)
    assert worker.stdin is not None
    worker.stdin.write(config.to_json().encode() + b"\n")
    worker.stdin.flush()
    return worker


def end(worker: subprocess.Popen[bytes]) -> int:
    assert worker.stdin is not None
    worker.stdin.close()
    return worker.wait(60)


def test_others_take_over_from_a_machine_that_is_gone(many: Service, asked: Asked, until: Until) -> None:
    gone = start_worker(replace(many.config, name="gone"))
    job = many.engine.enqueue(asked(SOME))
    until(many.is_filming(job.id), "frames are made")
    gone.kill()
    gone.wait()
    assert gone.stdin is not None
    gone.stdin.close()
    other = start_worker(replace(many.config, name="other"))
    until(many.is_over(job.id), "the film is made")
    done = many.engine.status(job.id)
    assert (done.status, done.attempts) == ("done", 2)
    assert many.frames(done) == done.facts["num_frames"]

    # Word of the end of its input is all that a worker needs to give back what it is at.
    given_back = many.engine.enqueue(asked(LONG), Terms(keep_seconds=3600))
    until(many.is_filming(given_back.id), "frames are made")
    assert end(other) == 0
    waiting = many.engine.status(given_back.id)
    assert (waiting.status, waiting.attempts) == ("created", 0)
    many.engine.cancel(given_back.id)
    with pytest.raises(NotFound):
        many.engine.status(given_back.id, owner="somebody else")
