"""A long film made by several workers: cut into chunks of time, which whoever is free draws, and joined again.

The worker that makes the film draws chunks itself as long as there are any that nobody works on, so that a film never
waits for help; it takes those of workers that died, and those that others could not make. What is done stays when it
dies itself: the next one to make the film, if it comes to the same frames, goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from talking.errors import NotFound, TalkingError, Unavailable
from talking.jobs.chunks import Chunk, Chunks
from talking.jobs.hands import Hands
from talking.jobs.inputs import sha256
from talking.jobs.job import Job
from talking.pipeline.reel import maker, write_reel
from talking.pipeline.shoot import Shoot, spans
from talking.request import Request
from talking.storage import Storage

logger = logging.getLogger(__name__)

CHUNK_SECONDS = 20.0
"""The length of a chunk: some seconds of work. A multiple of the ten after which the encoder of MP4 begins anew anyway,
so that a film from chunks is no larger.
"""

LOOK_SECONDS = 0.25
"""How often it is looked how far others are, and whether to go on."""

CALL_SECONDS = 1.0
"""How often it is looked whether more could help."""

PATIENCE = 600.0
"""Seconds for which a film waits for a database or a storage that is away."""

REEL = "reel.npz"
"""What chunks are drawn from, beside them in the storage."""

_FILES = ("background", "logo")
"""The options that name files which frames are drawn with."""

Tell = Callable[[str, int, int], None]
"""Tells of progress, and raises when to stop."""

T = TypeVar("T")


class Exhausted(Exception):
    """A chunk ended its worker so often that it is not begun again."""


class _Taken(Exception):
    """Somebody else draws this chunk now: this worker was taken for dead."""


@dataclass(frozen=True)
class Fan:
    """How long films are shared out: by `worker`, in chunks of about `seconds` (0 for never) when `least` workers are
    alive.
    """

    chunks: Chunks
    storage: Storage
    hands: Hands
    worker: str
    seconds: float
    least: int = 2

    def crew(self, job: Job, request: Request, folder: Path, tell: Tell, most_attempts: int) -> FanCrew:
        """Who draws the film of a job whose files were brought to `folder`, which a `request` refers to."""
        return FanCrew(self, job, request, folder, tell, most_attempts)


class FanCrew:
    """A talking.pipeline.shoot.Crew: this worker, and whoever comes to help."""

    def __init__(
        self, fan: Fan, job: Job, request: Request, folder: Path, tell: Tell, most_attempts: int
    ) -> None:  # fmt: skip
        self._fan, self._job, self._request, self._folder = fan, job, request, folder
        self._tell, self._most_attempts = tell, most_attempts
        self._looked = self._called = 0.0
        self._total = 0
        self._here: dict[int, Path] = {}
        self._chunks: tuple[Chunk, ...] = ()

    def parts(self, shoot: Shoot) -> Iterator[Path] | None:
        self._total = shoot.num_frames
        if self._fan.seconds <= 0:
            return None
        cuts = spans(self._total, self._fan.seconds)
        if len(cuts) < 2 or not shoot.divisible:
            return None
        if self._fan.hands.alive() < self._fan.least and not self._fan.chunks.of(self._job.id):
            return None
        return self._parts(shoot, cuts)

    def facts(self) -> dict[str, Any]:
        """What the report tells of it: how many chunks there were, and how many of them others drew. Empty for a film
        that was not shared.
        """
        if not self._chunks:
            return {}
        return {"chunks": {"number": len(self._chunks), "by_others": len(self._chunks) - len(self._here)}}

    def _parts(self, shoot: Shoot, cuts: Sequence[tuple[int, int]]) -> Iterator[Path]:
        prefix, film = self._brought(shoot)
        patiently(lambda: self._fan.chunks.plan(self._job.id, film, maker(), cuts), self._go_on)
        logger.info("%s: shared out in %d chunks", self._job.id, len(cuts))
        try:
            for number in range(len(cuts)):
                part = self._waited(number, shoot, prefix)
                yield part
                if part.is_relative_to(self._folder):
                    part.unlink()
        finally:
            self._fan.hands.dismiss(self._job.id)

    def _brought(self, shoot: Shoot) -> tuple[str, str]:
        """Put what others draw from into the storage: under which prefix, and by which name the film is known."""
        named = {"background": self._request.options.background}
        if self._request.options.logo is not None:
            named["logo"] = self._request.options.logo.url
        files = {name: Path(path) for name, path in named.items() if str(path).startswith(str(self._folder))}
        reel = self._folder / REEL
        write_reel(shoot, reel, {name: path.name for name, path in files.items()})
        parts = {"reel": sha256(reel), **{name: sha256(path) for name, path in files.items()}}
        told = json.dumps([parts, self._fan.seconds, self._job.request, maker()], sort_keys=True)
        film = hashlib.sha256(told.encode()).hexdigest()[:32]
        prefix = f"chunks/{self._job.id}/{film}"
        for name, path in {REEL: reel, **files}.items():
            self._put(path, f"{prefix}/{name}")
        return prefix, film

    def _put(self, path: Path, key: str) -> str:
        return patiently(lambda: self._fan.storage.put(path, key), self._go_on)

    def _waited(self, number: int, shoot: Shoot, prefix: str) -> Path:
        """A chunk of the film, once it is drawn; others are drawn meanwhile."""
        while True:
            self._look()
            if self._chunks[number].state == "done":
                part = self._fetched(self._chunks[number])
                if part is not None:
                    return part
            claimed = patiently(self._claim, self._go_on)
            if claimed is None:
                time.sleep(LOOK_SECONDS)
            else:
                self._draw(claimed, shoot, prefix)
                self._looked = 0.0

    def _claim(self) -> Chunk | None:
        return self._fan.chunks.claim(self._job.id, self._fan.worker, maker(), last_resort=True)

    def _draw(self, chunk: Chunk, shoot: Shoot, prefix: str) -> None:
        if chunk.attempts > self._most_attempts:
            raise Exhausted(chunk.number)
        path = self._folder / chunk_name(chunk, shoot.form)

        def on_frame(frames: int) -> None:
            if self._look() and not self._fan.chunks.tell(chunk, frames):
                raise _Taken

        try:
            shoot.film(chunk.first, chunk.end, path, on_frame)
            key = self._put(path, f"{prefix}/{path.name}")
            counts = self._fan.chunks.finish(chunk, key)
        except _Taken:
            return
        except BaseException:
            self._fan.chunks.release(chunk)
            raise
        if counts:
            self._here[chunk.number] = path

    def _look(self) -> bool:
        """Look how far others are, tell of it, and call for help, now and then; whether it was time to."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return False
        self._looked = now
        self._chunks = patiently(lambda: self._fan.chunks.of(self._job.id), self._go_on)
        self._tell("film", self._done(), self._total)
        if now - self._called >= CALL_SECONDS:
            self._called = now
            self._fan.hands.call(self._job, sum(chunk.state == "waiting" for chunk in self._chunks))
        return True

    def _done(self) -> int:
        return sum(chunk.frames for chunk in self._chunks)

    def _go_on(self) -> None:
        """Raise when to stop."""
        self._tell("film", self._done(), self._total)

    def _fetched(self, chunk: Chunk) -> Path | None:
        """The file of a chunk, here; None when it is gone, and will be drawn again."""
        if chunk.number in self._here:
            return self._here[chunk.number]
        storage = self._fan.storage
        target = self._folder / Path(chunk.key).name
        try:
            return patiently(lambda: storage.path(chunk.key) or storage.fetch(chunk.key, target), self._go_on)
        except NotFound:
            logger.warning("%s: a chunk is gone from the storage", self._job.id)
            self._fan.chunks.redo(chunk)
            self._looked = 0.0
            return None


def chunk_name(chunk: Chunk, form: str) -> str:
    """What the file of a chunk is called, which only this attempt at it has."""
    return f"{chunk.number:05d}-{chunk.token}.{form}"


def patiently(work: Callable[[], T], go_on: Callable[[], None]) -> T:
    """What `work` gives, once neither database nor storage is away. Raises Unavailable when that lasts, and what
    `go_on` raises, which is asked meanwhile.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except Unavailable:
            if time.monotonic() > until:
                raise
        go_on()
        time.sleep(4 * LOOK_SECONDS)


def clear(fan: Fan, job: str) -> None:
    """Leave nothing of the chunks of a job, if it is over; what cannot be deleted now is left for later."""
    try:
        if fan.chunks.is_over(job):
            fan.storage.delete(f"chunks/{job}")
            fan.chunks.forget(job)
    except TalkingError as error:
        logger.warning("%s: the chunks of its film stay for now: %s", job, error)
