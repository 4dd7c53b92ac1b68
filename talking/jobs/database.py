"""The database of the service: a file of SQLite on this machine, or Postgres for many."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from talking.errors import InvalidRequest, OutputError, Unavailable

logger = logging.getLogger(__name__)

BUSY_SECONDS = 30.0
"""How long one writer to SQLite waits for another."""

_PATIENCE = {
    "connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}  # fmt: skip
"""How Postgres is reached, unless its address says otherwise: seconds (the last one ms) after which nobody waits any
longer for a machine that is gone without a word. Without them it is minutes."""

_AWAY = "The database of the service cannot be reached now. Try again in a while."

_NO_FOLDER = "The data folder cannot be made or written. Give another one with TALKING_DATA, or make room there."
_NO_FILE = (
    "The database in the data folder cannot be opened: it is damaged, or this user may not write it. "
    "Repair it, or give another folder with TALKING_DATA."
)

T = TypeVar("T")


def sqlite_url(folder: Path) -> str:
    """The address of the embedded database in a `folder` of this machine."""
    return f"sqlite:///{(folder / 'talking.sqlite').resolve().as_posix()}"


class Database:
    """Connections to the database at `url`: sqlite:///… or postgresql://….

    Raises InvalidRequest for another kind of address. Nothing is opened before it is used.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = sa.make_url(url)
        except ArgumentError as error:
            raise _unusable() from error
        if parsed.get_backend_name() == "postgresql":
            # In the address, because the queue makes connections of its own.
            parsed = parsed.update_query_dict({**_PATIENCE, **parsed.query})
        self.url = parsed.render_as_string(hide_password=False)
        self.embedded = parsed.get_backend_name() == "sqlite"
        if self.embedded:
            self.engine = sa.create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
            self._file = Path(parsed.database or "")
            sa.event.listen(self.engine, "connect", _immediate)
        elif parsed.get_backend_name() == "postgresql":
            wanted = parsed.set(drivername="postgresql+psycopg")
            self.engine = sa.create_engine(wanted, pool_pre_ping=True, pool_size=4, max_overflow=4)
        else:
            raise _unusable()

    def prepare(self, create: Callable[[sa.Connection], None]) -> None:
        """Make the database ready: WAL for SQLite, and whatever `create` makes, by one process at a time.

        Raises OutputError when the file of SQLite cannot be used, and Unavailable when the database stays away.
        """
        if self.embedded:
            self._begin_file()

        def make(connection: sa.Connection) -> None:
            if not self.embedded:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(7425764)"))
            create(connection)

        self.run(make, patience=10.0)

    def _begin_file(self) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, timeout=BUSY_SECONDS)) as plain:
                plain.execute("PRAGMA journal_mode=WAL")  # it stays so; several processes read while one writes
        except OSError as error:
            raise OutputError(_NO_FOLDER) from error
        except sqlite3.DatabaseError as error:
            raise OutputError(_NO_FILE) from error

    def run(self, work: Callable[[sa.Connection], T], *, patience: float = 0.0) -> T:
        """What `work` returns, in one transaction; for `patience` seconds it is tried again while the database is away.

        Raises Unavailable when it stays away.
        """
        until = time.monotonic() + patience
        pause = 0.1
        while True:
            try:
                with self.engine.begin() as connection:
                    return work(connection)
            except (OperationalError, InterfaceError) as error:
                if time.monotonic() + pause > until:
                    raise Unavailable(_AWAY) from error
                logger.warning("the database is away: %s", _first_line(error))
                time.sleep(pause)
                pause = min(2 * pause, 2.0)

    def clock(self) -> sa.ColumnElement[int]:
        """Milliseconds since 1970 by the database's own clock, which all machines share."""
        if self.embedded:
            return sa.literal_column("CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)", sa.BigInteger)
        return sa.literal_column("CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)", sa.BigInteger)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def forked(self) -> None:
        """Begin anew in a process that was forked: the connections are those of its parent, which goes on with them."""
        self.engine.dispose(close=False)


def _immediate(connection: Any, _record: object) -> None:
    """Take the lock for writing at the start of a transaction: taken later, two writers could wait for each other."""
    connection.isolation_level = "IMMEDIATE"


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__


def _unusable() -> InvalidRequest:
    return InvalidRequest(
        "The database is an address like sqlite:///jobs.sqlite or postgresql://user:password@host/name."
    )
