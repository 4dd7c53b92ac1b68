"""The server put together: its routes, the page behind them, and a worker beside them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from talking import examples
from talking.errors import NotFound, TalkingError
from talking.jobs.database import Database
from talking.jobs.dbos_engine import DbosEngine
from talking.jobs.supervise import Supervisor
from talking.server import deliveries, did, did_media, files, health, metrics, mirako, native, work
from talking.server.auth import Keys
from talking.server.eye import Eye
from talking.server.faults import add_handlers
from talking.server.gate import APIS, Gate
from talking.server.health import Readiness
from talking.server.links import Links, secret_in
from talking.server.service import OWN_PORTRAIT, Reports, Rules, Service
from talking.server.uploads import Uploads
from talking.server.worker import database_url, storage_url, worker_config
from talking.settings import Settings
from talking.storage import Storage

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 3600.0
_BASE64 = 4 / 3
_FORM_BYTES = 1_000_000
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def create_app(settings: Settings, *, worker: bool = True, page: bool = True) -> FastAPI:
    """The server as an ASGI application: the routes of both dialects, signed files, health, and at "/" the page.

    Jobs, films and the secret of links are kept in `settings.data`, unless it names other places. With a `worker`, a
    process that makes the films runs as long as the application does. Raises errors of talking.errors for what cannot
    be opened.
    """
    folder = settings.data
    engine = DbosEngine(Database(database_url(settings)))
    service = _service(settings, engine)
    beside = Supervisor(worker_config(settings), work.command(settings.data)) if worker else None

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        sweeper = asyncio.create_task(_sweep(service.uploads))
        if beside is not None:
            beside.start()
        try:
            yield
        finally:
            sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await sweeper
            await run_in_threadpool(_end, service.eye, engine, beside)

    app = FastAPI(
        title="talking", lifespan=life, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )  # fmt: skip
    app.add_middleware(
        Gate,
        keys=Keys.read(settings.api_keys),
        max_bytes=round(settings.max_megabytes * 1e6 * _BASE64 * 2) + _FORM_BYTES,  # a picture and a sound as base64
        public_host=(urlsplit(settings.public_url).hostname or "").casefold(),
        strangers=settings.space,
    )
    app.state.service = service
    add_handlers(app)
    app.include_router(health.router(Readiness(service.store, service.storage, beside.runs if beside else None)))
    app.include_router(metrics.router(service.store))
    app.include_router(files.router(service.storage, service.links))
    app.include_router(deliveries.router(service))
    app.include_router(did_media.router(service, settings.voices))
    app.include_router(did.router(service))
    app.include_router(mirako.router(service, mirako.AvatarLimits()))
    app.include_router(native.router(service, settings))
    _add_nothing_else(app)
    if page:
        _mount_page(app, settings, folder)
    return app


def _service(settings: Settings, engine: DbosEngine) -> Service:
    links = Links(secret_in(settings.data))
    storage = Storage(storage_url(settings))
    _keep_own_portrait(storage)
    rules = Rules(
        most_waiting=settings.max_waiting,
        max_upload=round(settings.max_megabytes * 1e6),
        private_urls=settings.private_urls,
        public_url=settings.public_url,
    )
    return Service(engine, engine.store, storage, links, Uploads(storage), Eye(), rules, Reports(storage))


def _keep_own_portrait(storage: Storage) -> None:
    """Put the portrait that speaks when none is named where workers find it."""
    found = examples.portraits()
    if found and not storage.has(OWN_PORTRAIT):
        storage.put(found[0].path, OWN_PORTRAIT)


def _add_nothing_else(app: FastAPI) -> None:
    """Answer for the programs' paths that do not exist: the page, which comes after, would answer in its own way."""

    def missing() -> None:
        raise NotFound("not found")

    for path in APIS:
        for each in (path, f"{path}/{{rest:path}}"):
            app.add_api_route(each, missing, methods=_METHODS, include_in_schema=False, response_model=None)


def _mount_page(app: FastAPI, settings: Settings, data: Path) -> None:
    """Serve the page at "/", after all routes: it takes every path that is left."""
    import gradio

    from talking.ui import page as pages

    blocks = pages.build(settings)
    gradio.mount_gradio_app(
        app, blocks, "/", theme=pages.theme(), css=pages.CSS, show_error=False, footer_links=["api"],
        run_history=False, max_file_size=round(settings.max_megabytes * 1e6), ssr_mode=False,
        blocked_paths=[str(data.resolve())],
    )  # fmt: skip
    # Mounting leaves this false, and Gradio then does not look whether a file that a caller names is his own.
    blocks.has_launched = True


async def _sweep(uploads: Uploads) -> None:
    while True:
        try:
            await run_in_threadpool(uploads.sweep)
        except TalkingError as error:
            logger.warning("old uploads stay for now: %s", error)
        await asyncio.sleep(SWEEP_SECONDS)


def _end(eye: Eye, engine: DbosEngine, beside: Supervisor | None) -> None:
    if beside is not None:
        beside.stop()
    eye.close()
    engine.close()
