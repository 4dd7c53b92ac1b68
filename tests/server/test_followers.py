"""A film of the page ends when the last who follows it leaves, and not when the server does."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from talking.server.app import create_app
from talking.settings import Settings
from talking.ui.films import Look, words

FILM = {"portrait": "https://example.org/a.jpg", "text": "Hello.", "voice": "espeak"}


def test_only_who_leaves_last_takes_the_film_along(tmp_path: Path) -> None:
    stops = [False]
    app = create_app(Settings(data=tmp_path), worker=False, page=False, leaving=lambda: stops[0])
    with TestClient(app, base_url="http://localhost") as asking:
        films = app.state.back.films
        ids = [asking.post("/api/talks", json=FILM).json()["id"] for _ in range(2)]
        with films.followers.following(ids[0]), films.followers.following(ids[0]):
            films.leave(ids[0])
        assert films.look(ids[0]) == Look(position=0)
        assert films.look(ids[1]) == Look(position=1)
        stops[0] = True
        films.leave(ids[0])
        assert not films.look(ids[0]).over
        stops[0] = False
        films.leave(ids[0])
        assert films.look(ids[0]) == Look(over=True, error="The film was canceled.")


def test_who_waits_for_a_films_first_picture_follows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("talking.server.native_live.WAIT_SECONDS", 1.0)
    app = create_app(Settings(data=tmp_path), worker=False, page=False)
    with TestClient(app, base_url="http://localhost") as asking:
        films = app.state.back.films
        made = asking.post("/api/talks", json=FILM).json()
        watching = threading.Thread(target=asking.get, args=(made["links"]["live"].removeprefix("http://localhost"),))
        watching.start()
        while not films.followers.any(made["id"]):
            assert watching.is_alive()
        films.leave(made["id"])
        assert not films.look(made["id"]).over
        watching.join()
        assert not films.followers.any(made["id"])


def test_a_full_queue_says_when_to_come_again(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, max_waiting=1), worker=False, page=False)
    with TestClient(app, base_url="http://localhost") as asking:
        assert asking.post("/api/talks", json=FILM).status_code == 202
        refused = asking.post("/api/talks", json=FILM)
        assert (refused.status_code, refused.json()["kind"], refused.headers["retry-after"]) == (429, "QueueFull", "10")
        talk = {"script": {"type": "text", "input": "Hello."}}
        refused = asking.post("/talks", json=talk)
        assert (refused.status_code, refused.json()["kind"]) == (429, "TooManyRequestsError")
        assert "Try again in a while" in refused.json()["description"]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, max_megabytes=0.1), worker=False, page=False)
    with TestClient(app, base_url="http://localhost") as asking:
        for path in ("/talks", "/api/talks", "/v1/video/async_generate_talking_avatar", "/images"):
            refused = asking.post(path, content=b"x" * 2_000_000)
            assert (refused.status_code, "the most that is taken here" in refused.text) == (413, True), path


@pytest.mark.parametrize(
    ("look", "told"),
    [
        (Look(position=0), "Next in the queue …"),
        (Look(position=3, seconds=130), "Waiting for 3 films before this one, about 2 minutes left"),
        (Look(stage="speech"), "Speaking …"),
        (Look(stage="film", done=30, total=60, seconds=2.4, fps=31.2),
         "Filming: 50%, about 2 s left, at 31 frames per second"),
        (Look(stage="film", done=1, total=60), "Filming: 2%"),
        (Look(stage="film", done=30, total=60, seconds=24, fps=1.24),
         "Filming: 50%, about 24 s left, at 1.2 frames per second"),
    ],
)  # fmt: skip
def test_how_far_a_film_is_in_words(look: Look, told: str) -> None:
    assert words(look) == told
