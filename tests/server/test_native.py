"""Our own API against real servers: one that makes films, and one whose queue stands still."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
import uvicorn
from conftest import wait

from talking.errors import InvalidRequest
from talking.server.app import create_app
from talking.settings import Settings

SAID = {"text": "Hello world!", "voice": "espeak:en-us"}
ASKED = {"portrait": "https://example.org/a.jpg", **SAID}


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Asks a server without a worker, which takes three films in and makes none."""
    settings = Settings(data=tmp_path_factory.mktemp("still"), max_waiting=3, max_megabytes=1)
    app = create_app(settings, worker=False, page=False)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as asking:
        yield asking
    server.should_exit = True
    thread.join()


@pytest.fixture
def empty(still: httpx.Client) -> httpx.Client:
    """The same, with nothing in its queue."""
    for talk in still.get("/api/talks", params={"limit": 100}).json()["talks"]:
        assert still.delete(f"/api/talks/{talk['id']}").status_code == 204
    return still


SENTENCE = "This film is long enough to be followed while it is being made. "


def heard(client: httpx.Client, id: str, last_id: str = "") -> list[tuple[str, str, dict[str, Any]]]:
    """The events of a film until they end: id, name and data of each."""
    events, fields = [], dict[str, str]()
    with client.stream("GET", f"/api/talks/{id}/events", headers={"Last-Event-ID": last_id}) as answer:
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
            elif "event" in fields:
                events.append((fields["id"], fields["event"], json.loads(fields["data"])))
                fields = {}
    return events


def test_a_film_is_asked_for_with_files_followed_and_had(
    client: httpx.Client, other_client: httpx.Client, small_portrait: Path
) -> None:
    # Long enough that its frames are told of while they are drawn, however fast the machine.
    form = {**SAID, "text": SENTENCE * 4, "name": "First", "user_data": "order 7", "options": '{"seed": 3}'}
    asked = client.post("/api/talks", files={"portrait": ("a.jpg", small_portrait.read_bytes())}, data=form)
    assert asked.status_code == 202, asked.text
    id = asked.json()["id"]
    events = heard(client, id)
    told = events[-1][2]
    assert events[-1][1] == "done" and {name for _, name, _ in events[:-1]} == {"progress"}
    stages = [data["stage"] for _, _, data in events if data["status"] == "started"]
    assert "film" in stages and events[-1][0] == "done"
    frames = [data["done"] for _, _, data in events if (data["status"], data["stage"]) == ("started", "film")]
    assert frames == sorted(frames) and len(set(frames)) == len(frames)
    assert told["film"]["num_frames"] == told["report"]["num_frames"] and told["error"] is None
    assert (told["stage"], told["done"], told["total"]) == ("film", *[told["film"]["num_frames"]] * 2)
    assert (told["name"], told["user_data"], told["request"]["options"]) == ("First", "order 7", {"seed": 3})
    assert httpx.get(told["request"]["portrait"]).content == small_portrait.read_bytes()
    again = client.get(f"/api/talks/{id}").json()
    assert {**again, "links": 0, "request": 0} == {**told, "links": 0, "request": 0}
    assert client.get(f"/api/talks/{id}/events", headers={"Last-Event-ID": "done"}).status_code == 204
    assert [name for _, name, _ in heard(client, id, "started.1.film.3")] == ["done"]
    for path in ("", "/events", "/video", "/report"):
        assert other_client.get(f"/api/talks/{id}{path}").status_code == 404
    check_files(client, id, told)
    assert client.post(f"/api/talks/{id}/cancel").json()["status"] == "done"
    assert client.delete(f"/api/talks/{id}").status_code == 204
    assert client.get(f"/api/talks/{id}").status_code == httpx.get(told["links"]["video"]).status_code == 404


def check_files(client: httpx.Client, id: str, told: dict[str, Any]) -> None:
    """All files of a film are had by their own address with the key, and by their link without."""
    for name in ("video", "srt", "vtt", "report", "receipt"):
        with_key, without = client.get(f"/api/talks/{id}/{name}"), httpx.get(told["links"][name])
        assert with_key.status_code == without.status_code == 200
        assert with_key.content == without.content
        part = client.get(f"/api/talks/{id}/{name}", headers={"Range": "bytes=4-9"})
        assert (part.status_code, part.content) == (206, with_key.content[4:10])
        assert client.head(f"/api/talks/{id}/{name}").headers["content-length"] == str(len(with_key.content))
    with av.open(BytesIO(client.get(f"/api/talks/{id}/video").content)) as film:
        assert sum(1 for _ in film.decode(video=0)) == told["film"]["num_frames"]
    receipt = client.get(f"/api/talks/{id}/receipt").json()
    assert receipt["id"] == id and receipt["seed"] == 3 and receipt["inputs"][0]["name"] == "portrait"
    assert receipt["request"]["portrait"] == f"uploaded file, SHA-256 {receipt['inputs'][0]['sha256']}"
    assert receipt["request"]["text"] == told["request"]["text"] and "stored:" not in json.dumps(receipt)
    assert client.get(f"/api/talks/{id}/srt").text.startswith("1\n00:00:00")


