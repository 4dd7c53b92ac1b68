"""A server on an address, until it is told to stop."""

from __future__ import annotations

import gc
import ipaddress
import logging
import socket
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from talking.errors import InvalidRequest, TalkingError, Unknown
from talking.jobs.database import Database
from talking.jobs.lease import only_one
from talking.server.worker import database_url
from talking.settings import Settings

if TYPE_CHECKING:
    import uvicorn

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
_TAKEN = (
    "Another server uses this data folder already. Stop it, or give this one a folder of its own with TALKING_DATA, or "
    "a database that several servers share with TALKING_DATABASE_URL."
)
_LEAVE_SECONDS = 5


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; on a Space as those want it. Raises InvalidRequest when strangers could ask
    without a key or `settings.engine` does not exist, Unavailable when another server uses the data folder, and
    TalkingError when the address is taken.
    """
    check_engine(settings)
    if settings.space:
        from talking.server.space import launch

        with _alone(settings):
            launch(settings)
        return
    host = settings.host or LOOPBACK
    check_closed(settings, host)
    with _alone(settings), _bound(host, settings.port) as listener:
        import uvicorn

        from talking.server.app import create_app
        from talking.server.patience import MOST_CONNECTIONS, Patient

        app = create_app(settings, leaving=lambda: server.should_exit)
        # No log of calls: their addresses hold the signatures of links.
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_LEAVE_SECONDS,
            http=Patient, limit_concurrency=MOST_CONNECTIONS,
        )  # fmt: skip
        server = uvicorn.Server(config)
        gc.collect()
        gc.freeze()  # what lives as long as the server: to look through it now and then would halt all calls for .3 s
        name = f"[{host}]" if ":" in host else host
        logger.info("serving at http://%s:%d", name, listener.getsockname()[1])
        threading.Thread(target=app.state.back.sights.warm_up, name="warm-up", daemon=True).start()
        _run(server, listener)


def _alone(settings: Settings) -> AbstractContextManager[None]:
    """Held while this server uses the data folder: two with an embedded database would keep two queues in one, and
    each would end the other's worker. Servers that share a database may share a folder as well.
    """
    if not Database(database_url(settings)).embedded:
        return nullcontext()
    return only_one(settings.data / "server.lock", _TAKEN)


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until told to stop, which is no failure: calls that run are answered, the worker gives its job back, and
    then this returns. Raises TalkingError when somebody else took the address meanwhile.
    """
    try:
        server.run(sockets=[listener])
    except OSError as error:
        raise _taken(*listener.getsockname()[:2]) from error
    except (KeyboardInterrupt, SystemExit):
        # The signal is raised again once all is closed; before the server ran it means what it does elsewhere.
        if not server.started:
            raise
    logger.info("stopped")


def check_engine(settings: Settings) -> None:
    """Raise InvalidRequest when the engine of requests that name none does not exist: each of them would fail."""
    from talking.engines import check_name

    try:
        check_name(settings.engine)
    except Unknown as error:
        raise InvalidRequest(f"The setting TALKING_ENGINE cannot be used. {error}") from error


def check_closed(settings: Settings, host: str) -> None:
    """Raise InvalidRequest when `host` can be reached by others and no key is asked for, unless a Space asks so."""
    if settings.api_keys or settings.space or _is_loopback(host):
        return
    raise InvalidRequest(
        f"At {host} others could use this server without a key. Set TALKING_API_KEYS, or let it listen on "
        f"{LOOPBACK}, which only this computer reaches."
    )


def _is_loopback(host: str) -> bool:
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, place = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)  # nobody is let in before all is ready: that is when the server listens
        except OSError:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        raise _taken(host, port) from error
    return listener


def _taken(host: str, port: int) -> TalkingError:
    return TalkingError(
        f"The server cannot listen at {host}:{port}: something else may be running there. "
        "Name another place with TALKING_HOST and TALKING_PORT."
    )
