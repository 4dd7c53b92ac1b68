"""Webhooks and films sent out by a real server: what arrives is what asking tells, and is signed."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from receiver import Receiver
from serving import OTHER_KEY, VOICE, wait

from talking.errors import Unavailable
from talking.jobs import Database, Terms, sqlite_url
from talking.jobs.store import Store
from talking.jobs.worker import WorkerConfig
from talking.request import Request
from talking.server.couriers import courier
from talking.server.links import Links, secret_in
from talking.server.service import SECRET_NAME
from talking.server.webhooks import sign

START = "/v1/video/async_generate_talking_avatar"
DOCS = Path(__file__).parents[2] / "docs" / "webhooks.md"


@pytest.fixture(scope="module")
def verify() -> Callable[[str, dict[str, str], bytes], bool]:
    """The function that the documentation gives to its readers."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names["verify"]  # type: ignore[no-any-return]


def without_signatures(told: Any) -> Any:
    """The same with links that do not say until when they work."""
    return json.loads(re.sub(r"\?Expires=\d+&Signature=[0-9a-f]+", "", json.dumps(told)))


def test_the_signature_is_that_of_the_standard() -> None:
    secret, id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"  # its own example
    assert sign(secret, id, 1614265330, b'{"test": 2432232314}') == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_worker_with_another_secret_tells_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = WorkerConfig(sqlite_url(tmp_path), str(tmp_path / "kept"), str(tmp_path / "work"))
    store = Store(Database(config.database))
    store.prepare()
    links = [Links(secret_in(tmp_path / name)) for name in ("server", "elsewhere")]
    extra = {"base": "https://films.example.org", "script": {}, SECRET_NAME: links[0].name}
    job, _ = store.add(Request("https://example.org/a.jpg", text="Hi"), Terms(dialect="did", extra=extra))
    assert json.loads(courier(config, tmp_path / "server").compose(job).body)["id"] == job.id
    with pytest.raises(Unavailable, match="same data folder"):
        courier(config, tmp_path / "elsewhere").compose(job)
    assert "another secret.key" in caplog.text and links[0].name != links[1].name
    store.database.close()


def test_a_talk_is_handed_over_and_told_of(
    client: httpx.Client,
    other_client: httpx.Client,
    picture_host: str,
    receiver: Receiver,
    verify: Callable[[str, dict[str, str], bytes], bool],
) -> None:
    body = {
        "source_url": picture_host,
        "script": {"input": "Hello!", "provider": VOICE},
        "user_data": "order 7",
        "webhook": receiver.url("/hook"),
        "result_url": receiver.url("/film.mp4?signature=a%2Fb"),
    }
    id = client.post("/talks", json=body).json()["id"]
    _, _, heads, sent = receiver.wait("POST")
    assert [each[0] for each in receiver.got] == ["PUT", "POST"], "the film comes first"
    told = client.get(f"/talks/{id}").json()
    assert told["status"] == "done" and told["user_data"] == "order 7" and told["webhook"] == body["webhook"]
    assert without_signatures(json.loads(sent)) == without_signatures(told)
    _, _, film_heads, film = receiver.wait("PUT")
    assert film == httpx.get(json.loads(sent)["result_url"]).content
    assert film_heads["content-type"] == "video/mp4"

    assert heads["webhook-id"] == f"msg_{id}" and "authorization" not in heads
    secret = client.get("/api/webhooks/secret").json()["secret"]
    assert verify(secret, heads, sent)
    assert not verify(secret, heads, sent + b" ")
    assert not verify(secret, {**heads, "webhook-timestamp": str(int(time.time()) - 301)}, sent)
    assert not verify(other_client.get("/api/webhooks/secret").json()["secret"], heads, sent), "others sign otherwise"

    for _ in range(100):  # the last is written down a moment after it was answered
        tries = client.get(f"/api/webhooks/{id}").json()["deliveries"]
        if len(tries) == 2:
            break
        time.sleep(0.05)
    assert [(each["field"], each["try"], each["status"], each["arrived"]) for each in tries] == [
        ("result_url", 1, 200, True),
        ("webhook", 1, 200, True),
    ]
    assert tries[1]["webhook_id"] == heads["webhook-id"]
    assert other_client.get(f"/api/webhooks/{id}").status_code == 404


def test_a_talk_that_fails_is_told_of(client: httpx.Client, receiver: Receiver) -> None:
    body = {"source_url": receiver.url("/nothing"), "script": {"input": "Hello!", "provider": VOICE}}
    id = client.post("/talks", json={**body, "webhook": receiver.url("/hook")}).json()["id"]
    sent = receiver.wait("POST").body
    assert json.loads(sent) == client.get(f"/talks/{id}").json()
    assert json.loads(sent)["status"] == "error" and "result_url" not in json.loads(sent)


def test_an_avatar_is_told_of_with_its_token(
    server: str, portrait_path: Path, spoken_file: Path, receiver: Receiver
) -> None:
    files = {
        name: base64.b64encode(path.read_bytes()).decode()
        for name, path in (("image", portrait_path), ("audio", spoken_file))
    }
    hook = {"url": receiver.url("/hook"), "auth_token": "a-token-of-mine"}
    with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {OTHER_KEY}"}, timeout=60) as client:
        id = client.post(START, json={**files, "webhook": hook}).json()["data"]["task_id"]
        _, _, heads, sent = receiver.wait("POST")
        told = client.get(f"{START}/{id}/status")
    assert heads["authorization"] == "Bearer a-token-of-mine" and "a-token-of-mine" not in told.text
    got = json.loads(sent)
    assert without_signatures({"data": got["data"]}) == without_signatures(told.json())
    assert {name: got[name] for name in got["data"]} == got["data"] and got["status"] == "COMPLETED"
    assert got["id"] == id and got["executionTime"] > 0 and got["delayTime"] >= 0
    assert got["output"]["output_duration"] == got["output_duration"]


def test_our_own_call_tells_as_it_answers(client: httpx.Client, small_portrait: Path, receiver: Receiver) -> None:
    request = {"portrait": "data:image/jpeg;base64," + base64.b64encode(small_portrait.read_bytes()).decode()}
    asked = {**request, "text": "Hi.", "voice": "espeak:en-us", "webhook": receiver.url("/hook")}
    accepted = client.post("/api/talks", json=asked)
    assert accepted.status_code == 202, accepted.text
    id = accepted.json()["id"]
    sent = receiver.wait("POST").body
    told = wait(lambda: client.get(f"/api/talks/{id}").json(), ("done", "error"))
    assert without_signatures(json.loads(sent)) == without_signatures(told)


@pytest.mark.parametrize("field", ["webhook", "result_url"])
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://169.254.169.254/latest", "nothing is sent"),
        ("https://user@example.org/", "nothing is sent"),
        ("https://no-such-host.example/", "no host"),
    ],
)
def test_addresses_are_checked_at_once(client: httpx.Client, field: str, address: str, why: str) -> None:
    answer = client.post("/talks", json={"script": {"input": "Hello!"}, field: address})
    assert answer.status_code == 400 and field in answer.text and why in answer.text, answer.text


def test_a_bucket_of_somebody_else_is_refused(client: httpx.Client) -> None:
    answer = client.post("/talks", json={"script": {"input": "Hello!"}, "result_url": "s3://bucket/film.mp4"})
    assert answer.status_code == 400 and "signed https address" in answer.text
