"""How fast films are being made, and so when one will be done."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from talking.errors import TalkingError
from talking.jobs.job import Job, now_ms
from talking.jobs.store import MAX_PAGE, Store
from talking.media.pace import Pace
from talking.types import FPS

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the films being made are looked at."""

CHARACTERS_A_SECOND = 14.0
"""How fast English is read aloud by the voices, which a guess at a text's length goes by."""

_RECENT_FILMS = 20
_RECENT_SECONDS = 15.0
_SPAN = 6  # looks that the speed of just now is taken from
_POINT_SECONDS = 0.9  # between two of them, at least
_ENOUGH_SECONDS, _ENOUGH_FRAMES, _SLOW_SECONDS = 0.9, 10, 5.0  # of drawing, before a speed is told; slow films have few
_FILM, _LAST_STEPS = "film", ("quality", "store")


@dataclass(frozen=True)
class Outlook:
    """`position` of a waiting job, how many come before it; `seconds` until it is done; `fps` it is drawn at. None
    where that is not known or means nothing.
    """

    position: int | None = None
    seconds: float | None = None
    fps: float | None = None


@dataclass(frozen=True)
class _Past:
    """What films took lately: `cost` seconds of work for each of film, `length` and `work` of the mean one."""

    cost: float
    length: float
    work: float


class _Course:
    """One film being made."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._points: deque[tuple[float, int]] = deque(maxlen=_SPAN)
        self._left: float | None = None
        self._at = 0.0
        self._rest = 0  # frames
        self.drawn: float | None = None  # when the last frame had been drawn

    def see(self, done: int, total: int, now: float) -> None:
        """The film has `done` of `total` frames."""
        if self._points and done < self._points[-1][1]:
            self._points.clear()  # begun anew by another worker
        if done and (not self._points or (done > self._points[-1][1] and now - self._points[-1][0] >= _POINT_SECONDS)):
            self._points.append((now, done))
        self._left, self._at, self._rest = self._pace.update(done, total, now), now, total - done

    def glance(self, done: int, total: int, now: float) -> None:
        """The same by somebody who may not have looked last."""
        if not self._points or done > self._points[-1][1]:
            self.see(done, total, now)

    @property
    def fps(self) -> float | None:
        """Frames a second just now; None until enough were drawn to tell."""
        if len(self._points) < 2:
            return None
        (then, before), (now, done) = self._points[0], self._points[-1]
        counted, seconds = done - before, now - then
        enough = seconds >= _ENOUGH_SECONDS and (counted >= _ENOUGH_FRAMES or seconds >= _SLOW_SECONDS)
        return round(counted / seconds, 1) if enough else None

    def left(self, now: float) -> float | None:
        """Seconds until the last frame is drawn: by the steady pace, or at first by the speed of just now."""
        if self._left is not None:
            return self._left - (now - self._at)
        return self._rest / self.fps - (now - self._at) if self.fps else None


class Watch:
    """Looks at the films being made, and tells of any job when it may be done. Safe for threads.

    `clock` gives seconds that never go back.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._courses: dict[str, _Course] = {}
        self._past: _Past | None = None
        self._past_until = 0.0
        self._last_steps = 0.0  # seconds from the last frame of a film until it is there, as the last one took

    async def keep(self) -> None:
        """Look once a second, until it is canceled."""
        while True:
            try:
                await run_in_threadpool(self.look)
            except TalkingError as error:
                logger.warning("how far films are is not known for now: %s", error)
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Look at all films being made, once."""
        running = self._store.page(statuses=("started",), limit=MAX_PAGE).jobs
        now = self._clock()
        with self._lock:
            before, self._courses = self._courses, {job.id: _Course() for job in running}
            self._courses |= {id: before[id] for id in before if id in self._courses}
            for id in set(before) - set(self._courses):
                if (drawn := before[id].drawn) is not None:
                    self._last_steps = now - drawn
            for job in running:
                course, step = self._courses[job.id], job.progress
                if step.stage == _FILM:
                    course.see(step.done, step.total, now)
                elif step.stage in _LAST_STEPS and course.drawn is None:
                    course.drawn = now

    def outlook(self, job: Job) -> Outlook:
        """What can be told of a job now."""
        if job.status == "created":
            position = self._store.ahead(job)
            return Outlook(position, self._wait(job, position))
        if job.status != "started":
            return Outlook()
        now, step = self._clock(), job.progress
        filming = step.stage == _FILM
        with self._lock:
            course = self._courses.setdefault(job.id, _Course()) if filming else self._courses.get(job.id)
            if course is not None and filming:
                course.glance(step.done, step.total, now)
                fps, left = course.fps, course.left(now)
        if course is not None and filming and left is not None:
            return Outlook(None, _rounded(left + self._last_steps), fps)
        if course is not None and course.drawn is not None and self._last_steps:
            return Outlook(None, _rounded(self._last_steps - (now - course.drawn)))
        past = self._recent()
        if past is None or job.started_ms is None:
            return Outlook()
        length = step.total / FPS if filming and step.total else _length(job, past)
        return Outlook(None, _rounded(length * past.cost - (now_ms() - job.started_ms) / 1000))

    def _wait(self, job: Job, position: int) -> float | None:
        """Seconds until a waiting job is done, if those before it take what films took lately."""
        past = self._recent()
        if past is None:
            return None
        with self._lock:
            workers = max(1, len(self._courses))
        return _rounded(position * past.work / workers + _length(job, past) * past.cost)

    def _recent(self) -> _Past | None:
        if self._clock() > self._past_until:
            self._past = _past(self._store.page(statuses=("done",), limit=_RECENT_FILMS).jobs)
            self._past_until = self._clock() + (_RECENT_SECONDS if self._past else LOOK_SECONDS)
        return self._past


def _past(jobs: Sequence[Job]) -> _Past | None:
    took = [
        ((job.finished_ms - job.started_ms) / 1000, float(job.facts["duration"]))
        for job in jobs
        if job.finished_ms is not None and job.started_ms is not None and job.facts.get("duration")
    ]
    if not took:
        return None
    work, length = (sum(column) / len(took) for column in zip(*took, strict=True))
    return _Past(work / length, length, work)


def _length(job: Job, past: _Past) -> float:
    """Roughly the seconds of film that a job will have."""
    text = job.request.get("text")
    return len(text) / CHARACTERS_A_SECOND if isinstance(text, str) else past.length


def _rounded(seconds: float) -> float:
    return round(max(0.0, seconds), 1)
