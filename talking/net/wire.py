"""One request and its answer over one connection to an address that was checked, all before one deadline."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from talking.errors import BlockedURL, FetchError, FetchTimeout
from talking.net.address import is_address, may_connect
from talking.net.url import WebAddress

_MOST_ADDRESSES = 4
"""Addresses of a host that are tried; a name server may send hundreds."""

_BLOCK = 65_536


def _look_up(host: str, port: int) -> list[str]:
    """All addresses of a host, as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _dial(address: str, port: int, timeout: float) -> socket.socket:
    """A connection to a literal address, through no proxy."""
    return socket.create_connection((address, port), timeout=timeout)


@dataclass(frozen=True)
class Network:
    """How names become addresses, and addresses connections. Every address passes a check between both."""

    look_up: Callable[[str, int], Sequence[str]] = _look_up
    dial: Callable[[str, int, float], socket.socket] = _dial


@dataclass(frozen=True)
class Asking:
    """What is asked for: the `method`, further `headers`, and `size` bytes of the file `body` to send."""

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: BinaryIO | None = None
    size: int = 0


_GET = Asking()


class Deadline:
    """A moment by which everything must be done."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left. Raises FetchTimeout when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> FetchTimeout:
        """The error for a server that took too long."""
        return FetchTimeout(
            f"The server did not deliver within {self._seconds:g} seconds. Try again, or give the file itself."
        )


@contextmanager
def answer(
    where: WebAddress, *, accept: str, deadline: Deadline, allow_private: bool, network: Network, asking: Asking = _GET
) -> Iterator[http.client.HTTPResponse]:
    """Ask for `where` and give the answer once its head has arrived; its body is read within the block.

    Raises BlockedURL before anything is sent when any address of the host is not public, FetchError when the host is
    not known, not reachable or speaks something else, FetchTimeout after the deadline.
    """
    addresses = checked(where, deadline, allow_private, network)
    with ExitStack() as stack, _speaking(where.host, deadline):
        plain = stack.enter_context(_connected(where, addresses, deadline, network))
        line = plain
        if where.secure:
            plain.settimeout(deadline.left())
            line = stack.enter_context(_trust().wrap_socket(plain, server_hostname=where.host))
        line.settimeout(deadline.left())
        line.sendall(_request(where, accept, asking))
        _pour(line, asking, deadline)
        # HTTPResponse asks its socket for nothing but a file to read from.
        response = http.client.HTTPResponse(cast(socket.socket, _Line(line, deadline)), method=asking.method)
        stack.callback(response.close)
        response.begin()
        yield response


def checked(where: WebAddress, deadline: Deadline, allow_private: bool, network: Network) -> list[str]:
    """The addresses of the host, each of them checked. Raises FetchError, BlockedURL and FetchTimeout."""
    addresses = _within(deadline, lambda: network.look_up(where.host, where.port))
    if addresses and all(may_connect(address, allow_private=allow_private) for address in addresses):
        return list(addresses)[:_MOST_ADDRESSES]
    name = f"'{where.host[:80]}'"
    if allow_private and not addresses:
        raise FetchError(f"There is no host called {name}. Check the address.")
    check_literal(where, allow_private)
    # The same words whether a name means nothing or something in here: who asks shall not learn which names do.
    raise BlockedURL(
        f"{name} is not known, or leads into a private or reserved network, from which nothing is fetched. "
        "Check the address, or give the file itself."
    )


def check_literal(where: WebAddress, allow_private: bool) -> None:
    """Raise BlockedURL for a host that is written as an address which may not be connected to."""
    if is_address(where.host) and not may_connect(where.host, allow_private=allow_private):
        raise BlockedURL(
            f"'{where.host[:80]}' leads into a private or reserved network, from which nothing is fetched. "
            "Give a public link, or the file itself."
        )


def _within(deadline: Deadline, look_up: Callable[[], Sequence[str]]) -> Sequence[str]:
    """What `look_up` finds before the deadline: the system's own look-up knows none. Nothing when it fails."""
    found: list[str] = []

    def work() -> None:
        try:
            found.extend(look_up())
        except (OSError, UnicodeError):
            return

    thread = threading.Thread(target=work, name="look-up", daemon=True)
    thread.start()
    thread.join(deadline.left())
    if thread.is_alive():
        raise deadline.passed()
    return found


def _connected(where: WebAddress, addresses: Sequence[str], deadline: Deadline, network: Network) -> socket.socket:
    """A connection to the first address that takes one; the time is shared out between those that are left."""
    for index, address in enumerate(addresses):
        try:
            return network.dial(address, where.port, deadline.left() / (len(addresses) - index))
        except OSError:  # among them the time-out of this one
            continue
    deadline.left()
    raise FetchError(f"'{where.host[:80]}' takes no connection. Check the address, or try again later.")


@contextmanager
def _speaking(host: str, deadline: Deadline) -> Iterator[None]:
    """Turn what goes wrong on the line into a sentence."""
    try:
        yield
    except TimeoutError as error:
        raise deadline.passed() from error
    except ssl.SSLError as error:
        raise FetchError(
            f"No secure connection to '{host[:80]}' could be made: its certificate or its encryption is not accepted."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise FetchError(f"The connection to '{host[:80]}' broke, or what came is not HTTP. Try again.") from error


def _request(where: WebAddress, accept: str, asking: Asking) -> bytes:
    more = {**asking.headers, **({} if asking.body is None else {"Content-Length": str(asking.size)})}
    lines = (
        f"{asking.method} {where.target} HTTP/1.1",
        f"Host: {where.authority}",
        f"Accept: {accept}",
        "Accept-Encoding: identity",
        "User-Agent: talking",
        "Connection: close",
        *(f"{name}: {value}" for name, value in more.items()),
    )
    if not all(line.isascii() and line.isprintable() for line in lines):
        raise FetchError("The request holds letters that none may have. Check the address and the token.")
    return "\r\n".join((*lines, "", "")).encode("ascii")


def _pour(line: socket.socket, asking: Asking, deadline: Deadline) -> None:
    """Send the body. A server that refuses it may answer and hang up before its end: the answer tells, not the line."""
    left = asking.size
    while asking.body is not None and left:
        block = asking.body.read(min(_BLOCK, left))
        if not block:
            raise FetchError("The file that was to be sent ended too early. Try again.")
        left -= len(block)
        line.settimeout(deadline.left())
        try:
            line.sendall(block)
        except (BrokenPipeError, ConnectionResetError):
            return


def _trust() -> ssl.SSLContext:
    """The certificates of the system, and those of certifi for systems that have none."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class _Line(io.RawIOBase):
    """What a socket receives, as a file in which no read waits longer than the deadline allows."""

    def __init__(self, line: socket.socket, deadline: Deadline) -> None:
        self._line = line
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._line.settimeout(self._deadline.left())
        return self._line.recv_into(buffer)
