"""The graphics processor that a Space lends: asked for with each film that needs one, for as long as that will take."""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from talking.engines import ENGINES, Means, choose
from talking.errors import TalkingError
from talking.jobs.perform import Workshop, perform
from talking.jobs.teller import HandedBack
from talking.pipeline import Studio

logger = logging.getLogger(__name__)

START_SECONDS = 25.0
"""For reading the weights and finding the face: an estimate, on the safe side."""

MOST_SECONDS = 300
"""More is never asked for: visitors have a few minutes of it a day."""

CHARACTERS_A_SECOND = 11.0
"""Slow speech."""

UNKNOWN_SECONDS = 60.0
"""What a sound of unknown length is taken for."""

_REFUSED = (
    "The graphics processor of this Space was not lent for so long, or your share of it is spent for today: "
    "choose the engine mesh, which needs none, or a shorter text."
)
_SECONDS_A_SECOND = {"musetalk": 1.0, "latentsync": 40.0, "latentsync-1.5": 20.0}
"""Seconds of a graphics processor that a second of film takes, by engine; an estimate on the safe side."""

Task = Callable[[str, dict[str, Any], str], None]


def duration(request: Mapping[str, Any], engine: str) -> int:
    """Whole seconds to ask for, from a request document and its engine."""
    spoken = len(str(request.get("text") or "")) / CHARACTERS_A_SECOND or UNKNOWN_SECONDS
    return min(MOST_SECONDS, round(START_SECONDS + spoken * _SECONDS_A_SECOND.get(engine, 1.0)))


def lent(task: Task) -> Task:
    """`task`, called with a job's id, its request and its engine, as it runs where a graphics processor is lent: with
    the package `spaces`, which only Spaces have; elsewhere the task itself.
    """
    if find_spec("spaces") is None:
        return task
    import spaces

    lending: Task = spaces.GPU(task, duration=lambda _id, request, engine: duration(request, engine))
    return lending


def performer(shop: Workshop) -> Callable[[str, Workshop], None]:
    """What makes the jobs of a Space: films of networks with the lent processor, all others as everywhere."""
    here, studios = os.getpid(), dict[int, Workshop]()

    def film(id: str, _request: dict[str, Any], _engine: str) -> None:
        if os.getpid() == here:
            perform(id, shop)
            return
        if os.getpid() not in studios:  # a child of this process: its connections and processes are not its own
            shop.store.database.forked()
            studios[os.getpid()] = replace(
                shop, studio=Studio(shop.limits), stopping=threading.Event(), alone=threading.Lock()
            )
        perform(id, studios[os.getpid()])

    lending = lent(film)

    def make(id: str, _shop: Workshop) -> None:
        job = shop.store.get(id)
        engine = needs_gpu(job.request, shop.limits.means)
        if not engine:
            perform(id, shop)
            return
        try:
            lending(id, dict(job.request), engine)
        except HandedBack:
            raise
        except Exception as error:  # of Gradio, when the quota is spent, or the time is up
            logger.warning("%s: the graphics processor was not lent: %s", id, error)
            _fail(id, shop)

    return make


def _fail(id: str, shop: Workshop) -> None:
    attempt = secrets.token_hex(8)
    if shop.store.begin(id, attempt) is not None:
        shop.store.fail(id, attempt, _REFUSED, "Unavailable")


def needs_gpu(request: Mapping[str, Any], means: Means) -> str:
    """The engine that films a request if it is one of networks, else nothing: the embedded one never asks."""
    asked = str((request.get("options") or {}).get("engine") or "auto")
    try:
        chosen = choose(asked, means).name
    except TalkingError:  # the film itself will say so
        return ""
    return chosen if ENGINES[chosen].neural else ""
