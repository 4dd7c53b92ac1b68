"""Kills processes of a service at random moments, with the signal that none of them can hear."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from rig.fleet import Fleet, Keeper, answers
from talking.errors import TalkingError
from talking.jobs.database import Database
from talking.jobs.job import FINISHED
from talking.jobs.perform import MOST_ATTEMPTS
from talking.jobs.tables import JOBS

WEB_JOBS = (0, 20)
"""A web process that answers is killed when so many jobs have ended since then, or after _IDLE_SECONDS of none."""

EARLY = 0.2
"""The share of web processes that are killed before they answer."""

_EARLY_SECONDS = (0.5, 5.0)
WORKER_SECONDS = (0.5, 6.0)
"""A worker is killed when it has used so many seconds of a processor, of which two go into starting: so it is killed at
all stages of its life, however busy the machine is. One that has nothing to do is killed after _IDLE_SECONDS.
"""

_IDLE_SECONDS = 15.0
_AHEAD = 3
"""Kills that may have come about beyond their share of the jobs that have ended."""


class Killer:
    """Kills `wanted` times in all while so many `jobs` are made; `kills` counts by victim. A worker whose film would be
    given up is spared: that has a test of its own.
    """

    def __init__(
        self,
        fleet: Fleet,
        database: Database,
        wanted: int,
        jobs: int,
        seed: int,
        *,
        haste: float = 1.0,
        spare_webs: bool = False,
    ) -> None:
        self._fleet = fleet
        self._database = database
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._haste = haste
        self._jobs = jobs
        self.wanted = wanted
        self.kills: Counter[str] = Counter()
        self.in_films = 0
        self.spared = 0
        self._threads = [
            threading.Thread(target=self._haunt_web, args=(index,), daemon=True)
            for index in range(0 if spare_webs else len(fleet.webs))
        ]
        victims: list[tuple[str, Callable[[], int | None]]] = [
            (worker.name, partial(_pid, worker)) for worker in fleet.workers
        ]
        victims.append(("worker of web-0", fleet.child))
        self._threads += [threading.Thread(target=self._haunt_worker, args=each, daemon=True) for each in victims]

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    @property
    def done(self) -> int:
        return sum(self.kills.values())

    def wait(self, seconds: float) -> bool:
        """Wait until all is done; whether it is."""
        return self._over.wait(seconds)

    def stop(self) -> None:
        """Kill no more."""
        self._over.set()

    def _haunt_web(self, index: int) -> None:
        web = self._fleet.webs[index]
        while not self._over.is_set():
            used = self._chance(*_EARLY_SECONDS) if self._chance(0.0, 1.0) < EARLY else 1e9
            jobs = self._chance(*WEB_JOBS) / self._haste
            pid = web.pid
            while not self._over.wait(0.2) and pid is not None and processor_seconds(pid) < used:
                if answers(f"{self._fleet.urls[index]}/healthz"):
                    self._wait_for_jobs(jobs, lambda pid=pid: web.pid == pid)  # type: ignore[misc]
                    break
            self._kill(web.name, pid, partial(_pid, web))

    def _wait_for_jobs(self, number: float, lives: Callable[[], bool]) -> None:
        """Wait until so many jobs more have ended, or none has for a while."""
        first = latest = self._count(JOBS.c.status.in_(FINISHED))
        until = time.monotonic() + _IDLE_SECONDS
        while time.monotonic() < until and latest - first < number and lives() and not self._over.wait(0.2):
            now = self._count(JOBS.c.status.in_(FINISHED))
            if now > latest:
                latest, until = now, time.monotonic() + _IDLE_SECONDS

    def _haunt_worker(self, name: str, find: Callable[[], int | None]) -> None:
        while not self._over.is_set():
            used, began = self._chance(*WORKER_SECONDS) / self._haste, time.monotonic()
            while (pid := find()) is None and not self._over.wait(1.0):
                pass
            while not self._over.wait(0.1) and pid is not None and processor_seconds(pid) < used:
                if time.monotonic() - began > _IDLE_SECONDS:
                    break
            self._kill(name, pid, find)

    def _kill(self, name: str, pid: int | None, find: Callable[[], int | None]) -> None:
        """Kill `pid` when it is its turn, unless it has died by then or a film would be given up for it."""
        while self._is_early() and not self._over.wait(0.5):  # or workers, who are quick to start, would be all victims
            pass
        with self._lock:
            if self._over.is_set() or pid is None or pid != find():
                return
            filming = self._filming()
            if filming is None or filming >= MOST_ATTEMPTS:
                self.spared += 1
                return
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.kills[name] += 1
                self.in_films += filming > 0
            if self.done >= self.wanted:
                self._over.set()

    def _is_early(self) -> bool:
        """Whether so few jobs have ended that more kills would do nothing but keep the service from starting."""
        ended = self._count(JOBS.c.status.in_(FINISHED))
        return self.done > self.wanted * ended / self._jobs + _AHEAD

    def _chance(self, low: float, high: float) -> float:
        with self._lock:
            return self._random.uniform(low, high)

    def _filming(self) -> int | None:
        """Attempts at the film that was tried most often of those being made; 0 for none, None when nobody can say."""
        most = sa.select(sa.func.max(JOBS.c.attempts)).where(JOBS.c.status == "started")
        try:
            return int(self._database.run(lambda connection: connection.execute(most).scalar_one()) or 0)
        except TalkingError:
            return None

    def _count(self, where: sa.ColumnElement[bool]) -> int:
        """How many jobs there are, 0 when nobody can say."""
        query = sa.select(sa.func.count()).select_from(JOBS).where(where)
        try:
            return int(self._database.run(lambda connection: connection.execute(query).scalar_one()))
        except TalkingError:
            return 0


def _pid(keeper: Keeper) -> int | None:
    return keeper.pid


def processor_seconds(pid: int) -> float:
    """What a process has used of its processors; a lot for one that is no more."""
    try:
        fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 1e9
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def kill_while_filming(fleet: Fleet, database: Database, id: str, times: int, seconds: float = 120.0) -> int:
    """Kill the worker of the first web as often as that while it makes the film `id`; how often that came about."""
    done, until = 0, time.monotonic() + seconds
    query = sa.select(JOBS.c.status, JOBS.c.attempts).where(JOBS.c.id == id)
    while done < times and time.monotonic() < until:
        status, attempts = database.run(lambda connection: tuple(connection.execute(query).one()))
        child = fleet.child()
        if status == "started" and attempts == done + 1 and child is not None:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            done += 1
        time.sleep(0.02)
    return done
