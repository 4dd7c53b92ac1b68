"""The tables of the service beside those of the queue: its jobs, the workers that are alive, chunks of films,
deliveries.
"""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()

JOBS = sa.Table(
    "talking_jobs",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(128), nullable=False),
    sa.Column("dialect", sa.String(16), nullable=False),
    sa.Column("request", sa.Text, nullable=False),  # JSON, as all columns of text that hold objects
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("stage", sa.String(16), nullable=False, default=""),
    sa.Column("done", sa.Integer, nullable=False, default=0),
    sa.Column("total", sa.Integer, nullable=False, default=0),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("attempt", sa.String(32), nullable=False, default=""),  # names the one that counts
    sa.Column("error", sa.Text, nullable=False, default=""),
    sa.Column("error_kind", sa.String(64), nullable=False, default=""),
    sa.Column("artefacts", sa.Text, nullable=False, default="{}"),
    sa.Column("facts", sa.Text, nullable=False, default="{}"),
    sa.Column("extra", sa.Text, nullable=False, default="{}"),
    sa.Column("user_data", sa.Text, nullable=False, default=""),
    sa.Column("idempotency_key", sa.String(255)),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("started_ms", sa.BigInteger),
    sa.Column("finished_ms", sa.BigInteger),
    sa.Column("deadline_ms", sa.BigInteger),
    sa.Column("keep_ms", sa.BigInteger),
    sa.Column("expires_ms", sa.BigInteger),
)

WORKERS = sa.Table(
    "talking_workers",
    METADATA,
    sa.Column("id", sa.String(128), primary_key=True),
    sa.Column("seen_ms", sa.BigInteger, nullable=False),  # by the database's clock
)

CHUNKS = sa.Table(
    "talking_chunks",
    METADATA,
    sa.Column("job", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("film", sa.String(64), nullable=False),  # the hash of all that its frames are drawn from
    sa.Column("maker", sa.String(64), nullable=False),  # versions of what draws them
    sa.Column("first", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("worker", sa.String(128), nullable=False),
    sa.Column("token", sa.String(32), nullable=False),  # names the attempt that counts
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("frames", sa.Integer, nullable=False),
    sa.Column("told_ms", sa.BigInteger, nullable=False, default=0),  # by the database's clock
    sa.Column("key", sa.String(255), nullable=False),
)

HOOKS = sa.Table(
    "talking_hooks",
    METADATA,
    sa.Column("job", sa.String(64), primary_key=True),
    sa.Column("stage", sa.String(8), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),  # of the next try
    sa.Column("due_ms", sa.BigInteger, nullable=False),  # not before the job is over
)

DELIVERIES = sa.Table(
    "talking_deliveries",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("job", sa.String(64), nullable=False),
    sa.Column("stage", sa.String(8), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("message", sa.String(80), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("ms", sa.Integer, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("error", sa.String(64), nullable=False),
)

_INDEXES = (
    sa.Index("talking_jobs_once", JOBS.c.owner, JOBS.c.idempotency_key, unique=True),
    sa.Index("talking_jobs_newest", JOBS.c.owner, JOBS.c.created_ms, JOBS.c.id),
    sa.Index("talking_jobs_status", JOBS.c.status, JOBS.c.priority, JOBS.c.created_ms),
    sa.Index("talking_jobs_expiry", JOBS.c.expires_ms),
    sa.Index("talking_jobs_ended", JOBS.c.finished_ms),
    sa.Index("talking_hooks_due", HOOKS.c.due_ms),
    sa.Index("talking_deliveries_of", DELIVERIES.c.job),
)


def create(connection: sa.Connection) -> None:
    """Make the tables that are not there."""
    for table in METADATA.sorted_tables:
        connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
    for index in _INDEXES:
        connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))
