"""How a job goes on, as Server-Sent Events: what is new about it, until it is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from talking.errors import NotFound, Unavailable
from talking.jobs.job import Job
from talking.server.native_models import Problem, Progress, Talk

KEEP_ALIVE_SECONDS = 15.0
"""A comment is sent when there was nothing to tell for so long: proxies end what is silent for a minute."""

RETRY_MS = 2000
"""After which a client that lost the connection asks again."""

_RUNNING_SECONDS, _WAITING_SECONDS, _AWAY_SECONDS = 0.25, 1.0, 2.0

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Nobody on the way may hold events back."""


@dataclass(frozen=True)
class Telling:
    """How events are made: `look` gives the job as it is now, `progress` and `talk` tell of it. All may wait."""

    look: Callable[[], Job]
    progress: Callable[[Job], Progress]
    talk: Callable[[Job], Talk]


def event_id(job: Job) -> str:
    """Names a state of a job: the same for the same, another for every other."""
    if job.finished:
        return job.status
    step = job.progress
    return f"{job.status}.{job.attempts}.{step.stage}.{step.done}"


async def events(telling: Telling, last_id: str = "", *, keep_alive: float = KEEP_ALIVE_SECONDS) -> AsyncIterator[str]:
    """The events of a job: "progress" whenever there is any, then "done", or "error" for every other end.

    A client that names the last event which it had is not told that again.
    """
    yield f"retry: {RETRY_MS}\n\n"
    told, silent_since = last_id, time.monotonic()
    while True:
        pause, event, over = await _next(telling, told)
        if event is not None:
            told, silent_since = event[0], time.monotonic()
            yield event[1]
        elif time.monotonic() - silent_since >= keep_alive:
            silent_since = time.monotonic()
            yield ": nothing new\n\n"
        if over:
            return
        await asyncio.sleep(min(pause, keep_alive))


async def _next(telling: Telling, told: str) -> tuple[float, tuple[str, str] | None, bool]:
    """Seconds until to look again, the event to tell by its id, and whether that is the last one."""
    try:
        job = await run_in_threadpool(telling.look)
        if job.finished:
            whole = await run_in_threadpool(telling.talk, job)
            name = "done" if job.status == "done" else "error"
            return 0.0, (job.status, _event(name, job.status, whole.model_dump_json())), True
        progress = await run_in_threadpool(telling.progress, job)
    except NotFound as error:
        problem = Problem(status=404, kind="NotFound", detail=str(error))
        return 0.0, ("gone", _event("error", "gone", problem.model_dump_json())), True
    except Unavailable:
        return _AWAY_SECONDS, None, False  # the stream outlives a restart of the database
    id = event_id(job) if progress.queue_position is None else f"{event_id(job)}.{progress.queue_position}"
    pause = _RUNNING_SECONDS if job.status == "started" else _WAITING_SECONDS
    return pause, None if id == told else (id, _event("progress", id, progress.model_dump_json())), False


def _event(name: str, id: str, data: str) -> str:
    return f"id: {id}\nevent: {name}\ndata: {data}\n\n"
