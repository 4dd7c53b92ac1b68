"""Webhooks: what they say, how they are signed, and where they may go.

Signed as Standard Webhooks say (standardwebhooks.com): HMAC-SHA256 of "id.timestamp.body" with a secret of the key that
the job was asked for with, so that nobody who has another key can pretend to be this server.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from talking.errors import Unavailable
from talking.jobs.courier import Message
from talking.jobs.job import Job
from talking.server import did, did_answer, mirako, native, native_answer
from talking.server.links import Links
from talking.server.native_watch import Watch
from talking.server.service import SECRET_NAME, WEBHOOK_TOKEN, Service

logger = logging.getLogger(__name__)

SECRET_PREFIX = "whsec_"
"""What secrets of Standard Webhooks begin with, before their base64."""


def secret_of(links: Links, owner: str) -> str:
    """The secret that webhooks of an `owner` are signed with, the same every time."""
    return SECRET_PREFIX + base64.b64encode(links.derive("webhook", owner)).decode()


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """The header webhook-signature: "v1," and the base64 of HMAC-SHA256."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def told(job: Job, service: Service) -> dict[str, Any]:
    """What a job's own dialect answers when it is asked after, with links that work from now on for a day."""
    return _TOLD[job.dialect](job, service, str(job.extra.get("base", "")))


def message(job: Job, service: Service, *, now: int | None = None) -> Message:
    """The message that tells of a job, signed at `now`, in seconds since 1970. Raises Unavailable where the secret is
    another than that of the server which took the job in: no receiver would believe the signature.
    """
    if job.extra.get(SECRET_NAME, service.links.name) != service.links.name:
        logger.error("%s: the data folder here holds another secret.key than that of its server", job.id)
        raise Unavailable("This worker has another secret than its server. Give both the same data folder.")
    body = json.dumps(told(job, service), ensure_ascii=False, separators=(",", ":")).encode()
    id, at = f"msg_{job.id}", int(time.time()) if now is None else now
    headers = {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(secret_of(service.links, job.owner), id, at, body),
    }
    token = job.extra.get(WEBHOOK_TOKEN)
    return Message(id, body, {**headers, "Authorization": f"Bearer {token}"} if token else headers)


def _did(job: Job, service: Service, base: str) -> dict[str, Any]:
    return did_answer.whole(job, service, base)


def _mirako(job: Job, service: Service, base: str) -> dict[str, Any]:
    """The answer, and what it holds beside it once more under the names that receivers of either kind look for."""
    data = mirako.told(job, service, base)
    begun = job.started_ms or job.finished_ms or job.created_ms
    took = (job.finished_ms or begun) - begun
    output: dict[str, Any] = {"id": job.id, "infer_time": took / 1000}
    for name in ("output_duration", "error"):
        if name in data:
            output[name] = data[name]
    return {
        **data,
        "id": job.id,
        "delayTime": begun - job.created_ms,
        "executionTime": took,
        "output": output,
        "data": data,
    }


def _native(job: Job, service: Service, base: str) -> dict[str, Any]:
    return native_answer.talk(job, service, Watch(service.store), base).model_dump(mode="json")


_TOLD: Mapping[str, Callable[[Job, Service, str], dict[str, Any]]] = {
    did.TALKS: _did,
    did.ANIMATIONS: _did,
    mirako.DIALECT: _mirako,
    native.DIALECT: _native,
}
