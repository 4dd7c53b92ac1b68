"""D-ID's calls against a real server, as its clients make them."""

from __future__ import annotations

import base64
import json
import re
import socket
import wave
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import httpx
import PIL.Image
import pytest
from serving import KEY, VOICE, wait
from starlette.testclient import TestClient

SAID = {"type": "text", "input": "Hello world!", "provider": VOICE}

PAGE_KEYS = {
    "": {
        *("metadata", "audio_url", "created_at", "face", "config", "source_url", "created_by", "status"),
        *("driver_url", "modified_at", "user_id", "result_url", "id", "duration", "started_at"),
    },
    "metadata": {
        *("driver_url", "mouth_open", "num_faces", "num_frames", "processing_fps", "resolution", "size_kib"),
    },
    "face": {"mask_confidence", "detection", "overlap", "size", "top_left", "face_id", "detect_confidence"},
    "config": {
        *("stitch", "pad_audio", "align_driver", "sharpen", "auto_match", "normalization_factor", "logo"),
        *("motion_factor", "result_format", "fluent", "align_expand_factor"),
    },
}
"""The keys of the answer that the hosted service's page prints."""


def test_a_talk_is_created_as_the_page_prints_it(finished_talk: dict[str, Any]) -> None:
    created = finished_talk["created"]
    assert set(created) == {"id", "created_at", "created_by", "status", "object"}
    assert (created["status"], created["object"]) == ("created", "talk")
    assert re.fullmatch(r"tlk_[A-Za-z0-9_-]{21,}", created["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", created["created_at"])


def test_a_finished_talk_has_every_key_of_the_page(finished_talk: dict[str, Any]) -> None:
    for name, keys in PAGE_KEYS.items():
        told = finished_talk[name] if name else finished_talk
        assert keys <= set(told), name
    assert finished_talk["user_data"] == "order 7" and "error" not in finished_talk
    assert finished_talk["config"]["result_format"] == ".mp4" and finished_talk["config"]["stitch"] is False
    assert finished_talk["script"] == {"type": "text", "length": 12, "provider": VOICE}
    for name in ("result_url", "audio_url", "started_at", "modified_at", "user_id", "source_url", "driver_url"):
        assert isinstance(finished_talk[name], str), name
    assert finished_talk["driver_url"].startswith("bank://") and finished_talk["driver_url"].endswith("/")
    assert [type(side) for side in finished_talk["face"]["detection"]] == [int] * 4


def test_the_face_is_told_in_the_picture_that_was_sent(
    client: httpx.Client, finished_talk: dict[str, Any], picture_host: str
) -> None:
    (found,) = client.post("/images/face-detection", json={"source_url": picture_host}).json()["faceCrops"]
    sides = [found[side] for side in ("left", "top", "right", "bottom")]
    assert finished_talk["face"]["detection"] == pytest.approx(sides, abs=1.0)


def test_the_film_is_had_without_a_key_whole_and_in_parts(finished_talk: dict[str, Any], server: str) -> None:
    url = finished_talk["result_url"]
    assert url.startswith(f"{server}/files/")
    whole = httpx.get(url)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    assert int(whole.headers["content-length"]) == len(whole.content)
    part = httpx.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert httpx.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert httpx.head(url).headers["content-length"] == str(len(whole.content))
    with av.open(BytesIO(whole.content)) as film:
        frames = sum(1 for _ in film.decode(video=0))
    assert frames == finished_talk["metadata"]["num_frames"]
    assert finished_talk["duration"] == -(-frames // 25)


def test_the_sound_of_a_film_is_had_as_wav(finished_talk: dict[str, Any]) -> None:
    answer = httpx.get(finished_talk["audio_url"], timeout=30)
    with wave.open(BytesIO(answer.content)) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(
            finished_talk["metadata"]["num_frames"] / 25, abs=0.15
        )


def test_links_cannot_be_changed_and_ask_for_nothing_else(finished_talk: dict[str, Any], server: str) -> None:
    url = finished_talk["result_url"]
    bent = (url[:-1] + ("0" if url[-1] != "0" else "1"), url.split("?")[0], url.replace("talking.mp4", "report.json"))
    for each in bent:
        assert httpx.get(each).status_code == 403
    for path in ("/files/", "/files/secret.key", "/files/../secret.key", "/files/%2e%2e/secret.key"):
        assert httpx.get(server + path).status_code in (401, 403)


def test_every_look_renews_the_links(client: httpx.Client, finished_talk: dict[str, Any]) -> None:
    again = client.get(f"/talks/{finished_talk['id']}/").json()
    assert again["result_url"].split("?")[0] == finished_talk["result_url"].split("?")[0]
    assert httpx.head(again["result_url"]).status_code == 200


def test_links_begin_with_the_name_that_a_proxy_passes_on(client: httpx.Client, finished_talk: dict[str, Any]) -> None:
    headers = {"X-Forwarded-Host": "films.example.org", "X-Forwarded-Proto": "https"}
    told = client.get(f"/talks/{finished_talk['id']}", headers=headers).json()
    assert told["result_url"].startswith("https://films.example.org/files/")


def test_another_key_sees_nothing_of_it(other_client: httpx.Client, finished_talk: dict[str, Any]) -> None:
    for method in ("GET", "DELETE"):
        answer = other_client.request(method, f"/talks/{finished_talk['id']}")
        assert (answer.status_code, answer.json()) == (404, {"kind": "NotFoundError", "description": "not found"})
    assert other_client.get("/talks").json() == {"talks": []}


def test_targets_in_absolute_form_and_labels_on_empty_bodies(server: str, finished_talk: dict[str, Any]) -> None:
    parts = urlsplit(server)
    assert parts.hostname and parts.port
    lines = (
        f"GET {server}/talks/{finished_talk['id']}/ HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Authorization: Basic {KEY}",
        "Content-type: application/json; charset=UTF-8",
        "Connection: close",
    )
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
        line.sendall("\r\n".join((*lines, "", "")).encode())
        answer = b""
        while block := line.recv(65_536):
            answer += block
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert json.loads(body)["id"] == finished_talk["id"]


SOURCE = "https://myhost.com/image.jpg"
HELLO = {"type": "text", "input": "Hello world!"}
JENNY = {"type": "microsoft", "voice_id": "en-US-JennyNeural", "voice_config": {"style": "Cheerful"}}


@pytest.mark.parametrize(
    "body",
    [
        {"source_url": SOURCE, "script": HELLO},
        {"source_url": SOURCE, "script": HELLO, "config": {"stitch": True}},
        {"source_url": SOURCE, "script": {**HELLO, "provider": JENNY}},
        {"source_url": SOURCE, "script": {"type": "audio", "audio_url": "https://path.to/audio.mp3"}},
        {"source_url": SOURCE, "driver_url": "bank://lively/driver-05", "script": HELLO},
    ],
)
def test_the_examples_of_the_page_are_taken_as_they_are(idle: TestClient, body: dict[str, Any]) -> None:
    created = idle.post("/talks", json=body)
    assert created.status_code == 201, created.text
    told = idle.get(f"/talks/{created.json()['id']}").json()
    assert (told["source_url"], told["status"]) == (SOURCE, "created")
    assert told["config"]["stitch"] is bool(body.get("config"))
    assert told.get("driver_url") == body.get("driver_url")
    assert told["script"].get("length", 12) == 12
    assert idle.app.state.service.engine.status(told["id"]).request.get("not_applied") is None  # type: ignore[attr-defined]


def test_a_body_as_scripts_of_clients_send_it(idle: TestClient) -> None:
    """Everything as text, SSML without a root that begins with a pause, a voice by its short name, fields elsewhere."""
    script = {
        "type": "text",
        "subtitles": "false",
        "ssml": "true",
        "provider": {"type": "microsoft", "voice_id": "Dmitry", "voice_config": {"style": "Default"}},
        "input": '<break time="300ms"/> Privet, mir!',
    }
    config = {"fluent": "false", "pad_audio": "0.0", "stitch": "true", "persist": "true"}
    created = idle.post("/talks/", json={"script": script, "config": config, "text": "left over"})
    assert created.status_code == 201, created.text
    job = idle.app.state.service.engine.status(created.json()["id"])  # type: ignore[attr-defined]
    options = job.request["options"]
    assert options["ssml"] is True and "fluent" not in options and "stitch" not in options, "both have their default"
    assert job.request["voice"] == "ru-RU-DmitryNeural" and job.request["persist"] is True
    assert any(item.startswith("body.text") for item in job.request["not_applied"])


def test_pictures_written_out_in_a_body_become_uploads(idle: TestClient, small_portrait: Path) -> None:
    source = f"data:image/png;base64,{base64.b64encode(small_portrait.read_bytes()).decode()}"
    created = idle.post("/talks", json={"script": SAID, "source_url": source})
    told = idle.get(f"/talks/{created.json()['id']}").json()
    assert idle.get(told["source_url"]).content == small_portrait.read_bytes()
    bad = idle.post("/talks", json={"script": SAID, "source_url": "data:image/png;base64,AAAA"})
    assert bad.status_code == 415 and "details" in bad.json()


def test_jobs_are_listed_newest_first_page_by_page(idle: TestClient) -> None:
    made = [idle.post("/animations", json={}).json()["id"] for _ in range(3)]
    first = idle.get("/animations", params={"limit": 2}).json()
    assert [each["id"] for each in first["animations"]] == made[:0:-1] and first["token"]
    second = idle.get("/animations/", params={"limit": "2", "token": first["token"]}).json()
    assert [each["id"] for each in second["animations"]] == made[:1] and "token" not in second
    assert idle.get("/talks").json() == {"talks": []}
    for query in ("limit=0", "limit=x", "limit=-1", "token=x"):
        assert idle.get(f"/animations?{query}").status_code == 400


def test_a_job_that_waits_tells_little_and_stays(idle: TestClient) -> None:
    created = idle.post("/animations", json={"config": {"mute": "false"}}).json()
    assert created["id"].startswith("anm_") and created["object"] == "animation"
    told = idle.get(f"/animations/{created['id']}").json()
    assert told["status"] == "created" and not {"result_url", "error", "audio_url"} & set(told)
    assert told["config"]["mute"] is True and told["source_url"].startswith("http://localhost:7860/files/")
    assert idle.get(told["source_url"]).headers["content-type"] == "image/jpeg"
    refusal = idle.delete(f"/animations/{created['id']}")
    assert (refusal.status_code, refusal.json()["kind"]) == (409, "NotReadyError")
    assert idle.get(f"/talks/{created['id']}").status_code == 404


def test_a_job_that_failed_says_why(idle: TestClient) -> None:
    service = idle.app.state.service  # type: ignore[attr-defined]
    ids = [idle.post("/talks", json={"script": SAID}).json()["id"] for _ in range(3)]
    service.store.begin(ids[0], "a")
    assert idle.get(f"/talks/{ids[0]}").json()["status"] == "started"
    service.store.fail(ids[0], "a", "No face was found.", "NoFace")
    service.engine.cancel(ids[1])
    for id, kind in ((ids[0], "FaceError"), (ids[1], "UnknownError")):
        told = idle.get(f"/talks/{id}").json()
        assert (told["status"], told["error"]["kind"]) == ("error", kind)
        assert told["error"]["description"] and "result_url" not in told
    assert idle.delete(f"/talks/{ids[0]}").json()["status"] == "error"
    assert [each["id"] for each in idle.get("/talks").json()["talks"]] == [ids[2], ids[1]]


def test_uploads_come_back_as_sources(
    client: httpx.Client, other_client: httpx.Client, small_portrait: Path, spoken_file: Path
) -> None:
    picture = client.post(  # a PNG that says it is a JPG
        "/images",
        files={"image": ("image.jpg", small_portrait.read_bytes(), "image/jpeg")},
        data={"detect_faces": "true"},
    )
    assert picture.status_code == 201 and picture.json()["url"].split("?")[0].endswith(".png")
    assert len(picture.json()["faces"]) == 1
    found = client.post("/images/face-detection", json={"source_url": picture.json()["url"]}).json()
    assert found["metadata"] == {"width": 256, "height": 300, "length": small_portrait.stat().st_size}
    assert set(found["faceCrops"][0]) == {"top", "left", "bottom", "right"}
    sound = client.post("/audios/", files={"audio": ("a.mp3", spoken_file.read_bytes(), "audio/mpeg")})
    assert sound.status_code == 201 and sound.json()["url"].split("?")[0].endswith(".wav")
    assert 0.5 < sound.json()["duration"] < 5
    with wave.open(BytesIO(httpx.get(sound.json()["url"]).content)) as copy:
        assert (copy.getframerate(), copy.getnchannels(), copy.getsampwidth()) == (16_000, 1, 2)
        assert copy.getnframes() / 16_000 == pytest.approx(sound.json()["duration"], abs=0.001)
    body = {
        "source_url": picture.json()["url"],
        "script": {
            "type": "audio", "audio_url": sound.json()["url"], "input": "", "ssml": "false", "subtitles": "false",
            "provider": VOICE,
        },
        "config": {"stitch": "true", "pad_audio": "0.0", "fluent": "false"},
    }  # fmt: skip
    made = client.post("/talks", content=json.dumps(body), headers={"Content-Type": "text/plain"})
    assert made.status_code == 201, made.text
    told = wait(lambda: client.get(f"/talks/{made.json()['id']}").json(), ("done", "error"))
    assert told["status"] == "done", told
    assert told["metadata"]["resolution"] == [256, 300] and told["config"]["stitch"] is True
    assert any(item.startswith("script.input") for item in told["metadata"]["not_applied"])
    assert httpx.get(told["source_url"]).content == small_portrait.read_bytes()
    used = client.get(f"/api/talks/{told['id']}").json()["request"]["audio"]
    assert httpx.get(used).content == spoken_file.read_bytes(), "films are made of what was sent, not of the copy"
    for path, id in (("/images", picture.json()["id"]), ("/audios", sound.json()["id"])):
        assert other_client.delete(f"{path}/{id}").status_code == 404
        assert client.delete(f"{path}/{id}").status_code == 204
        gone = client.delete(f"{path}/{id}")
        assert (gone.status_code, gone.json()["description"]) == (404, f"{path[1:-1]} not found")
    late = client.post("/talks", json=body)
    assert late.status_code == 400 and "Upload the file again" in late.json()["description"]
    assert client.delete(f"/talks/{told['id']}").json()["id"] == told["id"]
    assert client.get(f"/talks/{told['id']}").status_code == 404
    assert httpx.get(told["result_url"]).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "kind", "path"),
    [
        ("{}", 400, "ValidationError", "body.script"),
        ("[]", 400, "ValidationError", "body"),
        ("{", 400, "BadRequestError", ""),
        ("", 400, "BadRequestError", ""),
        ('{"script": {"input": "\\ud800 hello"}}', 400, "BadRequestError", ""),
        ('{"script": {"input": "hello\\u0000"}}', 400, "BadRequestError", ""),
        ('{"script": {"input": NaN}}', 400, "BadRequestError", ""),
        ("[" * 100_000, 400, "BadRequestError", ""),
        ('{"script": {"input": "hello"}, "source_url": "stored:uploads/own/x.jpg"}', 400, "BadRequestError", ""),
        ('{"script": {"input": "hello"}, "source_url": "/etc/passwd"}', 400, "BadRequestError", ""),
        ('{"script": {"input": "hello"}, "source_url": "file:///etc/passwd"}', 400, "BadRequestError", ""),
        ('{"script": {"input": "hello"}, "driver_url": "/etc/passwd"}', 400, "BadRequestError", ""),
        ('{"script": {"input": "hello"}, "config": {"logo": {"url": "/etc/passwd"}}}', 400, "BadRequestError", ""),
        ('{"script": {"type": "audio", "audio_url": "s3://bucket/a.wav"}}', 400, "BadRequestError", ""),
        ('{"script": {"input": "hello"}, "webhook": "https://a.example/"}', 400, "BadRequestError", ""),
        ('{"script": {"input": "hello"}, "result_url": "https://a.example/"}', 400, "BadRequestError", ""),
    ],
)  # fmt: skip
def test_bodies_that_cannot_be_used(client: httpx.Client, body: str, status: int, kind: str, path: str) -> None:
    answer = client.post("/talks", content=body.encode())
    assert (answer.status_code, answer.json()["kind"]) == (status, kind), answer.text
    assert answer.json()["description"]
    assert not path or path in answer.json()["details"]
    assert "Traceback" not in answer.text and "site-packages" not in answer.text


