"""Bodies of POST /api/talks: the request document as JSON, or a form with the files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from fastapi import Request as Call
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect

from talking.errors import InvalidRequest, Unknown
from talking.jobs import STORED
from talking.media.content import identify
from talking.motion import drivers
from talking.pipeline import preview
from talking.request import Request, parse_request
from talking.server.bodies import parse_json, read_json
from talking.server.faults import Refusal
from talking.server.gate import owner_of
from talking.server.service import Service, once
from talking.server.uploads import IMAGES

FILES: Mapping[str, str] = {
    "portrait": "image", "audio": "audio", "driver": "video", "background": "", "logo": "image",
}  # fmt: skip
"""The files of a form by field, and the kind of each; a background is a picture or a video."""

DOCUMENT = "request"
"""The field of a form that may hold the whole document."""

_PLAIN = tuple(each.name for each in fields(Request) if each.name not in ("options", "persist", "not_applied"))
_MAX_FIELDS = 30


@dataclass(frozen=True)
class Body:
    """The document as it was sent, and the files beside it by their field."""

    document: Any
    files: Mapping[str, bytes]


async def read_body(call: Call, service: Service) -> Body:
    """The body of a call. Raises InvalidRequest, Unknown for fields of a form that there are not, and Refusal for a
    file that is too large.
    """
    if not call.headers.get("content-type", "").casefold().lstrip().startswith("multipart/form-data"):
        return Body(await read_json(call), {})
    try:
        form = await call.form(max_files=len(FILES), max_fields=_MAX_FIELDS)
    except (MultiPartException, ClientDisconnect, HTTPException) as error:
        raise InvalidRequest("The body is not a form. Send multipart/form-data with the files in it.") from error
    try:
        files = {name: await _file(name, given, service) for name, given in _files(form).items()}
        words = {name: value for name, value in form.items() if isinstance(value, str)}
    finally:
        await form.close()
    return Body(await run_in_threadpool(_document, words), files)


def read_request(call: Call, body: Body, service: Service) -> Request:
    """The request in a body, its files kept here and named in it. Raises InvalidRequest, Unknown and Refusal."""
    document = _with_files(body.document, dict.fromkeys(body.files, "upload:"))
    preview.check(parse_request(document))  # before any file is kept
    kept = {name: STORED + _kept(call, service, name, data) for name, data in body.files.items()}
    return _brought_home(call, service, parse_request(_with_files(body.document, kept)), set(kept))


def read_look(call: Call, body: Body, service: Service) -> Request:
    """The same, and no file of the body is kept: the request cannot be carried out."""
    named = {name: f"{STORED}{name}" for name in body.files}
    return _brought_home(call, service, parse_request(_with_files(body.document, named)), set(named))


def _files(form: FormData) -> dict[str, UploadFile]:
    given = {name: value for name, value in form.items() if isinstance(value, UploadFile)}
    for name in given:
        if name not in FILES:
            raise Unknown.name("file in a form", name, FILES)
    return given


async def _file(name: str, given: UploadFile, service: Service) -> bytes:
    data = await given.read(service.rules.max_upload + 1)
    if not data:
        raise InvalidRequest(f"The file '{name}' is empty. Choose another one.")
    if len(data) > service.rules.max_upload:
        raise Refusal(413, f"The file '{name}' is larger than {service.rules.max_upload / 1e6:g} MB.")
    return data


def _document(words: Mapping[str, str]) -> Any:
    """The document that the fields of a form make up: `request` whole, and single fields that win over it."""
    document = _json(words[DOCUMENT], DOCUMENT) if DOCUMENT in words else {}
    if not isinstance(document, dict):
        raise InvalidRequest(f"The field '{DOCUMENT}' of the form must hold a JSON object.")
    for name, value in words.items():
        if name in _PLAIN:
            document[name] = value
        elif name in ("options", "persist"):
            document[name] = _json(value, name)
        elif name != DOCUMENT:
            raise Unknown.name("field in a form", name, [DOCUMENT, *_PLAIN, "options", "persist"])
    return document


def _json(text: str, name: str) -> Any:
    return parse_json(text.encode("utf-8", "surrogatepass"), f"field '{name}' of the form")


def _with_files(document: Any, files: Mapping[str, str]) -> Any:
    """The document that names `files` in their fields. What is no document is left for its reader to refuse."""
    if not isinstance(document, Mapping) or not files:
        return document
    told = {**document, **{name: value for name, value in files.items() if name in ("portrait", "audio")}}
    options = document.get("options")
    if options is not None and not isinstance(options, Mapping):
        return document
    changed = {**(options or {}), **{name: files[name] for name in ("driver", "background") if name in files}}
    if "logo" in files:
        logo = changed.get("logo")
        changed["logo"] = {**(logo if isinstance(logo, Mapping) else {}), "url": files["logo"]}
    return {**told, "options": changed} if changed else told


def _kept(call: Call, service: Service, name: str, data: bytes) -> str:
    kind = FILES[name] or ("image" if identify(data).kind in IMAGES else "video")
    return service.uploads.add(owner_of(call.scope), kind, data, once=once(call, name)).key


def _brought_home(call: Call, service: Service, request: Request, kept: set[str]) -> Request:
    """The request with links to own uploads turned into what they lead to; fields in `kept` are such already.

    Raises InvalidRequest for anything that is neither that nor a web address.
    """

    def home(name: str, value: str, field: str) -> str:
        return value if name in kept else service.reference(call, value, field)

    options = request.options
    if not drivers.is_bank_name(options.driver):
        options = replace(options, driver=home("driver", options.driver, "options.driver"))
    if options.logo is not None:
        logo = replace(options.logo, url=home("logo", options.logo.url, "options.logo.url"))
        options = replace(options, logo=logo)
    if preview.is_file(options.background):
        options = replace(options, background=home("background", options.background, "options.background"))
    audio = None if request.audio is None else home("audio", request.audio, "audio")
    return replace(request, portrait=home("portrait", request.portrait, "portrait"), audio=audio, options=options)
