"""Fetching, against servers on this machine that behave well and badly."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from talking.errors import BlockedURL, FetchError, FetchTimeout, OutputError, TooLarge
from talking.net import Network, download, fetch, is_url, resolve

BODY = bytes(range(256)) * 1000


class Site(BaseHTTPRequestHandler):
    """Answers by path; keeps the heads of the requests it got."""

    seen: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.seen.append((self.path, dict(self.headers)))
        name, _, rest = self.path.lstrip("/").partition("/")
        if name == "to":
            self._head(302, Location=rest)
        elif name == "hops":
            self._head(307, Location=f"/hops/{int(rest) - 1}" if int(rest) else "/file")
        elif name == "status":
            self._head(int(rest))
        elif name == "packed":
            self._head(200, **{"Content-Encoding": "gzip"})
        elif name == "short":
            self._head(200, **{"Content-Length": str(len(BODY) + 10)})
            self.wfile.write(BODY)
        elif name == "endless":
            self._head(200)
            self._pour()
        else:
            self._head(200, **{"Content-Length": str(len(BODY))})
            self.wfile.write(BODY)

    def _head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header, value)
        self.end_headers()

    def _pour(self) -> None:
        try:
            while True:
                self.wfile.write(BODY)
        except OSError:
            return

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    Site.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield http
        http.shutdown()
        thread.join()


@pytest.fixture
def site(server: ThreadingHTTPServer) -> str:
    Site.seen.clear()
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def internet(server: ThreadingHTTPServer) -> Network:
    """A network in which public names have public addresses and all of them are this machine's server."""
    names = {
        "public.example": ["93.184.216.34"],
        "mixed.example": ["93.184.216.34", "10.0.0.1"],
        "inside.example": ["10.0.0.1"],
        "rebound.example": ["::ffff:169.254.169.254"],
    }

    def look_up(host: str, _port: int) -> list[str]:
        return names.get(host, [host])

    def dial(_address: str, _port: int, timeout: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", server.server_port), timeout=timeout)

    return Network(look_up, dial)


@contextmanager
def raw_server(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server for one connection that does whatever `behave` does; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                try:
                    behave(connection)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def test_a_file_arrives_whole(site: str) -> None:
    assert fetch(f"{site}/file", max_bytes=len(BODY), allow_private=True) == BODY


def test_it_can_go_to_a_file_while_it_comes(site: str) -> None:
    file = io.BytesIO()
    assert download(f"{site}/file", file, max_bytes=10**6, allow_private=True) == len(BODY)
    assert file.getvalue() == BODY


def test_private_addresses_are_refused_before_anything_is_sent(site: str) -> None:
    for url in (site, "http://localhost/", "http://[::1]/", "http://169.254.169.254/latest/meta-data"):
        with pytest.raises(BlockedURL, match="private"):
            fetch(url.replace(site, "http://127.0.0.1:8080"), max_bytes=10)
    assert Site.seen == []


def test_allowing_private_networks_does_not_open_metadata() -> None:
    with pytest.raises(BlockedURL, match="reserved"):
        fetch("http://169.254.169.254/latest/meta-data", max_bytes=10, allow_private=True)


def test_every_address_of_a_name_must_be_public(internet: Network) -> None:
    Site.seen.clear()
    assert fetch("http://public.example/file", max_bytes=10**6, network=internet) == BODY
    assert [path for path, _ in Site.seen] == ["/file"]
    for host in ("mixed.example", "inside.example", "rebound.example"):
        with pytest.raises(BlockedURL):
            fetch(f"http://{host}/file", max_bytes=10**6, network=internet)
    assert len(Site.seen) == 1


def test_the_name_is_looked_up_once_and_the_checked_address_is_dialled(internet: Network) -> None:
    answers = iter((["93.184.216.34"], ["127.0.0.1"]))
    dialled: list[str] = []

    def dial(address: str, port: int, timeout: float) -> socket.socket:
        dialled.append(address)
        return internet.dial(address, port, timeout)

    rebinding = Network(lambda _host, _port: next(answers), dial)
    fetch("http://public.example/file", max_bytes=10**6, network=rebinding)
    assert dialled == ["93.184.216.34"]


def test_the_next_address_is_tried_when_one_takes_no_connection(internet: Network) -> None:
    def dial(address: str, port: int, timeout: float) -> socket.socket:
        if address == "1.1.1.1":
            raise ConnectionRefusedError
        return internet.dial(address, port, timeout)

    network = Network(lambda _host, _port: ["1.1.1.1", "93.184.216.34"], dial)
    assert fetch("http://public.example/file", max_bytes=10**6, network=network) == BODY


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1/", "http://inside.example/", "//10.0.0.1/", "http://user@public.example/", "http://2130706433/"],
)
def test_a_public_server_cannot_forward_into_a_private_network(internet: Network, target: str) -> None:
    Site.seen.clear()
    with pytest.raises(BlockedURL):
        fetch(f"http://public.example/to/{target}", max_bytes=10, network=internet)
    assert len(Site.seen) == 1


def test_a_forward_to_another_scheme_is_refused(internet: Network) -> None:
    with pytest.raises(FetchError, match="file://"):
        fetch("http://public.example/to/file:///etc/passwd", max_bytes=10, network=internet)


def test_three_forwards_are_followed_and_no_more(site: str) -> None:
    assert fetch(f"{site}/hops/2", max_bytes=10**6, allow_private=True) == BODY
    with pytest.raises(FetchError, match="more than 3"):
        fetch(f"{site}/hops/3", max_bytes=10**6, allow_private=True)


def test_the_cap_counts_bytes_and_does_not_trust_the_head(site: str) -> None:
    with pytest.raises(TooLarge, match="999 bytes"):
        fetch(f"{site}/file", max_bytes=999, allow_private=True)
    file = io.BytesIO()
    with pytest.raises(TooLarge, match="1 MB"):
        download(f"{site}/endless", file, max_bytes=1_000_000, allow_private=True)
    assert file.tell() <= 1_000_000


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("status/404", "404: there is nothing"),
        ("status/500", "500"),
        ("status/204", "204"),
        ("packed", "packed"),
        ("short", "too early"),
    ],
)
def test_what_a_server_does_wrong_is_said(site: str, path: str, words: str) -> None:
    with pytest.raises(FetchError, match=words):
        fetch(f"{site}/{path}", max_bytes=10**6, allow_private=True)


