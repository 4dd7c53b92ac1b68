"""What every request passes before any route."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from talking.errors import InvalidRequest
from talking.server.auth import Keys
from talking.server.base import base_url
from talking.server.gate import Gate
from talking.server.serve import check_closed
from talking.settings import Settings


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that tells what reached it."""
    request = Request(scope, receive)
    told = {"path": scope["path"], "owner": scope.get("state", {}).get("owner"), "bytes": len(await request.body())}
    await JSONResponse({**told, "base": base_url(request)})(scope, receive, send)


def ask(gate: Gate, method: str, path: str, *, content: Any = b"", **headers: str) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(gate)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, content=content, headers=sent)

    return asyncio.run(go())


def gate(*keys: str, **more: Any) -> Gate:
    return Gate(echo, Keys.read(keys), **{"max_bytes": 1000, **more})


def test_a_key_opens_everything_and_without_one_only_links_and_health_are() -> None:
    closed = gate("k")
    assert ask(closed, "GET", "/talks", authorization="Bearer k").json()["owner"].startswith("key-")
    for path in ("/files/a/b", "/healthz", "/readyz"):
        assert ask(closed, "GET", path).status_code == 200
    for path in ("/talks", "/", "/gradio_api/upload", "/v1/video/x", "/filesystem", "//talks"):
        assert ask(closed, "GET", path).status_code == 401, path


def test_strangers_are_told_in_the_shape_of_the_path() -> None:
    closed = gate("k")
    hosted = ask(closed, "GET", "/talks")
    assert hosted.json() == {"kind": "AuthorizationError", "description": "user unauthenticated"}
    assert "www-authenticate" not in hosted.headers
    problem = ask(closed, "GET", "/v1/video/x")
    assert problem.headers["content-type"] == "application/problem+json"
    assert (problem.json()["status"], problem.json()["title"]) == (401, "Unauthorized")
    assert ask(closed, "GET", "/").headers["www-authenticate"].startswith("Basic"), "a browser asks its visitor"


@pytest.mark.parametrize("headers", [
    {"host": "evil.example"}, {"host": "127.0.0.1.evil.example"}, {"origin": "https://evil.example"},
    {"origin": "null"}, {"origin": "http://127.0.0.1:1"}, {"host": "192.168.1.7"},
])  # fmt: skip
def test_without_keys_no_other_site_gets_in_through_a_browser(headers: Mapping[str, str]) -> None:
    assert ask(gate(), "POST", "/talks", **headers).status_code == 403
    assert ask(gate(strangers=True), "POST", "/talks", **headers).status_code == 200


def test_another_site_cannot_use_the_key_that_a_browser_knows() -> None:
    known = {"authorization": "Basic k", "sec_fetch_site": "cross-site"}
    assert ask(gate("k"), "POST", "/talks", **known).status_code == 403
    assert ask(gate("k"), "GET", "/", **known).status_code == 200, "but may link to the page"
    assert ask(gate("k"), "POST", "/talks", authorization="Basic k", sec_fetch_site="same-origin").status_code == 200


@pytest.mark.parametrize("headers", [
    {}, {"host": "localhost:7860"}, {"host": "[::1]:7860"}, {"origin": "http://127.0.0.1:7860"},
    {"host": "talking.example.org", "origin": "https://talking.example.org"},
])  # fmt: skip
def test_this_machine_and_the_public_name_get_in_without_keys(headers: Mapping[str, str]) -> None:
    answer = ask(gate(public_host="talking.example.org"), "POST", "/talks", **headers)
    assert (answer.status_code, answer.json()["owner"]) == (200, "")


def test_a_body_may_be_so_large_and_no_larger() -> None:
    async def pieces() -> Any:
        for _ in range(30):
            yield b"x" * 100

    assert ask(gate(), "POST", "/talks", content=b"x" * 1000).json()["bytes"] == 1000
    for body in (b"x" * 1001, pieces()):
        refusal = ask(gate(), "POST", "/talks", content=body)
        assert (refusal.status_code, refusal.json()["kind"]) == (413, "InvalidFileSizeError")
    assert ask(gate(), "POST", "/v1/x", content=pieces()).json()["status"] == 413


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/talks/", "/talks"),
        ("/talks/tlk_1//", "/talks/tlk_1"),
        ("/", "/"),
        ("/page/", "/page/"),
        ("http://some.host/talks", "/talks"),
        ("HTTP://some.host:80/talks/tlk_1/?limit=3", "/talks/tlk_1"),
        ("http://some.host", "/"),
        ("http://[", "/"),
        ("http://some.host/a%20b", "/a b"),
    ],
)
def test_addresses_are_put_in_their_usual_form(path: str, seen: str) -> None:
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "headers": [
        (b"host", b"localhost")
    ], "query_string": b"", "scheme": "http"}  # fmt: skip
    reached: list[str] = []

    async def app(inner: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(inner["path"])

    async def nothing(*_: Any) -> Any:
        return {}

    asyncio.run(Gate(app, Keys(), 10)(scope, nothing, nothing))
    assert reached == [seen]


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({"host": "a.example:81"}, "http://a.example:81"),
        ({"host": "inside", "x_forwarded_host": "out.example", "x_forwarded_proto": "https"}, "https://out.example"),
        ({"x_forwarded_host": "first.example, second.example"}, "http://first.example"),
        ({"host": "[::1]:80"}, "http://[::1]:80"),
        ({"host": "a/b@c"}, "http://127.0.0.1:7860"),
        ({"x_forwarded_proto": "javascript"}, "http://127.0.0.1:7860"),
    ],
)
def test_links_begin_with_what_the_caller_named(headers: Mapping[str, str], base: str) -> None:
    assert ask(gate("k"), "GET", "/healthz", **headers).json()["base"] == base


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.4", "::", "example.org"])
def test_nobody_serves_strangers_by_mistake(host: str) -> None:
    with pytest.raises(InvalidRequest, match="TALKING_API_KEYS"):
        check_closed(Settings(), host)
    check_closed(Settings(api_keys=("k",)), host)
    check_closed(Settings(space=True), host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])
def test_this_machine_may_be_served_without_keys(host: str) -> None:
    check_closed(Settings(), host)
