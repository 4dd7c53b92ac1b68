"""The service in a data folder: its database, what waits there, and who works."""

from __future__ import annotations

from pathlib import Path

from talking.doctor.finding import Finding
from talking.errors import TalkingError


def service(data: Path) -> Finding:
    """How the jobs in a data folder do; nothing is made there."""
    from talking.jobs import sqlite_url

    url = sqlite_url(data)
    if not Path(url.removeprefix("sqlite:///")).is_file():
        return Finding("service", "note", f"There are no jobs in {data} yet: `talking serve --data {data}` begins.")
    return database(url)


def database(url: str) -> Finding:
    """How the jobs in the database at `url` do."""
    from talking.jobs import Database
    from talking.jobs.figures import figures

    try:
        kept = Database(url)
        try:
            found = figures(kept)
        finally:
            kept.close()
    except TalkingError as error:
        return Finding("service", "fail", str(error))
    facts = {
        "jobs": dict(found.jobs),
        "oldest_waiting_seconds": round(found.oldest_waiting, 1),
        "workers": found.workers,
    }
    says = f"Jobs waiting: {found.jobs['created']}, running: {found.jobs['started']}; workers alive: {found.workers}."
    if found.jobs["created"] and not found.workers:
        return Finding("service", "fail", f"{says} Start `talking serve`, or a worker.", facts)
    return Finding("service", "ok" if found.workers else "note", says, facts)
