"""What can be named in a request: voices, engines, drivers and options."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from talking import engines, speech
from talking.checkpoints import CHECKPOINTS
from talking.motion import drivers
from talking.request import request_schema
from talking.server.native_models import Driver, Engine, Tunable, Voice
from talking.server.worker import worker_config
from talking.settings import Settings

_NETWORK = ("edge",)


def add_lists(routes: APIRouter, settings: Settings) -> None:
    """Add the lists to the `routes`."""

    @routes.get("/voices", summary="List voices", tags=["lists"])
    def voices(language: str = "", provider: str = "") -> list[Voice]:
        """All voices, or those of a language (de, en-GB, German) or a provider."""
        found = speech.voices(language=language or None, provider=provider or None, folder=settings.voices)
        return [_voice(voice) for voice in found]

    @routes.get("/engines", summary="List engines", tags=["lists"])
    def all_engines() -> list[Engine]:
        """The ways to move portraits, and how each stands on this machine; workers elsewhere may have more."""
        return [_engine(status) for status in engines.statuses(worker_config(settings).limits().means)]

    @routes.get("/drivers", summary="List drivers", tags=["lists"])
    def all_drivers() -> list[Driver]:
        """The people of the bank. Each can also be named with /flipped, and each group by itself."""
        return [
            Driver(
                name=name, group=name.partition("/")[0], blinks_a_minute=style.blinks, liveliness=style.amplitude
            )
            for name, style in drivers.DRIVERS.items()
        ]  # fmt: skip

    @routes.get("/options", summary="Describe the request document", tags=["lists"])
    def options() -> dict[str, Any]:
        """The request document as a JSON Schema: every field with its meaning, range and default."""
        return request_schema()


def _engine(status: engines.Status) -> Engine:
    card = engines.ENGINES[status.name]
    weights = [CHECKPOINTS[name] for name in card.checkpoints]
    return Engine(
        name=status.name, automatic=status.automatic, ready=status.ready, says=status.says, does=card.does,
        checkpoints=list(card.checkpoints), licences=list(dict.fromkeys(each.weights for each in weights)),
        commercial=all(each.commercial == "yes" for each in weights),
        tuning={
            name: Tunable(minimum=each.low, maximum=each.high, default=each.default, does=each.does)
            for name, each in card.tuning.items()
        },
    )  # fmt: skip


def _voice(voice: speech.Voice) -> Voice:
    return Voice(
        id=voice.id, name=voice.name, person=voice.person, language=voice.language, languages=list(voice.spoken),
        gender=voice.gender, provider=voice.provider, styles=list(voice.styles), network=voice.provider in _NETWORK,
    )  # fmt: skip
