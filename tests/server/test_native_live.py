"""Films that are watched while they are made, from a real server, by programs."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from serving import wait
from starlette.testclient import TestClient

SAID = {"voice": "espeak:en-us"}
SENTENCE = "This film is long enough to be watched while it is being made. "


def asked(client: httpx.Client, portrait: Path, text: str = "Hello there.", **options: Any) -> dict[str, Any]:
    answer = client.post(
        "/api/talks",
        files={"portrait": portrait.read_bytes()},
        data={**SAID, "text": text, "options": json.dumps(options)},
    )
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    return told


def look(client: httpx.Client, id: str) -> dict[str, Any]:
    told: dict[str, Any] = client.get(f"/api/talks/{id}").json()
    return told


def ended(client: httpx.Client, id: str) -> dict[str, Any]:
    return wait(lambda: look(client, id), ("done", "error", "canceled"))


def decoded(film: bytes, kind: str) -> list[tuple[Any, bytes]]:
    with av.open(io.BytesIO(film)) as file:
        return [(each.time, each.to_ndarray().tobytes()) for each in file.decode(**{kind: 0})]


@pytest.fixture(scope="session")
def watched(server: str, small_portrait: Path) -> dict[str, Any]:
    """A film that somebody without a key watched from the moment when it was asked for, and all that is told of it."""
    from serving import KEY

    with httpx.Client(base_url=server, headers={"Authorization": f"Basic {KEY}"}, timeout=60) as asking:
        told = asked(asking, small_portrait, SENTENCE)
        assert told["status"] == "created" and told["links"]["live"].startswith(f"{server}/files/")
        with httpx.stream("GET", told["links"]["live"], timeout=60, headers={"Range": "bytes=5-9"}) as answer:
            first = next(parts := answer.iter_raw())
            seen = look(asking, told["id"])
            stream = first + b"".join(parts)
        done = ended(asking, told["id"])
        film = asking.get(f"/api/talks/{told['id']}/video").content
    made = {"headers": answer.headers, "seen": seen, "stream": stream, "film": film}
    return {**done, "code": answer.status_code, **made}


def test_it_is_the_finished_film_before_that_is_there(watched: dict[str, Any]) -> None:
    assert watched["code"] == 200 and watched["status"] == "done"
    assert watched["seen"]["status"] == "started" and watched["seen"]["links"]["video"] is None
    for kind in ("video", "audio"):
        assert decoded(watched["stream"], kind) == decoded(watched["film"], kind)


def test_its_head_tells_browsers_what_it_is(watched: dict[str, Any]) -> None:
    headers = watched["headers"]
    assert re.fullmatch(r'video/mp4; codecs="avc1\.[0-9A-F]{6}, mp4a\.40\.2"', headers["content-type"])
    assert headers["cache-control"] == "no-store" and headers["access-control-allow-origin"] == "*"
    assert headers["accept-ranges"] == "none" and "content-length" not in headers
    assert re.fullmatch(r'"[0-9a-f]+"', headers["etag"])


def test_who_comes_late_gets_all_of_it(client: httpx.Client, watched: dict[str, Any]) -> None:
    told = look(client, watched["id"])
    assert told["live"] == {"state": "whole", "reason": None}
    for address in (f"/api/talks/{watched['id']}/live.mp4", told["links"]["live"]):
        answer = client.get(address)
        assert answer.status_code == 200 and answer.content == watched["stream"]


def test_only_its_owner_and_those_with_the_link_see_it(
    server: str, other_client: httpx.Client, watched: dict[str, Any]
) -> None:
    own = f"/api/talks/{watched['id']}/live.mp4"
    assert httpx.get(server + own).status_code == 401
    answer = other_client.get(own)
    assert answer.status_code == 404 and answer.json()["kind"] == "NotFound"
    bent = httpx.get(re.sub(r"Signature=.", "Signature=", watched["links"]["live"]))
    assert bent.status_code == 403 and bent.json()["status"] == 403
    assert httpx.get(watched["links"]["live"].replace("/live.mp4", "/video.mp4")).status_code == 403


@pytest.mark.parametrize(
    ("options", "word"), [({"result_format": "gif"}, "A GIF"), ({"min_quality": 0.1}, "'min_quality'")]
)
def test_films_that_cannot_be_watched_say_so(
    client: httpx.Client, small_portrait: Path, options: dict[str, Any], word: str
) -> None:
    told = asked(client, small_portrait, "Hi.", **options)
    assert told["links"]["live"] is None
    seen = look(client, told["id"])["live"]
    assert seen["state"] == "none" and word in seen["reason"]
    answer = client.get(f"/api/talks/{told['id']}/live.mp4")
    assert answer.status_code == 404 and word in answer.json()["detail"]
    assert client.delete(f"/api/talks/{told['id']}").status_code == 204


def test_it_breaks_off_when_the_film_is_canceled(
    server_folder: Path, client: httpx.Client, small_portrait: Path
) -> None:
    told = asked(client, small_portrait, SENTENCE * 12)
    with (
        pytest.raises(httpx.RemoteProtocolError, match="incomplete"),
        httpx.stream("GET", told["links"]["live"], timeout=60) as answer,
    ):
        parts = answer.iter_raw()
        assert next(parts)
        assert client.post(f"/api/talks/{told['id']}/cancel").status_code == 200
        for _ in parts:
            pass
    gone = httpx.get(told["links"]["live"])
    assert gone.status_code == 410 and gone.headers["access-control-allow-origin"] == "*"
    assert look(client, told["id"])["live"]["state"] == "none"
    kept = server_folder / "data" / "storage" / "results" / told["id"]
    wait(lambda: {"status": "gone" if not any(each.is_file() for each in kept.rglob("*")) else "there"}, ("gone",))
    assert "without completing response" not in (server_folder / "log").read_text()


def test_what_waits_for_long_has_no_picture_yet(
    idle: TestClient, small_portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talking.server.native_live.WAIT_SECONDS", 0.1)
    told = asked(idle, small_portrait)  # type: ignore[arg-type]
    assert look(idle, told["id"])["live"]["state"] == "coming"  # type: ignore[arg-type]
    answer = idle.get(f"/api/talks/{told['id']}/live.mp4")
    assert answer.status_code == 409 and answer.headers["retry-after"] == "1"
    assert answer.json() == {
        "status": 409,
        "kind": "Conflict",
        "detail": "There is no picture yet. It waits for its turn. Ask again.",
    }
    assert idle.get("/api/talks/tlk_nowhere00/live.mp4").status_code == 404
