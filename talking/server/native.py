"""Our own API under /api: the whole request document, progress, events, and all that comes of a film."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, get_args

from fastapi import APIRouter, Path, Query, Response
from fastapi import Request as Call
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from talking.errors import InvalidRequest, NotFound, Unknown
from talking.jobs.job import Job, new_id
from talking.jobs.store import MAX_PAGE
from talking.server import files, native_answer
from talking.server.faults import Refusal
from talking.server.followers import Followers
from talking.server.gate import owner_of
from talking.server.native_body import Body, read_body, read_request
from talking.server.native_docs import BODY, FAULTS, ON_EVENTS, ON_FILES, add_docs
from talking.server.native_events import HEADERS, Telling, events
from talking.server.native_lists import add_lists
from talking.server.native_live import add_live
from talking.server.native_look import outlook
from talking.server.native_models import Accepted, Outlook, State, Talk, TalkPage
from talking.server.native_watch import Watch
from talking.server.native_weights import add_weights, pulls_of
from talking.server.service import Service
from talking.settings import Settings

DIALECT = "native"
PREFIX = "/api"

_ID = Path(description="The id of a film.", examples=["tlk_4fzCBGgmiFJOpwUbDIPXdH"])
_LIMIT = Query(20, ge=1, le=MAX_PAGE, description="How many at most.")
_TOKEN = Query("", description="Of the page before.")
_WANTS = {
    "limit": f"it is a whole number from 1 to {MAX_PAGE}",
    "status": f"it is one of {', '.join(get_args(State))}",
}
_STATUS = Query(None, description="Only films in this state.")


class _Route(APIRoute):
    """Has faults in addresses told as all others are, and takes no parameter that means nothing."""

    def get_route_handler(self) -> Callable[[Call], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        known = sorted(each.alias for each in self.dependant.query_params)

        async def handle(call: Call) -> Response:
            for name in call.query_params:
                if name not in known:
                    raise Refusal(422, f"{Unknown.name('query parameter', name, known)} {_taken(known)}")
            try:
                return await inner(call)
            except RequestValidationError as error:
                first = error.errors()[0]
                wants = _WANTS.get(str(first["loc"][-1]), "look at /api/docs for what it may be")
                raise InvalidRequest(f"'{first['loc'][-1]}' cannot be used: {wants}.") from error

        return handle


def _taken(known: Sequence[str]) -> str:
    return f"This call takes: {', '.join(known)}." if known else "This call takes none."


def router(service: Service, settings: Settings, watch: Watch, followers: Followers) -> APIRouter:
    """The routes, and what keeps `watch` over the films being made for as long as the server runs."""
    from talking.server.deliveries import add_deliveries  # which tells of films as these routes do

    pulls = pulls_of(settings)

    @asynccontextmanager
    async def life(_app: Any) -> AsyncIterator[None]:
        keeping = asyncio.create_task(watch.keep())
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
            if pulls is not None:
                await run_in_threadpool(pulls.close)

    routes = APIRouter(prefix=PREFIX, route_class=_Route, lifespan=life, responses=FAULTS)
    _add_asking(routes, service, watch, settings)
    _add_looking(routes, service, watch, followers)
    _add_ending(routes, service, watch)
    _add_artefacts(routes, service)
    add_live(routes, service, followers)
    add_deliveries(routes, service)
    add_lists(routes, settings)
    add_weights(routes, settings, pulls)
    add_docs(routes)
    return routes


def _add_asking(routes: APIRouter, service: Service, watch: Watch, settings: Settings) -> None:
    @routes.post("/talks", status_code=202, summary="Ask for a film", tags=["films"], openapi_extra=BODY)
    async def create(call: Call) -> Accepted:
        """Takes a request in. Send `Idempotency-Key` to be able to repeat the call: it is made once."""
        body = await read_body(call, service)
        return await run_in_threadpool(_create, call, body, service, watch)

    @routes.post("/talks/validate", summary="Try a request without filming", tags=["films"], openapi_extra=BODY)
    async def validate(call: Call) -> Outlook:
        """Looks at the request, the portrait and the words, and tells what would be chosen."""
        body = await read_body(call, service)
        return await run_in_threadpool(outlook, call, body, service, settings)


def _create(call: Call, body: Body, service: Service, watch: Watch) -> Accepted:
    request = read_request(call, body, service)
    job = service.enqueue(call, request, DIALECT, new_id(), {})
    return native_answer.accepted(job, service, watch, service.base(call))


def _add_looking(routes: APIRouter, service: Service, watch: Watch, followers: Followers) -> None:
    @routes.get("/talks", summary="List films", tags=["films"])
    def listed(call: Call, limit: int = _LIMIT, token: str = _TOKEN, status: State | None = _STATUS) -> TalkPage:
        """Your films, newest first, also those that were asked for with another service's calls."""
        statuses = () if status is None else (status,)
        page = service.engine.list(owner=owner_of(call.scope), limit=limit, token=token, statuses=statuses)
        tell = partial(native_answer.talk, service=service, watch=watch, base=service.base(call), report=False)
        return TalkPage(talks=[tell(job) for job in page.jobs], token=page.token or None)

    @routes.get("/talks/{id}", summary="Look at a film", tags=["films"], response_model=Talk)
    def look(call: Call, id: str = _ID) -> Response:
        """How far a film is, and when it is done its report and links to its files."""
        told = native_answer.talk(_job(service, call, id), service, watch, service.base(call))
        return Response(told.model_dump_json(), media_type="application/json")  # checked once is enough

    @routes.get("/talks/{id}/events", summary="Follow a film", tags=["films"], responses=ON_EVENTS)
    async def follow(call: Call, id: str = _ID) -> Response:
        """Server-Sent Events: `progress` whenever there is any, then `done` or `error` with all that is known.

        With `Last-Event-ID` only what is newer is told; 204 when that was the last event.
        """
        job = await run_in_threadpool(_job, service, call, id)
        last_id = call.headers.get("last-event-id", "")
        if job.finished and last_id == job.status:
            return Response(status_code=204)
        owner, base = owner_of(call.scope), service.base(call)
        telling = Telling(
            look=lambda: service.engine.status(id, owner=owner),
            progress=partial(native_answer.progress, watch=watch),
            talk=partial(native_answer.talk, service=service, watch=watch, base=base),
        )
        return StreamingResponse(
            _followed(id, events(telling, last_id), followers), headers=HEADERS, media_type="text/event-stream"
        )


