"""A dry run: everything about a request that can be found out without filming."""

from __future__ import annotations

import re

from fastapi import Request as Call

from talking import net, speech
from talking.errors import InvalidRequest, NotFound
from talking.jobs import STORED
from talking.media import image
from talking.pipeline import preview
from talking.request import Request
from talking.server.native_body import Body, read_look
from talking.server.native_models import Look, Outlook
from talking.server.native_watch import CHARACTERS_A_SECOND
from talking.server.service import Service
from talking.server.worker import worker_config
from talking.settings import Settings

_PAUSES = 0.55
"""Seconds of rest around a spoken text."""

_FETCH_SECONDS = 20.0


def outlook(call: Call, body: Body, service: Service, settings: Settings) -> Outlook:
    """What the request in a body would come to. Raises what making its film would raise for its document, its portrait
    and its words, as far as that can be known; other files are only looked for, not into.
    """
    request = read_look(call, body, service)
    preview.check(request)
    engine, notes = preview.engine_here(request.options.engine, worker_config(settings).limits())
    data = _bytes(body.files.get("portrait"), request.portrait, "portrait", service, image.MAX_BYTES)
    seen = service.eye.outlook(data, request.options)
    notes = [*notes, *seen.notes]
    if request.text is not None:
        words = re.sub(r"<[^<>]*>", " ", request.text) if request.options.ssml else request.text
        chosen = speech.choice(
            words, voice=request.voice, language=request.options.language or None, folder=settings.voices
        )
        notes += chosen.notes
        voice, language = chosen.voice.id, chosen.voice.language
        seconds = len(words.strip()) / CHARACTERS_A_SECOND / request.options.rate + _PAUSES
    else:
        voice, language = "", request.options.language
        seconds = service.eye.seconds(_sound(body, request, service), settings.max_seconds)
    look = Look(
        width=seen.width, height=seen.height, faces=seen.faces, face_box=list(seen.face_box), face_score=seen.face_score
    )
    return Outlook(
        engine=engine, driver=seen.driver, voice=voice, language=language,
        seconds=round(seconds + request.options.pad_audio, 2), portrait=look, notes=list(dict.fromkeys(notes)),
    )  # fmt: skip


def _sound(body: Body, request: Request, service: Service) -> bytes:
    return _bytes(body.files.get("audio"), request.audio or "", "audio", service, service.rules.max_upload)


def _bytes(sent: bytes | None, reference: str, name: str, service: Service, most: int) -> bytes:
    """A file that was sent, uploaded before, or lies at a web address."""
    if sent is not None:
        return sent
    if not reference.startswith(STORED):
        return net.fetch(
            reference, max_bytes=most, timeout=_FETCH_SECONDS, allow_private=service.rules.private_urls
        )  # fmt: skip
    try:
        with service.storage.open(reference.removeprefix(STORED)) as file:
            return file.read(most + 1)
    except NotFound as error:
        raise InvalidRequest(f"The upload that was to be the {name} is not there any more. Upload it again.") from error
