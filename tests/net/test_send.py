"""Sending, against servers on this machine: what arrives, what is refused, and that nobody is followed."""

from __future__ import annotations

import io
import socket
import threading

import pytest
from receiver import Receiver

from talking.errors import BlockedURL, FetchError, FetchTimeout
from talking.net import Network, check, send

FILM = bytes(range(256)) * 3000


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("status", [200, 204, 302, 403, 500])
def test_what_is_sent_arrives_and_the_answer_is_told(receiver: Receiver, method: str, status: int) -> None:
    receiver.answers[:] = [status]
    headers = {"Content-Type": "video/mp4", "X-More": "1"}
    url = receiver.url("/film?signature=a%2Fb")
    told = send(url, io.BytesIO(FILM), len(FILM), method=method, headers=headers, allow_private=True)
    assert told == status
    ((asked, path, heads, body),) = receiver.got  # one request: a redirect is an answer like others
    assert (asked, path, body) == (method, "/film?signature=a%2Fb", FILM)
    assert heads["x-more"] == "1" and heads["content-type"] == "video/mp4"


def test_private_addresses_are_refused_before_anything_is_sent(receiver: Receiver) -> None:
    url = "http://127.0.0.1:8080/hook"
    for attempt in (lambda: check(url), lambda: send(url, io.BytesIO(b""), 0)):
        with pytest.raises(BlockedURL):
            attempt()
    inside = Network(lambda _host, _port: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(BlockedURL):
        check("https://mixed.example/", network=inside)
    with pytest.raises(FetchError, match="is not known"):
        check("https://typo.example/", network=Network(lambda _host, _port: []))
    check(receiver.url(), allow_private=True)
    assert receiver.got == []


def test_a_header_cannot_hold_another(receiver: Receiver) -> None:
    for value in ("a\r\nHost: b", "ä"):
        with pytest.raises(FetchError, match="letters"):
            send(receiver.url(), io.BytesIO(b""), 0, headers={"X": value}, allow_private=True)
    assert receiver.got == []


def test_a_file_that_is_shorter_than_told(receiver: Receiver) -> None:
    with pytest.raises(FetchError, match="too early"):
        send(receiver.url(), io.BytesIO(b"abc"), 4, allow_private=True)


@pytest.mark.parametrize(("answer", "told"), [(b"HTTP/1.1 413 No\r\n\r\n", 413), (b"", None)])
def test_a_server_that_does_not_listen_to_the_end(answer: bytes, told: int | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65_536):
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        if told is None:
            with pytest.raises(FetchError):
                send(url, io.BytesIO(FILM), len(FILM), allow_private=True)
        else:
            assert send(url, io.BytesIO(FILM), len(FILM), allow_private=True) == told
        thread.join(5)


def test_a_server_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(FetchTimeout):
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        send(url, io.BytesIO(b"x"), 1, timeout=0.2, allow_private=True)