async def _followed(id: str, told: AsyncIterator[str], followers: Followers) -> AsyncIterator[str]:
    with followers.following(id):
        async for event in told:
            yield event


def _add_ending(routes: APIRouter, service: Service, watch: Watch) -> None:
    @routes.post("/talks/{id}/cancel", summary="Cancel a film", tags=["films"])
    def cancel(call: Call, id: str = _ID) -> Talk:
        """Ends a film that waits or is being made. One that is over stays as it is."""
        _job(service, call, id)
        job = service.engine.cancel(id, owner=owner_of(call.scope))
        return native_answer.talk(job, service, watch, service.base(call))

    @routes.delete("/talks/{id}", status_code=204, summary="Delete a film", tags=["films"])
    def delete(call: Call, id: str = _ID) -> Response:
        """Deletes a film and all its files; one that is not over is canceled."""
        job = _job(service, call, id)
        if not job.finished:
            job = service.engine.cancel(id, owner=owner_of(call.scope))
        service.forget(job)
        return Response(status_code=204)


def _add_artefacts(routes: APIRouter, service: Service) -> None:
    for name in native_answer.ARTEFACTS:
        path, read = f"/talks/{{id}}/{name}", _artefact(service, name)
        routes.add_api_route(
            path, read, summary=f"Get the {name} of a film", tags=["files"], responses=ON_FILES[name],
            response_class=Response, name=name,
        )  # fmt: skip
        routes.add_api_route(path, read, methods=["HEAD"], include_in_schema=False, response_class=Response)


def _artefact(service: Service, name: str) -> Callable[..., Response]:
    def read(call: Call, id: str = _ID) -> Response:
        """The file; a part of it with `Range`."""
        job = _job(service, call, id)
        if name in job.artefacts:
            return files.answer(service.storage, job.artefacts[name], call)
        if job.finished and job.status != "done":
            raise Refusal(410, "There will be no film: look at the job's error.")
        if job.status != "done":
            raise Refusal(409, "There is no such file: the film is not done. Look at it to see how far it is.")
        raise NotFound(f"This film has no {name}: no words of it are known." if name in ("srt", "vtt") else "not found")

    return read


def _job(service: Service, call: Call, id: str) -> Job:
    return service.engine.status(id, owner=owner_of(call.scope))
