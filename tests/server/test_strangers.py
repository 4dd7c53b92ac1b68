"""Addresses that lead in here get a stranger nowhere, in whichever field of whichever call they stand."""

from __future__ import annotations

import base64
import http.server
import io
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient
from wiles import ADDRESSES, NAMES, PUBLIC

from talking import net
from talking.errors import BlockedURL
from talking.jobs.perform import Workshop, perform, workshop
from talking.pipeline import Limits
from talking.server.app import create_app
from talking.settings import Settings

START = "/v1/video/async_generate_talking_avatar"
PAGE = "http://public.example/picture.jpg"
SPOKEN = {"type": "text", "input": "Hello world!", "provider": {"type": "microsoft", "voice_id": "espeak:en-us"}}
SECRET = b"what only this machine may see"


class Site(http.server.BaseHTTPRequestHandler):
    """A public server: a path beginning with /to/ forwards to what follows, all others hold something."""

    touched: list[str]

    def do_GET(self) -> None:
        self.touched.append(self.path)
        self.send_response(302 if self.path.startswith("/to/") else 200)
        if self.path.startswith("/to/"):
            self.send_header("Location", base64.urlsafe_b64decode(self.path[4:]).decode("latin-1"))
        self.end_headers()
        self.wfile.write(SECRET)

    do_POST = do_PUT = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Canary(Site):
    """A server in here, which nobody may ever reach."""


@contextmanager
def _running(kind: type[Site]) -> Iterator[int]:
    kind.touched = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """Where the site and the canary listen."""
    with _running(Site) as site, _running(Canary) as canary:
        yield {"site": site, "canary": canary}


