"""What all routes work with: the jobs, the storage, links to it, and what a request may bring."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fastapi import Request as Call

from talking import net
from talking.errors import FetchError, InvalidRequest, NotFound
from talking.jobs import STORED
from talking.jobs.engine import Engine
from talking.jobs.job import MAX_SECONDS, Job, Terms
from talking.jobs.store import Store
from talking.media.content import identify
from talking.motion import drivers
from talking.recent import Recent
from talking.request import Request
from talking.server.base import base_url
from talking.server.destinations import check_destinations
from talking.server.eye import Eye
from talking.server.faults import Refusal
from talking.server.gate import owner_of
from talking.server.links import Links
from talking.server.uploads import FOLDER, VIDEOS, Uploads
from talking.storage import Storage

OWN_PORTRAIT = f"{FOLDER}/own/portrait.jpg"
"""The portrait that speaks when a request names none."""

WEBHOOK_TOKEN = "webhook_token"
"""Under which name the extra facts of a job hold the bearer token that its webhook asks for."""

SECRET_NAME = "secret_name"
"""Under which name they hold the name of the secret that the server had."""

MAX_IDEMPOTENCY_KEY = 255
_CACHED_REPORTS = 256
_DATA = "data:"


@dataclass(frozen=True)
class Rules:
    """How requests are carried out: `deadline_seconds` for a job, `keep_seconds` a finished one is kept, `most_waiting`
    jobs, `film_seconds` the longest film of a dialect, by its name, `max_upload` bytes of a file, `private_urls`
    whether addresses may lead into private networks, `public_url` under which callers reach the server, empty to take
    what they called it by, and whether it `delivers` webhooks and films.
    """

    deadline_seconds: float = 3600.0
    keep_seconds: float = 7 * 86_400.0
    most_waiting: int = 1000
    max_upload: int = 50_000_000
    private_urls: bool = False
    public_url: str = ""
    delivers: bool = True
    film_seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """The parts of a server."""

    engine: Engine
    store: Store
    storage: Storage
    links: Links
    uploads: Uploads
    eye: Eye
    rules: Rules
    reports: Reports

    def base(self, call: Call) -> str:
        """The address under which the caller reaches this server."""
        return self.rules.public_url or base_url(call)

    def enqueue(self, call: Call, request: Request, dialect: str, id: str, extra: Mapping[str, Any]) -> Job:
        """Take a request in as a job of the caller's, once for each of its idempotency keys."""
        check_destinations(request, private_urls=self.rules.private_urls)
        if not self.rules.delivers and (request.webhook or request.result_url):
            raise InvalidRequest("This server sends nothing out: ask it for the film without webhook and result_url.")
        key = call.headers.get("idempotency-key")
        if key is not None and not 0 < len(key) <= MAX_IDEMPOTENCY_KEY:
            raise InvalidRequest(f"The Idempotency-Key is 1 to {MAX_IDEMPOTENCY_KEY} characters.")
        most = self.rules.film_seconds.get(dialect)
        limit = {} if most is None else {MAX_SECONDS: most}
        terms = Terms(
            owner=owner_of(call.scope), dialect=dialect, deadline_seconds=self.rules.deadline_seconds,
            keep_seconds=self.rules.keep_seconds, idempotency_key=key, most_waiting=self.rules.most_waiting,
            extra={**extra, **limit, "base": self.base(call), SECRET_NAME: self.links.name},
        )  # fmt: skip
        return self.engine.enqueue(request, terms, id)

    def job(self, call: Call, id: str, dialect: str) -> Job:
        """A job of the caller's. Raises NotFound, also for one of another dialect or another owner."""
        job = self.engine.status(id, owner=owner_of(call.scope))
        if job.dialect != dialect:
            raise NotFound("not found")
        return job

    def forget(self, job: Job) -> None:
        """Take a finished job and its files away."""
        self.storage.delete(f"results/{job.id}")  # first: of a job that is gone nobody would know any more
        self.engine.forget(job.id)

    def fetch_artefact(self, job: Job, kind: str, folder: Path) -> Path:
        """What a job made, as a file in a folder. Raises KeyError when it made none of that kind."""
        key = job.artefacts[kind]
        return self.storage.fetch(key, folder / key.rpartition("/")[2])

    def link(self, base: str, key: str) -> str:
        """The whole address of a stored file, good for a while."""
        return base + self.links.path(key)

    def shown(self, base: str, reference: str) -> str:
        """A reference of a request as its asker can use it."""
        if reference.startswith(STORED):
            return self.link(base, reference.removeprefix(STORED))
        return "" if reference[:5].casefold() == _DATA else reference

    def brought_home(self, call: Call, request: Request) -> Request:
        """The request with links to own uploads turned into what they lead to. Raises InvalidRequest for anything that
        is neither that nor a web address.
        """
        options = request.options
        if not drivers.is_bank_name(options.driver):
            options = replace(options, driver=self.reference(call, options.driver, "driver_url"))
        if options.logo is not None:
            logo = replace(options.logo, url=self.reference(call, options.logo.url, "config.logo.url"))
            options = replace(options, logo=logo)
        audio = None if request.audio is None else self.reference(call, request.audio, "script.audio_url")
        portrait = self.reference(call, request.portrait, "source_url")
        return replace(request, portrait=portrait, audio=audio, options=options)

    def reference(self, call: Call, address: str, field: str) -> str:
        """What a job is to use for an `address` in a `field`."""
        if address == STORED + OWN_PORTRAIT:
            return address
        key = self.links.key_in(address)
        if key is not None and key.startswith(f"{FOLDER}/") and self.storage.has(key):
            return STORED + self.uploads.original(key)
        if key is not None or address.startswith(f"{self.base(call)}/files/"):
            raise InvalidRequest(f"What '{field}' leads to is no upload, or is there no more. Upload the file again.")
        if address[:5].casefold() == _DATA:
            return STORED + self._kept(call, address, field)
        if not net.is_url(address) or address.split(":", 1)[0].casefold() not in ("http", "https"):
            raise InvalidRequest(f"'{field}' must be a web address that begins with https:// or http://.")
        try:
            net.check_form(address, allow_private=self.rules.private_urls)
        except FetchError as error:
            raise InvalidRequest(f"'{field}' cannot be used. {error}") from error
        return address

    def _kept(self, call: Call, address: str, field: str) -> str:
        """The upload made of an address that holds its own bytes."""
        from talking.media.source import decode_base64

        data = decode_base64(address, max_bytes=self.rules.max_upload, error=InvalidRequest, noun=f"file in '{field}'")
        kind = "audio" if "audio" in field else _kind(field, data)
        return self.uploads.add(owner_of(call.scope), kind, data, once=once(call, field)).key


class Reports:
    """The reports of finished films, which never change, the last few of them at hand."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._known: Recent[dict[str, Any]] = Recent(_CACHED_REPORTS, lambda _: 1)

    def of(self, job: Job) -> dict[str, Any]:
        """The report of a job; an empty one when there is none."""
        key = job.artefacts.get("report")
        return {} if key is None else self._known.get(key, lambda: self._read(key))

    def _read(self, key: str) -> dict[str, Any]:
        with self._storage.open(key) as file:
            report: dict[str, Any] = json.load(file)
        return report


def _kind(field: str, data: bytes) -> str:
    """Of a file in a `field` that is no sound: a driver is a video, a background either, the others are pictures."""
    if "driver" in field:
        return "video"
    return "video" if "background" in field and identify(data).kind in VIDEOS else "image"


def once(call: Call, field: str) -> str:
    """Under which name a file in a `field` of a call is kept, so that a call that is repeated with the same
    Idempotency-Key keeps it once and asks for the same; empty for calls without a key.
    """
    key = call.headers.get("idempotency-key")
    return f"{field}:{key}" if key else ""


def unsupported(what: str) -> Refusal:
    """The answer for what a hosted service has and this one does not."""
    return Refusal(501, f"{what} are not part of this server.")
