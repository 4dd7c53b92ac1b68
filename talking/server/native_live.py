"""Films while they are made: /api/talks/{id}/live.mp4, a stream that grows as the film does and ends with it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from contextvars import ContextVar

from fastapi import APIRouter, Path, Response
from fastapi import Request as Call
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from talking.errors import NotFound, TalkingError, Unavailable
from talking.jobs.job import Job
from talking.jobs.live import LIVE, Reader, state
from talking.media.live import codecs
from talking.request import parse_request
from talking.server.faults import NATIVE, Refusal, told
from talking.server.followers import Followers
from talking.server.gate import owner_of
from talking.server.links import PREFIX as FILES
from talking.server.native_docs import ON_LIVE
from talking.server.native_models import Live
from talking.server.service import Service

NAME = "live.mp4"

WAIT_SECONDS = 20.0
"""For which a call waits for the first picture before it is answered that there is none yet."""

_FIRST_SECONDS, _NEXT_SECONDS, _BUCKET_SECONDS = 0.015, 0.1, 0.4
"""How often it is looked for the first bytes, for more, and for either in a bucket, where each look costs a call."""

_OPENING_SECONDS = 1.0
"""For which it is looked for more as often as for the first bytes: players show a picture when they have ten or so."""

_LOOK_SECONDS = 0.2
"""How often the job of a film that has no picture yet is looked at."""

_SILENT_SECONDS = 0.5
"""After which a stream that got nothing new looks at the job: its worker may have ended."""

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "none",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
_ID = Path(description="The id of a film.", examples=["tlk_4fzCBGgmiFJOpwUbDIPXdH"])

_broke_off: ContextVar[bool] = ContextVar("broke_off", default=False)


def add_live(routes: APIRouter, service: Service, followers: Followers) -> None:
    """Add the stream to the `routes` of the films, for those who have the key."""

    @routes.get(f"/talks/{{id}}/{NAME}", summary="Watch a film while it is made", tags=["files"], responses=ON_LIVE)
    async def watch(call: Call, id: str = _ID) -> Response:
        """A fragmented MP4 from its first frame on, sent as the film is drawn; its `Content-Type` names the codecs.

        Opened early it waits 20 s for the first picture. A stream that ends is whole; one that breaks off is not, as
        when the film is canceled, or begun anew by another worker: look at the film and open it again.
        """
        owner = owner_of(call.scope)
        return await _answer(service, call, followers.following(id), lambda: service.engine.status(id, owner=owner))


def router(service: Service, followers: Followers) -> APIRouter:
    """The same for anybody who has its link; to be added before the links to all other files."""
    routes = APIRouter()
    logging.getLogger("uvicorn.error").addFilter(_is_news)

    @routes.get(f"{FILES}results/{{id}}/{NAME}", include_in_schema=False)
    async def watch(call: Call, id: str, Expires: str = "", Signature: str = "") -> Response:  # noqa: N803
        if not service.links.allows(_key(id), Expires, Signature):
            return _told(Refusal(403, "This link has ended, or is none of ours. Look at the film: it has a new one."))
        return await _answer(service, call, followers.following(id), lambda: service.engine.status(id))

    return routes


def link(job: Job, service: Service, base: str) -> str | None:
    """The link by which anybody may watch a film while it is made; None when that cannot be."""
    return service.link(base, _key(job.id)) if live(job).state != "none" else None


def live(job: Job) -> Live:
    """Whether a film can be watched while it is made."""
    found, reason = state(job, parse_request(job.request).options)
    return Live(state=found, reason=reason or None)


def _key(id: str) -> str:
    return f"results/{id}/{NAME}"


async def _answer(
    service: Service, call: Call, watching: AbstractContextManager[None], look: Callable[[], Job]
) -> Response:
    """The stream, or why there is none; whoever waits for it or watches it counts as `watching` for as long."""
    with ExitStack() as here:
        here.enter_context(watching)
        try:
            answer = await _stream(service, call, look)
        except TalkingError as error:
            return _told(error)
        answer.watching = here.pop_all()
        return answer


def _told(error: TalkingError) -> Response:
    """A problem in the shape of our own API, for pages of other sites as well."""
    response = told(NATIVE, error)
    response.headers["Access-Control-Allow-Origin"] = "*"
    if response.status_code == 409:
        response.headers["Retry-After"] = "1"
    return response


async def _stream(service: Service, call: Call, look: Callable[[], Job]) -> _Growing:
    """The stream, once its first bytes are there. Raises NotFound, and Refusal when there is none, yet or any more."""
    until, due = time.monotonic() + WAIT_SECONDS, 0.0
    reader, attempt, head = None, "", b""
    while True:
        if time.monotonic() >= due:
            job, due = await run_in_threadpool(look), time.monotonic() + _LOOK_SECONDS
            prefix = _prefix(job)
            if prefix is not None and (reader is None or attempt != job.attempt):
                reader, attempt, head = Reader(service.storage, prefix), job.attempt, b""
        if reader is not None:
            head += await _next(reader) or b""
            kind = _type(head)
            if kind:
                headers = {**_HEADERS, "ETag": f'"{attempt}"'}
                return _Growing(_body(service, look, attempt, reader, head), headers=headers, media_type=kind)
        if time.monotonic() > until or await call.is_disconnected():
            raise Refusal(409, f"There is no picture yet. {live(job).reason or 'It is being drawn.'} Ask again.")
        await asyncio.sleep(_pause(service, opening=True))


def _prefix(job: Job) -> str | None:
    """Where the film of a job grows; None before it was begun. Raises NotFound and Refusal."""
    told_by = live(job)
    if told_by.state == "none":
        if job.finished:
            raise Refusal(410, told_by.reason or "")
        raise NotFound(told_by.reason or "")
    if job.status == "done":
        return job.artefacts[LIVE]
    return f"results/{job.id}/{job.attempt}/{LIVE}" if job.status == "started" else None


def _type(head: bytes) -> str:
    try:
        return f'video/mp4; codecs="{codecs(head)}"'
    except ValueError:
        return ""


class _BrokenOff(Exception):
    """The rest of a film will not come."""


async def _body(
    service: Service, look: Callable[[], Job], attempt: str, reader: Reader, head: bytes
) -> AsyncIterator[bytes]:
    """The bytes of a growing film, until it is whole. Raises _BrokenOff when it will not be."""
    try:
        yield head
        heard = time.monotonic()
        opened = heard + _OPENING_SECONDS
        while (data := await _next(reader)) is not None:
            if data:
                yield data
                heard = time.monotonic()
                continue
            if time.monotonic() - heard > _SILENT_SECONDS:
                heard = time.monotonic()
                await _check(look, attempt)
            await asyncio.sleep(_pause(service, time.monotonic() < opened))
    finally:
        reader.close()


def _pause(service: Service, opening: bool) -> float:
    if not service.storage.local:
        return _BUCKET_SECONDS
    return _FIRST_SECONDS if opening else _NEXT_SECONDS


async def _next(reader: Reader) -> bytes | None:
    try:
        return await run_in_threadpool(reader.read)
    except Unavailable:
        return b""  # the stream outlives a storage that is away for a while


async def _check(look: Callable[[], Job], attempt: str) -> None:
    """Raise _BrokenOff when an attempt does not count any more."""
    try:
        job = await run_in_threadpool(look)
    except NotFound as error:
        raise _BrokenOff from error
    except Unavailable:
        return
    alive = job.status == "started" or (job.status == "done" and LIVE in job.artefacts)
    if not alive or job.attempt != attempt:
        raise _BrokenOff


class _Growing(StreamingResponse):
    """A stream whose end is told only when it is whole: else the line is cut, which clients notice."""

    _whole = True
    watching: AbstractContextManager[object] = nullcontext()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self.watching:
            await super().__call__(scope, receive, send)
        if not self._whole:
            _broke_off.set(True)

    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        except _BrokenOff:
            self._whole = False


def _is_news(record: logging.LogRecord) -> bool:
    """Whether the server's log should hold this: that a stream was cut, as we meant it to be, is no fault."""
    return not (_broke_off.get() and "without completing response" in record.getMessage())
