"""A job as a value: what was asked for, how far it is, and what came of it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

Status: TypeAlias = Literal["created", "started", "done", "error", "canceled", "timed_out"]

ACTIVE: tuple[Status, ...] = ("created", "started")
FINISHED: tuple[Status, ...] = ("done", "error", "canceled", "timed_out")

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,63}")
"""What a job may be called; it is part of the keys in the storage."""

STORED = "stored:"
"""Before the key of an upload, a reference to it in a request: "stored:uploads/…". Only uploads can be named so."""

MAX_SECONDS = "max_seconds"
"""Under which name the extra facts of a job hold the most seconds that its film may have, where it has a limit of its
own beside the worker's."""

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Progress:
    """`done` of `total` in a `stage` of the pipeline ("film": frames); `total` 0 when it is not known."""

    stage: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class Terms:
    """How a request is to be carried out, beyond what is in it.

    `owner` the hash of the key it came with, empty where there are no keys; `dialect` of the API that took it;
    `priority` from 1, done first, to 9; `deadline_seconds` after which it is timed out, and `keep_seconds` after which
    a finished one and its files are deleted, both None for never; `idempotency_key` by which its owner may ask again
    without having it made again; `most_waiting` jobs above which it is turned away; `extra` facts of the dialect,
    JSON-safe, which come back as they are.
    """

    owner: str = ""
    dialect: str = "native"
    priority: int = 5
    deadline_seconds: float | None = None
    keep_seconds: float | None = None
    idempotency_key: str | None = None
    most_waiting: int | None = None
    extra: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True)
class Job:
    """One job. Times are milliseconds since 1970, None when they have not come or are not set.

    `request` as `Request.document` gives it; `error` a sentence for the asker and `error_kind` the name of its type in
    talking.errors, "Internal" for what nobody foresaw; `artefacts` maps "video", "srt", "vtt", "report", "receipt" and
    "live" to keys in the storage, as far as there are such files; `facts` of the film: width, height, duration,
    num_frames, bytes, notes, engine, frames_per_second, seconds of each stage; `attempts` counts how often a worker
    began it, and `attempt` names the last time, empty before the first.
    """

    id: str
    owner: str
    dialect: str
    request: dict[str, Any]
    status: Status
    progress: Progress
    priority: int
    attempts: int
    attempt: str
    error: str
    error_kind: str
    artefacts: dict[str, str]
    facts: dict[str, Any]
    extra: dict[str, Any]
    user_data: str
    created_ms: int
    started_ms: int | None
    finished_ms: int | None
    deadline_ms: int | None
    expires_ms: int | None

    @property
    def finished(self) -> bool:
        return self.status in FINISHED


@dataclass(frozen=True)
class Page:
    """`jobs` newest first, and the `token` that gives those after them; empty when there are no more."""

    jobs: tuple[Job, ...]
    token: str


def new_id(prefix: str = "tlk_") -> str:
    """An id that nobody guesses: 131 bits."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(22))


def now_ms() -> int:
    """Milliseconds since 1970 by this machine's clock."""
    return time.time_ns() // 1_000_000