def test_the_page_of_errors(client: httpx.Client, server: str) -> None:
    assert httpx.get(f"{server}/talks").json() == {
        "kind": "AuthorizationError", "description": "user unauthenticated"
    }  # fmt: skip
    for path in ("/clips", "/talks/streams", "/agents/x/chat", "/expressives", "/scenes", "/settings/logo"):
        answer = client.post(path, json={})
        assert (answer.status_code, answer.json()["kind"]) == (501, "NotImplementedError"), path
    for method, path in (("PUT", "/talks"), ("GET", "/talks/a/b"), ("GET", "/images"), ("GET", "/talks/tlk_1")):
        assert client.request(method, path).status_code == 404, path
    text = client.post("/images", files={"image": ("a.jpg", b"not a picture at all", "image/jpeg")})
    assert (text.status_code, text.json()["kind"]) == (415, "UnsupportedMimeTypeError")
    assert set(text.json()["details"]) == {"received", "supported"}
    assert client.post("/images", files={"other": b"x"}).json()["details"] == {
        "body.image": {"message": "'image' is required: a file in multipart/form-data"}
    }
    for content, kind in ((b"--x", "multipart/form-data; boundary=y"), (b"x", "multipart/form-data"), (b"", "a/b")):
        assert client.post("/audios", content=content, headers={"Content-Type": kind}).status_code == 400


