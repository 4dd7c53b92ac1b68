"""Helping with a long film that another worker makes: chunks are drawn until none is left, or a film waits."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from talking import logs
from talking.errors import NotFound, TalkingError
from talking.jobs.chunks import Chunk
from talking.jobs.fan import LOOK_SECONDS, REEL, Fan, chunk_name, patiently
from talking.jobs.inputs import with_files
from talking.jobs.job import Job
from talking.jobs.perform import Workshop
from talking.jobs.teller import HandedBack, Stopped
from talking.pipeline.reel import maker, read_reel
from talking.pipeline.shoot import Shoot
from talking.request import parse_request

logger = logging.getLogger(__name__)


def help_out(id: str, shop: Workshop) -> None:
    """Draw chunks of the film of a job. What goes wrong is for the worker that makes the film to see to. Raises
    HandedBack, and Unavailable when the database stays away.
    """
    fan = shop.fan
    if fan is None:
        return
    with shop.alone:
        if shop.stopping.is_set():
            raise HandedBack(id)
        with logs.about(id):
            folder = shop.work / f"{id}-help"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                _Helper(fan, shop, folder).help(id)
            finally:
                shutil.rmtree(folder, ignore_errors=True)


class _Helper:
    """A worker that helps with one film."""

    def __init__(self, fan: Fan, shop: Workshop, folder: Path) -> None:
        self._fan, self._shop, self._folder = fan, shop, folder
        self._ready: tuple[str, Shoot] | None = None

    def help(self, id: str) -> None:
        while (job := self._shop.store.find(id)) is not None:
            chunk = self._fan.chunks.claim(id, self._fan.worker, maker())
            if chunk is None or not self._make(chunk, job) or self._shop.store.count("created"):
                return

    def _make(self, chunk: Chunk, job: Job) -> bool:
        """Draw a chunk and store it; whether to go on with the next."""
        chunks = self._fan.chunks
        try:
            shoot = self._prepared(chunk, job)
            path = self._folder / chunk_name(chunk, shoot.form)
            shoot.film(chunk.first, chunk.end, path, self._teller(chunk))
            key = patiently(
                lambda: self._fan.storage.put(path, f"chunks/{chunk.job}/{chunk.film}/{path.name}"),
                lambda: self._go_on(chunk, chunk.end - chunk.first),
            )
            path.unlink()
        except Stopped:
            chunks.release(chunk)
            return False
        except HandedBack:
            chunks.release(chunk)
            raise
        except TalkingError as error:
            logger.info("%s: chunk %d is left to others, %s", job.id, chunk.number, type(error).__name__)
            chunks.fail(chunk)
            return False
        except Exception:
            logger.exception("%s: chunk %d failed", job.id, chunk.number)
            chunks.fail(chunk)
            return False
        if not chunks.finish(chunk, key):
            with suppress(TalkingError):
                self._fan.storage.delete(key)
            return False
        return True

    def _prepared(self, chunk: Chunk, job: Job) -> Shoot:
        """What the frames are drawn from, read once for each film."""
        if self._ready is not None and self._ready[0] == chunk.film:
            return self._ready[1]
        prefix = f"chunks/{chunk.job}/{chunk.film}"
        reel = read_reel(self._fetched(f"{prefix}/{REEL}", self._folder / REEL, chunk))
        files = {}
        for name, file in reel.files.items():
            (self._folder / name).mkdir(exist_ok=True)
            files[name] = str(self._fetched(f"{prefix}/{name}", self._folder / name / file, chunk))
        request = with_files(parse_request(job.request), files)
        self._ready = chunk.film, self._shop.studio.rehearse(reel, request.options)
        self._go_on(chunk, 0)
        return self._ready[1]

    def _fetched(self, key: str, file: Path, chunk: Chunk) -> Path:
        try:
            return patiently(lambda: self._fan.storage.fetch(key, file), lambda: self._go_on(chunk, 0))
        except NotFound as error:  # the film is over, and what belonged to it was deleted
            raise Stopped(chunk.job) from error

    def _teller(self, chunk: Chunk) -> Callable[[int], None]:
        told = 0.0

        def tell(frames: int) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= LOOK_SECONDS:
                told = now
                self._go_on(chunk, frames)

        return tell

    def _go_on(self, chunk: Chunk, frames: int) -> None:
        if self._shop.stopping.is_set():
            raise HandedBack(chunk.job)
        if not self._fan.chunks.tell(chunk, frames):
            raise Stopped(chunk.job)
