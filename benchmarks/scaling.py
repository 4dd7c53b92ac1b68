"""How much faster films are made by more workers: one long film, shared in chunks, and many short ones, on Postgres.

    python benchmarks/scaling.py --engine mesh
    python benchmarks/scaling.py --engine waiting

Each worker is a process of its own with a single drawing process. "waiting" is an engine that takes time and computes
nothing, so that the cores of this machine are no limit: what is left is what sharing itself costs.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import PIL.Image
import psycopg

sys.path.insert(0, str(Path(__file__).parent))

from rig.postgres import NoPostgres, Postgres

from talking import examples
from talking.jobs import Database, Job
from talking.jobs.dbos_engine import DbosEngine
from talking.jobs.lease import Leases
from talking.jobs.worker import WorkerConfig
from talking.request import Options, Request

SENTENCE = "The quick brown fox jumps over the lazy dog, and nobody minds at all. "
SENTENCE_SECONDS = 4.2
"""That the built-in voice speaks it for, roughly."""

_PATIENCE = 1800.0


@dataclass(frozen=True)
class Row:
    """What `workers` took for a task: `films` of `film_seconds` together in `wall` seconds, with the seconds that they
    computed, and how many of the `chunks` of a shared film were drawn by others than the one that made it.
    """

    task: str
    workers: int
    films: int
    film_seconds: float
    wall: float
    computed: float
    chunks: int
    by_others: int


class Fleet:
    """Workers at a database of their own."""

    def __init__(self, database: str, folder: Path, size: int, arguments: argparse.Namespace) -> None:
        self.engine = DbosEngine(Database(database))
        self.kept = folder / "kept"
        script = Path(__file__).with_name("waiting_worker.py")
        command = [str(script)] if arguments.engine == "waiting" else ["-m", "talking.jobs"]
        self._workers = [self._started(command, self._config(database, folder, i, arguments)) for i in range(size)]
        leases = Leases(self.engine.store.database)
        self._wait(lambda: len(leases.alive()) == size)

    def made(self, requests: Sequence[Request]) -> tuple[float, list[Job]]:
        """Make films, and the seconds until the last was done."""
        began = time.monotonic()
        ids = [self.engine.enqueue(request).id for request in requests]
        self._wait(lambda: all(self.engine.status(id).finished for id in ids))
        took = time.monotonic() - began
        jobs = [self.engine.status(id) for id in ids]
        failed = [job.error for job in jobs if job.status != "done"]
        if failed:
            raise RuntimeError(failed[0])
        return took, jobs

    def computed(self) -> float:
        """Seconds that the workers and the processes that draw for them have computed until now."""
        ticks = sum(_ticks(worker.pid) for worker in self._workers)
        return ticks / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End all workers."""
        for worker in self._workers:
            assert worker.stdin is not None
            worker.stdin.close()
        for worker in self._workers:
            worker.wait(60)
        self.engine.close()

    def _config(self, database: str, folder: Path, number: int, arguments: argparse.Namespace) -> WorkerConfig:
        return WorkerConfig(
            database, str(folder / "kept"), str(folder / "work"), name=f"worker-{number}", local_files=True,
            log_level="WARNING", processes=1, chunk_seconds=arguments.chunk_seconds,
        )  # fmt: skip

    def _started(self, command: list[str], config: WorkerConfig) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen([sys.executable, *command], stdin=subprocess.PIPE)
        assert worker.stdin is not None
        worker.stdin.write(config.to_json().encode() + b"\n")
        worker.stdin.flush()
        return worker

    def _wait(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + _PATIENCE
        while not condition():
            if time.monotonic() > until or any(worker.poll() is not None for worker in self._workers):
                raise RuntimeError("a worker ended, or nothing came of it")
            time.sleep(0.1)


def _ticks(pid: int) -> int:
    """Of a process, its dead children, and all that live below it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        below = Path(f"/proc/{pid}/task").glob("*/children")
        children = [int(child) for each in below for child in each.read_text().split()]
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15]) + sum(_ticks(child) for child in children)


def measured(database: str, folder: Path, size: int, arguments: argparse.Namespace) -> list[Row]:
    """One long film and many short ones, by `size` workers that have made a film before."""
    portrait = folder / "portrait.png"
    if not portrait.exists():
        with PIL.Image.open(examples.portraits()[0].path) as picture:
            picture.convert("RGB").resize((arguments.side, arguments.side)).save(portrait)
    fleet = Fleet(database, folder / str(size), size, arguments)
    options = Options(engine=arguments.engine)
    short = Request(str(portrait), text=SENTENCE[:38], voice="espeak:en-us", options=options)
    sentences = SENTENCE * round(arguments.seconds / SENTENCE_SECONDS)
    tasks = {"one long film": [Request(str(portrait), text=sentences, voice="espeak:en-us", options=options)]}
    tasks["many short films"] = [short] * arguments.films
    rows = []
    try:
        fleet.made([short] * size * 2)  # processes start, and libraries are read
        for task, requests in tasks.items():
            before = fleet.computed()
            wall, jobs = fleet.made(requests)
            spent = fleet.computed() - before
            report = json.loads((fleet.kept / jobs[0].artefacts["report"]).read_text(encoding="utf-8"))
            shared = report.get("chunks", {"number": 0, "by_others": 0})
            seconds = sum(job.facts["duration"] for job in jobs)
            rows.append(Row(task, size, len(jobs), seconds, wall, spent, shared["number"], shared["by_others"]))
            sys.stderr.write(f"{rows[-1]}\n")
    finally:
        fleet.close()
    return rows


def _created(server: str) -> str:
    """The address of a new database of a server."""
    name = f"scaling_{secrets.token_hex(4)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server}/{name}"


def table(rows: Sequence[Row]) -> str:
    """All rows as Markdown; speed-up over the first row of the same task."""
    alone: dict[str, Row] = {}
    lines = [
        "| task | workers | wall s | speed-up | film s per s | computed s | cores used | chunks by others |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in sorted(rows, key=lambda row: (row.task != "one long film", row.workers)):
        first = alone.setdefault(row.task, row)
        chunks = f"{row.by_others} of {row.chunks}" if row.chunks else "–"
        lines.append(
            f"| {row.task}, {row.film_seconds:.0f} s | {row.workers} | {row.wall:.1f} | {first.wall / row.wall:.2f} "
            f"| {row.film_seconds / row.wall:.2f} | {row.computed:.0f} | {row.computed / row.wall:.2f} | {chunks} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=("mesh", "waiting"), default="mesh")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--seconds", type=float, default=120.0, help="of the long film, roughly")
    parser.add_argument("--films", type=int, default=16, help="short ones, of 2.5 s")
    parser.add_argument("--side", type=int, default=512, help="px of the portrait")
    parser.add_argument("--chunk-seconds", type=float, default=10.0)
    parser.add_argument("--server", default="", help="postgresql://user@host:port, for one that runs already")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    try:
        server = None if arguments.server else Postgres()
    except NoPostgres as error:
        sys.stdout.write(f"{error}\n")
        return 2
    if server is not None:
        server.start()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for size in arguments.workers:
                database = server.create() if server is not None else _created(arguments.server)
                rows += measured(database, Path(folder), size, arguments)
        finally:
            if server is not None:
                server.remove()
    sys.stdout.write(f"{table(rows)}\n")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
