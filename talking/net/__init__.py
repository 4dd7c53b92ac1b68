"""The only place that opens a web address which a user gave.

Names are resolved once, every address is checked, and the connection goes to the address that was checked, so that a
name cannot mean something else a moment later. Redirects are checked in the same way. No proxy of the environment is
used: it would resolve the name again.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from types import MappingProxyType
from typing import BinaryIO, TypeVar

from talking.errors import FetchError, OutputError, TooLarge
from talking.net.url import joined, parse, scheme_of
from talking.net.wire import Asking, Deadline, Network, answer, check_literal, checked

__all__ = ["INTERNET", "Network", "check", "check_form", "download", "fetch", "is_url", "resolve", "send"]

INTERNET = Network()

TIMEOUT = 60.0
"""Seconds for everything: looking up the name, redirects, the last byte."""

_MOST_REDIRECTS = 3
_BLOCK = 65_536
_FORWARDS = frozenset({301, 302, 303, 307, 308})
_REASONS = {
    401: "it wants a password",
    403: "it does not allow this",
    404: "there is nothing at this address",
    410: "what was there is gone",
    429: "it was asked too often",
}

T = TypeVar("T")


def is_url(source: object) -> bool:
    """Whether `source` is text that begins like `https://`, of any scheme. A `data:` address is none: it holds its
    own bytes.
    """
    return isinstance(source, str) and scheme_of(source) != ""


def fetch(
    url: str,
    *,
    max_bytes: int,
    timeout: float = TIMEOUT,
    allow_private: bool = False,
    accept: str = "*/*",
    network: Network = INTERNET,
) -> bytes:
    """What the http or https address `url` leads to, at most `max_bytes`, within `timeout` seconds in all.

    `accept` is the Accept header. `allow_private` admits private networks and any port. Raises FetchError, and of
    its kinds BlockedURL before anything is sent, TooLarge and FetchTimeout.
    """
    body = io.BytesIO()
    download(
        url, body, max_bytes=max_bytes, timeout=timeout, allow_private=allow_private, accept=accept, network=network
    )
    return body.getvalue()


def download(
    url: str,
    file: BinaryIO,
    *,
    max_bytes: int,
    timeout: float = TIMEOUT,
    allow_private: bool = False,
    accept: str = "*/*",
    network: Network = INTERNET,
) -> int:
    """Like `fetch`, but written to the open `file` while it comes; returns how many bytes. What has been written
    when it fails stays written.
    """
    deadline = Deadline(timeout)
    for _ in range(_MOST_REDIRECTS + 1):
        where = parse(url, any_port=allow_private)
        with answer(where, accept=accept, deadline=deadline, allow_private=allow_private, network=network) as response:
            if response.status not in _FORWARDS:
                return _copied(response, file, where.host, max_bytes)
            url = joined(url, response.getheader("Location") or "")
    raise FetchError(f"The server forwards more than {_MOST_REDIRECTS} times. Give the address where it ends.")


def resolve(
    source: T,
    *,
    max_bytes: int,
    timeout: float = TIMEOUT,
    allow_private: bool = False,
    accept: str = "*/*",
    network: Network = INTERNET,
) -> T | bytes:
    """The bytes that a web address leads to; every other source as it is: a path, bytes, base64 or `data:` text.

    Raises FetchError as `fetch` does, among them for schemes other than http and https (s3://, file://) with what
    to give instead.
    """
    if not isinstance(source, str) or not is_url(source):
        return source
    return fetch(
        source, max_bytes=max_bytes, timeout=timeout, allow_private=allow_private, accept=accept, network=network
    )


def check_form(url: str, *, allow_private: bool = False) -> None:
    """Raise FetchError, or BlockedURL of its kind, for what can be told of an address without asking anybody."""
    check_literal(parse(url, any_port=allow_private), allow_private)


def check(url: str, *, timeout: float = 5.0, allow_private: bool = False, network: Network = INTERNET) -> None:
    """Raise FetchError, or BlockedURL of its kind, when `url` is no address that something may be sent to."""
    checked(parse(url, any_port=allow_private), Deadline(timeout), allow_private, network)


def send(
    url: str,
    body: BinaryIO,
    size: int,
    *,
    method: str = "POST",
    headers: Mapping[str, str] = MappingProxyType({}),
    timeout: float = TIMEOUT,
    allow_private: bool = False,
    network: Network = INTERNET,
) -> int:
    """Send `size` bytes of the open file `body` to `url`; returns the status of the answer, whatever it is. The address
    is checked as in `fetch`, no redirect is followed, and of what comes back only the beginning is read.

    Raises FetchError as `fetch` does when there is no answer.
    """
    where, deadline = parse(url, any_port=allow_private), Deadline(timeout)
    asking = Asking(method, headers, body, size)
    with answer(
        where, accept="*/*", deadline=deadline, allow_private=allow_private, network=network, asking=asking
    ) as response:
        status = response.status
        with suppress(FetchError, OSError, HTTPException):  # it has answered: how that ends is not our business
            response.read(_BLOCK)
    return status


def _copied(response: HTTPResponse, file: BinaryIO, host: str, max_bytes: int) -> int:
    """Write the body of an answer to `file`; counted, because what it says of its length need not be true."""
    if response.status != 200:
        reason = _REASONS.get(response.status, "try again later, or give the file itself")
        raise FetchError(f"'{host[:80]}' answered {response.status}: {reason}.")
    if response.getheader("Content-Encoding", "identity").strip().lower() != "identity":
        raise FetchError(f"'{host[:80]}' sends the file packed, which was not asked for. Give the file itself.")
    if (response.length or 0) > max_bytes:
        raise _too_large(host, max_bytes)
    total = 0
    while block := response.read(_BLOCK):
        total += len(block)
        if total > max_bytes:
            raise _too_large(host, max_bytes)
        _write(file, block)
    if response.length:
        raise FetchError(f"'{host[:80]}' ended the transfer too early. Try again.")
    return total


def _write(file: BinaryIO, block: bytes) -> None:
    try:
        file.write(block)
    except OSError as error:
        raise OutputError("What was fetched could not be stored. Free some space on the disk.") from error


def _too_large(host: str, max_bytes: int) -> TooLarge:
    size = f"{max_bytes / 1e6:g} MB" if max_bytes >= 100_000 else f"{max_bytes} bytes"
    return TooLarge(f"'{host[:80]}' sends more than {size}, the most that is read here. Give a smaller file.")