def picture_of(size: tuple[int, int]) -> bytes:
    file = BytesIO()
    PIL.Image.new("RGB", size, "grey").save(file, "PNG")
    return file.getvalue()


def with_header(size: tuple[int, int]) -> bytes:
    """A small PNG that says it is of another size."""
    data = picture_of((64, 64))
    return data[:16] + size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big") + data[24:]


@pytest.mark.parametrize("make", [
    lambda: picture_of((8, 8)), lambda: picture_of((600, 600))[:60], lambda: with_header((20_000, 3000)),
])  # fmt: skip
def test_pictures_that_are_none(client: httpx.Client, make: Callable[[], bytes]) -> None:
    answer = client.post("/images", files={"image": ("a.png", make(), "image/png")}, data={"detect_faces": "1"})
    assert answer.status_code == 400, answer.text


def test_a_request_that_is_repeated_is_made_once(idle: TestClient) -> None:
    written = base64.b64encode(picture_of((300, 300))).decode()  # kept here, once as well
    body = {"source_url": f"data:image/png;base64,{written}", "script": SAID}
    ids = {idle.post("/talks", json=body, headers={"Idempotency-Key": "once"}).json()["id"] for _ in range(3)}
    assert len(ids) == 1
    other = idle.post("/talks", json={"script": SAID, "name": "x"}, headers={"Idempotency-Key": "once"})
    assert other.status_code == 400
    assert idle.post("/talks", json=body, headers={"Idempotency-Key": "k" * 256}).status_code == 400
    assert len(idle.get("/talks").json()["talks"]) == 1


