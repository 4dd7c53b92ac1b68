"""The page's own calls, held to the same JSON as all others: Gradio would keep one of two equal names in silence."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from talking.errors import InvalidRequest
from talking.server.bodies import parse_json

PATH = "/gradio_api/"
_JSON_METHODS = ("POST", "PUT", "PATCH")


@dataclass(frozen=True)
class Strict:
    """Stands before `app`, inside of what limits the size of bodies."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call through, or refuse its body."""
        if scope["type"] != "http" or not scope["path"].startswith(PATH) or scope["method"] not in _JSON_METHODS:
            await self.app(scope, receive, send)
            return
        if Headers(scope=scope).get("content-type", "").casefold().lstrip().startswith("multipart/"):
            await self.app(scope, receive, send)
            return
        body = await whole(receive)
        if body is None:
            return  # the caller hung up
        if body.strip():
            try:
                await run_in_threadpool(parse_json, body)
            except InvalidRequest as error:
                await JSONResponse({"detail": str(error)}, error.status)(scope, receive, send)
                return
        await self.app(scope, again(body, receive), send)


async def whole(receive: Receive) -> bytes | None:
    """The body of a call; None when its caller hangs up."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def again(body: bytes, receive: Receive) -> Receive:
    """What gives `body` once more, and then what comes after it."""
    given = False

    async def read() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return read