def test_a_film_that_is_being_made_is_canceled(client: httpx.Client, small_portrait: Path) -> None:
    form = {"text": "Hello world, this is a long text. " * 20, "voice": "espeak:en-us"}
    asked = client.post("/api/talks", files={"portrait": ("a.png", small_portrait.read_bytes())}, data=form)
    id = asked.json()["id"]
    for _ in range(1800):
        if client.get(f"/api/talks/{id}").json()["stage"] == "film":
            break
        time.sleep(0.1)
    canceled = client.post(f"/api/talks/{id}/cancel").json()
    assert canceled["status"] == "canceled" and canceled["error"]["detail"]
    ((_, name, data),) = heard(client, id)
    assert (name, data["status"]) == ("error", "canceled")
    late = client.get(f"/api/talks/{id}/video")
    assert (late.status_code, late.json()["kind"]) == (410, "Gone")  # there will never be one


def test_films_of_the_other_calls_are_told_too(client: httpx.Client, finished_talk: dict[str, Any]) -> None:
    told = client.get(f"/api/talks/{finished_talk['id']}").json()
    assert (told["dialect"], told["status"], told["user_data"]) == ("did", "done", "order 7")
    listed = client.get("/api/talks", params={"status": "done", "limit": 100}).json()["talks"]
    assert finished_talk["id"] in [each["id"] for each in listed] and all(each["report"] is None for each in listed)


def test_the_queue_is_told_and_turns_away_what_is_too_much(empty: httpx.Client) -> None:
    ids = []
    for position in range(3):
        asked = empty.post("/api/talks", json=ASKED)
        assert (asked.status_code, asked.json()["queue_position"]) == (202, position), asked.text
        ids.append(asked.json()["id"])
        time.sleep(0.002)
    full = empty.post("/api/talks", json=ASKED)
    assert (full.status_code, full.json()["kind"]) == (429, "QueueFull") and int(full.headers["retry-after"]) > 0
    first = empty.get("/api/talks", params={"limit": 2}).json()
    second = empty.get("/api/talks", params={"limit": 2, "token": first["token"]}).json()
    assert [each["id"] for each in (*first["talks"], *second["talks"])] == ids[::-1] and second["token"] is None
    assert empty.post(f"/api/talks/{ids[0]}/cancel").json()["status"] == "canceled"
    assert empty.get(f"/api/talks/{ids[2]}").json()["queue_position"] == 1
    assert empty.delete(f"/api/talks/{ids[1]}").status_code == 204
    assert empty.get(f"/api/talks/{ids[1]}").status_code == 404
    assert empty.post("/api/talks", json=ASKED).status_code == 202


def test_an_operator_sets_how_much_may_wait() -> None:
    assert Settings.from_env({"TALKING_MAX_WAITING": "2", "HOME": "/"}).max_waiting == 2
    with pytest.raises(InvalidRequest, match="TALKING_MAX_WAITING"):
        Settings.from_env({"TALKING_MAX_WAITING": "0", "HOME": "/"})


def test_a_waiting_film_is_followed_until_it_is_canceled(empty: httpx.Client) -> None:
    id = empty.post("/api/talks", json=ASKED).json()["id"]
    ended = threading.Timer(0.5, lambda: empty.post(f"/api/talks/{id}/cancel"))
    ended.start()
    events = heard(empty, id)
    ended.join()
    assert [name for _, name, _ in events] == ["progress", "error"]
    assert events[0][2]["queue_position"] == 0 and events[1][2]["status"] == "canceled"


