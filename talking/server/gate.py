"""What every request passes before any route: its address in usual form, who sent it, and how much it may bring."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from talking.server.auth import OPEN, Keys
from talking.server.faults import Refusal, told
from talking.server.links import PREFIX

APIS = ("/talks", "/animations", "/images", "/audios", "/credits", "/tts", "/clips", "/agents", "/expressives",
        "/scenes", "/settings", "/v1", "/api")  # fmt: skip
"""First parts of the paths that belong to programs; the others belong to the page."""

_OPEN = ("/healthz", "/readyz")
"""Paths that need no key, beside signed links."""

_PAUSE = 30.0
"""Seconds that a body may rest."""

_SLOWEST = 20_000.0
"""Bytes a second that a body must come at, after a minute."""

_GUARDS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
"""What every answer says, unless its route has said it: browsers guess no types, and pass no links on."""

_FRAMES = {"x-frame-options": "SAMEORIGIN"}
"""What it says as well, except on Spaces: no other site's page may lay this one under its own buttons."""

_ABSOLUTE = ("http://", "https://")
_HARMLESS = ("GET", "HEAD")


class _TooMuch(Exception):
    """A body that grew beyond its limit, or comes too slowly."""


@dataclass(frozen=True)
class Gate:
    """Stands before `app`. `max_bytes` of a body; `strangers` whether a server without keys may be asked under any
    name, as on a Space; else only as this machine, or as `public_host`, so that no web page can reach it through the
    browser of somebody who sits here.
    """

    app: ASGIApp
    keys: Keys
    max_bytes: int
    public_host: str = ""
    strangers: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        _put_in_usual_form(scope)
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            response = told(scope["path"], refusal)
            if refusal.status == 401 and not _is_api(scope["path"]):
                response.headers["WWW-Authenticate"] = 'Basic realm="talking", charset="UTF-8"'
            await response(scope, receive, send)
            return
        await self._pass(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Refusal | None:
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length[:19]) > self.max_bytes:
            return self._too_large()
        if scope["path"].startswith(PREFIX) or (scope["path"] in _OPEN and scope.get("method") in _HARMLESS):
            return None
        owner = self.keys.owner(headers.get("authorization"))
        if owner is None:
            return Refusal(401, "user unauthenticated")
        if owner == OPEN and not self.strangers and not self._is_for_us(headers):
            return Refusal(403, "This server has no keys and is asked from this machine only, under its own name.")
        # A browser that knows a key sends it along with whatever another site has it send.
        is_foreign = headers.get("sec-fetch-site") == "cross-site" and scope.get("method") not in _HARMLESS
        if is_foreign and not self.strangers:
            return Refusal(403, "Pages of other sites may not ask this server for anything.")
        scope.setdefault("state", {})["owner"] = owner
        return None

    def _is_for_us(self, headers: Headers) -> bool:
        """Whether a request without key comes neither from another site's page nor under a name that was bent."""
        host = headers.get("host", "")
        name = _host_name(f"//{host}")
        origin = headers.get("origin")
        if not (_is_here(name) or name == self.public_host):
            return False
        if origin is None or origin.partition("://")[2] == host:
            return True
        return bool(self.public_host) and _host_name(origin) == self.public_host

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app; when its body grows too large, answer that in its stead."""
        taken, begun, whole, since = 0, False, False, time.monotonic()
        over: Refusal | None = None

        async def counted() -> Message:
            nonlocal taken, over, whole
            if whole:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), _PAUSE)
            except asyncio.TimeoutError:
                over = _too_slow()
                raise _TooMuch from None
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if taken > self.max_bytes:
                over = self._too_large()
            elif time.monotonic() - since > 60 + taken / _SLOWEST:
                over = _too_slow()
            if over is not None:
                raise _TooMuch
            return message

        async def sent(message: Message) -> None:
            nonlocal begun
            if over is None:
                begun = True
                await send(_guarded(message, {**_GUARDS, **({} if self.strangers else _FRAMES)}))

        try:
            await self.app(scope, counted if scope["type"] == "http" else receive, sent)
        except Exception:
            if over is None:
                raise
        if over is not None and not begun:
            await told(scope["path"], over)(scope, receive, send)

    def _too_large(self) -> Refusal:
        return Refusal(413, f"The body is larger than {self.max_bytes / 1e6:g} MB, the most that is taken here.")


def _too_slow() -> Refusal:
    return Refusal(408, "The body came too slowly. Send it again over a better line.")


def _guarded(message: Message, guards: Mapping[str, str]) -> Message:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        for name, value in guards.items():
            headers.setdefault(name, value)
    return message


def _put_in_usual_form(scope: Scope) -> None:
    """Addresses as proxies are sent them ("GET http://host/talks") and slashes at the end lead to the same route."""
    path: str = scope["path"]
    if path.casefold().startswith(_ABSOLUTE):
        raw: bytes = scope.get("raw_path") or path.encode()
        behind_host = raw.decode("latin-1").partition("?")[0].split("/", 3)[3:]
        path = unquote("/" + "".join(behind_host))
    if _is_api(path) and len(path) > 1:
        path = path.rstrip("/") or "/"
    if path != scope["path"]:
        scope["path"] = path
        scope["raw_path"] = path.encode()


def _is_api(path: str) -> bool:
    return any(path == api or path.startswith(f"{api}/") for api in APIS)


def _host_name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""


def _is_here(name: str) -> bool:
    """Whether a host name means the machine itself, and can mean nothing else."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def owner_of(scope: Any) -> str:
    """Who sent the request, as the gate found out."""
    return str(scope["state"]["owner"])
