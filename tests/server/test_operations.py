"""What an operator's programs ask: whether the service lives, whether it is ready, how it does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from talking.jobs import Database, Terms, sqlite_url
from talking.jobs.dbos_engine import DbosEngine
from talking.jobs.figures import Figures
from talking.jobs.lease import Leases
from talking.jobs.store import Store
from talking.request import Request
from talking.server import health, metrics
from talking.server.health import Readiness
from talking.storage import Storage

SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+')


def test_what_is_missing_is_named_and_no_path_is(store: Store, tmp_path: Path) -> None:
    readiness = Readiness(store, Storage(str(tmp_path / "kept")), None)
    assert readiness.look().checks == {"database": "ok", "storage": "ok", "worker": "none is alive"}
    assert readiness.look() is readiness.look()  # strangers may ask often

    (tmp_path / "file").write_text("in the way")
    Leases(store.database).beat("elsewhere-1")
    assert Readiness(store, Storage(str(tmp_path / "kept")), None).look().ready
    blocked = Readiness(store, Storage(str(tmp_path / "file")), None)
    app = FastAPI()
    app.include_router(health.router(blocked))
    with TestClient(app) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["storage"] == "cannot be written"
    assert str(tmp_path) not in answer.text
    assert list((tmp_path / "kept" / "health").iterdir()) == []


def test_a_database_that_is_away_and_a_worker_that_died_are_seen(store: Store, tmp_path: Path) -> None:
    Leases(store.database).beat("local-0")  # killed just now: its lease still runs
    storage = Storage(str(tmp_path / "kept"))
    assert Readiness(store, storage, lambda: True).look().checks["engine"] == "ok"
    assert Readiness(store, storage, lambda: False).look().checks["worker"] == "none is alive"
    away = Store(Database("postgresql://nobody@127.0.0.1:9/nothing"))
    assert Readiness(away, storage, None).look().checks == {
        "database": "cannot be reached",
        "storage": "ok",
        "worker": "not known",
    }
    away.database.close()


def test_metrics_are_lines_that_prometheus_reads() -> None:
    ended = {("error", 'No"Face\\'): 2, ("done", ""): 3}
    told = metrics.text(
        Figures({"created": 4, "started": 1}, 12.5, 2, ended, 3, 300, {"film": 6.0}, 1.5, {True: 7, False: 1}, 2)
    )
    lines = told.splitlines()
    assert told.endswith("\n")
    assert 'talking_jobs{status="created"} 4' in lines
    assert "talking_queue_oldest_seconds 12.5" in lines
    assert "talking_render_frames_per_second 50" in lines
    assert 'talking_recent_ended_jobs{status="error",kind="No\\"Face\\\\"} 2' in lines
    assert 'talking_recent_stage_seconds{stage="film"} 6' in lines
    assert 'talking_recent_delivery_tries{arrived="no"} 1' in lines
    assert "talking_deliveries_owed 2" in lines
    for name in {line.split()[2] for line in lines if line.startswith("# HELP")}:
        assert f"# TYPE {name} gauge" in lines
    plain = [line for line in lines if not line.startswith("#") and "\\" not in line]
    assert all(SAMPLE.fullmatch(line) for line in plain)


def test_a_running_server_is_ready_and_tells_its_figures_to_keys_only(server: str, client: httpx.Client) -> None:
    for _ in range(100):
        ready = httpx.get(f"{server}/readyz", timeout=60)
        if ready.status_code == 200:
            break
        time.sleep(0.2)
    assert ready.json() == {
        "status": "ok",
        "checks": {"database": "ok", "storage": "ok", "worker": "ok", "engine": "ok"},
    }
    assert httpx.get(f"{server}/metrics").status_code == 401
    told = client.get("/metrics")
    assert told.headers["content-type"] == metrics.CONTENT_TYPE
    assert "talking_workers 1" in told.text.splitlines()


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_a_server_that_is_told_to_stop_gives_its_job_back_and_leaves_in_peace(
    tmp_path: Path, small_portrait: Path
) -> None:
    data = tmp_path / "data"
    words = "The quick brown fox jumps over the lazy dog, and nobody minds at all. " * 12
    engine = DbosEngine(Database(sqlite_url(data)))
    storage = Storage(str(data / "storage"))
    key = storage.put(small_portrait, "uploads/x/portrait.png")
    id = engine.enqueue(Request(f"stored:{key}", text=words, voice="espeak:en-us"), Terms()).id
    environment = {**os.environ, "TALKING_LOG_FORMAT": "json"}
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "talking", "serve", "--port", "0", "--data", str(data)]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            for _ in range(900):
                job = engine.status(id)
                started = "startup complete" in (tmp_path / "log").read_text(encoding="utf-8")
                if started and job.progress.stage == "film" and job.progress.done:
                    break
                assert process.poll() is None and not job.finished
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
    job = engine.status(id)
    engine.close()
    assert (job.status, job.attempts, job.progress.done) == ("created", 0, 0)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    about = [line for line in lines if line.get("job") == id]
    assert {"portrait", "speech", "motion"} <= {line.get("stage") for line in about}
    assert "quick brown" not in json.dumps(lines)
    assert str(lines[-1]["message"]) == "stopped"
