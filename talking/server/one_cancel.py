"""A client that cancels one of its calls of the page keeps the others: Gradio would end all calls of that kind."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from talking.server.strict import PATH, again, whole

_CANCEL = f"{PATH}cancel"
_NOBODY = -1
"""The number of no handler: Gradio, told this one, closes the call's line and ends no task."""


@dataclass(frozen=True)
class OneCancel:
    """Stands before `app`, inside of what limits the size of bodies and refuses broken JSON."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call through; of one that cancels, end the task that it names, and leave the rest to Gradio."""
        if scope["type"] != "http" or scope["path"] != _CANCEL or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        body = await whole(receive)
        if body is None:
            return  # the caller hung up
        try:
            told = json.loads(body)
        except ValueError:
            told = None  # an empty body: the page's own refusal follows
        if isinstance(told, dict) and isinstance(told.get("fn_index"), int):
            await _end(told)
            body = json.dumps({**told, "fn_index": _NOBODY}).encode()
        await self.app(scope, again(body, receive), send)


async def _end(told: dict[str, Any]) -> None:
    """End the task of a call; Gradio writes into its name whose it is and which."""
    name = f"{told.get('session_hash')}_{told['fn_index']}<gradio-sep>{told.get('event_id')}"
    tasks = [task for task in asyncio.all_tasks() if task.get_name() == name]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
