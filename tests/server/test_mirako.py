"""Mirako's calls against a real server."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import httpx
import PIL.Image
import pytest
from serving import OTHER_KEY, wait

START = "/v1/video/async_generate_talking_avatar"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture(scope="module")
def body(portrait_path: Path, spoken_file: Path) -> dict[str, Any]:
    return {"image": b64(portrait_path.read_bytes()), "audio": b64(spoken_file.read_bytes())}


def resized(path: Path, size: tuple[int, int]) -> str:
    file = BytesIO()
    with PIL.Image.open(path) as picture:
        picture.resize(size).save(file, "PNG")
    return b64(file.getvalue())


def test_an_avatar_speaks_in_the_size_of_its_picture(server: str, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {OTHER_KEY}", "Content-Type": "application/json"}
    with httpx.Client(base_url=server, headers=headers, timeout=60) as client:
        sent = {"audio": f"data:audio/wav;base64,{body['audio']}", "image": body["image"], "webhook": None}
        started = client.post(START, json=sent)
        assert started.status_code == 200, started.text
        assert set(started.json()) == {"data"} and started.json()["data"]["status"] == "IN_QUEUE"
        id = started.json()["data"]["task_id"]
        assert id.isalnum() and id == id.lower()
        told = wait(
            lambda: client.get(f"{START}/{id}/status").json()["data"],
            ("COMPLETED", "FAILED", "CANCELED", "TIMED_OUT"),
        )
        assert set(told) == {"task_id", "status", "file_url", "output_duration"} and told["status"] == "COMPLETED"
        assert client.get(f"/talks/{id}").status_code == 404, "it is no talk"
    film = httpx.get(told["file_url"])
    assert film.status_code == 200 and film.headers["content-type"] == "video/mp4"
    with av.open(BytesIO(film.content)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (512, 600, 25)
        assert stream.codec_context.name == "h264"
    assert told["output_duration"] == pytest.approx(stream.frames / 25, abs=0.05)


@pytest.mark.parametrize(
    ("change", "status", "where"),
    [
        ({"image": None}, 400, "body.image"),
        ({"audio": ""}, 400, "body.audio"),
        ({"image": "https://example.org/a.jpg"}, 422, "body.image"),
        ({"image": "!!!!"}, 422, "body.image"),
        ({"audio": "Hello, please say this sentence."}, 422, "body.audio"),
        ({"audio": {"url": "x"}}, 422, "body.audio"),
        ({"text": "hello"}, 422, "body.text"),
        ({"webhook": {"auth_token": None}}, 422, "body.webhook"),
        ({"webhook": {"url": "http://169.254.169.254/"}}, 422, "body.webhook.url"),
        ({"webhook": {"url": "https://no-such-host.example/"}}, 422, "body.webhook.url"),
        ({"webhook": {"url": "http://127.0.0.1/", "auth_token": "a b"}}, 422, "body.webhook.auth_token"),
        ({"webhook": {"url": "http://127.0.0.1/", "key": "a"}}, 422, "body.webhook.key"),
    ],
)  # fmt: skip
def test_faults_are_problems_with_a_place(
    client: httpx.Client, body: dict[str, Any], change: dict[str, Any], status: int, where: str
) -> None:
    answer = client.post(START, json={**body, **change})
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), problem
    assert set(problem) == {"title", "status", "detail", "errors", "type"} and problem["status"] == status
    assert problem["errors"][0]["location"] == where and problem["detail"].endswith(".")


@pytest.mark.parametrize("size", [(500, 600), (1920, 1200), (2000, 600)])
def test_pictures_out_of_the_limits(
    client: httpx.Client, body: dict[str, Any], portrait_path: Path, size: tuple[int, int]
) -> None:
    answer = client.post(START, json={**body, "image": resized(portrait_path, size)})
    assert answer.status_code == 422 and f"{size[0]} x {size[1]}" in answer.json()["detail"]


def test_a_picture_without_a_face_is_refused_at_once(client: httpx.Client, body: dict[str, Any]) -> None:
    file = BytesIO()
    PIL.Image.new("RGB", (600, 600), "grey").save(file, "JPEG")
    answer = client.post(START, json={**body, "image": b64(file.getvalue())})
    assert answer.status_code == 422 and "No face" in answer.json()["detail"]


def test_what_does_not_exist(client: httpx.Client, server: str) -> None:
    assert client.get(f"{START}/abcdefgh/status").json()["status"] == 404
    assert client.post("/v1/speech/tts", json={}).json()["status"] == 501
    assert client.post(START, content=b"[1]").json()["errors"][0]["location"] == "body"
    assert client.post(START, content=b"{").json()["status"] == 400
    stranger = httpx.post(server + START).json()
    assert stranger["title"] == "Unauthorized" and stranger["detail"].endswith(".")


def test_a_call_that_is_repeated_with_its_key_is_the_same_task(client: httpx.Client, body: dict[str, Any]) -> None:
    ids = set()
    for _ in range(2):
        answer = client.post(START, json=body, headers={"Idempotency-Key": "avatar-7"})
        assert answer.status_code == 200, answer.text
        ids.add(answer.json()["data"]["task_id"])
    assert len(ids) == 1
