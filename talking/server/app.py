"""The server put together: its routes, the page behind them, and a worker beside them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from talking import engines, examples
from talking.checkpoints import CHECKPOINTS
from talking.errors import NotFound, TalkingError
from talking.jobs.database import Database
from talking.jobs.dbos_engine import DbosEngine
from talking.jobs.inline import InlineEngine
from talking.jobs.perform import workshop
from talking.jobs.store import Store
from talking.jobs.supervise import Supervisor
from talking.server import did, did_media, files, health, lent, metrics, mirako, native, native_live, tiles, work
from talking.server.auth import Keys
from talking.server.endings import Endings
from talking.server.eye import Eye
from talking.server.faults import add_handlers
from talking.server.followers import Followers
from talking.server.gate import APIS, Gate
from talking.server.health import Readiness
from talking.server.links import links_of
from talking.server.native_watch import Watch
from talking.server.one_cancel import OneCancel
from talking.server.page import PageFilms
from talking.server.service import OWN_PORTRAIT, Reports, Rules, Service
from talking.server.sights import PageSights
from talking.server.squeeze import Squeeze
from talking.server.strict import Strict
from talking.server.uploads import Uploads
from talking.server.worker import database_url, storage_url, worker_config
from talking.settings import Settings
from talking.storage import Storage
from talking.ui.machines import Machine

if TYPE_CHECKING:
    from talking.ui.page import Back

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 3600.0
_BASE64 = 4 / 3
_FORM_BYTES = 1_000_000
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def create_app(
    settings: Settings, *, worker: bool = True, page: bool = True, leaving: Callable[[], bool] = lambda: False
) -> FastAPI:
    """The server as an ASGI application: the routes of all dialects, signed files, health, and at "/" the page.

    Jobs, films and the secret of links are kept in `settings.data`, unless it names other places. The processes that
    make the films, `settings.workers` of them unless without a `worker`, run as long as the application does; on a
    Space a thread makes them. `leaving` tells whether the server has been told to stop. Raises errors of
    talking.errors for what cannot be opened.
    """
    engine = engine_of(settings)
    service = _service(settings, engine)
    watch, followers = Watch(service.store), Followers()
    beside = _workers(settings) if worker and isinstance(engine, DbosEngine) else ()

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        sweeper = asyncio.create_task(_sweep(service.uploads))
        if isinstance(engine, InlineEngine):
            engine.start()
        for each in beside:
            each.start()
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
    app.add_middleware(OneCancel)
    app.add_middleware(Endings)
    app.add_middleware(Squeeze)
    app.add_middleware(Strict)
    app.add_middleware(
        Gate,
        keys=Keys.read(settings.api_keys),
        max_bytes=round(settings.max_megabytes * 1e6 * _BASE64 * 2) + _FORM_BYTES,  # a picture and a sound as base64
        public_host=(urlsplit(settings.public_url).hostname or "").casefold(),
        strangers=settings.space,
    )
    app.state.service = service
    films = PageFilms(service, watch, followers, leaving)
    app.state.back = _back(service, settings, films, partial(_expect, beside))
    add_handlers(app)
    app.include_router(health.router(_readiness(service, engine, beside)))
    app.include_router(metrics.router(service.store))
    app.include_router(native_live.router(service, followers))
    app.include_router(files.router(service.storage, service.links))
    app.include_router(did_media.router(service, settings.voices))
    app.include_router(did.router(service))
    app.include_router(mirako.router(service, _avatar_limits(settings)))
    app.include_router(native.router(service, settings, watch, followers))
    app.mount(tiles.PREFIX, tiles.Tiles())
    _add_nothing_else(app)
    if page:
        _mount_page(app, settings)
    return app


def _back(service: Service, settings: Settings, films: PageFilms, expect: Callable[[Path], None]) -> Back:
    from talking.ui.page import Back

    def told() -> tuple[Machine, ...]:
        return tuple(_machine(each) for each in engines.statuses(worker_config(settings).limits().means))

    return Back(films, PageSights(service, settings, expect), told, settings.voices)


def _expect(beside: Sequence[Supervisor], portrait: Path) -> None:
    for each in beside:
        each.expect(portrait)


def _machine(status: engines.Status) -> Machine:
    weights = engines.ENGINES[status.name].checkpoints
    licences = tuple(dict.fromkeys(CHECKPOINTS[name].weights for name in weights))
    return Machine(status.name, status.ready, status.says, tuple(weights), licences)


def engine_of(settings: Settings) -> DbosEngine | InlineEngine:
    """What takes jobs in: the queue; on a Space, whose graphics processor is lent to the calls of its page, a thread
    of this process.
    """
    database = Database(database_url(settings))
    if not settings.space:
        return DbosEngine(database)
    config = worker_config(settings)
    shop = workshop(
        Store(database), Storage(config.storage), config.limits(), Path(config.work) / "inline",
        most_attempts=config.max_attempts,
    )  # fmt: skip
    return InlineEngine(shop, wait=False, make=lent.performer(shop))


def dress(settings: Settings) -> dict[str, Any]:
    """How the page of this server is shown, and what it never hands out: the server's own data."""
    from talking.ui import page as pages

    return {**pages.dress(round(settings.max_megabytes * 1e6)), "blocked_paths": [str(settings.data.resolve())]}


