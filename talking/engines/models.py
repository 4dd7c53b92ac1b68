"""The one owner of networks in a process: two engines that need the same one share it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from talking.engines.batches import release

M = TypeVar("M")


@dataclass
class _Held:
    model: Any
    holders: int


class Models:
    """Networks by key, such as ("sd-vae-ft-mse", path, "cuda:0", "bfloat16"), each loaded once and counted."""

    def __init__(self) -> None:
        self._held: dict[Hashable, _Held] = {}
        self._lock = threading.Lock()

    def take(self, key: Hashable, build: Callable[[], M]) -> M:
        """The network `key`, made by `build` when nobody holds it; whoever takes it gives it back once."""
        with self._lock:
            if key not in self._held:
                self._held[key] = _Held(build(), 0)
            held = self._held[key]
            held.holders += 1
            model: M = held.model
            return model

    def give_back(self, key: Hashable) -> None:
        """Let go of a network; the last one to do so frees its memory."""
        with self._lock:
            held = self._held.get(key)
            if held is None:
                return
            held.holders -= 1
            if held.holders > 0:
                return
            del self._held[key]
            del held
        release()

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """What is loaded now."""
        return tuple(self._held)


MODELS = Models()
"""The networks of this process."""
