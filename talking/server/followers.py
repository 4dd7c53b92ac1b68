"""Who follows which film: one that was asked for on the page is canceled when nobody does any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Followers:
    """Who follows which film just now, in this process. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers: Counter[str] = Counter()

    @contextmanager
    def following(self, id: str) -> Iterator[None]:
        """Count somebody for as long as this lasts."""
        with self._lock:
            self._numbers[id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._numbers[id] -= 1
                if not self._numbers[id]:
                    del self._numbers[id]

    def any(self, id: str) -> bool:
        """Whether anybody does."""
        with self._lock:
            return id in self._numbers
