"""/healthz: the process lives. /readyz: a job that is sent now will be made. Both need no key and tell no secrets."""

from __future__ import annotations

import hashlib
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from talking.errors import TalkingError
from talking.jobs.lease import Leases
from talking.jobs.store import Store
from talking.storage import Storage

logger = logging.getLogger(__name__)

FRESH_SECONDS = 5.0
"""How long an answer serves all who ask: strangers may, and looking costs a file in the storage."""

_LOAD = "import av, cv2, mediapipe; from talking import engines; engines.load('mesh').close()"
_LOAD_SECONDS = 60.0
_RETRY_SECONDS = 60.0


@dataclass(frozen=True)
class Look:
    """What was found, "ok" or what is wrong in a few words, for each thing that was looked at."""

    checks: Mapping[str, str]

    @property
    def ready(self) -> bool:
        return all(word == "ok" for word in self.checks.values())


class Readiness:
    """Looks whether all that a job needs is there. `worker_runs` tells it of the worker beside this process; None
    when others do the work; with `inline` there are no workers but this process. Safe for threads.
    """

    def __init__(
        self, store: Store, storage: Storage, worker_runs: Callable[[], bool] | None, *, inline: bool = False
    ) -> None:
        self._store = store
        self._storage = storage
        self._worker_runs = worker_runs
        self._inline = inline
        self._engine = _Engine() if worker_runs is not None else None
        # The same name every time on a machine: of a process that is killed here one file stays at most.
        self._probe = f"health/probe-{hashlib.sha256(socket.gethostname().encode()).hexdigest()[:16]}"
        self._lock = threading.Lock()
        self._seen: tuple[float, Look] | None = None

    def look(self) -> Look:
        """What there is, at most FRESH_SECONDS ago."""
        with self._lock:
            if self._seen is None or time.monotonic() - self._seen[0] > FRESH_SECONDS:
                self._seen = (time.monotonic(), self._now())
            return self._seen[1]

    def _now(self) -> Look:
        checks = {"database": _try(lambda: self._store.count("created"), "cannot be reached")}
        checks["storage"] = _try(self._write, "cannot be written")
        checks["worker"] = self._worker() if checks["database"] == "ok" else "not known"
        if self._engine is not None:
            checks["engine"] = self._engine.word()
        return Look(checks)

    def _write(self) -> None:
        self._storage.write(self._probe, b"ok")
        self._storage.delete(self._probe)

    def _worker(self) -> str:
        beside = self._worker_runs is None or self._worker_runs()
        if self._inline:
            return "ok" if beside else "none is alive"
        try:
            # One that was killed is heard of for half a minute more; of our own we know better.
            alive = bool(Leases(self._store.database).alive()) and (beside or not self._store.database.embedded)
        except TalkingError:
            return "not known"
        return "ok" if alive else "none is alive"


class _Engine:
    """Whether the embedded engine, on which the others paint, can be loaded. A process of its own finds out, once,
    because its libraries would stay in this one for ever.
    """

    def __init__(self) -> None:
        self._ok = False
        self._tried: float | None = None

    def word(self) -> str:
        if not self._ok and (self._tried is None or time.monotonic() - self._tried > _RETRY_SECONDS):
            self._tried = time.monotonic()
            self._ok = _loads()
        return "ok" if self._ok else "cannot be loaded"


def router(readiness: Readiness) -> APIRouter:
    """The routes /healthz and /readyz."""
    found = APIRouter(include_in_schema=False)

    @found.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    @found.get("/readyz")
    def ready() -> JSONResponse:
        look = readiness.look()
        body = {"status": "ok" if look.ready else "not ready", "checks": dict(look.checks)}
        return JSONResponse(body, 200 if look.ready else 503)

    return found


def _try(action: Callable[[], object], trouble: str) -> str:
    try:
        action()
    except TalkingError as error:
        logger.warning("not ready: %s", error)
        return trouble
    return "ok"


def _loads() -> bool:
    try:
        done = subprocess.run([sys.executable, "-c", _LOAD], capture_output=True, timeout=_LOAD_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.error("the engine cannot be loaded: %s", type(error).__name__)
        return False
    if done.returncode:
        logger.error("the engine cannot be loaded; `talking doctor` says more")
    return done.returncode == 0