def test_the_request_is_plain_and_names_the_host(internet: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    Site.seen.clear()
    fetch("http://public.example/file?a=b", max_bytes=10**6, accept="image/*", network=internet)
    path, headers = Site.seen[0]
    assert path == "/file?a=b"
    assert headers["Host"] == "public.example"
    assert headers["Accept"] == "image/*"
    assert set(headers) == {"Host", "Accept", "Accept-Encoding", "User-Agent", "Connection"}


def drip(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not stopped.wait(0.05):
        connection.sendall(b"y")


stopped = threading.Event()


@pytest.mark.parametrize("secure", [False, True])
def test_a_server_that_drips_or_says_nothing_meets_the_deadline(secure: bool) -> None:
    stopped.clear()
    with raw_server(lambda line: stopped.wait() and None if secure else drip(line)) as port:
        try:
            with pytest.raises(FetchTimeout, match=r"0\.3 seconds"):
                fetch(f"http{'s' * secure}://127.0.0.1:{port}/", max_bytes=10, timeout=0.3, allow_private=True)
        finally:
            stopped.set()


def test_a_slow_name_server_meets_the_deadline() -> None:
    release = threading.Event()

    def look_up(_host: str, _port: int) -> list[str]:
        release.wait()
        return []

    with pytest.raises(FetchTimeout):
        fetch("http://slow.example/", max_bytes=10, timeout=0.2, network=Network(look_up))
    release.set()


def test_a_secure_request_names_the_host_and_fails_clearly_on_a_plain_server() -> None:
    hello: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        hello.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with raw_server(behave) as port:
        network = Network(
            lambda _host, _port: ["93.184.216.34"],
            lambda _address, _port, timeout: socket.create_connection(("127.0.0.1", port), timeout=timeout),
        )
        with pytest.raises(FetchError, match=r"No secure connection to 'public\.example'"):
            fetch("https://public.example/", max_bytes=10, network=network)
    assert b"public.example" in hello[0]


def test_what_is_not_http_is_said() -> None:
    with raw_server(lambda line: line.sendall(b"SSH-2.0-OpenSSH\r\n")) as port, pytest.raises(FetchError) as caught:
        fetch(f"http://127.0.0.1:{port}/", max_bytes=10, allow_private=True)
    assert "not HTTP" in str(caught.value)


def test_hosts_that_do_not_exist_or_take_no_connection_are_named() -> None:
    def refuse(_address: str, _port: int, _timeout: float) -> socket.socket:
        raise ConnectionRefusedError

    with pytest.raises(FetchError, match=r"'nobody\.example' is not known, or leads into a private"):
        fetch("http://nobody.example/", max_bytes=10, network=Network(lambda _host, _port: []))
    with pytest.raises(FetchError, match=r"'deaf\.example' takes no connection"):
        fetch("http://deaf.example/", max_bytes=10, network=Network(lambda _host, _port: ["1.1.1.1"], refuse))


def test_a_full_disk_is_not_blamed_on_the_server(site: str) -> None:
    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="space"):
        download(f"{site}/file", Full(), max_bytes=10**6, allow_private=True)


def test_only_web_addresses_are_resolved(site: str) -> None:
    for source in ("me.png", b"bytes", "data:image/png;base64,AAAA", "C:/me.png"):
        assert resolve(source, max_bytes=10) == source
        assert not is_url(source)
    assert resolve(f"{site}/file", max_bytes=10**6, allow_private=True) == BODY
    with pytest.raises(FetchError, match="s3://"):
        resolve("s3://bucket/me.png", max_bytes=10)
