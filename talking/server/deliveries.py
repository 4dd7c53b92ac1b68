"""What there is to know about webhooks: the secret that they are signed with, and every try to deliver one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Path
from fastapi import Request as Call

from talking.jobs import hooks
from talking.server.did_answer import moment
from talking.server.gate import owner_of
from talking.server.service import Service
from talking.server.webhooks import secret_of

_ID = Path(description="The id of a film.", examples=["tlk_4fzCBGgmiFJOpwUbDIPXdH"])
_FIELDS = {"film": "result_url", "word": "webhook"}


def add_deliveries(routes: APIRouter, service: Service) -> None:
    """Add /webhooks/secret and /webhooks/{id} to the `routes`, for the films of all dialects."""

    @routes.get("/webhooks/secret", summary="Get the secret of your webhooks", tags=["webhooks"])
    def secret(call: Call) -> dict[str, str]:
        """What they are signed with: as `secret`, the same for as long as the server keeps its own."""
        return {"secret": secret_of(service.links, owner_of(call.scope))}

    @routes.get("/webhooks/{id}", summary="List deliveries", tags=["webhooks"])
    def tries(call: Call, id: str = _ID) -> dict[str, Any]:
        """Every try to deliver a film's webhook, and the film itself where a `result_url` was given."""
        job = service.engine.status(id, owner=owner_of(call.scope))
        made = hooks.deliveries(service.store.database, job.id)
        return {"id": job.id, "deliveries": [_told(each) for each in made]}


def _told(made: hooks.Delivery) -> dict[str, Any]:
    told: dict[str, Any] = {
        "field": _FIELDS[made.stage],
        "try": made.number + 1,
        "at": moment(made.at_ms),
        "milliseconds": made.ms,
        "arrived": made.arrived,
    }
    for name, value in (("webhook_id", made.message), ("status", made.status), ("error", made.error)):
        if value:
            told[name] = value
    return told
