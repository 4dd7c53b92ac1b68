"""Where a server keeps its jobs and films, and the workers of that: beside it, or on machines of their own."""

from __future__ import annotations

from talking import examples
from talking.jobs.database import sqlite_url
from talking.jobs.worker import WorkerConfig, run_worker
from talking.server.couriers import courier
from talking.settings import Settings


def database_url(settings: Settings) -> str:
    """The address of the database of the jobs: the one that is set, else a file of the data folder."""
    return settings.database_url or sqlite_url(settings.data)


def storage_url(settings: Settings) -> str:
    """The place of films and uploads: the one that is set, else a folder of the data folder."""
    return settings.storage_url or str(settings.data.resolve() / "storage")


def worker_config(settings: Settings) -> WorkerConfig:
    """How a worker of this service works."""
    return WorkerConfig(
        database=database_url(settings),
        storage=storage_url(settings),
        work=str(settings.data.resolve() / "work"),
        max_seconds=settings.max_seconds,
        max_bytes=round(settings.max_megabytes * 1e6),
        private_urls=settings.private_urls,
        cache=str(settings.cache or ""),
        voices=str(settings.voices or ""),
        allow_noncommercial=settings.allow_noncommercial,
        checkpoints=str(settings.checkpoints or ""),
        device=settings.device,
        engine=settings.engine,
        log_level=settings.log_level,
        log_format=settings.log_format,
        max_attempts=settings.max_attempts,
        chunk_seconds=settings.chunk_seconds,
        processes=settings.processes,
        secret=settings.secret,
        link_seconds=round(settings.link_hours * 3600),
        rehearsal=str(examples.portraits()[0].path) if examples.portraits() else "",
    )


def work(settings: Settings) -> None:
    """Make films and deliver webhooks until SIGTERM or SIGINT, then end this process; the film that is being made goes
    to another worker. Raises Unavailable, also when another worker has this one's place.
    """
    config = worker_config(settings)
    run_worker(config, courier=courier(config, settings.data))
