"""Workers in processes of their own that make one film together: canceling frees all, and who is killed is replaced."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from talking.jobs import Database, Job
from talking.jobs.chunks import Chunk, Chunks
from talking.jobs.dbos_engine import DbosEngine
from talking.jobs.lease import Leases
from talking.jobs.worker import WorkerConfig
from talking.media import readback
from talking.pipeline.shoot import spans
from talking.request import Request

Asked = Callable[..., Request]
Until = Callable[..., None]
LONG = "The quick brown fox jumps over the lazy dog, and nobody minds at all. " * 10


@dataclass
class Works:
    """A database on Postgres, and workers at it."""

    engine: DbosEngine
    chunks: Chunks
    config: WorkerConfig
    kept: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        worker = subprocess.Popen([sys.executable, "-m", "talking.jobs"], stdin=subprocess.PIPE)
        assert worker.stdin is not None
        worker.stdin.write(replace(self.config, name=name).to_json().encode() + b"\n")
        worker.stdin.flush()
        self.running[name] = worker

    def kill(self, name: str) -> None:
        worker = self.running.pop(name)
        worker.kill()
        worker.wait()
        assert worker.stdin is not None
        worker.stdin.close()

    def at_work(self, job: Job) -> dict[str, Chunk]:
        """The chunk that each worker draws."""
        return {chunk.worker: chunk for chunk in self.chunks.of(job.id) if chunk.state == "begun"}

    def close(self) -> None:
        for name in list(self.running):
            self.kill(name)
        self.engine.close()


@pytest.fixture
def works(postgres_url: str, tmp_path: Path) -> Iterator[Works]:
    engine = DbosEngine(Database(postgres_url))
    config = WorkerConfig(
        postgres_url, str(tmp_path / "kept"), str(tmp_path / "work"), local_files=True, lease_seconds=3.0,
        log_level="WARNING", chunk_seconds=1.5, processes=1,
    )  # fmt: skip
    made = Works(engine, Chunks(engine.store.database, 3.0), config, tmp_path / "kept")
    yield made
    made.close()


def test_two_workers_make_one_film_and_the_loss_of_either_is_made_good(
    works: Works, asked: Asked, until: Until
) -> None:
    for name in ("ann", "bob"):
        works.start(name)
    leases = Leases(works.engine.store.database, 3.0)
    until(lambda: len(leases.alive()) == 2, "both workers live")
    unwanted = works.engine.enqueue(asked(LONG))
    until(lambda: len(works.at_work(unwanted)) == 2, "both draw")
    works.engine.cancel(unwanted.id)
    last = works.engine.enqueue(Request("nowhere.png", text="Hi"))
    other = works.engine.enqueue(Request("nowhere.png", text="Hi"))
    until(lambda: all(works.engine.status(each.id).finished for each in (last, other)), "both are free")
    assert works.engine.status(unwanted.id).status == "canceled"
    until(lambda: not works.chunks.of(unwanted.id), "nothing is left")
    assert not (works.kept / "chunks" / unwanted.id).exists()

    job = works.engine.enqueue(asked(LONG))
    until(lambda: len(works.at_work(job)) == 2, "both draw again")
    works.kill("ann")  # the one that makes the film, or the one that helps
    until(lambda: works.engine.status(job.id).finished, "the film is made")
    done = works.engine.status(job.id)
    assert (done.status, done.error) == ("done", "")
    assert readback.probe(works.kept / done.artefacts["video"]).num_frames == done.facts["num_frames"]
    told = json.loads((works.kept / done.artefacts["report"]).read_text())["chunks"]
    assert told["number"] == len(spans(done.facts["num_frames"], works.config.chunk_seconds))
