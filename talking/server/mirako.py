"""Mirako's talking avatar: a picture and a sound in, a task to ask after."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi import Request as Call
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from talking.errors import InvalidRequest, NotFound, TalkingError
from talking.jobs import STORED
from talking.jobs.job import Job, Status
from talking.media.content import identify, picture_size
from talking.media.source import decode_base64
from talking.request import Options, Request
from talking.server.bodies import read_json
from talking.server.destinations import check_destination, check_token
from talking.server.faults import PROBLEMS, BadField
from talking.server.gate import owner_of
from talking.server.service import WEBHOOK_TOKEN, Service, once, unsupported

DIALECT = "mirako"
START = "/v1/video/async_generate_talking_avatar"

STATUSES: Mapping[Status, str] = {
    "created": "IN_QUEUE",
    "started": "IN_PROGRESS",
    "done": "COMPLETED",
    "error": "FAILED",
    "canceled": "CANCELED",
    "timed_out": "TIMED_OUT",
}

_FIELDS = ("image", "audio", "webhook")
_LETTERS = string.ascii_lowercase + string.digits
_ID_LETTERS = 25  # 129 bits
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True)
class AvatarLimits:
    """What a picture and a sound may be: sides in px, where the longer one may lie either way, and seconds."""

    least_side: int = 512
    longest_side: int = 1920
    shorter_side: int = 1080
    seconds: float = 60.0


def router(service: Service, limits: AvatarLimits) -> APIRouter:
    """Start and status, and 501 for everything else that the hosted service has."""
    routes = APIRouter()

    @routes.post(START)
    async def start(call: Call) -> dict[str, Any]:
        body = await read_json(call)
        return await run_in_threadpool(_start, service, limits, call, body)

    @routes.get(START + "/{task_id}/status", response_model=None)
    def status(call: Call, task_id: str) -> JSONResponse:
        try:
            job = service.job(call, task_id, DIALECT)
        except NotFound as error:
            raise NotFound("There is no task of this id, or no longer.") from error
        return JSONResponse({"data": told(job, service, service.base(call))})

    def elsewhere() -> None:
        raise unsupported("Calls other than those of the talking avatar")

    routes.add_api_route(
        PROBLEMS + "{rest:path}", elsewhere, methods=_METHODS, include_in_schema=False, response_model=None
    )
    return routes


def _start(service: Service, limits: AvatarLimits, call: Call, body: Any) -> dict[str, Any]:
    if not isinstance(body, Mapping):
        raise BadField("body", "The body must be a JSON object with 'image' and 'audio'.")
    for name in body:
        if name not in _FIELDS:
            raise BadField(
                f"body.{name}"[:100], f"There is no field '{name[:60]}': 'image', 'audio' and 'webhook' are."
            )
    picture = _bytes(body, "image", "JPG or PNG", service)
    sound = _bytes(body, "audio", "WAV or MP3", service)
    webhook, token = _webhook(body.get("webhook"), service)
    _check_picture(picture, limits, service)
    _check_sound(sound, limits, service)
    owner = owner_of(call.scope)
    image = service.uploads.add(owner, "image", picture, once=once(call, "image"))
    audio = service.uploads.add(owner, "audio", sound, once=once(call, "audio"))
    request = Request(
        portrait=STORED + image.key, audio=STORED + audio.key, options=Options(stitch=True, result_format="mp4"),
        webhook=webhook,
    )  # fmt: skip
    id = "".join(secrets.choice(_LETTERS) for _ in range(_ID_LETTERS))
    job = service.enqueue(call, request, DIALECT, id, {WEBHOOK_TOKEN: token} if token else {})
    return {"data": {"task_id": job.id, "status": "IN_QUEUE"}}


def _bytes(body: Mapping[str, Any], name: str, formats: str, service: Service) -> bytes:
    """The file in a field, as base64 with or without the head of a data address."""
    value = body.get(name)
    if value is None or value == "":
        raise BadField(f"body.{name}", f"The '{name}' field is required but was not provided.", 400)
    advice = f"The '{name}' field must be the base64 of a {formats}"
    if not isinstance(value, str) or value[:8].casefold().startswith(("http://", "https://")):
        raise BadField(f"body.{name}", f"{advice}, not an address or an object.")
    try:
        data = decode_base64(value, max_bytes=service.rules.max_upload, error=InvalidRequest, noun=name)
    except InvalidRequest as error:
        raise BadField(f"body.{name}", f"{advice}. {error}") from error
    kinds = ("jpeg", "png") if name == "image" else ("wav", "mp3")
    content = identify(data)
    if content.kind not in kinds:
        raise BadField(f"body.{name}", f"{advice}; this is {content.name}.")
    return data


def _check_picture(data: bytes, limits: AvatarLimits, service: Service) -> None:
    """Refuse a picture by its size, then by its face."""
    size = picture_size(identify(data).kind, data)
    if size is None:
        raise BadField("body.image", "The 'image' field holds a picture that is damaged. Save it again.")
    fits = min(size) >= limits.least_side and max(size) <= limits.longest_side and min(size) <= limits.shorter_side
    if not fits:
        raise BadField(
            "body.image",
            f"The picture has {size[0]} x {size[1]} pixels. Send one of {limits.least_side} x {limits.least_side} to "
            f"{limits.longest_side} x {limits.shorter_side}, wide or tall.",
        )
    try:
        seen = service.eye.picture(data)
    except InvalidRequest as error:
        raise BadField("body.image", str(error)) from error
    if not seen.faces:
        raise BadField("body.image", "No face was found in the picture. Send one of a person who looks at the camera.")


def _check_sound(data: bytes, limits: AvatarLimits, service: Service) -> None:
    try:
        seconds = service.eye.seconds(data, max(limits.seconds * 2, limits.seconds + 60))
    except TalkingError as error:
        raise BadField("body.audio", str(error)) from error
    if seconds > limits.seconds:
        raise BadField("body.audio", f"The sound lasts {seconds:.1f} s; at most {limits.seconds:g} s are taken here.")


def _webhook(webhook: Any, service: Service) -> tuple[str, str]:
    """Where to tell of the end, and the bearer token to do so with; both may be empty."""
    if webhook is None:
        return "", ""
    if not isinstance(webhook, Mapping) or not isinstance(webhook.get("url"), str) or not webhook["url"].strip():
        raise BadField("body.webhook", "The 'webhook' field must be an object with a 'url'.")
    for name in webhook:
        if name not in ("url", "auth_token"):
            raise BadField(f"body.webhook.{name}"[:100], f"A webhook has 'url' and 'auth_token', not '{name[:60]}'.")
    url, token = webhook["url"].strip(), webhook.get("auth_token") or ""
    try:
        check_destination("webhook.url", url, private_urls=service.rules.private_urls)
    except InvalidRequest as error:
        raise BadField("body.webhook.url", str(error)) from error
    try:
        check_token("webhook.auth_token", token)
    except InvalidRequest as error:
        raise BadField("body.webhook.auth_token", str(error)) from error
    return url, token


def told(job: Job, service: Service, base: str) -> dict[str, Any]:
    """What the status of a task tells of it."""
    told: dict[str, Any] = {"task_id": job.id, "status": STATUSES[job.status]}
    if job.status == "done":
        told["file_url"] = service.link(base, job.artefacts["video"])
        told["output_duration"] = job.facts["duration"]
    elif job.status == "error":
        told["error"] = job.error
    return told
