"""A server whose jobs and films are elsewhere, and a worker that runs as a command of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from talking.errors import InvalidRequest
from talking.jobs import Database, Terms
from talking.jobs.dbos_engine import DbosEngine
from talking.request import Request
from talking.server.worker import database_url, storage_url, worker_config
from talking.settings import Settings
from talking.storage import Storage


def test_jobs_and_films_are_where_the_settings_say(tmp_path: Path) -> None:
    here = Settings(data=tmp_path)
    assert database_url(here).endswith("/talking.sqlite")
    assert storage_url(here) == str(tmp_path / "storage")
    environment = {
        "TALKING_DATABASE_URL": "postgresql://u:p@db/talking",
        "TALKING_STORAGE_URL": "s3://films/talking",
        "TALKING_LOG_FORMAT": "json",
    }
    config = worker_config(Settings.from_env({**environment, "TALKING_DATA": str(tmp_path)}))
    assert (config.database, config.storage) == ("postgresql://u:p@db/talking", "s3://films/talking")
    assert (config.work, config.log_format) == (str(tmp_path / "work"), "json")


def test_another_kind_of_database_is_refused_without_showing_its_password() -> None:
    with pytest.raises(InvalidRequest, match="TALKING_DATABASE_URL") as refused:
        Settings.from_env({"TALKING_DATABASE_URL": "mysql://u:geheim@db/x", "TALKING_LOG_FORMAT": "xml"})
    assert "geheim" not in str(refused.value)
    assert "TALKING_LOG_FORMAT must be one of text, json" in str(refused.value)


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_a_worker_by_command_makes_films_and_leaves_when_told(tmp_path: Path, small_portrait: Path) -> None:
    url, films = f"sqlite:///{tmp_path / 'jobs.sqlite'}", tmp_path / "films"
    key = Storage(str(films)).put(small_portrait, "uploads/x/portrait.png")
    engine = DbosEngine(Database(url))
    id = engine.enqueue(Request(f"stored:{key}", text="Hello.", voice="espeak:en-us"), Terms()).id
    environment = {**os.environ, "TALKING_DATABASE_URL": url, "TALKING_STORAGE_URL": str(films)}
    command = [sys.executable, "-m", "talking", "worker", "--data", str(tmp_path / "data")]
    worker = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            if engine.status(id).finished:
                break
            assert worker.poll() is None
            time.sleep(0.05)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
    job = engine.status(id)
    engine.close()
    assert job.status == "done", job.error
    assert (films / job.artefacts["video"]).stat().st_size > 1000
    assert job.facts["seconds"]["film"] > 0
