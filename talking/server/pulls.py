"""Weights of engines fetched for callers: one after the other, in a thread that lives as long as there are any."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from talking.checkpoints import checkpoint, shelf
from talking.errors import TalkingError

logger = logging.getLogger(__name__)

PullState: TypeAlias = Literal["waiting", "fetching", "done", "failed", "canceled"]

LEAVE_SECONDS = 5.0
"""How long the end waits for a fetch to stop; what it has is kept, and the next one goes on with it."""

_SORRY = "Something went wrong here, and it was logged. Please try again."
_NO_CLIENT = 'The program that talks to the hub is not installed here: its operator runs `pip install ".[neural]"`.'


@dataclass(frozen=True)
class Pull:
    """How far the fetch of a checkpoint is: `done` of `total` bytes, 0 where unknown; seconds that are left, None where
    unknown; for a failed one why, in a sentence.
    """

    state: PullState
    done: int = 0
    total: int = 0
    eta_seconds: float | None = None
    error: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing more happens."""
        return self.state in ("done", "failed", "canceled")


class _Canceled(TalkingError):
    """Somebody does not want it any more, or the server ends."""


class Pulls:
    """Fetches into `folder`, the usual one when None, from the hub at `endpoint`, the public one when empty."""

    def __init__(self, folder: Path | None, endpoint: str = "", offline: bool = False) -> None:
        self._folder, self._endpoint, self._offline = folder, endpoint, offline
        self._lock = threading.Lock()
        self._line: deque[str] = deque()
        self._found: dict[str, Pull] = {}
        self._thread: threading.Thread | None = None

    def look(self, name: str) -> Pull | None:
        """The last fetch of a checkpoint in this process, None when nobody asked for one."""
        with self._lock:
            return self._found.get(name)

    def start(self, name: str) -> Pull:
        """Put a checkpoint into the line, unless it is there already. Raises Unknown."""
        checkpoint(name)
        with self._lock:
            found = self._found.get(name)
            if found is not None and not found.over:
                return found
            self._found[name] = Pull("waiting")
            if name not in self._line:
                self._line.append(name)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="pulls", daemon=True)
                self._thread.start()
            return self._found[name]

    def cancel(self, name: str) -> Pull | None:
        """Stop a fetch; what came is kept for the next one. One that is over stays as it is."""
        with self._lock:
            found = self._found.get(name)
            if found is None or found.over:
                return found
            if name in self._line:
                self._line.remove(name)
            self._found[name] = replace(found, state="canceled", eta_seconds=None)
            return self._found[name]

    def close(self) -> None:
        """Stop everything, and wait a little for it."""
        with self._lock:
            self._line.clear()
            thread, names = self._thread, list(self._found)
        for name in names:
            self.cancel(name)
        if thread is not None:
            thread.join(LEAVE_SECONDS)

    def _work(self) -> None:
        while (name := self._following()) is not None:
            ended = self._fetched(name)
            with self._lock:
                if self._found[name].state == "fetching":  # else it was canceled, or asked for anew, meanwhile
                    self._found[name] = ended

    def _following(self) -> str | None:
        with self._lock:
            if not self._line:
                self._thread = None
                return None
            name = self._line.popleft()
            self._found[name] = Pull("fetching")
            return name

    def _fetched(self, name: str) -> Pull:
        began, first = time.monotonic(), -1

        def tell(_file: str, done: int, total: int) -> None:
            nonlocal first
            first = done if first < 0 else first
            rate = (done - first) / max(time.monotonic() - began, 1e-3)
            left = (total - done) / rate if rate > 0 and total else None
            with self._lock:
                if self._found[name].state != "fetching":
                    raise _Canceled(name)
                self._found[name] = Pull("fetching", done, total, None if left is None else round(left, 1))

        try:
            lock = shelf.pull(name, self._folder, endpoint=self._endpoint or None, offline=self._offline, progress=tell)
        except TalkingError as error:
            return replace(self._found[name], state="failed", eta_seconds=None, error=str(error))
        except ModuleNotFoundError:
            return Pull("failed", error=_NO_CLIENT)
        except Exception:
            logger.exception("weights could not be fetched")
            return Pull("failed", error=_SORRY)
        size = sum(fact.bytes for fact in lock.files.values())
        return Pull("done", size, size)
