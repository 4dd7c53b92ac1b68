"""What there is to know about webhooks: the secret that they are signed with, and every try to deliver one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi import Request as Call

from talking.jobs import hooks
from talking.server.did_answer import moment
from talking.server.gate import owner_of
from talking.server.service import Service
from talking.server.webhooks import secret_of

_FIELDS = {"film": "result_url", "word": "webhook"}


def router(service: Service) -> APIRouter:
    """GET /api/webhooks/secret and GET /api/webhooks/{id}, for the jobs of all dialects."""
    routes = APIRouter(prefix="/api/webhooks", tags=["webhooks"])

    @routes.get("/secret", summary="The secret that your webhooks are signed with")
    def secret(call: Call) -> dict[str, str]:
        return {"secret": secret_of(service.links, owner_of(call.scope))}

    @routes.get("/{id}", summary="Every try to deliver what a job owes")
    def tries(call: Call, id: str) -> dict[str, Any]:
        job = service.engine.status(id, owner=owner_of(call.scope))
        made = hooks.deliveries(service.store.database, job.id)
        return {"id": job.id, "deliveries": [_told(each) for each in made]}

    return routes


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
