"""The page's own text, sent smaller: its document, its settings, and the scripts and styles that it loads, which
browsers keep.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from talking.server.tiles import KEEP

_WHOLE = ("/", "/config", "/theme.css")
_NAMED_BY_CONTENT = "/assets/"
_FOLDERS = (_NAMED_BY_CONTENT, "/static/")
_LEAST_BYTES = 2000
_LEVEL = 5


class Squeeze:
    """Lets gzip do its work for what a page is made of. Films, sounds and streams pass as they are: they are small
    already, and a stream that is squeezed comes in lumps.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._squeezed = GZipMiddleware(app, minimum_size=_LEAST_BYTES, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call."""
        path = scope.get("path", "")
        of_page = scope["type"] == "http" and (path in _WHOLE or path.startswith(_FOLDERS))

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                MutableHeaders(scope=message).setdefault("cache-control", KEEP)
            await send(message)

        kept = of_page and path.startswith(_NAMED_BY_CONTENT)
        await (self._squeezed if of_page else self._plain)(scope, receive, sent if kept else send)
