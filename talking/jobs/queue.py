"""Names and settings that takers of jobs and workers agree on. Rows in databases hold them: never change one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

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

VERSION = "1"
"""Of the workflows: to be raised when the order of their steps changes, and only then, because jobs of another version
are left alone."""

POLLING_SECONDS = 0.2


def prepare(database: Database) -> None:
    """Make the tables of the service and of the queue, where they are missing. Raises Unavailable."""
    from dbos import DBOS

    _quiet()
    Store(database).prepare()
    try:
        DBOS.migrate(database.url)
    except Exception as error:
        logging.getLogger(__name__).error("the tables of the queue: %r", error)
        raise Unavailable("The database of the service cannot be made ready. The log says why.") from error


def client(database: Database) -> DBOSClient:
    """Speaks to the queue in `database`, which must be prepared. Calls fail, and do not wait, while it is away."""
    from dbos import DBOSClient, DBOSPortableJSONSerializer

    _quiet()
    return DBOSClient(
        system_database_url=database.url,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APP,
        retry_connection_errors=False,
    )


def worker_config(database: Database, executor: str) -> DBOSConfig:
    """How a worker by the name of `executor` takes part. JSON, because pickle would run whatever the database holds."""
    from dbos import DBOSPortableJSONSerializer

    _quiet()
    return {
        "name": APP,
        "system_database_url": database.url,
        "executor_id": executor,
        "application_version": VERSION,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
        "enable_otlp": False,
    }


def _quiet() -> None:
    """Keep the queue's own notices, among them an address where it wants to be registered, out of the log."""
    logging.getLogger("dbos").setLevel(logging.WARNING)