def test_the_same_call_is_one_film_also_with_files(empty: httpx.Client, small_portrait: Path) -> None:
    def asked(key: str, data: bytes) -> httpx.Response:
        files = {"portrait": ("a.png", data)}
        return empty.post("/api/talks", files=files, data=SAID, headers={"Idempotency-Key": key})

    data = small_portrait.read_bytes()
    first = asked("once", data)
    assert first.status_code == 202 and asked("once", data).json()["id"] == first.json()["id"]
    assert asked("once", data + b"\0").status_code == 400
    assert asked("other", data).json()["id"] != first.json()["id"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "portrait"),
        ([], "JSON object"),
        ({**ASKED, "options": {"sed": 1}}, "Did you mean seed"),
        ({**ASKED, "options": {"seed": -1}}, "'seed' must lie between"),
        ({**ASKED, "options": {"driver": "lively/driver-99"}}, "driver"),
        ({**ASKED, "options": {"engine": "none"}}, "engine"),
        ({**ASKED, "options": {"background": "/etc/passwd"}}, "'options.background' must be a web address"),
        ({**ASKED, "options": {"background": "stored:uploads/a/b.jpg"}}, "'options.background' must be a web address"),
        ({**ASKED, "options": {"background": "#12345"}}, "not a colour"),
        ({**ASKED, "options": {"background": "transparent"}}, "cannot have a transparent background"),
        ({**ASKED, "options": {"logo": {"url": "a.png"}}}, "'options.logo.url' must be a web address"),
        ({**ASKED, "portrait": "/etc/passwd"}, "'portrait' must be a web address"),
        ({**ASKED, "portrait": "file:///etc/passwd"}, "'portrait' must be a web address"),
        ({**ASKED, "audio": "https://example.org/a.wav"}, "Give either a text or an audio file"),
        ({"portrait": ASKED["portrait"]}, "Give either a text or an audio file"),
        ({**ASKED, "text": " "}, "text"),
        ({**ASKED, "user_data": 7}, "user_data"),
    ],
)
@pytest.mark.parametrize("path", ["/api/talks", "/api/talks/validate"])
def test_requests_that_cannot_be_carried_out(empty: httpx.Client, path: str, body: Any, word: str) -> None:
    answer = empty.post(path, json=body)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"status", "kind", "detail"} and answer.json()["status"] == 400
    assert word in answer.json()["detail"]
    assert empty.get("/api/talks").json()["talks"] == []


def test_forms_that_cannot_be_used(empty: httpx.Client, small_portrait: Path) -> None:
    picture = {"portrait": ("a.png", small_portrait.read_bytes())}
    for files, data, status, word in (
        (picture, {**SAID, "options": "{"}, 400, "'options' of the form is not JSON"),
        (picture, {**SAID, "request": "[]"}, 400, "must hold a JSON object"),
        (picture, {**SAID, "sead": "7"}, 400, "sead"),
        ({**picture, "cover": ("a.png", b"x")}, SAID, 400, "cover"),
        ({"portrait": ("a.jpg", b"%PDF-1.4 none")}, SAID, 415, "PDF"),
        ({"portrait": ("a.jpg", b"\xff" * 1_000_001)}, SAID, 413, "larger than 1 MB"),
        ({"portrait": ("a.jpg", b"")}, SAID, 400, "empty"),
        ({**picture, "driver": ("a.mp4", small_portrait.read_bytes())}, SAID, 415, "PNG"),
    ):
        answer = empty.post("/api/talks", files=files, data=data)
        assert (answer.status_code, word in answer.json()["detail"]) == (status, True), answer.text
    for content, kind in ((b"--x", "multipart/form-data; boundary=y"), (b"x", "multipart/form-data")):
        assert empty.post("/api/talks", content=content, headers={"Content-Type": kind}).status_code == 400


def test_all_files_of_a_form_find_their_place(empty: httpx.Client, small_portrait: Path, spoken_file: Path) -> None:
    data = small_portrait.read_bytes()
    files = {name: (name, data) for name in ("portrait", "logo", "background")}
    document = {"request": json.dumps({"options": {"logo": {"url": "x", "position": [-9, 9]}}}), "persist": "true"}
    asked = empty.post("/api/talks", files={**files, "audio": ("a", spoken_file.read_bytes())}, data=document)
    assert asked.status_code == 202, asked.text
    told = empty.get(f"/api/talks/{asked.json()['id']}").json()["request"]
    for address in (told["portrait"], told["options"]["logo"]["url"], told["options"]["background"]):
        assert httpx.get(address).content == data
    assert httpx.get(told["audio"]).content == spoken_file.read_bytes()
    assert told["options"]["logo"]["position"] == [-9, 9] and told["persist"] is True


