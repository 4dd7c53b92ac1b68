"""/metrics: the figures of the service as Prometheus reads them.

All come from the table of jobs, so whichever web process is asked answers for all of them, also after a restart. They
are gauges: jobs leave the table in time, so nothing here only ever grows. Ask with a key, as for every other route.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from talking.jobs.figures import RECENT_SECONDS, Figures, figures
from talking.jobs.store import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_RECENT = f"of the last {RECENT_SECONDS / 60:.0f} minutes"


def router(store: Store) -> APIRouter:
    """The route /metrics."""
    found = APIRouter()

    @found.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(text(figures(store.database)), media_type=CONTENT_TYPE)

    return found


def text(found: Figures) -> str:
    """The figures in Prometheus' text format."""
    ended = found.ended.items()
    lines = [
        *_gauge("talking_jobs", "Jobs in each state.", _by("status", found.jobs)),
        *_gauge("talking_queue_oldest_seconds", "How long the first waits.", [("", found.oldest_waiting)]),
        *_gauge("talking_workers", "Workers heard of lately.", [("", found.workers)]),
        *_gauge(
            "talking_recent_ended_jobs", f"Jobs {_RECENT} that ended, by state and kind of error.",
            [(_labels(status=status, kind=kind), number) for (status, kind), number in ended],
        ),
        *_gauge("talking_recent_films", f"Films {_RECENT} that the next figures are of.", [("", found.films)]),
        *_gauge("talking_recent_frames", "Their frames.", [("", found.frames)]),
        *_gauge("talking_recent_wait_seconds", "Seconds they waited, together.", [("", found.waited)]),
        *_gauge("talking_recent_stage_seconds", "Seconds in each stage, together.", _by("stage", found.stages)),
        *_gauge("talking_deliveries_owed", "Webhooks and films of ended jobs still to send.", [("", found.owed)]),
        *_gauge(
            "talking_recent_delivery_tries", f"Tries {_RECENT} to send them.",
            [(_labels(arrived="yes" if arrived else "no"), number) for arrived, number in found.tries.items()],
        ),
        *_gauge("talking_render_frames_per_second", "Frames made a second.", [("", found.frames_per_second)]),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _gauge(name: str, about: str, samples: Iterable[tuple[str, float]]) -> list[str]:
    values = [f"{name}{labels} {value:.10g}" for labels, value in samples]
    return [f"# HELP {name} {about}", f"# TYPE {name} gauge", *values]


def _by(label: str, values: Mapping[str, float]) -> list[tuple[str, float]]:
    return [(_labels(**{label: name}), value) for name, value in values.items()]


def _labels(**labels: str) -> str:
    def quoted(value: str) -> str:
        return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

    return "{" + ",".join(f'{name}="{quoted(value)}"' for name, value in labels.items()) + "}"
