"""What stands beside D-ID's talks: uploads, faces in pictures, voices, credits."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from fastapi import Request as Call
from starlette.concurrency import run_in_threadpool

from talking import net, speech
from talking.errors import BadImage
from talking.jobs import STORED
from talking.jobs.job import now_ms
from talking.media import image
from talking.media.content import identify, picture_size
from talking.server.bodies import Part, read_form, read_json
from talking.server.coerce import Faults, Reading
from talking.server.did import TALKS
from talking.server.did_answer import NOBODY, moment
from talking.server.did_body import ValidationError
from talking.server.eye import Seen
from talking.server.faults import Refusal
from talking.server.gate import owner_of
from talking.server.service import Service
from talking.speech.languages import name_of
from talking.speech.voice import Voice

MAX_SOUND_SECONDS = 3600.0
CREDITS = 1_000_000
"""Told as what remains: nothing is counted here, and clients stop when there is none."""

HOSTED_PROVIDER = "microsoft"
"""Under which all voices are listed, because a client sends it back with the voice; `engine` tells who speaks."""

_VOICES_SECONDS = 600.0
_YEAR_MS = 365 * 86_400_000
_UPLOAD_FIELDS = ("metadata", "source_url", "result_url", "persist")


def router(service: Service, voices_folder: Path | None) -> APIRouter:
    """The routes."""
    routes = APIRouter()
    _add_uploads(routes, service)
    shelf = _Shelf(voices_folder)

    @routes.post("/images/face-detection")
    async def detect(call: Call) -> dict[str, Any]:
        return await run_in_threadpool(_faces, service, call, await read_json(call))

    @routes.get("/credits")
    def credits(call: Call) -> dict[str, Any]:
        return _credits(owner_of(call.scope) or NOBODY)

    @routes.get("/tts/voices")
    def voices(provider: str = "", id: str = "") -> list[dict[str, Any]]:
        if provider and provider.casefold() != HOSTED_PROVIDER:
            return []
        return [voice for voice in shelf.listed() if not id or id in (voice["id"], voice["name"])]

    return routes


def _add_uploads(routes: APIRouter, service: Service) -> None:
    @routes.post("/images", status_code=201)
    async def add_image(call: Call) -> dict[str, Any]:
        part, fields = await read_form(call, file="image", max_bytes=service.rules.max_upload)
        return await run_in_threadpool(_add_image, service, call, part, fields)

    @routes.post("/audios", status_code=201)
    async def add_audio(call: Call) -> dict[str, Any]:
        part, fields = await read_form(call, file="audio", max_bytes=service.rules.max_upload)
        return await run_in_threadpool(_add_audio, service, call, part, fields)

    @routes.delete("/images/{id}", status_code=204)
    def delete_image(call: Call, id: str) -> Response:
        service.uploads.delete(owner_of(call.scope), "image", id)
        return Response(status_code=204)

    @routes.delete("/audios/{id}", status_code=204)
    def delete_audio(call: Call, id: str) -> Response:
        service.uploads.delete(owner_of(call.scope), "audio", id)
        return Response(status_code=204)


def _add_image(service: Service, call: Call, part: Part | None, fields: Mapping[str, str]) -> dict[str, Any]:
    data = _checked(service, part, "image")
    upload = service.uploads.add(owner_of(call.scope), "image", data)
    told: dict[str, Any] = {"url": service.link(service.base(call), upload.key), "id": upload.id}
    if Reading(fields, "body", Faults()).flag("detect_faces", False):
        seen = service.eye.picture(data)
        told["faces"] = [{"face_id": index, **_face(box)} for index, box in enumerate(seen.faces)]
    return {**told, **_not_applied(fields)}


def _add_audio(service: Service, call: Call, part: Part | None, fields: Mapping[str, str]) -> dict[str, Any]:
    data = _checked(service, part, "audio")
    upload = service.uploads.add(owner_of(call.scope), "audio", data)
    try:
        seconds, wav = service.eye.heard(data, service.rules.film_seconds.get(TALKS, MAX_SOUND_SECONDS))
        copy = service.uploads.add_copy(upload, wav)
    except Exception:
        service.storage.delete(upload.key)
        raise
    url = service.link(service.base(call), copy)
    return {"url": url, "id": upload.id, "duration": seconds, "moderation_metadata": {}, **_not_applied(fields)}


def _not_applied(fields: Mapping[str, str]) -> dict[str, list[str]]:
    """The fields of a form that have no effect here, if there are any."""
    skipped = [f"{name}: uploads have no such field here" for name in _UPLOAD_FIELDS if fields.get(name)]
    return {"not_applied": skipped} if skipped else {}


def _checked(service: Service, part: Part | None, name: str) -> bytes:
    """The bytes of an upload, of a size that is taken and, for a picture, a header that makes sense."""
    if part is None:
        raise ValidationError({f"body.{name}": f"'{name}' is required: a file in multipart/form-data"})
    if not part.data or len(part.data) > service.rules.max_upload:
        sentence = f"The file must have 1 byte to {service.rules.max_upload / 1e6:g} MB."
        raise Refusal(400, sentence, kind="InvalidFileSizeError")
    kind = identify(part.data).kind
    if name == "image" and kind in ("png", "jpeg", "webp"):
        size = picture_size(kind, part.data)
        if size is None:
            raise BadImage("The picture is damaged or cut off. Save it again, or send another one.")
        if not (min(size) >= image.MIN_SIDE and size[0] * size[1] <= image.MAX_PIXELS):
            sentence = f"The picture has {size[0]} x {size[1]} pixels. Send one of 512 x 512 to 1920 x 1920."
            raise Refusal(400, sentence, kind="InvalidImageResolutionError")
    return part.data


def _faces(service: Service, call: Call, body: Any) -> dict[str, Any]:
    source = body.get("source_url") if isinstance(body, Mapping) else None
    if not isinstance(source, str) or not source:
        raise ValidationError({"body.source_url": "'source_url' is required"})
    reference = service.reference(call, source, "source_url")
    if reference.startswith(STORED):
        with service.storage.open(reference.removeprefix(STORED)) as file:
            data = file.read(image.MAX_BYTES + 1)
    else:
        data = net.fetch(reference, max_bytes=image.MAX_BYTES, timeout=20, allow_private=service.rules.private_urls)
    seen: Seen = service.eye.picture(data)
    crops = [{"top": top, "left": left, "bottom": bottom, "right": right} for left, top, right, bottom in seen.faces]
    return {"faceCrops": crops, "metadata": {"width": seen.width, "height": seen.height, "length": len(data)}}


def _face(box: tuple[int, int, int, int]) -> dict[str, Any]:
    left, top, right, bottom = box
    size = max(right - left, bottom - top)
    corner = [(left + right - size) // 2, (top + bottom - size) // 2]
    return {"detection": [left, top, right, bottom], "overlap": "no", "size": size, "top_left": corner}


def _credits(owner: str) -> dict[str, Any]:
    """Enough of everything, in whole numbers."""
    now = now_ms()
    begun, ended = moment(now - now % _YEAR_MS), moment(now - now % _YEAR_MS + 2 * _YEAR_MS)
    credit = {
        "owner_id": owner, "created_at": begun, "modified_at": begun, "valid_from": begun, "expire_at": ended,
        "expiry": ended, "remaining": CREDITS, "total": CREDITS, "product_id": "self-hosted", "price_id": "none",
        "plan_group": "self-hosted", "product_billing_interval": "none",
    }  # fmt: skip
    return {"credits": [credit], "remaining": CREDITS, "total": CREDITS}


class _Shelf:
    """The voices as they are listed there, asked for anew every ten minutes."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._listed: list[dict[str, Any]] = []
        self._until = 0.0

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            if time.monotonic() > self._until:
                self._listed = [_voice(voice) for voice in speech.voices(folder=self._folder)]
                self._until = time.monotonic() + _VOICES_SECONDS
            return self._listed


def _voice(voice: Voice) -> dict[str, Any]:
    return {
        "id": voice.id,
        "name": voice.person or voice.id,
        "gender": voice.gender,
        "access": "public",
        "provider": HOSTED_PROVIDER,
        "engine": voice.provider,
        "description": voice.name,
        "locale": voice.language,
        "language": name_of(voice.language),
        "languages": [{"language": name_of(tag), "locale": tag} for tag in voice.spoken],
        "styles": list(voice.styles),
    }
