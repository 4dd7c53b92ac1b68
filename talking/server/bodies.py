"""Bodies of requests: JSON whatever its label says, and the files of a form."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect

from talking.errors import InvalidRequest

_MAX_FIELDS = 20
_MAX_DEPTH = 60
_MAX_DIGITS = 18
_MAX_VALUES = 200_000


async def read_json(request: Request) -> Any:
    """The JSON in a body. Raises InvalidRequest."""
    try:
        raw = await request.body()
    except ClientDisconnect as error:
        raise InvalidRequest("The body ended too early.") from error
    return await run_in_threadpool(parse_json, raw)


def parse_json(raw: bytes, what: str = "body") -> Any:
    """The JSON in `raw`, UTF-8, that can be stored anywhere: no halves of characters, no zero bytes, no infinite
    numbers, nothing in more than 60 objects in each other, and no name twice in an object. `what` is called so in the
    error. Raises InvalidRequest.
    """
    if sum(raw.count(mark) for mark in (b",", b"[", b"{")) > _MAX_VALUES:  # each would take fifty times its room
        raise InvalidRequest(f"The {what} holds too many values. Send what this call asks for.")
    try:
        body = json.loads(
            raw.decode("utf-8-sig"), parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole,
            object_pairs_hook=partial(_once, what),
        )  # fmt: skip
        _refuse_depth(body)
        if b"\\u" in raw or b"\0" in raw:  # the only ways in
            again = json.dumps(body, ensure_ascii=False)
            again.encode("utf-8")
            if "\\u0000" in again:
                raise ValueError("a zero byte")
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f'The {what} is not JSON. Send an object such as {{"script": …}} in UTF-8.') from error
    return body


def _once(what: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Raises InvalidRequest for a name that is there twice: readers differ in which one counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        shown = "".join(letter for letter in twice[:40] if letter.isprintable())
        raise InvalidRequest(f"The {what} gives '{shown}' twice in one object. Leave one of them.")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("infinite")
    return number


def _whole(text: str) -> int | float:
    """A whole number; one that no field could mean is as good as a float."""
    return int(text) if len(text) <= _MAX_DIGITS else _finite(text)


def _refuse_depth(body: Any) -> None:
    level = [body]
    for _ in range(_MAX_DEPTH):
        if not level:
            return
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, (dict, list))
        ]
    if level:
        raise ValueError("too deep")


@dataclass(frozen=True)
class Part:
    """A file of a form: its `name` as sent, and its bytes."""

    name: str
    data: bytes


async def read_form(request: Request, *, file: str, max_bytes: int) -> tuple[Part | None, dict[str, str]]:
    """The file called `file` in a multipart body, None when there is none, and the other fields.

    Raises InvalidRequest for a body that is none, or a file of more than `max_bytes`.
    """
    try:
        form = await request.form(max_files=4, max_fields=_MAX_FIELDS)
    except (MultiPartException, ClientDisconnect) as error:
        raise InvalidRequest("The body is not a form. Send multipart/form-data with the file in it.") from error
    except Exception as error:
        # Starlette tells of a form that it cannot read as an HTTP error of its own.
        if getattr(error, "status_code", 0) != 400:
            raise
        raise InvalidRequest("The body is not a form. Send multipart/form-data with the file in it.") from error
    try:
        given = form.get(file)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        if not isinstance(given, UploadFile):
            return None, fields
        data = await given.read(max_bytes + 1)
        return Part(given.filename or "", data), fields
    finally:
        await form.close()
