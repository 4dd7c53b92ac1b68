"""The parts of a web address that a user typed, or why it is not one that is fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from talking.errors import BlockedURL, FetchError

PORTS = frozenset({80, 443, 8080, 8443})
"""Where web servers listen. Other ports belong to services that a request could be mistaken by."""

_MAX_LENGTH = 4096
_MAX_HOST = 253  # RFC 1035
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_NUMERIC_END = re.compile(r"(^|\.)([0-9]+|0x[0-9a-f]*)$")
_PATH_MARKS = "%/:@!$&'()*+,;=~-._"

_ADVICE = {
    "s3": "Make a signed https link to it ('aws s3 presign …') and give that.",
    "gs": "Make a signed https link to it ('gcloud storage sign-url …') and give that.",
    "az": "Make an https link with a shared access signature and give that.",
    "file": "Give the path of the file without 'file://'.",
}


@dataclass(frozen=True)
class WebAddress:
    """Where to connect and what to ask for: `host` is ASCII, or an IP address without brackets; `target` the path
    with the query, ASCII, starting with a slash.
    """

    secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.secure else 80) else f"{name}:{self.port}"


def scheme_of(text: str) -> str:
    """The scheme of an address such as `https://…`, in small letters; empty when `text` is not one."""
    found = _SCHEME.match(text)
    return found.group(1).lower() if found else ""


def parse(url: str, *, any_port: bool = False) -> WebAddress:
    """Take `url` apart. Raises FetchError when it is not a web address, BlockedURL for parts that hide where it leads:
    a user's name, numbers for a host in other than the usual form, ports other than PORTS unless `any_port`.
    """
    scheme = scheme_of(url)
    if scheme not in ("http", "https"):
        raise FetchError(_not_web(scheme))
    if len(url) > _MAX_LENGTH:
        raise FetchError(f"The web address is longer than {_MAX_LENGTH} characters. Give a shorter link.")
    if any(letter <= " " or letter in '\\"<>^`{|}\x7f' for letter in url):
        raise FetchError("The web address holds a space or another letter that none may have. Copy it again.")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _host(parts.hostname or "")
    except ValueError as error:
        raise FetchError("The web address cannot be understood. Copy it again from the browser.") from error
    if "@" in parts.netloc:
        raise BlockedURL("Web addresses with a user name or a password in them are not fetched. Give a link without.")
    port = port if port is not None else (443 if scheme == "https" else 80)
    if port not in PORTS and not any_port:
        raise BlockedURL(f"Port {port} is not one of a web server ({', '.join(map(str, sorted(PORTS)))}).")
    query = f"?{quote(parts.query, safe=_PATH_MARKS + '?')}" if parts.query else ""
    return WebAddress(scheme == "https", host, port, (quote(parts.path, safe=_PATH_MARKS) or "/") + query)


def joined(url: str, location: str) -> str:
    """The address that the server at `url` forwards to with `location`."""
    try:
        return urljoin(url, location.encode("latin-1", "replace").decode("utf-8", "replace").strip())
    except ValueError as error:
        raise FetchError("The server forwards to an address that cannot be understood.") from error


def _host(name: str) -> str:
    """The host in ASCII. Raises ValueError or BlockedURL."""
    if ":" in name:
        return _plain_6(name)
    if not name or len(name) > _MAX_HOST:
        raise ValueError("no host, or one that is too long")
    host = name if name.isascii() else name.encode("idna").decode("ascii")
    host = host.lower().removesuffix(".")
    if _NUMERIC_END.search(host):
        try:
            return str(IPv4Address(host))
        except ValueError as error:
            raise BlockedURL(
                "The host of the web address is a number in disguise. Write it as a name, or as 1.2.3.4."
            ) from error
    if not _HOST.fullmatch(host) or ".." in host:
        raise ValueError("not a host")
    return host


def _plain_6(name: str) -> str:
    address = IPv6Address(name)
    if address.scope_id is not None:
        raise BlockedURL("Addresses with a zone lead into the local network and are not fetched.")
    return str(address)


def _not_web(scheme: str) -> str:
    if not scheme:
        return "This is not a web address: it must begin with https:// or http://."
    advice = _ADVICE.get(scheme, "Give an https link, or the file itself.")
    return f"Addresses that begin with {scheme[:20]}:// are not fetched. {advice}"
