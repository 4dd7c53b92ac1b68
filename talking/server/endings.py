"""Streams of the page that fail in their middle: Gradio tells its caller why, and then fails all the same."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from talking.server.strict import PATH

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Endings:
    """Stands before `app`: an answer of the page's calls that has begun is ended as others are, whatever fails, so that
    nobody takes it for a connection that broke.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call through, and end its answer."""
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            await self.app(scope, receive, send)
            return
        begun = ended = False

        async def watched(message: Message) -> None:
            nonlocal begun, ended
            begun = True
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if not begun or ended or isinstance(error, OSError):  # nobody is there to be told any more
                raise
            logger.info("an answer of the page broke off: %s", type(error).__name__)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
