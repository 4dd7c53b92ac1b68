"""Growing films in a folder and in a bucket, told by the state of their jobs, and gone in time."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from talking.jobs import Database, Job, Progress, Terms, sqlite_url
from talking.jobs import live as growing_films
from talking.jobs.live import LIVE, Reader, growing, is_whole, refusal, state
from talking.jobs.retention import sweep_live
from talking.jobs.store import Store
from talking.request import Options, Request
from talking.storage import Storage

PREFIX = "results/tlk_growing1/attempt1/live"


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """A folder, or what cannot append as a bucket cannot."""
    monkeypatch.setattr(growing_films, "PIECE_SECONDS", 0.01)
    return Storage(str(tmp_path) if request.param == "folder" else f"memory://{secrets.token_hex(6)}")


def read_until_end(reader: Reader) -> bytes:
    parts = []
    for _ in range(1000):
        part = reader.read()
        if part is None:
            reader.close()
            return b"".join(parts)
        parts.append(part)
        time.sleep(0.0 if part else 0.01)
    raise AssertionError(b"".join(parts))


def test_readers_get_all_of_it_whenever_they_come(storage: Storage, until: Callable[..., None]) -> None:
    early = Reader(storage, PREFIX)
    assert early.read() == b""
    with growing(Options(), storage, PREFIX) as feed:
        assert feed is not None
        feed.write(b"head,")
        first: list[bytes] = []
        until(lambda: first.append(early.read() or b"") or b"".join(first) == b"head,", "the first bytes are there")
        middle = Reader(storage, PREFIX)
        assert middle.read() == b"head,"
        feed.write(b"body,")
        feed.write(b"tail")
        assert not is_whole(storage, PREFIX)
        feed.finish()
    assert is_whole(storage, PREFIX)
    assert read_until_end(early) == read_until_end(middle) == b"body,tail"
    assert read_until_end(Reader(storage, PREFIX)) == b"head,body,tail"


def test_what_is_given_up_is_never_whole(storage: Storage) -> None:
    with growing(Options(), storage, PREFIX) as feed:
        assert feed is not None
        feed.write(b"head")
    feed.write(b"too late")
    reader = Reader(storage, PREFIX)
    seen = [reader.read() for _ in range(5)]
    assert b"".join(part or b"" for part in seen) in (b"", b"head") and seen[-1] == b""
    assert not is_whole(storage, PREFIX)
    reader.close()


def test_a_folder_that_is_full_ends_the_growing_and_nothing_else(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    (tmp_path / "results").write_text("a file where a folder must be")
    with growing(Options(), storage, PREFIX) as feed:
        assert feed is not None
        feed.write(b"head")
        feed.finish()
    assert not is_whole(storage, PREFIX)


def test_a_bucket_that_is_away_gets_the_rest_later(monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    monkeypatch.setattr(growing_films, "PIECE_SECONDS", 0.01)
    storage = Storage(f"memory://{secrets.token_hex(6)}")
    put, refused = MemoryFileSystem.pipe_file, SimpleNamespace(number=0)

    def put_or_not(self: MemoryFileSystem, path: str, value: bytes, **rest: object) -> None:
        if refused.number < 3:
            refused.number += 1
            raise ConnectionError("away")
        put(self, path, value, **rest)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", put_or_not)
    with growing(Options(), storage, PREFIX) as feed:
        assert feed is not None
        for number in range(20):
            feed.write(b"%d," % number)
        feed.finish()
    assert refused.number == 3
    assert read_until_end(Reader(storage, PREFIX)) == b"".join(b"%d," % number for number in range(20))


def test_a_bucket_that_does_not_keep_up_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr(growing_films, "PIECE_SECONDS", 0.01)
    monkeypatch.setattr(growing_films, "MOST_WAITING", 100)
    monkeypatch.setattr(MemoryFileSystem, "pipe_file", refuse)
    storage = Storage(f"memory://{secrets.token_hex(6)}")
    with growing(Options(), storage, PREFIX) as feed:
        assert feed is not None
        for _ in range(3):
            feed.write(bytes(100))
    assert not is_whole(storage, PREFIX)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (Options(min_quality=0.5), "min_quality"),
        (Options(result_format="gif"), "A GIF"),
        (Options(result_format="webm"), "A WebM"),
        (Options(result_format="mov", background="transparent"), "A transparent MOV"),
    ],
)
def test_films_that_cannot_be_watched_say_why(options: Options, word: str, storage: Storage) -> None:
    assert word in refusal(options)
    with growing(options, storage, PREFIX) as feed:
        assert feed is None


@pytest.fixture
def jobs(tmp_path: Path) -> Store:
    made = Store(Database(sqlite_url(tmp_path)))
    made.prepare()
    return made


def test_the_state_follows_the_job(jobs: Store) -> None:
    asked = Request("a.jpg", text="Hello")
    job, _ = jobs.add(asked, Terms(keep_seconds=60.0))

    def now() -> str:
        return state(jobs.get(job.id), asked.options)[0]

    assert now() == "coming"
    jobs.begin(job.id, "one")
    assert now() == "coming"
    jobs.publish(job.id, "one", Progress("film", 0, 50))
    assert now() == "growing"
    jobs.publish(job.id, "one", Progress("quality"))
    assert now() == "whole"
    assert state(jobs.get(job.id), replace(asked.options, min_quality=0.9))[0] == "none"
    jobs.finish(job.id, "one", {"video": "v", LIVE: PREFIX}, {})
    assert now() == "whole"
    jobs.drop_artefact(job.id, LIVE)
    assert state(jobs.get(job.id), asked.options) == ("none", "The film is done: play the film itself.")
    failed, _ = jobs.add(asked, Terms())
    jobs.cancel(failed.id)
    assert state(jobs.get(failed.id), asked.options)[0] == "none"


def test_it_goes_a_while_after_the_film_is_done(jobs: Store, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    def done(kept: bool) -> Job:
        job, _ = jobs.add(Request("a.jpg", text="Hello"), Terms())
        jobs.begin(job.id, "one")
        prefix = f"results/{job.id}/one/{LIVE}"
        storage.write(f"{prefix}/end", b"0")
        storage.write(f"results/{job.id}/one/a.mp4", b"film")
        jobs.finish(job.id, "one", {"video": f"results/{job.id}/one/a.mp4", **({LIVE: prefix} if kept else {})}, {})
        return job

    watched, _other = done(kept=True), done(kept=False)
    assert sweep_live(jobs, storage) == ()
    monkeypatch.setattr("talking.jobs.retention.KEPT_SECONDS", -1.0)
    assert sweep_live(jobs, storage) == (watched.id,)
    assert sweep_live(jobs, storage) == ()
    job = jobs.get(watched.id)
    assert list(job.artefacts) == ["video"] and storage.has(job.artefacts["video"])
    assert not is_whole(storage, f"results/{job.id}/one/{LIVE}")
