"""Weights of engines under /api/checkpoints: what there is, and fetching it."""

from __future__ import annotations

from fastapi import APIRouter, Path

from talking.checkpoints import checkpoint, shelf
from talking.errors import NotFound, Unknown
from talking.server.faults import Refusal
from talking.server.native_models import Fetch, Weights
from talking.server.pulls import Pulls
from talking.settings import Settings

_NAME = Path(description="The name of a checkpoint.", examples=["musetalk"])


def pulls_of(settings: Settings) -> Pulls | None:
    """What fetches for the callers of this server, None where nothing is: a Space is asked by strangers."""
    if settings.space or not settings.allow_pulls:
        return None
    return Pulls(settings.checkpoints, settings.hub, settings.offline)


def add_weights(routes: APIRouter, settings: Settings, pulls: Pulls | None) -> None:
    """Add the calls to the `routes`."""

    @routes.get("/checkpoints", summary="List weights", tags=["weights"])
    def listed() -> list[Weights]:
        """The weights that engines use, with their licences, and how each set stands on this machine."""
        return [_told(place, pulls) for place in shelf.places(settings.checkpoints)]

    @routes.get("/checkpoints/{name}", summary="Look at weights", tags=["weights"])
    def look(name: str = _NAME) -> Weights:
        """One set of weights, and how far its fetch is."""
        return _found(name, settings, pulls)

    @routes.post("/checkpoints/{name}/pull", status_code=202, summary="Fetch weights", tags=["weights"])
    def pull(name: str = _NAME) -> Weights:
        """Has a set fetched from the hub, after those that wait already. What an earlier fetch left is gone on with."""
        place = _found(name, settings, pulls)
        if pulls is None:
            raise Refusal(
                403, f"This server fetches no weights for its callers: its operator runs `{shelf.COMMAND} {name}`."
            )
        if checkpoint(name).own:
            raise Refusal(400, f"The weights {name} are never fetched for you: {place.homepage} says who may use them.")
        if place.fetchable:
            pulls.start(name)
        return _found(name, settings, pulls)

    @routes.post("/checkpoints/{name}/cancel", summary="Stop fetching weights", tags=["weights"])
    def cancel(name: str = _NAME) -> Weights:
        """Stops a fetch and keeps what came for the next one. One that is over stays as it is."""
        _found(name, settings, pulls)
        if pulls is not None:
            pulls.cancel(name)
        return _found(name, settings, pulls)


def _found(name: str, settings: Settings, pulls: Pulls | None) -> Weights:
    try:
        known = checkpoint(name).name
    except Unknown as error:
        raise NotFound(str(error)) from error
    return next(_told(each, pulls) for each in shelf.places(settings.checkpoints) if each.checkpoint.name == known)


def _told(place: shelf.Place, pulls: Pulls | None) -> Weights:
    known = place.checkpoint
    last = pulls.look(known.name) if pulls is not None else None
    return Weights(
        name=known.name, what=known.what, state=place.state, bytes=place.bytes or known.bytes, licence=known.weights,
        commercial=known.commercial, homepage=known.homepage,
        fetchable=pulls is not None and not known.own and place.state == "missing",
        fetch=None if last is None else Fetch(
            state=last.state, done=last.done, total=last.total, eta_seconds=last.eta_seconds, error=last.error or None
        ),
    )  # fmt: skip
