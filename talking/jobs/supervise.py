"""A worker of one's own: started beside the server, started again when it dies, and gone when the server is."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from talking.jobs.ahead import hint
from talking.jobs.database import Database
from talking.jobs.lease import worker_name
from talking.jobs.worker import LEAVE_SECONDS, WorkerConfig

logger = logging.getLogger(__name__)

_COMMAND = (sys.executable, "-m", "talking.jobs")
_SHORTEST, _LONGEST = 0.2, 10.0
"""Seconds before a worker that died is started again: longer each time, unless it lived for a while."""


class Supervisor:
    """Keeps one worker running. The `command` must read its WorkerConfig as the first line of its input and leave at
    the end of that input, as `python -m talking.jobs` does: so it never outlives a server that is killed. `slot` tells
    it from others of the same server.
    """

    def __init__(self, config: WorkerConfig, command: Sequence[str] = _COMMAND, *, slot: int = 0) -> None:
        # Its successor bears the same name, and so takes up at once what it had begun.
        name = config.name or worker_name(slot if Database(config.database).embedded else None)
        self._config = replace(config, name=name)
        self._command = tuple(command)
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._speaking = threading.Lock()
        self._thread = threading.Thread(target=self._supervise, name="worker-supervisor", daemon=True)
        self.restarts = 0

    def __enter__(self) -> Supervisor:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the worker; returns at once."""
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """Of the worker that runs now."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def runs(self) -> bool:
        """Whether the worker lives now."""
        return self.pid is not None

    def expect(self, portrait: Path) -> None:
        """Have the worker look at a portrait, a file of this machine, that may be filmed next, when it has nothing else
        to do.
        """
        child = self._child
        if child is None or child.stdin is None:
            return
        with self._speaking, contextlib.suppress(OSError, ValueError):  # it is gone: the next one looks in good time
            child.stdin.write(hint(portrait))
            child.stdin.flush()

    def leave(self) -> None:
        """Tell the worker to give back what it is at; returns at once."""
        self._stopping.set()

    def stop(self) -> None:
        """Let the worker give back what it is at, and end it."""
        self.leave()
        self._thread.join(LEAVE_SECONDS * 3)

    def _supervise(self) -> None:
        pause = _SHORTEST
        while not self._stopping.is_set():
            began = time.monotonic()
            status = self._run()
            if self._stopping.is_set():
                return
            self.restarts += 1
            pause = _SHORTEST if time.monotonic() - began > _LONGEST else min(2 * pause, _LONGEST)
            logger.warning("the worker ended with status %s and is started again", status)
            self._stopping.wait(pause)

    def _run(self) -> int:
        """One life of a worker; its status."""
        try:
            child = subprocess.Popen(self._command, stdin=subprocess.PIPE)
        except OSError as error:
            logger.error("the worker cannot be started: %s", error)
            return -1
        assert child.stdin is not None
        with self._speaking, contextlib.suppress(OSError):  # it died at once: that is seen below
            child.stdin.write(self._config.to_json().encode() + b"\n")
            child.stdin.flush()
        self._child = child
        while child.poll() is None and not self._stopping.is_set():
            self._stopping.wait(0.1)
        with self._speaking, contextlib.suppress(OSError):
            child.stdin.close()
        try:
            return child.wait(LEAVE_SECONDS + 2)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()
