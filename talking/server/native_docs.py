"""The description of /api: as OpenAPI for programs, and as a page for people that needs nothing from elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from talking.request import request_schema
from talking.server.native_body import FILES
from talking.server.native_models import Problem, Progress, Talk
from talking.server.native_page import HEADERS, page

_REQUEST = {"$ref": "#/components/schemas/Request"}
_ABOUT = (
    "Films of portraits that speak. Errors are objects with `status`, `kind` and `detail`, a sentence that says what "
    "is wrong. Where the server has keys, send one as `Authorization: Bearer …` or as the user of Basic."
)

EXAMPLES: Mapping[str, dict[str, Any]] = {
    "text": {
        "summary": "A picture says a text",
        "value": {"portrait": "https://example.org/portrait.jpg", "text": "Good news at last.", "voice": "female"},
    },
    "recording": {
        "summary": "A picture says a recording, before another background",
        "value": {
            "portrait": "https://example.org/portrait.jpg",
            "audio": "https://example.org/speech.mp3",
            "options": {"transcript": "Good news at last.", "background": "#223344", "captions": "soft"},
        },
    },
    "directed": {
        "summary": "A performance that is directed",
        "value": {
            "portrait": "https://example.org/portrait.jpg",
            "text": "Good news at last.",
            "name": "News",
            "user_data": "order 7",
            "options": {
                "driver": "lively/driver-03",
                "expressions": [
                    {"start_frame": 0, "expression": "serious"},
                    {"start_frame": 40, "expression": "happy", "intensity": 0.7},
                ],
                "knobs": {"head": 0.6},
                "aspect": "9:16",
                "output_resolution": 720,
            },
        },
    },
}
"""Requests that are taken as they stand, once their addresses lead to something."""

_WORDS = ("text", "audio", "voice", "name", "user_data", "webhook", "result_url")


def _form() -> dict[str, Any]:
    """The form: single fields of the document, the document itself, and files."""
    files = {name: {"type": "string", "format": "binary", "description": f"The {name}, as a file."} for name in FILES}
    told = request_schema()["properties"]
    words = {name: {"type": "string", "description": told[name]["description"]} for name in _WORDS}
    whole = {"request": _REQUEST, "options": {"$ref": "#/components/schemas/Request/properties/options"}}
    kept = {"persist": {"type": "boolean", "description": told["persist"]["description"]}}
    properties = {**whole, **words, **kept, **files}
    return {"type": "object", "properties": properties, "additionalProperties": False}


BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _REQUEST, "examples": dict(EXAMPLES)},
            "multipart/form-data": {
                "schema": _form(),
                "encoding": {name: {"contentType": "application/json"} for name in ("request", "options")},
            },
        },
    },
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "description": "Of your choice: the same call with the same key makes one film.",
        }
    ],
}
"""What the two calls that take a request bring."""

FAULTS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "The request cannot be carried out as it stands."},
    "429": {"model": Problem, "description": "Too much waits already; `Retry-After` says when to try again."},
    "503": {"model": Problem, "description": "Something is missing here now."},
}

_EVENT = (
    'retry: 2000\n\nid: started.1.film.25\nevent: progress\ndata: {"id": "tlk_4fzCBGgmiFJOpwUbDIPXdH", '
    '"status": "started", "stage": "film", "done": 25, "total": 60, "queue_position": null, "eta_seconds": 1.4, '
    '"render_fps": 24.8}\n\n'
)
_DATA: tuple[type[BaseModel], ...] = (Progress, Talk, Problem)
_EVENT_SCHEMA = {
    "type": "object",
    "description": (
        "One event of a film, as clients of Server-Sent Events hand it on. `progress` brings a Progress, `done` a "
        "Talk, `error` the Talk that failed or was canceled, or a Problem when it was deleted."
    ),
    "properties": {
        "id": {"type": "string", "description": "To be sent as `Last-Event-ID` when the connection broke."},
        "event": {"type": "string", "enum": ["progress", "done", "error"]},
        "data": {
            "type": "string",
            "description": "JSON, on one line: a Progress, a Talk or a Problem.",
            "contentMediaType": "application/json",
            "contentSchema": {"anyOf": [{"$ref": f"#/components/schemas/{each.__name__}"} for each in _DATA]},
        },
        "retry": {"type": "integer", "description": "Once, at the beginning: ms after which to connect again."},
    },
    "required": ["id", "event", "data"],
}
ON_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events, one after the other as they happen, until `done` or `error`.",
        "content": {
            "text/event-stream": {
                # OpenAPI tells of streams as of the list of what comes.
                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
                "example": _EVENT,
            }
        },
    },
    204: {"description": "There is nothing after the last event that was had."},
}

_KINDS = {
    "video": ("video/mp4", "video/quicktime", "video/webm", "image/gif"),
    "srt": ("application/x-subrip",),
    "vtt": ("text/vtt",),
    "report": ("application/json",),
    "receipt": ("application/json",),
}
ON_FILES: dict[str, dict[int | str, dict[str, Any]]] = {
    name: {
        200: {"description": "The file.", "content": {kind: {} for kind in kinds}},
        206: {"description": "The part that was asked for with `Range`."},
        409: {"model": Problem, "description": "The film is not done."},
        410: {"model": Problem, "description": "The film was canceled or failed: there will be none."},
        416: {"description": "The file has no such part."},
    }
    for name, kinds in _KINDS.items()
}

ON_LIVE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The film, as it grows. `ETag` names the attempt at it.",
        "content": {'video/mp4; codecs="avc1.64001E, mp4a.40.2"': {}},
    },
    404: {"model": Problem, "description": "There is no such film, or it is none that can be watched meanwhile."},
    409: {"model": Problem, "description": "There is no picture yet; `Retry-After` says when to ask again."},
    410: {"model": Problem, "description": "There is none any more: the film is done, or there will be none."},
}


def document(routes: APIRouter) -> dict[str, Any]:
    """The OpenAPI document of these routes and of no others."""
    told: dict[str, Any] = get_openapi(title="talking", version=_version(), description=_ABOUT, routes=routes.routes)
    parts = told["components"]
    parts["schemas"] |= {"Request": request_schema(), "Event": _EVENT_SCHEMA}
    parts["schemas"] |= {each.__name__: _schema(each) for each in _DATA if each.__name__ not in parts["schemas"]}
    parts["securitySchemes"] = {name: {"type": "http", "scheme": name} for name in ("bearer", "basic")}
    told["security"] = [{"bearer": []}, {"basic": []}, {}]
    return told


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")


def add_docs(routes: APIRouter) -> None:
    """Add both forms of the description to the `routes` that they describe."""

    @functools.cache
    def told() -> dict[str, Any]:
        return document(routes)

    @routes.get("/openapi.json", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        return told()

    @routes.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(page(told()), headers=HEADERS)


def _version() -> str:
    try:
        return version("talking")
    except PackageNotFoundError:
        return "unknown"
