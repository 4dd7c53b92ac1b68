"""How long a caller may take to say what it wants: uvicorn itself waits for ever for the end of a request's head."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0
"""From the beginning of a connection, or the end of an answer, to the end of the next request's head."""

MOST_CONNECTIONS = 512
"""At the same time; further ones get 503 until some end."""


class Patient(H11Protocol):
    """HTTP/1.1 that hangs up on callers who do not get to the point."""

    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            self._wait()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._stop()
        super().handle_websocket_upgrade(event)

    def _wait(self) -> None:
        self._stop()
        self._clock = self.loop.call_later(HEAD_SECONDS, self._hang_up)

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _hang_up(self) -> None:
        begun: Any = self.cycle  # None before the first request, whatever uvicorn's annotations say
        if not self.transport.is_closing() and (begun is None or begun.response_complete):
            self.transport.close()
