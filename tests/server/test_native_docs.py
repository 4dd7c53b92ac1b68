"""The descriptions of our API: the document that is served, and the examples that are written down."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import KEY

from talking.request import parse_request
from talking.server.native_docs import EXAMPLES
from talking.server.native_models import Progress, Talk
from talking.server.native_page import page

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def document(server: str) -> dict[str, Any]:
    answer = httpx.get(f"{server}/api/openapi.json", headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            yield from references(value)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def test_it_lists_our_calls_and_no_others(document: dict[str, Any]) -> None:
    calls = {(verb, path) for path, verbs in document["paths"].items() for verb in verbs}
    talk = "/api/talks/{id}"
    assert calls == {
        ("get", "/api/talks"), ("post", "/api/talks"), ("post", "/api/talks/validate"), ("get", talk),
        ("delete", talk), ("post", f"{talk}/cancel"), ("get", f"{talk}/events"),
        *(("get", f"{talk}/{name}") for name in ("video", "srt", "vtt", "report", "receipt", "live.mp4")),
        ("get", "/api/webhooks/{id}"), ("get", "/api/webhooks/secret"),
        *(("get", f"/api/{name}") for name in ("voices", "engines", "drivers", "options", "checkpoints")),
        ("get", "/api/checkpoints/{name}"),
        *(("post", f"/api/checkpoints/{{name}}/{do}") for do in ("pull", "cancel")),
    }  # fmt: skip
    ids = [call["operationId"] for verbs in document["paths"].values() for call in verbs.values()]
    assert len(set(ids)) == len(ids)


def test_all_that_it_refers_to_is_there(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert "#/components/schemas/Request" in found and "#/components/schemas/Talk" in found
    for reference in found:
        part: Any = document
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]
        assert part, reference


def test_its_examples_are_requests(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/talks"]["post"]["requestBody"]["content"]["application/json"]
    assert content["examples"] == EXAMPLES
    for example in content["examples"].values():
        request = parse_request(example["value"])
        assert parse_request(request.document()) == request
        assert set(request.document()) == set(example["value"])


def test_its_examples_are_taken(client: httpx.Client) -> None:
    for example in EXAMPLES.values():
        asked = client.post("/api/talks", json=example["value"])
        assert asked.status_code == 202, asked.text
        assert client.delete(f"/api/talks/{asked.json()['id']}").status_code == 204


def test_events_are_as_it_says(document: dict[str, Any], client: httpx.Client, finished_talk: dict[str, Any]) -> None:
    told = document["paths"]["/api/talks/{id}/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    assert told["schema"] == {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}
    schemas = document["components"]["schemas"]
    heard = client.get(f"/api/talks/{finished_talk['id']}/events").text
    for stream, name, model in ((told["example"], "progress", Progress), (heard, "done", Talk)):
        fields = dict(line.split(": ", 1) for line in stream.splitlines() if line)
        assert set(fields) == set(schemas["Event"]["properties"])
        assert fields["event"] == name and name in schemas["Event"]["properties"]["event"]["enum"]
        assert {"$ref": f"#/components/schemas/{model.__name__}"} in (
            schemas["Event"]["properties"]["data"]["contentSchema"]["anyOf"]
        )
        data = json.loads(fields["data"])
        assert set(data) == set(schemas[model.__name__]["properties"]) and model.model_validate(data)


def test_the_page_has_every_call_and_needs_nothing_from_elsewhere(
    document: dict[str, Any], client: httpx.Client
) -> None:
    text = client.get("/api/docs").text
    assert text == page(document)
    assert all(path in text for path in document["paths"])
    assert not re.search(r"<script|(src|href)=['\"]?(https?:)?//", text)


def test_the_written_examples_work(server: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None and not os.environ.get("NOTHING_LEFT_OUT"):
        pytest.skip("left out: there is no curl on this machine")
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 8
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    environment = {**os.environ, "BASE": server, "KEY": KEY}
    done = subprocess.run(
        ["bash", "-euo", "pipefail"], input="\n".join(blocks), cwd=tmp_path, env=environment, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "event: done" in done.stdout and '"valid":true' in done.stdout and "WEBVTT" in done.stdout
    assert (tmp_path / "beginning.mp4").read_bytes() == (tmp_path / "news.mp4").read_bytes()[:1024]
