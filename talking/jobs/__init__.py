"""Jobs: requests that survive whatever happens to the processes that take them in and make them."""

from talking.jobs.database import Database, sqlite_url
from talking.jobs.engine import Engine
from talking.jobs.job import ACTIVE, FINISHED, STORED, Job, Page, Progress, Status, Terms, new_id, now_ms

__all__ = [
    "ACTIVE",
    "FINISHED",
    "STORED",
    "Database",
    "Engine",
    "Job",
    "Page",
    "Progress",
    "Status",
    "Terms",
    "new_id",
    "now_ms",
    "sqlite_url",
]