class World:
    """The network as the service sees it: names by NAMES, the site at the one public address, the canary elsewhere."""

    def __init__(self, ports: dict[str, int]) -> None:
        self.dialled: list[str] = []
        self._asked: dict[str, int] = {}
        self._ports = ports
        self._dial = socket.create_connection

    def look_up(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        name = host.removesuffix(".")
        if ":" in name or name.replace(".", "").isdigit():
            answers = [[name]]
        elif name == "localhost":
            answers = [["127.0.0.1", "::1"]]
        else:
            answers = NAMES.get(name) or [[]]
        turn = self._asked[name] = self._asked.get(name, -1) + 1
        found = answers[min(turn, len(answers) - 1)]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    def dial(self, address: tuple[str, int], timeout: float | None = None) -> socket.socket:
        self.dialled.append(address[0])
        return self._dial(("127.0.0.1", self._ports["site" if address[0] == PUBLIC else "canary"]), timeout)


@pytest.fixture
def world(ports: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Nothing but the public address is ever dialled, and nothing on loopback touched."""
    found = World(ports)
    monkeypatch.setattr("talking.net.wire.socket.getaddrinfo", found.look_up)
    monkeypatch.setattr("talking.net.wire.socket.create_connection", found.dial)
    Canary.touched.clear()
    yield found
    assert set(found.dialled) <= {PUBLIC}
    assert not Canary.touched


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Asks a server that keeps to public addresses; its worker is `shop`."""
    folder = tmp_path_factory.mktemp("strangers")
    app = create_app(Settings(data=folder, max_waiting=100_000), worker=False, page=False)
    with TestClient(app, base_url="http://localhost:7860", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def shop(asking: TestClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    service = asking.app.state.service  # type: ignore[attr-defined]
    made = workshop(service.store, service.storage, Limits(local_files=False), tmp_path_factory.mktemp("work"))
    yield made
    made.studio.close()


Post = Callable[[TestClient, str], httpx.Response]


def _posting(path: str, place: Callable[[str], Mapping[str, Any]]) -> Post:
    return lambda client, address: client.post(path, json=place(address))


def _native(**more: Any) -> dict[str, Any]:
    return {"portrait": PAGE, "text": "Hello world!", "voice": "espeak:en-us", **more}


FIELDS: dict[str, Post] = {
    "talk source": _posting("/talks", lambda url: {"source_url": url, "script": SPOKEN}),
    "talk audio": _posting("/talks", lambda url: {"script": {"type": "audio", "audio_url": url}}),
    "talk driver": _posting("/talks", lambda url: {"driver_url": url, "script": SPOKEN}),
    "talk logo": _posting("/talks", lambda url: {"script": SPOKEN, "config": {"logo": {"url": url}}}),
    "talk webhook": _posting("/talks", lambda url: {"script": SPOKEN, "webhook": url}),
    "talk result": _posting("/talks", lambda url: {"script": SPOKEN, "result_url": url}),
    "animation source": _posting("/animations", lambda url: {"source_url": url}),
    "animation driver": _posting("/animations", lambda url: {"source_url": PAGE, "driver_url": url}),
    "animation webhook": _posting("/animations", lambda url: {"source_url": PAGE, "webhook": url}),
    "faces": _posting("/images/face-detection", lambda url: {"source_url": url}),
    "native portrait": _posting("/api/talks", lambda url: _native(portrait=url)),
    "native audio": _posting("/api/talks", lambda url: {"portrait": PAGE, "audio": url}),
    "native driver": _posting("/api/talks", lambda url: _native(options={"driver": url})),
    "native background": _posting("/api/talks", lambda url: _native(options={"background": url})),
    "native logo": _posting("/api/talks", lambda url: _native(options={"logo": {"url": url}})),
    "native webhook": _posting("/api/talks", lambda url: _native(webhook=url)),
    "native result": _posting("/api/talks", lambda url: _native(result_url=url)),
    "native trial": _posting("/api/talks/validate", lambda url: _native(portrait=url)),
    "mirako image": _posting(START, lambda url: {"image": url, "audio": "UklGRg=="}),
    "mirako audio": _posting(START, lambda url: {"image": "UklGRg==", "audio": url}),
}
"""Every field that takes an address."""


def _check_refusal(answer: httpx.Response, where: str) -> None:
    """A 4xx in the shape of the dialect, which tells nothing of what is in here."""
    assert 400 <= answer.status_code < 500, (where, answer.status_code, answer.text[:300])
    told = answer.json()
    path = answer.request.url.path
    if path.startswith("/v1/"):
        assert answer.headers["content-type"] == "application/problem+json" and told["status"] == answer.status_code
    elif path.startswith("/api"):
        assert set(told) == {"status", "kind", "detail"}, where
    else:
        assert {"kind", "description"} <= set(told) <= {"kind", "description", "details"}, where
    _check_silence(answer.text, where)


def _check_silence(text: str, where: str) -> None:
    for hint in (SECRET.decode(), "Traceback", "refused the connection", "site-packages", str(Path.cwd()), "Errno"):
        assert hint not in text, where


def _check_end(client: TestClient, shop: Workshop, answer: httpx.Response, where: str) -> None:
    """A job that was taken in ends as an error that says nothing either."""
    assert answer.status_code in (201, 202), (where, answer.status_code, answer.text[:300])
    id = answer.json()["id"]
    perform(id, shop)
    job = shop.store.get(id)
    assert job.status == "error" and job.error_kind in ("BlockedURL", "FetchError"), (where, job.error_kind, job.error)
    told = client.get(f"/api/talks/{id}")
    assert told.json()["error"]["detail"] == job.error
    _check_silence(job.error, where)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.usefixtures("world")
def test_addresses_that_lead_in_here_get_nowhere(asking: TestClient, shop: Workshop, field: str) -> None:
    own = list(FIELDS).index(field)
    for index, address in enumerate(ADDRESSES):
        if index % STRIDE == own % STRIDE:
            answer = FIELDS[field](asking, address)
            where = f"{field}: {address[:80]!r}"
            if answer.status_code < 300:
                _check_end(asking, shop, answer, where)
            else:
                _check_refusal(answer, where)


STRIDE = 5
"""Every field gets each so many-th address, and every address goes to some fields of every call."""


def _forward(address: str) -> str:
    hidden = base64.urlsafe_b64encode(address.encode("utf-8", "surrogatepass")).decode()
    return f"http://public.example/to/{hidden}"


def test_forwarding_leads_nowhere_either(asking: TestClient, world: World) -> None:
    for index, address in enumerate(ADDRESSES):
        if len(address) > 1000 or index % 2:
            continue
        answer = FIELDS["faces"](asking, _forward(address))
        _check_refusal(answer, f"forwarded to {address!r}")
    assert world.dialled and not any("meta-data" in path for path in Site.touched)


def test_jobs_do_not_follow_either(asking: TestClient, shop: Workshop, world: World) -> None:
    for address in (
        "http://169.254.169.254/latest",
        "http://loopback.example/",
        "file:///etc/passwd",
        "gopher://[::1]/",
    ):
        for field in ("talk source", "talk audio", "native background"):
            _check_end(asking, shop, FIELDS[field](asking, _forward(address)), f"{field} forwarded to {address}")
    assert world.dialled


def test_a_name_that_changes_its_meaning_gains_nothing(asking: TestClient, shop: Workshop, world: World) -> None:
    """What was looked up first is what is dialled; and what is looked up anew is checked anew."""
    first = FIELDS["faces"](asking, "http://rebind.example/")
    assert world.dialled == [PUBLIC] and first.status_code == 400
    _check_refusal(FIELDS["faces"](asking, "http://rebind.example/"), "the second time")
    assert world.dialled == [PUBLIC]
    _check_end(asking, shop, FIELDS["talk source"](asking, "http://rebind.example/"), "as a job")
    assert world.dialled == [PUBLIC]


def test_a_webhook_that_changes_its_meaning_is_not_called(asking: TestClient, world: World) -> None:
    body = {"script": SPOKEN, "webhook": "http://rebind.example/hook"}
    assert asking.post("/talks", json=body).status_code == 201, "public when it was asked for"
    with pytest.raises(BlockedURL):
        net.send("http://rebind.example/hook", io.BytesIO(b"{}"), 2)
    assert not world.dialled


@pytest.mark.usefixtures("world")
def test_nobody_learns_which_names_are_known_in_here(asking: TestClient) -> None:
    told = {
        FIELDS["faces"](asking, f"http://{name}/").json()["description"].replace(name, "")
        for name in ("private.example", "nobody.example", "mixed.example", "metadata.google.internal", "localhost")
    }
    assert len(told) == 1, told


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("address", [
    "data:text/html;base64,PHNjcmlwdD4=", "data:image/svg+xml;base64,PHN2Zy8+", "data:,hello", "data:image/png,abc",
    "data:image/png;base64,!!!!", "DATA:image/jpeg;base64,", "data:application/x-mpegURL;base64,I0VYVE0zVQ==",
])  # fmt: skip
def test_what_an_address_holds_itself_is_looked_at(asking: TestClient, address: str) -> None:
    for field in ("talk source", "talk audio", "talk logo", "native portrait", "faces"):
        _check_refusal(FIELDS[field](asking, address), f"{field}: {address}")
