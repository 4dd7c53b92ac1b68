"""The page's way into the service: the same queue, the same checks and the same jobs as the routes have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from talking.jobs.job import new_id
from talking.server.followers import Followers
from talking.server.native import DIALECT
from talking.server.native_body import Body, read_request
from talking.server.native_watch import Watch
from talking.server.service import Service
from talking.ui.films import Look, Made

_ENDED = {"canceled": "The film was canceled.", "timed_out": "The film took longer than it was given."}


class PageFilms:
    """The Films of the page. While the server is `leaving`, nobody's going away cancels a film: it is made later."""

    def __init__(self, service: Service, watch: Watch, followers: Followers, leaving: Callable[[], bool]) -> None:
        self._service = service
        self._watch = watch
        self.followers = followers
        self._leaving = leaving

    def ask(self, document: Mapping[str, Any], files: Mapping[str, Path], call: Any) -> str:
        body = Body(dict(document), {name: file.read_bytes() for name, file in files.items()})
        request = read_request(call, body, self._service)
        return self._service.enqueue(call, request, DIALECT, new_id(), {}).id

    def look(self, id: str) -> Look:
        job = self._service.engine.status(id)
        if job.finished:
            error = "" if job.status == "done" else job.error or _ENDED.get(job.status, "The film failed.")
            return Look(over=True, error=error)
        seen, step = self._watch.outlook(job), job.progress
        return Look(False, "", seen.position, step.stage, step.done, step.total, seen.seconds, seen.fps)

    def fetch(self, id: str, folder: Path) -> Made:
        job = self._service.engine.status(id)
        captions = self._service.fetch_artefact(job, "srt", folder) if "srt" in job.artefacts else None
        return Made(self._service.fetch_artefact(job, "video", folder), captions, self._service.reports.of(job))

    def leave(self, id: str) -> None:
        if not self._leaving() and not self.followers.any(id):
            self._service.engine.cancel(id)
