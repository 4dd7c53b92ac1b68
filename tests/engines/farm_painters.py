"""Painters for the tests of the farm. In a module of their own, as drawing processes must be able to import them."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field

import numpy as np

from talking.errors import FaceTooSmall
from talking.types import Frame


@dataclass
class Numbers:
    """Frame `i` has luma `i % 251` everywhere and chroma from `state`."""

    state: np.ndarray = field(default_factory=lambda: np.full(4, 128, np.uint8))
    delay: float = 0.0

    def draw(self, index: int, out: Frame) -> None:
        time.sleep(self.delay)
        out[: len(out) * 2 // 3] = index % 251
        out[len(out) * 2 // 3 :] = self.state[0]


@dataclass
class ProcessIds:
    """Every frame holds the id of the process that drew it."""

    def draw(self, _index: int, out: Frame) -> None:
        out.reshape(-1)[:8].view(np.int64)[0] = os.getpid()


@dataclass
class Failing:
    """Draws up to frame `at`, then fails in its own way."""

    at: int
    how: str

    def draw(self, index: int, out: Frame) -> None:
        out[:] = 0
        if index < self.at:
            return
        if self.how == "talking":
            raise FaceTooSmall("The face is too small.")
        if self.how == "bug":
            raise ZeroDivisionError("/a/secret/path")
        if self.how == "print":
            os.write(1, b"this must not pass for an answer\n")
            return
        os.kill(os.getpid(), signal.SIGKILL)


def broken() -> Numbers:
    raise KeyError("/a/secret/path")
