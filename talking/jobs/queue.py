"""Names and settings that takers of jobs and workers agree on. Rows in databases hold them: never change one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NoReturn

from talking.errors import Unavailable
from talking.jobs.database import Database
from talking.jobs.store import Store

if TYPE_CHECKING:
    from dbos import DBOSClient, DBOSConfig

APP = "talking"

TALKS = "talks"
"""The queue of whole films."""

TALK = "talk"
"""The workflow that makes one; its id is the job's."""

HELP = "help"
"""The workflow, in the queue of films, by which a worker helps with a long one; it may have as many as help."""

DELIVERIES = "deliveries"
"""The queue of what goes out when a job is over."""

DELIVER = "deliver"
"""The workflow that makes one try."""

OVER = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED", "SUCCESS")
"""The states of workflows with which the queue is through."""

VERSION = "1"
"""Of the workflows: to be raised when the order of their steps changes, and only then, because jobs of another version
are left alone."""

_POLLING_SECONDS, _NEAR_SECONDS = 0.1, 0.04
"""How often a worker asks: a film waits half of it. For films a database of this machine is asked more often than one
that many machines share."""


def prepare(database: Database) -> None:
    """Make the tables of the service and of the queue, where they are missing. Raises Unavailable."""
    from dbos import DBOS

    _set_up()
    Store(database).prepare()
    try:
        DBOS.migrate(database.url)
    except Exception as error:
        logging.getLogger(__name__).error("the tables of the queue: %r", error)
        raise Unavailable("The database of the service cannot be made ready. The log says why.") from error


def client(database: Database) -> DBOSClient:
    """Speaks to the queue in `database`, which must be prepared. Calls fail, and do not wait, while it is away. Raises
    Unavailable when it is away now.
    """
    from dbos import DBOSClient, DBOSPortableJSONSerializer

    _set_up()
    try:
        return DBOSClient(
            system_database_url=database.url,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APP,
            retry_connection_errors=False,
        )
    except Exception as error:
        logging.getLogger(__name__).error("the queue cannot be reached: %s", type(error).__name__)
        raise Unavailable("The database of the service cannot be reached now. Try again in a while.") from error


def polling_seconds(queue: str, database: Database) -> float:
    """How often a worker asks a queue."""
    return _NEAR_SECONDS if queue == TALKS and database.embedded else _POLLING_SECONDS


def worker_config(database: Database, executor: str) -> DBOSConfig:
    """How a worker by the name of `executor` takes part. JSON, because pickle would run whatever the database holds."""
    from dbos import DBOSPortableJSONSerializer

    _set_up()
    return {
        "name": APP,
        "system_database_url": database.url,
        "executor_id": executor,
        "application_version": VERSION,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
        "enable_otlp": False,
    }


def _set_up() -> None:
    """Keep the queue's own notices, among them an address where it wants to be registered, out of the log; and pickles,
    which it reads wherever a row says that it is one, out of the process.
    """
    from dbos import _serialization as reading

    logger = logging.getLogger("dbos")
    logger.setLevel(logging.WARNING)
    logger.addFilter(_unforeseen)  # the same one is added once
    reading.DefaultSerializer.deserialize = _refuse  # type: ignore[method-assign, assignment]


def _unforeseen(record: logging.LogRecord) -> bool:
    """Whether a line of the queue's log says something new: that a job was canceled just when it was taken is none."""
    error = record.exc_info[1] if record.exc_info else None
    return type(error).__name__ != "DBOSAwaitedWorkflowCancelledError"


def _refuse(_serializer: object, _data: str) -> NoReturn:
    """Read no pickle. Who can write to the database could have this process run anything."""
    raise ValueError("A row of the queue holds a pickle, and pickles are not read here.")
