"""Stored files by signed links: whole or in ranges, to anybody who has the link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response, StreamingResponse

from talking.errors import NotFound
from talking.server.faults import Refusal
from talking.server.links import PREFIX, Links
from talking.server.sound_track import SOUND_NAME, add_sound_track
from talking.storage import Storage

TYPES = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "gif": "image/gif",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "json": "application/json",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}
"""What files are sent as, by the ending that we gave them; anything else is sent as bytes without a meaning."""

_BLOCK = 1 << 18
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "private, max-age=3600",
    "Content-Security-Policy": "sandbox; default-src 'none'; media-src 'self'; img-src 'self'",
}


def router(storage: Storage, links: Links) -> APIRouter:
    """GET and HEAD of what `links` made addresses for."""
    routes = APIRouter()

    @routes.api_route(PREFIX + "{key:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def read(key: str, request: Request, Expires: str = "", Signature: str = "") -> Response:  # noqa: N803
        if not links.allows(key, Expires, Signature):
            raise Refusal(403, "This link has ended, or is none of ours. Ask for the job again: that gives a new one.")
        return answer(storage, key, request)

    return routes


def answer(storage: Storage, key: str, request: Request) -> Response:
    """The file under `key`, or the part of it that is asked for. Raises NotFound and Unavailable."""
    if key.endswith(f"/{SOUND_NAME}") and not storage.has(key):
        add_sound_track(storage, key)
    kind = TYPES.get(key.rpartition(".")[2], "application/octet-stream")
    place = storage.path(key)
    if place is not None:
        return FileResponse(place, headers=_HEADERS, media_type=kind, stat_result=place.stat())
    size = storage.size(key)
    part = _part(request.headers.get("range", ""), size)
    if part is None:
        return Response(status_code=416, headers={**_HEADERS, "Content-Range": f"bytes */{size}"})
    headers = {**_HEADERS, "Accept-Ranges": "bytes", "Content-Length": str(part.length)}
    if part.partial:
        headers["Content-Range"] = f"bytes {part.start}-{part.start + part.length - 1}/{size}"
    status = 206 if part.partial else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=kind)
    return StreamingResponse(_blocks(storage.open(key), part), status, headers, kind)


@dataclass(frozen=True)
class _Part:
    start: int
    length: int
    partial: bool


def _part(header: str, size: int) -> _Part | None:
    """The bytes that a Range header asks for; the whole file for one that is missing or odd, None for one beyond it."""
    found = _RANGE.fullmatch(header.strip())
    if not found or found.groups() == ("", ""):
        return _Part(0, size, False)
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1 if first and last else size, size)
    return _Part(start, end - start, True) if start < end else None


def _blocks(file: BinaryIO, part: _Part) -> Iterator[bytes]:
    with file:
        file.seek(part.start)
        left = part.length
        while left > 0 and (block := file.read(min(_BLOCK, left))):
            left -= len(block)
            yield block
    if left:
        raise NotFound("The file ended too early.")
