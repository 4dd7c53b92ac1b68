"""D-ID's talks and animations: take them in, tell of them, list and forget them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from fastapi import Request as Call
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from talking.errors import InvalidRequest, NotFound
from talking.jobs import STORED
from talking.jobs.job import Job, new_id
from talking.request import Request
from talking.server import did_answer
from talking.server.bodies import read_json
from talking.server.did_body import Defaults, read_talk
from talking.server.faults import Refusal
from talking.server.gate import owner_of
from talking.server.service import OWN_PORTRAIT, Service, unsupported

TALKS, ANIMATIONS = "did", "animation"
"""What the jobs of the two calls bear as their dialect."""

MOST_LISTED = 100

DEFAULTS = Defaults(portrait=STORED + OWN_PORTRAIT)

_STILL = {"type": "text", "ssml": True, "input": '<break time="4s"/><break time="4s"/>',
          "provider": {"type": "microsoft", "voice_id": "espeak:en-us"}}  # fmt: skip
"""What an animation says: nothing, for eight seconds."""

_ELSEWHERE = {
    "/talks/streams": "Live streams",
    "/clips": "Clips",
    "/agents": "Agents",
    "/expressives": "Expressives",
    "/scenes": "Scenes",
    "/settings": "Account settings",
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def router(service: Service) -> APIRouter:
    """The routes of talks and animations, and 501 for what the hosted service has beside them."""
    routes = APIRouter()
    for path, what in _ELSEWHERE.items():
        _refuse(routes, path, what)
    _add(routes, service, "/talks", TALKS, _read_talk)
    _add(routes, service, "/animations", ANIMATIONS, _read_animation)
    return routes


def _refuse(routes: APIRouter, path: str, what: str) -> None:
    def elsewhere() -> None:
        raise unsupported(what)

    for each in (path, f"{path}/{{rest:path}}"):
        routes.add_api_route(each, elsewhere, methods=_METHODS, include_in_schema=False, response_model=None)


def _add(routes: APIRouter, service: Service, path: str, dialect: str, read: Any) -> None:
    """The four calls of one kind of job at `path`; `read` makes a request of a body."""

    @routes.post(path, status_code=201)
    async def create(call: Call) -> dict[str, Any]:
        body = await read_json(call)
        return await run_in_threadpool(_create, service, call, body, dialect, read)

    @routes.get(path)
    def list_all(call: Call, limit: str = "", token: str = "") -> dict[str, Any]:
        page = service.engine.list(
            owner=owner_of(call.scope), limit=_limit(limit), token=token, dialect=dialect
        )  # fmt: skip
        base = service.base(call)
        told: dict[str, Any] = {path[1:]: [did_answer.whole(job, service, base) for job in page.jobs]}
        return {**told, "token": page.token} if page.token else told

    @routes.get(f"{path}/{{id}}", response_model=None)
    def look(call: Call, id: str) -> JSONResponse:
        # As it is: asked for again and again, and it is made of plain values.
        return JSONResponse(did_answer.whole(_job(service, call, id, dialect), service, service.base(call)))

    @routes.delete(f"{path}/{{id}}")
    def delete(call: Call, id: str) -> dict[str, Any]:
        job = _job(service, call, id, dialect)
        if not job.finished:
            raise Refusal(409, f"{did_answer.OBJECTS[dialect]} is in process, try again later")
        told = did_answer.whole(job, service, service.base(call))
        service.forget(job)
        return told


def _create(service: Service, call: Call, body: Any, dialect: str, read: Any) -> dict[str, Any]:
    request = service.brought_home(call, read(body))
    if "x-api-key-external" in call.headers:
        told = "x-api-key-external: the voices here need no keys, and yours was not kept"
        request = replace(request, not_applied=(*request.not_applied, told))
    prefix = "tlk_" if dialect == TALKS else "anm_"
    extra = {"script": did_answer.script(body)} if dialect == TALKS else {}
    return did_answer.created(service.enqueue(call, request, dialect, new_id(prefix), extra))


def _read_talk(body: Any) -> Request:
    return read_talk(body, DEFAULTS)


def _read_animation(body: Any) -> Request:
    """An animation is a talk without words or sound, of the whole picture or the face as asked."""
    if not isinstance(body, Mapping):
        return read_talk(body, DEFAULTS)
    request = read_talk({**body, "script": _STILL}, DEFAULTS)
    skipped = [item for item in request.not_applied if not item.startswith("script.")]
    if "script" in body:
        skipped.append("script: an animation says nothing; ask for a talk")
    if not request.options.mute:
        config = body.get("config")
        if isinstance(config, Mapping) and "mute" in config:
            skipped.append("config.mute: an animation has no sound")
    return replace(request, options=replace(request.options, mute=True), not_applied=tuple(skipped))


def _limit(text: str) -> int:
    """How many jobs a page shall hold; more than there may be are cut to that."""
    if not text:
        return MOST_LISTED
    if not (text.isascii() and text.isdigit()) or not int(text[:9]) > 0:
        raise InvalidRequest("'limit' must be a whole number from 1")
    return min(MOST_LISTED, int(text[:9]))


def _job(service: Service, call: Call, id: str, dialect: str) -> Job:
    try:
        return service.job(call, id, dialect)
    except NotFound as error:
        raise NotFound("not found") from error
