"""What the service writes to its log: lines for people or JSON for machines, each with the job that it is about.

Lines hold no text of a user's, no key and no link: a job is named by its id, its error by its kind. The messages of
exceptions that nobody foresaw may quote what they choked on, so they are written at DEBUG only; their types and the
places in the code always are.
"""

from __future__ import annotations

import contextvars
import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from types import TracebackType
from typing import Any, TextIO, TypeAlias

_Info: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

_job: contextvars.ContextVar[str] = contextvars.ContextVar("talking_job", default="")
_stage: contextvars.ContextVar[str] = contextvars.ContextVar("talking_stage", default="")


def configure(level: str, form: str = "text", stream: TextIO | None = None) -> None:
    """Write the log of this process to `stream`, stderr if None, as "text" or "json", and nowhere else."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.addFilter(_note)
    messages = logging.getLevelName(level) == logging.DEBUG
    handler.setFormatter(JsonLines(messages=messages) if form == "json" else Lines(messages=messages))
    root = logging.getLogger()
    for old in tuple(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)


@contextmanager
def about(job: str) -> Iterator[None]:
    """All that this thread logs meanwhile is about the job with this id."""
    before, stage_before = _job.set(job), _stage.set("")
    try:
        yield
    finally:
        _job.reset(before)
        _stage.reset(stage_before)


def in_stage(stage: str) -> None:
    """What this thread logs from now on about its job belongs to this stage of it."""
    _stage.set(stage)


class Lines(logging.Formatter):
    """Time, level, the part of the program, the job if it is about one, and the message."""

    def __init__(self, *, messages: bool = False) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s:%(about)s %(message)s")
        self._messages = messages

    def format(self, record: logging.LogRecord) -> str:
        job: str = getattr(record, "job", "")
        record.about = f" [{job}]" if job and job not in record.getMessage() else ""
        return super().format(record)

    def formatException(self, ei: _Info) -> str:  # noqa: N802
        return trace(ei, messages=self._messages)


class JsonLines(logging.Formatter):
    """An object a line: time (UTC, ISO 8601), level, logger, message; job and stage if there are; exception."""

    def __init__(self, *, messages: bool = False) -> None:
        super().__init__()
        self._messages = messages

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        line.update({name: value for name in ("job", "stage") if (value := getattr(record, name, ""))})
        if record.exc_info:
            line["exception"] = trace(record.exc_info, messages=self._messages)
        return json.dumps(line, ensure_ascii=False)


def trace(info: _Info, *, messages: bool) -> str:
    """What was raised and where, causes first; what the exceptions say only with `messages`."""
    if info[1] is None:
        return ""
    if messages:
        return "".join(traceback.format_exception(info[1])).rstrip()
    lines: list[str] = []
    error: BaseException | None = info[1]
    for _ in range(8):
        if error is None:
            break
        places = [f"  {frame.name} ({frame.filename}:{frame.lineno})" for frame in
                  traceback.extract_tb(error.__traceback__, limit=-12)]  # fmt: skip
        lines = [type(error).__qualname__, *places, *lines]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


def _note(record: logging.LogRecord) -> bool:
    job = _job.get()
    record.job, record.stage = job, _stage.get() if job else ""
    return True
