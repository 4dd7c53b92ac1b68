"""JSON that two readers could understand in two ways, or that cannot be kept, is refused by every dialect."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from talking.errors import InvalidRequest
from talking.server.bodies import parse_json

SCRIPT = '"script": {"type": "text", "input": "Hello world!"}'

TWICE = {
    "/talks": f"{{{SCRIPT}, {SCRIPT}}}",
    "/talks ": '{"script": {"input": "Hello world!", "provider": {"type": "amazon", "type": "microsoft"}}}',
    "/animations": '{"source_url": "https://a.example/b.jpg", "source_url": "https://c.example/d.jpg"}',
    "/images/face-detection": '{"source_url": "https://a.example/b.jpg", "source_url": "https://a.example/b.jpg"}',
    "/v1/video/async_generate_talking_avatar": '{"image": "YQ==", "audio": "YQ==", "image": "YQ=="}',
    "/api/talks": '{"portrait": "https://a.example/b.jpg", "text": "a", "options": {"seed": 1, "s\\u0065ed": 2}}',
    "/api/talks/validate": '{"text": "a", "text": "b"}',
}


def sentence(answer: httpx.Response) -> str:
    told = answer.json()
    return str(told.get("description") or told.get("detail"))


@pytest.mark.parametrize("path", TWICE)
def test_no_name_stands_twice_in_an_object(idle: TestClient, path: str) -> None:
    answer = idle.post(path.strip(), content=TWICE[path])
    assert answer.status_code == 400
    assert "twice in one object. Leave one of them." in sentence(answer)


def test_forms_are_read_as_strictly(idle: TestClient) -> None:
    for fields in ({"request": '{"text": "a", "text": "b"}'}, {"text": "a", "options": '{"seed": 1, "seed": 2}'}):
        answer = idle.post("/api/talks", data=fields, files={"portrait": ("a.png", b"x")})
        assert answer.status_code == 400 and "twice in one object" in sentence(answer), fields
    answer = idle.post("/api/talks", data={"options": '{"seed": NaN}'}, files={"portrait": ("a.png", b"x")})
    assert answer.status_code == 400 and "is not JSON" in sentence(answer)


def test_the_page_is_held_to_it_as_well(client: httpx.Client) -> None:
    given = '{"data": [null, "a", null, "auto", {"seed": 1, "seed": 2}]}'
    for path in ("/gradio_api/call/generate", "/gradio_api/call/v2/generate", "/gradio_api/queue/join"):
        answer = client.post(path, content=given, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400 and "'seed' twice in one object" in sentence(answer), path


@pytest.mark.parametrize("raw", [
    b"", b"{", b"{}{}", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1e999}', b'{"a": -1e999}', b'{"a": "\\ud800"}',
    b'{"a": "\\u0000"}', b'{"\\u0000": 1}', b'{"a": "\xff"}', "{}".encode("utf-16"), b"[" * 100_000, b'{"a":' * 500,
    b"[" * 61 + b"]" * 61, b'{"a": ' + b"9" * 5000 + b"}", b"\x1f\x8b\x08\0",
])  # fmt: skip
def test_what_cannot_be_kept_is_not_taken(raw: bytes) -> None:
    with pytest.raises(InvalidRequest, match="is not JSON"):
        parse_json(raw)


@pytest.mark.parametrize(("raw", "body"), [
    (b"\xef\xbb\xbf{}", {}), (b"[" * 60 + b"]" * 60, None),
    (b'{"a": [1, -2.5, 1e3, true, null, "\\ud83d\\ude00"]}', None), (b'{"a": {"b": 1}, "b": 2}', None),
    (b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890.0}),
])  # fmt: skip
def test_the_rest_is(raw: bytes, body: Any) -> None:
    assert parse_json(raw) == (json.loads(raw) if body is None else body)


@pytest.mark.parametrize("number", ["9" * 300, "1" + "0" * 308, "-1e308", "0.1e-400"])
def test_numbers_beyond_all_reason_are_out_of_range(idle: TestClient, number: str) -> None:
    talk = idle.post("/talks", content=f'{{{SCRIPT}, "config": {{"pad_audio": {number}}}}}')
    assert talk.status_code == (201 if number.startswith("0") else 400), talk.text
    native = f'{{"portrait": "https://a.example/b.jpg", "text": "Hello!", "options": {{"seed": {number}}}}}'
    assert idle.post("/api/talks", content=native).status_code == 400
