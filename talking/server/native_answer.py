"""A job as the routes of /api tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from talking.jobs.job import Job
from talking.jobs.job import Progress as Step
from talking.server import native_live
from talking.server.did_answer import moment
from talking.server.native_models import Accepted, Failure, Film, Links, Progress, Talk
from talking.server.native_watch import Watch
from talking.server.service import Service

TALKS = "/api/talks"
ARTEFACTS = ("video", "srt", "vtt", "report", "receipt")

_ENDED = {"canceled": "It was canceled.", "timed_out": "It took longer than it was given."}
_FILES = ("portrait", "audio")


def links(job: Job, service: Service, base: str) -> Links:
    """Where to go on from a job."""
    own = f"{base}{TALKS}/{job.id}"
    files = {name: service.link(base, job.artefacts[name]) for name in ARTEFACTS if name in job.artefacts}
    live = native_live.link(job, service, base)
    return Links(talk=own, events=f"{own}/events", cancel=f"{own}/cancel", live=live, **files)


def accepted(job: Job, service: Service, watch: Watch, base: str) -> Accepted:
    """The answer to a request that was taken in."""
    position = watch.outlook(job).position
    return Accepted(id=job.id, status=job.status, queue_position=position, links=links(job, service, base))


def progress(job: Job, watch: Watch) -> Progress:
    """How far a job is."""
    return Progress(**_progress(job, watch))


def talk(job: Job, service: Service, watch: Watch, base: str, *, report: bool = True) -> Talk:
    """All that is known of a job; without the `report` for lists."""
    return Talk(
        **_progress(job, watch),
        dialect=job.dialect,
        request=_shown(job.request, service, base),
        name=job.request.get("name", ""),
        user_data=job.user_data,
        created_at=moment(job.created_ms),
        started_at=_moment(job.started_ms),
        finished_at=_moment(job.finished_ms),
        deadline_at=_moment(job.deadline_ms),
        expires_at=_moment(job.expires_ms),
        attempts=job.attempts,
        error=_failure(job),
        film=Film(**{name: job.facts[name] for name in Film.model_fields}) if job.status == "done" else None,
        report=service.reports.of(job) if report and job.status == "done" else None,
        live=native_live.live(job),
        links=links(job, service, base),
    )


def _progress(job: Job, watch: Watch) -> dict[str, Any]:
    seen, step = watch.outlook(job), job.progress
    if job.status == "done":  # the last step that was told of is that of putting it away
        step = Step("film", job.facts["num_frames"], job.facts["num_frames"])
    return {
        "id": job.id,
        "status": job.status,
        "stage": step.stage,
        "done": step.done,
        "total": step.total,
        "queue_position": seen.position,
        "eta_seconds": seen.seconds,
        "render_fps": seen.fps,
    }


def _failure(job: Job) -> Failure | None:
    if not job.finished or job.status == "done":
        return None
    return Failure(kind=job.error_kind or job.status, detail=job.error or _ENDED.get(job.status, "It failed."))


def _shown(request: Mapping[str, Any], service: Service, base: str) -> dict[str, Any]:
    """The request with links in the place of uploads."""
    told = dict(request)
    for name in _FILES:
        if name in told:
            told[name] = service.shown(base, told[name])
    options = dict(told.get("options", {}))
    for name in ("driver", "background"):
        if name in options:
            options[name] = service.shown(base, options[name])
    if options.get("logo"):
        options["logo"] = {**options["logo"], "url": service.shown(base, options["logo"]["url"])}
    return {**told, "options": options} if options else told


def _moment(ms: int | None) -> str | None:
    return None if ms is None else moment(ms)
