"""What an operator sets reaches the jobs: limits by dialect, deadline, retention."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from talking.jobs.job import MAX_SECONDS
from talking.server.app import create_app
from talking.settings import Settings

TALK = {"script": {"type": "text", "input": "Hello."}}


def test_each_dialect_has_its_own_longest_film_and_every_job_the_terms_that_are_set(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path, did_max_seconds=90, deadline_seconds=120, keep_days=0.5, upload_days=0, link_hours=1
    )
    app = create_app(settings, worker=False, page=False)
    with TestClient(app, base_url="http://localhost") as asking:
        talk = asking.post("/talks", json=TALK).json()["id"]
        film = asking.post(
            "/api/talks", json={"portrait": "https://example.org/a.jpg", "text": "Hello.", "voice": "espeak"}
        ).json()["id"]
        store = app.state.service.store
        assert store.get(talk).extra[MAX_SECONDS] == 90
        assert MAX_SECONDS not in store.get(film).extra
        for job in (store.get(talk), store.get(film)):
            assert job.deadline_ms == job.created_ms + 120_000
            store.cancel(job.id)
            ended = store.get(job.id)
            assert ended.expires_ms == ended.finished_ms + 43_200_000
        assert (app.state.service.links.seconds, app.state.service.uploads.kept_days) == (3600, 0)
