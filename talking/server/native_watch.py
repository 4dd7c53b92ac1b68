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

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the films being made are looked at."""

CHARACTERS_A_SECOND = 14.0
"""How fast English is read aloud by the voices, which a guess at a text's length goes by."""

_RECENT_FILMS = 20
_RECENT_SECONDS = 15.0
_SPAN = 6  # looks that the speed of just now is taken from
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
        self.left: float | None = None
        self.at = 0.0
        self.drawn: float | None = None  # when the last frame had been drawn

    def see(self, done: int, total: int, now: float) -> None:
        if self._points and done < self._points[-1][1]:
            self._points.clear()  # begun anew by another worker
        if not self._points or done > self._points[-1][1]:
            self._points.append((now, done))
        self.left, self.at = self._pace.update(done, total, now), now

    @property
    def fps(self) -> float | None:
        if len(self._points) < 2:
            return None
        (then, before), (now, done) = self._points[0], self._points[-1]
        return round((done - before) / (now - then), 1) if now > then else None


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
        with self._lock:
            course = self._courses.get(job.id)
        now = self._clock()
        if job.progress.stage == _FILM and course is not None and course.left is not None:
            return Outlook(None, _rounded(course.left - (now - course.at) + self._last_steps), course.fps)
        if course is not None and course.drawn is not None and self._last_steps:
            return Outlook(None, _rounded(self._last_steps - (now - course.drawn)))
        past = self._recent()
        if past is None or job.started_ms is None or job.progress.stage == _FILM:
            return Outlook(None, None, course.fps if course is not None and job.progress.stage == _FILM else None)
        return Outlook(None, _rounded(_length(job, past) * past.cost - (now_ms() - job.started_ms) / 1000))

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
