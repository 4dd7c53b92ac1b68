"""What killed workers leave on a machine goes, and what living ones hold stays."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from talking.engines import sharing
from talking.jobs import Database, sqlite_url
from talking.jobs.lease import Leases, clear_after, clear_own, only_one
from talking.jobs.store import Store
from talking.jobs.worker import _do


@pytest.fixture
def leases(tmp_path: Path) -> Iterator[Leases]:
    store = Store(Database(sqlite_url(tmp_path)))
    store.prepare()
    yield Leases(store.database)
    store.database.close()


def left(work: Path, name: str) -> Path:
    """A worker's folder with something in it, and its lock."""
    (work / name).mkdir(parents=True)
    (work / name / "half.mp4").write_bytes(b"half a film")
    (work / f"{name}.lock").touch()
    return work / f"{name}.lock"


def test_folders_of_dead_workers_go(leases: Leases, tmp_path: Path) -> None:
    work = tmp_path / "work"
    for name in ("dead.host-1", "local-1", "elsewhere-2"):
        left(work, name)
    leases.beat("elsewhere-2")  # on another machine, whose locks are not seen here
    with only_one(left(work, "here-3")):
        assert clear_after(work, leases) == ("dead.host-1", "local-1")
        assert {path.name for path in work.iterdir()} == {
            "local-1.lock", "elsewhere-2", "elsewhere-2.lock", "here-3", "here-3.lock",
        }  # fmt: skip
    assert clear_after(work, leases) == ("here-3", "local-1")
    assert (work / "elsewhere-2" / "half.mp4").exists()


def test_a_worker_that_leaves_takes_what_it_has_along(tmp_path: Path) -> None:
    for name in ("here-3", "other-4", "local-0"):
        left(tmp_path, name)
    with only_one(tmp_path / "here-3.lock"):
        clear_own(tmp_path, "here-3")
    clear_own(tmp_path, "local-0")
    assert {path.name for path in tmp_path.iterdir()} == {"other-4", "other-4.lock", "local-0.lock"}


def test_shared_memory_of_the_killed_is_freed_by_who_shares_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MEMORY_FOLDER", tmp_path)
    abandoned, fresh = sharing._share(100, tmp_path), sharing._share(100, tmp_path)
    other = tmp_path / "somebody-elses"
    other.touch()
    for path in (abandoned.path, other):
        os.utime(path, (0, 0))
    latest = sharing._share(100, tmp_path)
    assert set(tmp_path.iterdir()) == {fresh.path, other, latest.path}
    assert len(abandoned.memory) == 100, "whoever mapped it keeps it"


def test_housekeeping_waits_for_a_database_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    away = Database("postgresql://nobody:secret@127.0.0.1:9/nothing")

    def duty() -> None:
        with away.engine.connect():
            pass

    _do(duty)
    away.close()
    (line,) = caplog.records
    assert (line.levelname, line.exc_info) == ("WARNING", None)
    assert "secret" not in line.getMessage()
