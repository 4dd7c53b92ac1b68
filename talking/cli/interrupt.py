"""Ctrl-C in the middle of a film."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talking.pipeline import OnProgress


@contextmanager
def heeded(show: OnProgress | None) -> Iterator[OnProgress]:
    """Progress, shown by `show`, that ends a film at SIGINT even when its KeyboardInterrupt came where Python drops
    exceptions: in a finalizer, or in what a library calls back.
    """
    asked = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        asked.set()
        raise KeyboardInterrupt

    def heed(stage: str, done: int, total: int) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        if show is not None:
            show(stage, done, total)

    # A command that a shell runs in the background is to go on at Ctrl-C, and has another handler.
    ours = threading.current_thread() is threading.main_thread() and (
        signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if ours:
        signal.signal(signal.SIGINT, stop)
    try:
        yield heed
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
