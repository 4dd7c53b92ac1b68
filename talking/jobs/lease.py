"""Which workers are alive: each says so again and again, and the jobs of one that has stopped go to the others."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from talking.errors import OutputError, Unavailable
from talking.jobs.database import Database
from talking.jobs.tables import WORKERS

if TYPE_CHECKING:
    from dbos import DBOSClient

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
"""A worker not heard of for so long is dead. Three beats: work may hold the interpreter for seconds."""

_TAKEOVER_SECONDS = 60.0
_SLOT = "local-"


def worker_name(slot: int | None = None) -> str:
    """What a worker is called: by its `slot` on a machine of its own, else by a name that never comes again."""
    return f"{_SLOT}{slot}" if slot is not None else f"{socket.gethostname()[:60]}-{secrets.token_hex(6)}"


class Leases:
    """Who is alive, in a `database` whose clock all use."""

    def __init__(self, database: Database, seconds: float = LEASE_SECONDS) -> None:
        self._database = database
        self.seconds = seconds

    def beat(self, name: str) -> None:
        """Say that the worker `name` is alive. To be called before it takes anything, then every third of `seconds`."""
        now = self._database.clock()

        def work(connection: sa.Connection) -> None:
            seen = sa.update(WORKERS).where(WORKERS.c.id == name).values(seen_ms=now)
            if connection.execute(seen).rowcount == 0:
                connection.execute(sa.insert(WORKERS).values(id=name, seen_ms=now))

        self._database.run(work)

    def leave(self, name: str) -> None:
        """Say that the worker `name` is no more."""
        self._database.run(lambda connection: connection.execute(sa.delete(WORKERS).where(WORKERS.c.id == name)))

    def alive(self) -> frozenset[str]:
        """The workers heard of lately. Those not heard of for a day are forgotten."""
        age = self._database.clock() - WORKERS.c.seen_ms

        def work(connection: sa.Connection) -> frozenset[str]:
            connection.execute(sa.delete(WORKERS).where(age > 86_400_000))
            fresh = sa.select(WORKERS.c.id).where(age < round(self.seconds * 1000))
            return frozenset(connection.execute(fresh).scalars())

        return self._database.run(work)

    def dead(self, client: DBOSClient) -> tuple[str, ...]:
        """Workers that hold jobs and are not alive."""
        holders = {row.executor_id for row in client.list_workflows(status="PENDING", load_input=False)}
        return tuple(sorted({name for name in holders if name} - self.alive())) if holders else ()


def take_over(database: Database, dead: str) -> bool:
    """Put the jobs of a dead worker back into the queue; whether that worked. Any number of processes may do so at
    once, and what lives again meanwhile is refused at its next step.

    The queue does this for the name under which a process starts, so one starts under that name, and takes nothing.
    """
    order = json.dumps({"database": database.url, "executor": dead})
    command = [sys.executable, "-m", "talking.jobs.takeover"]
    try:
        done = subprocess.run(command, input=order.encode(), timeout=_TAKEOVER_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.warning("the jobs of %s were not taken over: %r", dead, error)
        return False
    logger.info("took over the jobs of %s", dead)
    return done.returncode == 0


_TAKEN = (
    "Another worker is at work in this data folder, that of `talking serve` perhaps. Stop it, or give this one another "
    "folder; for more workers on one machine, start the server with --workers 2."
)


@contextmanager
def only_one(path: Path, taken: str = _TAKEN) -> Iterator[None]:
    """Hold the lock file `path`: two workers by the same name, for one, would take each other's jobs.

    Raises Unavailable, which says what is `taken`, when another process holds it, and OutputError when it cannot be
    written. The system lets go of it when a process ends, however it does.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise OutputError("The data folder cannot be made or written. Give another one with TALKING_DATA.") from error
    with file:
        try:
            _locker()(file.fileno())
        except OSError as error:
            raise Unavailable(taken) from error
        yield


def clear_after(folder: Path, leases: Leases) -> tuple[str, ...]:
    """Remove what workers that are dead left in `folder`, where each has a folder and a lock file by its name; their
    names. Those that live are known by their leases as well: locks are not seen across all network shares.
    """
    alive = leases.alive()
    gone = []
    for lock in sorted(folder.glob("*.lock")):
        name = lock.name.removesuffix(".lock")
        if name in alive:
            continue
        with suppress(Unavailable, OSError), only_one(lock):
            clear_own(folder, name)
            gone.append(name)
    return tuple(gone)


def clear_own(folder: Path, name: str) -> None:
    """Remove what the worker `name`, dead or about to end, has in `folder`: a folder of its own, and its lock file."""
    shutil.rmtree(folder / name, ignore_errors=True)
    if not name.startswith(_SLOT):  # the next one has the same name, and may be opening the lock just now
        with suppress(OSError):  # some systems keep what is open
            (folder / f"{name}.lock").unlink()


def _locker() -> Callable[[int], Any]:
    if os.name == "nt":
        import msvcrt

        return lambda number: msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    import fcntl

    return lambda number: fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
