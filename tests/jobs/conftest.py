"""Databases to keep jobs in, a Postgres server where there is one, and requests that are made quickly."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from talking.jobs import Database, Job, sqlite_url
from talking.jobs.store import Store
from talking.request import Request


def server_folder() -> Path | None:
    """Where the programs of Postgres are."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((place for place in reversed(places) if (place / "initdb").exists()), None)


def server_user() -> dict[str, Any]:
    """Postgres does not run as root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("postgres")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": "/"}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server of our own, without the name of a database."""
    programs = server_folder()
    if programs is None and not os.environ.get("NOTHING_LEFT_OUT"):
        pytest.skip("left out: there is no Postgres on this machine")
    assert programs is not None
    user = server_user()
    folder = Path(tempfile.mkdtemp(prefix="talking-postgres-"))
    if user:
        os.chown(folder, user["user"], user["group"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "talking", "--no-sync", "-E", "UTF8"]
    subprocess.run(command, check=True, capture_output=True, **user)
    settings = ("fsync=off", "listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={folder}")
    options = [word for setting in settings for word in ("-c", setting)]
    log = (folder.parent / f"{folder.name}.log").open("wb")
    server = subprocess.Popen([programs / "postgres", "-D", folder / "data", *options], stderr=log, **user)
    url = f"postgresql://talking@127.0.0.1:{port}"
    wait_for(lambda: answers(f"{url}/postgres"), "Postgres answers")
    yield url
    server.send_signal(signal.SIGINT)  # end without waiting for clients
    server.wait(20)
    log.close()
    Path(log.name).unlink()
    shutil.rmtree(folder, ignore_errors=True)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The address of an empty database."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return f"{postgres_server}/{name}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of either kind."""
    return sqlite_url(tmp_path) if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    made = Store(Database(database_url))
    made.prepare()
    yield made
    made.database.close()


@pytest.fixture
def asked(small_portrait: Path) -> Callable[..., Request]:
    """asked(text="Bob made my mum a map.", **fields): a request that is made quickly, with the built-in voice."""

    def make(text: str = "Bob made my mum a map.", **fields: Any) -> Request:
        return Request(str(small_portrait), text=text, voice="espeak:en-us", **fields)

    return make


def wait_for(condition: Callable[[], object], what: str, seconds: float = 120.0) -> None:
    """Wait until `condition` holds; it is given long, because nothing here is about speed."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited in vain: {what}"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """until(condition, what, seconds=120.0): wait for it."""
    return wait_for


def filming(job: Job) -> bool:
    """Whether frames are being made."""
    return job.progress.stage == "film" and job.progress.done > 0
