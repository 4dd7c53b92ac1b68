"""A film in the making: its progress in words, and a thread of its own that can be told to stop."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable

import gradio as gr

from talking.errors import InvalidRequest
from talking.media.pace import Pace
from talking.types import Video

STAGES = {
    "portrait": "Looking at the portrait",
    "driver": "Choosing how to move",
    "speech": "Speaking",
    "motion": "Planning the motion",
    "film": "Filming",
    "quality": "Looking at the film",
}


class Reporter:
    """Turns the pipeline's progress into Gradio's and into `words`, with the time that is left; may stop a film."""

    def __init__(self, progress: gr.Progress) -> None:
        self.words = "Waiting for the film before this one …"
        self._progress = progress
        self._pace = Pace()
        self._told = 0.0
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Make the film give up at its next frame, if it is still being made."""
        self._stopped.set()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._stopped.is_set():
            raise InvalidRequest("The film was given up because its visitor left.")
        now = time.monotonic()
        left = self._pace.update(done, total, now) if total else None
        if total and done < total and now - self._told < 0.2:
            return
        self._told = now
        self.words = f"{STAGES[stage]} …" if not total else f"{STAGES[stage]}: {min(1.0, done / total):.0%}"
        if left is not None and done < total:
            self.words += f", about {max(1, round(left))} s left"
        self._progress((done, total) if total else 0.0, desc=self.words, unit="frames")


class Filming:
    """A film being made by a thread of its own, so that whoever asked for it can look elsewhere meanwhile."""

    def __init__(self, make: Callable[[], Video]) -> None:
        self._make = make
        self._outcome: Video | BaseException | None = None
        # Gradio's progress finds the visitor by context variables, which a new thread does not have by itself.
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._run,), name="film", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether it is over, after waiting at most so long."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> Video:
        """The film. Raises what kept it from being made."""
        if isinstance(self._outcome, Video):
            return self._outcome
        assert self._outcome is not None
        raise self._outcome

    def _run(self) -> None:
        try:
            self._outcome = self._make()
        except BaseException as error:
            self._outcome = error
