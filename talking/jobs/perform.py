"""One attempt at a job: bring its inputs here, make the film, store what came of it, and say so once."""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from talking import logs
from talking.errors import TalkingError, Unavailable
from talking.jobs.fan import Exhausted, Fan, clear
from talking.jobs.inputs import gather
from talking.jobs.job import MAX_SECONDS, Job, Progress
from talking.jobs.live import LIVE, growing, is_whole
from talking.jobs.receipt import receipt
from talking.jobs.store import Store
from talking.jobs.teller import PROGRESS_SECONDS, HandedBack, Stopped, Teller
from talking.pipeline import Limits, Studio
from talking.request import FORMATS, parse_request
from talking.storage import Storage
from talking.types import Video

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
"""A job that ended its worker so often is not begun again."""

STORAGE_PATIENCE = 600.0
"""Seconds for which a finished film waits for a storage that is away."""

INTERNAL = "Internal"
_SORRY = "Something went wrong here, and it was logged. Please try again; name the job when you ask about it."
_POISON = (
    "The worker that made this ended {} times before it was done, so it is not tried again. "
    "Try another picture or a shorter text, and name the job when you ask about it."
)


@dataclass(frozen=True)
class Workshop:
    """What attempts are made with. `work` a folder of this process alone, which is also the inbox of `limits`;
    `stopping` set when the process shall leave; `alone` keeps two films from being made at once; `most_attempts` after
    which a job that ended its worker each time is given up; `fan` how long films are shared with other workers;
    `under_way` the attempts that are being made, by job.
    """

    store: Store
    storage: Storage
    studio: Studio
    limits: Limits
    work: Path
    stopping: threading.Event = field(default_factory=threading.Event)
    alone: threading.Lock = field(default_factory=threading.Lock)
    most_attempts: int = MOST_ATTEMPTS
    fan: Fan | None = None
    under_way: dict[str, str] = field(default_factory=dict)

    def give_back(self) -> None:
        """Give back what is being made, as if it had not been begun: for a process that ends now, without waiting."""
        for id, attempt in tuple(self.under_way.items()):
            if self.store.release(id, attempt):
                logger.info("%s: given back in the middle of its work", id)


