"""Errors on the wire: every dialect has its own shape, chosen by the path."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from talking.errors import InvalidRequest, OutputError, QueueFull, TalkingError, Unavailable
from talking.server.did_body import ValidationError

logger = logging.getLogger(__name__)

PROBLEMS = "/v1/"
"""Paths that answer errors as application/problem+json; all others as the other service does."""

NATIVE = "/api"
"""Paths that answer errors as {"status", "kind", "detail"}: our own."""

RETRY_AFTER = 10
"""Seconds after which a client may try again when too much waits."""

_SORRY = "Something went wrong here, and it was logged. Please try again."

_KINDS = {
    400: "BadRequestError",
    401: "AuthorizationError",
    403: "PermissionError",
    404: "NotFoundError",
    408: "RequestTimeoutError",
    405: "MethodNotAllowedError",
    409: "NotReadyError",
    413: "InvalidFileSizeError",
    415: "UnsupportedMimeTypeError",
    422: "BadRequestError",
    429: "TooManyRequestsError",
    501: "NotImplementedError",
    503: "ServiceUnavailableError",
}
_WORDS = {401: "user unauthenticated", 404: "not found", 405: "this address does not take this method"}


_SENTENCES = {
    _WORDS[401]: "This needs a key: send it as 'Authorization: Bearer …'.",
    _WORDS[404]: "There is nothing at this address.",
    _WORDS[405]: "This address does not take this method.",
}
"""What the other service says in few words, for paths whose clients show what they are told."""


class Refusal(TalkingError):
    """An answer with a `status`, its `kind` there, and `details` for programs."""

    def __init__(self, status: int, sentence: str, *, kind: str = "", details: Any = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.kind = kind
        self.details = details


class BadField(InvalidRequest):
    """A field that is missing or cannot be used; `where` is its path ("body.image")."""

    def __init__(self, where: str, sentence: str, status: int = 422) -> None:
        super().__init__(sentence)
        self.where = where
        self.status = status


def add_handlers(app: FastAPI) -> None:
    """Have every error of `app` told in the shape of its path."""
    app.add_exception_handler(TalkingError, _on_ours)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_surprise)


def told(path: str, error: TalkingError) -> Response:
    """The answer for `error` to a request for `path`."""
    status = 503 if isinstance(error, OutputError) else error.status
    headers = {"Retry-After": str(RETRY_AFTER)} if isinstance(error, (QueueFull, Unavailable)) else {}
    if path.startswith(PROBLEMS):
        return _problem(status, _SENTENCES.get(str(error), str(error)), _fields(error), headers)
    if path == NATIVE or path.startswith(f"{NATIVE}/"):
        return JSONResponse({"status": status, "kind": _name(error, status), "detail": str(error)}, status, headers)
    body: dict[str, Any] = {"kind": _kind(error, status), "description": str(error)}
    if isinstance(error, ValidationError):
        body["details"] = {where: {"message": sentence} for where, sentence in error.faults.items()}
    elif isinstance(error, Refusal) and error.details is not None:
        body["details"] = error.details
    return JSONResponse(body, status, headers)


def _name(error: TalkingError, status: int) -> str:
    """The kind of an error as our own paths tell it: its type, or what its status says."""
    return HTTPStatus(status).phrase.replace(" ", "") if isinstance(error, Refusal) else type(error).__name__


def _kind(error: TalkingError, status: int) -> str:
    if isinstance(error, ValidationError):
        return "ValidationError"
    if isinstance(error, Refusal) and error.kind:
        return error.kind
    return _KINDS.get(status, "UnknownError")


def _fields(error: TalkingError) -> list[dict[str, Any]] | None:
    if isinstance(error, BadField):
        return [{"location": error.where, "message": str(error), "value": None}]
    return None


def _problem(status: int, detail: str, errors: list[dict[str, Any]] | None, headers: Mapping[str, str]) -> JSONResponse:
    body = {
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": errors,
        "type": "about:blank",
    }
    return JSONResponse(body, status, dict(headers), "application/problem+json")


async def _on_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, TalkingError)
    return told(request.url.path, error)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = _WORDS.get(error.status_code, str(error.detail) or HTTPStatus(error.status_code).phrase)
    return told(request.url.path, Refusal(error.status_code, sentence))


async def _on_surprise(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed: %s", request.method, request.url.path, type(error).__name__)
    return told(request.url.path, Refusal(500, _SORRY))