def test_own_speech_keys_are_told_and_not_kept(idle: TestClient) -> None:
    headers = {"x-api-key-external": '{"elevenlabs": "very-secret"}'}
    id = idle.post("/talks", json={"script": SAID}, headers=headers).json()["id"]
    job = idle.app.state.service.engine.status(id)  # type: ignore[attr-defined]
    assert any(item.startswith("x-api-key-external") for item in job.request["not_applied"])
    assert "very-secret" not in str(job)


def test_voices_and_credits_have_the_fields_that_clients_read(client: httpx.Client) -> None:
    voices = client.get("/tts/voices").json()
    for voice in voices:
        assert {"id", "name", "gender", "access", "provider", "language", "locale", "languages", "styles"} <= set(voice)
        assert voice["languages"] and voice["languages"][0]["locale"] == voice["locale"]
    jenny = client.get("/tts/voices", params={"id": "en-US-JennyNeural", "provider": "microsoft"}).json()
    assert [voice["name"] for voice in jenny] == ["Jenny"]
    assert client.get("/tts/voices", params={"provider": "nobody"}).json() == []
    credits = client.get("/credits").json()
    assert isinstance(credits["remaining"], int) and isinstance(credits["credits"][0]["total"], int)
    assert {"owner_id", "valid_from", "product_id", "expire_at", "expiry"} <= set(credits["credits"][0])