def workshop(
    store: Store, storage: Storage, limits: Limits, work: Path, *, most_attempts: int = MOST_ATTEMPTS,
    fan: Fan | None = None,
) -> Workshop:  # fmt: skip
    """A workshop with a studio of its own, in an empty folder `work`: what it held is removed."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    limits = replace(limits, inbox=work)
    return Workshop(store, storage, Studio(limits), limits, work, most_attempts=most_attempts, fan=fan)


def perform(id: str, shop: Workshop) -> None:
    """Make an attempt at a job, unless it is over. How it ended is in the store. Raises HandedBack, and Unavailable
    when the database stays away.
    """
    with shop.alone:
        if shop.stopping.is_set():
            raise HandedBack(id)
        attempt = secrets.token_hex(8)
        job = shop.store.begin(id, attempt)
        if job is None:
            _clear_after(id, shop)
            return
        if job.attempts > shop.most_attempts:
            _discard(f"results/{id}", shop.storage)
            shop.store.fail(id, attempt, _POISON.format(shop.most_attempts), INTERNAL)
            return
        shop.under_way[id] = attempt
        try:
            with logs.about(id):
                _attempt(job, attempt, shop)
        finally:
            del shop.under_way[id]


def _clear_after(id: str, shop: Workshop) -> None:
    """Remove what an attempt had stored when its worker was killed, of a job that has ended otherwise since then."""
    found = shop.store.find(id)
    if found is None or found.status != "done":
        _discard(f"results/{id}", shop.storage)


def _attempt(job: Job, attempt: str, shop: Workshop) -> None:
    """Film and store; every way in which this ends is recorded."""
    folder = shop.work / f"{job.id}-{attempt}"
    prefix = f"results/{job.id}/{attempt}"
    counts = False
    try:
        if job.attempts > 1:
            _discard(f"results/{job.id}", shop.storage)  # what the one before had stored when it was killed
        folder.mkdir()
        files, facts = _film(job, attempt, shop, folder)
        keys = _stored(files, prefix, shop, lambda: _go_on(job.id, attempt, Progress("store"), shop))
        if is_whole(shop.storage, f"{prefix}/{LIVE}"):
            keys[LIVE] = f"{prefix}/{LIVE}"
        else:  # half of it is of no use to anybody
            _discard(f"{prefix}/{LIVE}", shop.storage)
        counts = shop.store.finish(job.id, attempt, keys, facts)
    except Stopped:
        shop.store.overdue()
        logger.info("%s: stopped", job.id)
    except HandedBack:
        shop.store.release(job.id, attempt)
        logger.info("%s: handed back", job.id)
        raise
    except Exhausted:
        shop.store.fail(job.id, attempt, _POISON.format(shop.most_attempts), INTERNAL)
    except TalkingError as error:
        logger.info("%s: refused, %s", job.id, type(error).__name__)
        shop.store.fail(job.id, attempt, str(error), type(error).__name__)
    except Exception:
        logger.exception("%s: failed", job.id)
        shop.store.fail(job.id, attempt, _SORRY, INTERNAL)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if not counts:
            _discard(prefix, shop.storage)
    if shop.fan is not None:
        clear(shop.fan, job.id)


def _film(job: Job, attempt: str, shop: Workshop, folder: Path) -> tuple[dict[str, Path], dict[str, Any]]:
    """The files of a job by kind, and the facts of its film."""
    with Teller(shop.store, job.id, attempt, shop.stopping) as tell:
        tell("inputs", 0, 0)
        request, inputs = gather(parse_request(job.request), shop.storage, shop.limits, folder)
        # What the service does with a finished film is not the studio's business.
        request = replace(request, webhook="", result_url="", persist=False)
        crew = None if shop.fan is None else shop.fan.crew(job, request, folder, tell, shop.most_attempts)
        place = folder / f"talking.{request.options.result_format or FORMATS[0]}"
        with growing(request.options, shop.storage, f"results/{job.id}/{attempt}/{LIVE}") as live:
            video = shop.studio.perform(request, place, tell, job.extra.get(MAX_SECONDS), live, crew)
    shared = {} if crew is None else crew.facts()
    files = {"video": video.path, **{file.suffix.removeprefix("."): file for file in video.files}}
    files["report"] = _written(folder / "report.json", {**video.report, **shared, "notes": list(video.notes)})
    files["receipt"] = _written(folder / "receipt.json", receipt(job, video.report, inputs, files))
    return files, _facts(video)


def _facts(video: Video) -> dict[str, Any]:
    return {
        "width": video.width,
        "height": video.height,
        "duration": video.duration,
        "num_frames": video.num_frames,
        "bytes": video.size,
        "notes": list(video.notes),
        "engine": video.report["engine"],
        "frames_per_second": video.report["frames_per_second"],
        "seconds": video.report["seconds"],
    }


def _written(path: Path, document: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def _go_on(id: str, attempt: str, progress: Progress, shop: Workshop) -> None:
    if shop.stopping.is_set():
        raise HandedBack(id)
    if not shop.store.publish(id, attempt, progress):
        raise Stopped(id)


def _stored(files: Mapping[str, Path], prefix: str, shop: Workshop, go_on: Callable[[], None]) -> dict[str, str]:
    """Put files into the storage, under names that only this attempt has; waits while the storage is away."""
    until = time.monotonic() + STORAGE_PATIENCE
    keys: dict[str, str] = {}
    for kind, file in files.items():
        while kind not in keys:
            go_on()
            try:
                keys[kind] = shop.storage.put(file, f"{prefix}/{file.name}")
            except Unavailable:
                if time.monotonic() > until:
                    raise
                time.sleep(PROGRESS_SECONDS * 4)
    return keys


def _discard(prefix: str, storage: Storage) -> None:
    """Leave nothing of an attempt that does not count; what the storage keeps now goes when the job expires."""
    try:
        storage.delete(prefix)
    except TalkingError as error:
        logger.warning("the files of an attempt stay for now: %s", error)
