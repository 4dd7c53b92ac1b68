"""What strangers can do with nothing but a connection: little, and not for long."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from serving import KEY
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from talking.server import gate, patience
from talking.server.auth import Keys

OPEN = ("/healthz", "/readyz")
CLOSED = (
    "/", "/config", "/docs", "/redoc", "/openapi.json", "/metrics", "/api", "/api/docs", "/api/openapi.json",
    "/api/talks",
    "/api/webhooks/secret", "/talks", "/talks/tlk_1", "/animations", "/images", "/audios", "/credits", "/tts/voices",
    "/v1/x",
    "/gradio_api/info", "/gradio_api/config", "/gradio_api/queue/data?session_hash=a", "/gradio_api/queue/join",
    "/gradio_api/file=/etc/passwd", "/gradio_api/file/a", "/gradio_api/proxy=http://127.0.0.1/", "/gradio_api/upload",
    "/gradio_api/call/generate/a", "/gradio_api/heartbeat/a", "/gradio_api/startup-events",
    "/gradio_api/stream/a/b/c/d",
    "/gradio_api/login_check", "/login", "/logout", "/theme.css", "/robots.txt", "/static/js/main.js",
    "/assets/index.js",
    "/monitoring", "/custom_component/a/b/c", "/svelte/a", "/pwa_icon", "/manifest.json", "/healthzx", "/healthz/x",
    "/healthz/../config", "/readyz/", "/filesystem", "//files/a", "/%66iles", "/files", "/FILES/a",
    "/healthz%2f..%2fconfig",
    "/healthz;/config", "/?view=api", "/config?/healthz",
)  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_without_a_key_nothing_is_open(server: str, method: str) -> None:
    with httpx.Client(base_url=server, timeout=60) as stranger:
        for path in CLOSED:
            answer = stranger.request(method, path, headers={"Authorization": "Bearer wrong", "X-Forwarded-For": "::1"})
            assert answer.status_code == 401, (method, path, answer.status_code)
        for path in OPEN:
            assert stranger.request(method, path).status_code in ((200, 503) if method == "GET" else (401,)), path


def test_every_answer_tells_browsers_to_guess_nothing(client: httpx.Client) -> None:
    for path in ("/", "/talks", "/api/docs", "/healthz", "/nothing"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer", path
        assert headers["x-frame-options"] == "SAMEORIGIN", path


def _say(server: str, *parts: bytes, seconds: float = 5.0) -> bytes:
    """All that comes back when this is said, until the server hangs up or is silent."""
    where = urlsplit(server)
    assert where.hostname and where.port
    heard = b""
    with socket.create_connection((where.hostname, where.port), timeout=seconds) as line:
        try:
            for part in parts:
                line.sendall(part)
            while block := line.recv(65_536):
                heard += block
        except (TimeoutError, ConnectionError):
            pass
    return heard


HEAD = f"POST /talks HTTP/1.1\r\nHost: a\r\nAuthorization: Basic {KEY}\r\n".encode()
SMUGGLED = b"GET /api/webhooks/secret HTTP/1.1\r\nHost: a\r\nAuthorization: Basic " + KEY.encode() + b"\r\n\r\n"


@pytest.mark.parametrize("lengths", [
    b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Content-Length: 5, 6\r\n", b"Content-Length: -1\r\n",
    b"Content-Length: 1e1\r\n", b"Content-Length: 0x5\r\n", b"Content-Length: +5\r\n", b"Content-Length:\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n", b"Content-Length : 5\r\n", b"X: a\0b\r\n",
    b"X: a\rY: b\r\n", b"Transfer-Encoding: \x0bchunked\r\n", b"X" * 100_000 + b": a\r\n",
])  # fmt: skip
def test_requests_of_two_lengths_are_refused(server: str, lengths: bytes) -> None:
    heard = _say(server, HEAD + lengths + b"Connection: close\r\n\r\n", b"0\r\n\r\n" + SMUGGLED)
    assert heard.split(b" ", 2)[1:2] in ([b"400"], [b"501"], [b"431"]), heard[:200]
    assert heard.count(b"HTTP/1.1 ") == 1 and b"whsec_" not in heard


def test_a_length_and_chunks_are_one_request(server: str) -> None:
    """The chunks count, as the standard says; what follows is not taken for a request of its own."""
    heard = _say(
        server,
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
        SMUGGLED,
    )
    assert heard.count(b"HTTP/1.1 ") <= 1 and b"whsec_" not in heard


def test_too_much_is_refused_before_it_is_sent(server: str) -> None:
    for more in (b"", b"Expect: 100-continue\r\n"):
        began = time.monotonic()
        heard = _say(server, HEAD + more + b"Content-Length: 99999999999\r\nConnection: close\r\n\r\n")
        assert b" 413 " in heard.split(b"\r\n", 1)[0] and b"100 Continue" not in heard
        assert time.monotonic() - began < 10
    heard = _say(server, HEAD + b"Content-Length: " + b"9" * 40 + b"\r\nConnection: close\r\n\r\n")
    assert heard.split(b" ", 2)[1] in (b"400", b"413")


def test_a_thousand_ranges_cost_no_more_than_one(finished_talk: dict[str, Any]) -> None:
    began = time.monotonic()
    many = "bytes=" + ",".join(f"{start}-{start}" for start in range(0, 12_000, 2))
    answer = httpx.get(finished_talk["result_url"], headers={"Range": many}, timeout=20)
    assert answer.status_code in (200, 206, 400, 416) and time.monotonic() - began < 10


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.xml", "a.htm"])
def test_what_a_caller_leaves_on_the_page_is_not_run_by_browsers(client: httpx.Client, name: str) -> None:
    sent = client.post("/gradio_api/upload", files={"files": (name, b"<script>alert(1)</script>", "text/html")})
    kept = client.get(f"/gradio_api/file={sent.json()[0]}")
    safe = "attachment" in kept.headers.get("content-disposition", "")
    assert kept.status_code == 200 and safe and "html" not in kept.headers["content-type"], dict(kept.headers)


def test_an_upload_is_served_as_what_it_was_taken_for(client: httpx.Client, small_portrait: Any) -> None:
    page = small_portrait.read_bytes() + b"<html><script>alert(1)</script>"
    sent = client.post("/images", files={"image": ("a.html", page, "text/html")})
    kept = httpx.get(sent.json()["url"])
    assert kept.headers["content-type"] == "image/png" and kept.headers["x-content-type-options"] == "nosniff"
    assert kept.headers["content-security-policy"].startswith("sandbox")
    assert client.post("/images", files={"image": ("a.png", page[-31:], "image/png")}).status_code == 415


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await PlainTextResponse(await Request(scope, receive).body() or b"nothing")(scope, receive, send)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A small server behind the gate, which loses its patience soon."""
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.4)
    monkeypatch.setattr(gate, "_PAUSE", 0.4)
    app = gate.Gate(_echo, Keys(), 1000)
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", http=patience.Patient)
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def test_who_never_gets_to_the_point_is_hung_up_on(patient: str) -> None:
    for beginning in (b"", b"G", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "):
        began = time.monotonic()
        heard = _say(patient, beginning)
        assert heard == b"" and time.monotonic() - began < 10, beginning
    whole = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    heard = _say(patient, whole, whole[:20])
    assert heard.count(b" 200 OK") == 1, "also when the second request does not come to its end"


def test_a_body_that_does_not_come_is_not_waited_for(patient: str) -> None:
    heard = _say(patient, b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n", b"abc")
    assert b" 408 " in heard.split(b"\r\n", 1)[0]
    assert httpx.post(patient, content=b"0123456789").text == "0123456789"
