"""The processes of a service, each started again when it dies, as an operator's supervisor would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx

from rig import calls
from rig.places import Place, free_port

_PAUSE = 0.3
_LEAVE_SECONDS = 40.0
_READY_SECONDS = 300.0


class Keeper:
    """Keeps one process running. `deaths` counts how often it ended while it was kept."""

    def __init__(self, name: str, command: Sequence[str], place: Place) -> None:
        self.name = name
        self._command = list(command)
        self._place = place
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=f"keeper-{name}", daemon=True)
        self.deaths = 0
        self.started = 0.0

    def start(self) -> None:
        """Start it; returns at once."""
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """Of the process, while it lives."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def stop(self) -> int | None:
        """Ask it to leave; its status, None when it had to be killed."""
        self._stopping.set()
        process = self._process
        if process is None:
            return None
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return None
        finally:
            self._thread.join(5)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            with self._place.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, env=self._place.environment(), stdout=log, stderr=log, stdin=subprocess.DEVNULL
                )
            self.started = time.monotonic()
            self._process.wait()
            if not self._stopping.is_set():
                self.deaths += 1
                self._stopping.wait(_PAUSE)


class Fleet:
    """Web processes and workers over one place. The first web has a worker of its own, the others have none."""

    def __init__(self, place: Place, *, webs: int = 1, workers: int = 0) -> None:
        self.place = place
        self.ports = [free_port() for _ in range(webs)]
        talking = (sys.executable, "-m", "talking")
        data = str(place.data)
        self.webs = []
        for index, port in enumerate(self.ports):
            alone = ("--no-worker",) if index else ()
            command = (*talking, "serve", "--port", str(port), "--data", data, *alone)
            self.webs.append(Keeper(f"web-{index}", command, place))
        self.workers = [Keeper(f"worker-{n}", (*talking, "worker", "--data", data), place) for n in range(workers)]

    def __enter__(self) -> Fleet:
        for each in (*self.webs, *self.workers):
            each.start()
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def wait_until_ready(self, seconds: float = _READY_SECONDS) -> None:
        """Wait until jobs are taken in. Raises TimeoutError."""
        until = time.monotonic() + seconds
        for url in self.urls:
            while not answers(f"{url}/healthz"):
                if time.monotonic() > until:
                    raise TimeoutError(f"the service is not ready: {self.place.log.read_text()[-3000:]}")
                time.sleep(0.3)

    def child(self) -> int | None:
        """The worker that the first web started."""
        web = self.webs[0].pid
        for pid, command in self.place.processes().items():
            if "talking.server.work" in command and _parent(pid) == web:
                return pid
        return None

    def stop(self) -> list[str]:
        """Ask all to leave; what went wrong with that."""
        faults = []
        for each in (*self.workers, *self.webs):
            status = each.stop()
            if status != 0:
                faults.append(f"{each.name} ended with status {status} when it was told to leave")
        until = time.monotonic() + 15
        while (left := self.place.processes()) and time.monotonic() < until:
            time.sleep(0.2)
        for pid, command in left.items():
            faults.append(f"process {pid} stayed: {command[:120]}")
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return faults


def answers(url: str) -> bool:
    """Whether there is an answer of 200."""
    try:
        return calls.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def _parent(pid: int) -> int | None:
    try:
        return int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return None
