"""Work before there is a job: a portrait that may be filmed next is looked at while its worker has nothing to do.

A server tells the worker beside it of such portraits by lines in the worker's input; others hear nothing, and look at
portraits when their films begin.
"""

from __future__ import annotations

import gc
import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from talking.jobs.perform import Workshop

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.1
"""How often it is looked whether the film that is being made is over."""


def hint(portrait: Path) -> bytes:
    """The line that tells of a portrait, a file of this machine."""
    return json.dumps({"portrait": str(portrait)}).encode() + b"\n"


class Ahead:
    """Looks at portraits for the studio of a `shop` between its films; of several that wait, at the last one alone.
    Begins with a `rehearsal`, when there is one.
    """

    def __init__(self, shop: Workshop, rehearsal: str = "") -> None:
        self._shop = shop
        self._rehearsal = rehearsal
        self._changed = threading.Condition()
        self._wish: Path | None = None
        self._met: Path | None = None

    def hear(self, line: bytes) -> None:
        """Take in a line of the worker's input; one that is no hint means nothing."""
        try:
            told = json.loads(line)["portrait"]
        except (ValueError, KeyError, TypeError):
            return
        if isinstance(told, str):
            with self._changed:
                self._wish = Path(told)
                self._changed.notify()

    def run(self) -> None:
        """Look at what is told of, until the worker leaves."""
        if self._rehearsal and self._shop.alone.acquire(blocking=False):  # a film that is here already warms up itself
            self._look(self._shop.studio.warm_up, Path(self._rehearsal))
            gc.collect()
            gc.freeze()  # models and libraries stay: to look through them now and then would halt a film
        while not self._shop.stopping.is_set():
            with self._changed:
                if not self._changed.wait_for(lambda: self._wish is not None, 1.0):
                    continue
            if not self._shop.alone.acquire(timeout=_LOOK_SECONDS):
                continue
            with self._changed:
                portrait, self._wish = self._wish, None
            self._look(self._shop.studio.meet, portrait if portrait != self._met else None)
            self._met = portrait

    def _look(self, look: Callable[[bytes], None], portrait: Path | None) -> None:
        """Have a look at a portrait, and let films be made again. Nothing here may end the worker."""
        try:
            if portrait is not None:
                look(portrait.read_bytes())
        except Exception as error:  # its film will say it in its own words
            logger.info("a portrait was not made ready: %s", type(error).__name__)
        finally:
            self._shop.alone.release()