def test_a_dry_run_tells_what_would_be_chosen_and_keeps_nothing(
    empty: httpx.Client, small_portrait: Path, spoken_file: Path
) -> None:
    files = {"portrait": ("a.png", small_portrait.read_bytes())}
    told = empty.post("/api/talks/validate", files=files, data=SAID).json()
    assert (told["valid"], told["engine"], told["language"]) == (True, "mesh", "en-US")
    assert told["voice"].startswith("espeak:en-us") and told["driver"].startswith("bank://")
    assert (told["portrait"]["width"], told["portrait"]["height"], told["portrait"]["faces"]) == (256, 300, 1)
    assert 0.5 < told["seconds"] < 3
    heard = {**files, "audio": ("a.wav", spoken_file.read_bytes())}
    told = empty.post("/api/talks/validate", files=heard, data={"options": '{"pad_audio": 2}'}).json()
    assert told["voice"] == "" and 2.5 < told["seconds"] < 7
    for wrong, kind in (
        ({"text": "Hello", "voice": "nobody at all"}, "Unknown"),
        ({**SAID, "options": '{"face": 3}'}, "FaceError"),
        ({**SAID, "options": '{"ssml": true}', "text": "<speak>"}, "BadScript"),
    ):
        answer = empty.post("/api/talks/validate", files=files, data=wrong)
        assert (answer.status_code, answer.json()["kind"]) == (400, kind), answer.text
    assert empty.get("/api/talks").json() == {"talks": [], "token": None}


def test_what_a_dry_run_says_is_what_is_made(client: httpx.Client, finished_talk: dict[str, Any]) -> None:
    made = client.get(f"/api/talks/{finished_talk['id']}").json()
    document = {key: made["request"][key] for key in ("portrait", "text", "voice", "options")}
    told = client.post("/api/talks/validate", json=document).json()
    report = made["report"]
    assert (told["engine"], told["voice"], told["driver"]) == (report["engine"], report["voice"], report["driver"])
    assert told["portrait"]["face_box"] == report["face_box"]
    assert (told["portrait"]["width"], told["portrait"]["height"]) == (report["width"], report["height"])


def test_what_can_be_named(empty: httpx.Client) -> None:
    voices = empty.get("/api/voices", params={"provider": "espeak", "language": "de"}).json()
    assert voices and all(voice["language"].startswith("de") and not voice["network"] for voice in voices)
    assert empty.get("/api/voices", params={"provider": "nobody"}).json()["kind"] == "Unknown"
    engines = {each["name"]: each for each in empty.get("/api/engines").json()}
    assert engines["mesh"]["automatic"] and engines["mesh"]["ready"] and engines["mesh"]["commercial"]
    assert not engines["wav2lip"]["ready"] and "TALKING_ALLOW_NONCOMMERCIAL" in engines["wav2lip"]["says"]
    assert engines["musetalk"]["checkpoints"] == ["musetalk", "sd-vae-ft-mse", "whisper-tiny"]
    names = [driver["name"] for driver in empty.get("/api/drivers").json()]
    assert len(names) == 18 and "lively/driver-03" in names
    assert empty.get("/api/options").json()["properties"]["options"]["properties"]["rate"]["maximum"] == 2.0


def test_errors_have_one_shape(empty: httpx.Client, server: str) -> None:
    for method, path, status in (
        ("GET", "/api/talks/tlk_1", 404), ("GET", "/api/talks/tlk_1/events", 404), ("POST", "/api/nothing", 404),
        ("GET", "/api", 404), ("GET", "/api/talks?limit=0", 400), ("GET", "/api/talks?status=x", 400),
        ("GET", "/api/talks?token=x", 400), ("DELETE", "/api/talks/tlk_1", 404),
    ):  # fmt: skip
        answer = empty.request(method, path)
        assert (answer.status_code, answer.json()["status"]) == (status, status), path
        assert set(answer.json()) == {"status", "kind", "detail"}
    assert "from 1 to 100." in empty.get("/api/talks?limit=many").json()["detail"]
    misspelled = empty.get("/api/talks?limti=3")
    assert misspelled.status_code == 422
    assert misspelled.json()["detail"] == (
        "There is no query parameter called 'limti'. Did you mean limit? This call takes: limit, status, token."
    )
    assert "This call takes none." in empty.post("/api/talks?dry_run=true", json={}).json()["detail"]
    film = {"portrait": "https://x.example/a.jpg", "text": "Hi.", "options": {"engine": "mehs"}}
    engine = empty.post("/api/talks", json=film)
    assert engine.status_code == 400 and "Did you mean mesh?" in engine.json()["detail"]
    assert "one of created, started, done" in empty.get("/api/talks?status=x").json()["detail"]
    stranger = httpx.get(f"{server}/api/talks")
    assert (stranger.status_code, stranger.json()["kind"]) == (401, "Unauthorized")


def test_a_failed_film_says_why(client: httpx.Client, picture_host: str) -> None:
    asked = client.post("/api/talks", json={**ASKED, "portrait": f"{picture_host}&no=1", "options": {"face": 5}})
    told = wait(lambda: client.get(f"/api/talks/{asked.json()['id']}").json(), ("done", "error"))
    assert told["status"] == "error" and told["error"]["kind"] == "FaceError" and told["film"] is None