def _readiness(service: Service, engine: DbosEngine | InlineEngine, beside: Sequence[Supervisor]) -> Readiness:
    if isinstance(engine, InlineEngine):
        return Readiness(service.store, service.storage, engine.runs, inline=True)
    runs = (lambda: any(each.runs() for each in beside)) if beside else None
    return Readiness(service.store, service.storage, runs)


def _workers(settings: Settings) -> tuple[Supervisor, ...]:
    config = replace(worker_config(settings), nice=settings.worker_nice)
    command = work.command(settings.data)
    return tuple(Supervisor(config, command, slot=slot) for slot in range(settings.workers))


def _avatar_limits(settings: Settings) -> mirako.AvatarLimits:
    return mirako.AvatarLimits(
        least_side=settings.mirako_min_side,
        longest_side=settings.mirako_max_side,
        shorter_side=settings.mirako_max_short_side,
        seconds=min(settings.mirako_max_seconds, settings.max_seconds),
    )


def _service(settings: Settings, engine: DbosEngine | InlineEngine) -> Service:
    links = links_of(settings.data, settings.secret, round(settings.link_hours * 3600))
    storage = Storage(storage_url(settings))
    _keep_own_portrait(storage)
    rules = Rules(
        deadline_seconds=settings.deadline_seconds,
        keep_seconds=settings.keep_days * 86_400,
        most_waiting=settings.max_waiting,
        max_upload=round(settings.max_megabytes * 1e6),
        private_urls=settings.private_urls,
        delivers=not settings.space,
        public_url=settings.public_url,
        film_seconds={
            **dict.fromkeys((did.TALKS, did.ANIMATIONS), settings.did_max_seconds),
            mirako.DIALECT: settings.mirako_max_seconds,
        },
    )
    return Service(
        engine, engine.store, storage, links, Uploads(storage, settings.upload_days), Eye(), rules, Reports(storage)
    )


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


def _mount_page(app: FastAPI, settings: Settings) -> None:
    """Serve the page at "/", after all routes: it takes every path that is left."""
    import gradio

    from talking.ui import page as pages

    blocks = pages.build(app.state.back)
    gradio.mount_gradio_app(app, blocks, "/", **dress(settings))
    # Mounting leaves this false, and Gradio then does not look whether a file that a caller names is his own.
    blocks.has_launched = True


async def _sweep(uploads: Uploads) -> None:
    while True:
        try:
            await run_in_threadpool(uploads.sweep)
        except TalkingError as error:
            logger.warning("old uploads stay for now: %s", error)
        await asyncio.sleep(SWEEP_SECONDS)


def _end(eye: Eye, engine: DbosEngine | InlineEngine, beside: Sequence[Supervisor]) -> None:
    for each in beside:
        each.leave()
    for each in beside:
        each.stop()
    eye.close()
    engine.close()
