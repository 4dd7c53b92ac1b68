"""The ways in which a service is treated badly. Each gives its findings; what is wrong with them is a fault."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import fsspec

from rig import checks
from rig.asker import Asked, Asker, Plan, pictures, plans
from rig.bucket import Bucket
from rig.checks import Finding
from rig.fleet import Fleet
from rig.killer import Killer, kill_while_filming
from rig.places import Place
from rig.postgres import Postgres
from rig.receiver import Receiver
from talking.jobs.database import Database, sqlite_url

_SETTLE_SECONDS = 900.0
_ASKERS = 3
_AHEAD = 12
"""Jobs that may be asked for beyond the share of the kills."""


@dataclass(frozen=True)
class Wishes:
    """How much of it: `jobs`, `kills`, and what the service runs on; `spare_webs` for a quick look, in which only
    workers are killed and webhooks are taken at once.
    """

    jobs: int = 200
    kills: int = 50
    postgres: bool = False
    bucket: bool = False
    workers: int = 2
    webs: int = 1
    seed: int = 1
    haste: float = 1.0
    spare_webs: bool = False
    moto: str = ""


@contextmanager
def surroundings(wishes: Wishes, folder: Path) -> Iterator[tuple[Place, Postgres | None, Bucket | None]]:
    """A place on a database and a storage that are up."""
    postgres = bucket = None
    place = Place(folder)
    try:
        if wishes.postgres:
            postgres = Postgres()
            postgres.start()
            place = replace(place, database=postgres.create())
        if wishes.bucket:
            bucket = Bucket(wishes.moto)
            place = replace(place, storage=bucket.url, extra=bucket.variables)
        yield place, postgres, bucket
    finally:
        if bucket is not None:
            bucket.remove()
        if postgres is not None:
            postgres.remove()


def kills(wishes: Wishes, folder: Path) -> list[Finding]:
    """Jobs are asked for while processes are killed, and the database is restarted and crashed."""
    before = checks.in_memory()
    with surroundings(wishes, folder) as (place, postgres, bucket):
        with Receiver(pictures(), mood=0.0 if wishes.spare_webs else 0.2, seed=wishes.seed) as receiver:
            workers = wishes.workers if postgres else 0
            fleet = Fleet(place, webs=wishes.webs if postgres else 1, workers=workers)
            asker = Asker(fleet.urls, receiver)
            with opened(place) as database, fleet:
                killer = Killer(
                    fleet,
                    database,
                    wishes.kills,
                    wishes.jobs,
                    wishes.seed,
                    haste=wishes.haste,
                    spare_webs=wishes.spare_webs,
                )
                began = time.monotonic()
                away = _ask_under_fire(wishes, asker, killer, postgres)
                fire = time.monotonic() - began
                found = [_fire(killer, fleet, asker, away, fire)]
                found += _look(asker, receiver, database, killer, place, bucket)
                found.append(_lives(asker, wishes.jobs))
                if not wishes.spare_webs:
                    found.append(_given_up(asker, fleet, database, wishes.jobs + 1))
                _wait_for_housekeeping(fleet, place)
                left = fleet.stop()
        found.append(Finding("processes", "all left when told to" if not left else "some stayed", tuple(left)))
        found.append(checks.left_over([place.temporary, place.data / "work"], before))
        found.append(_log(place))
    return found


def _ask_under_fire(wishes: Wishes, asker: Asker, killer: Killer, postgres: Postgres | None) -> list[str]:
    """Ask for all jobs, a few for each kill, so that there is something to do from the first kill to the last."""
    todo = list(plans(wishes.jobs, wishes.seed))
    lock = threading.Lock()
    killer.start()

    def ask() -> None:
        while True:
            with lock:
                if not todo:
                    return
                early = wishes.jobs - len(todo) > wishes.jobs * (killer.done + 2) / max(1, wishes.kills) + _AHEAD
                plan = None if early else todo.pop(0)
            if plan is None:
                time.sleep(0.2)
            else:
                asker.ask(plan)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(_ASKERS)]
    for thread in threads:
        thread.start()
    away = _restart(postgres, killer) if postgres is not None else []
    for thread in threads:
        thread.join()
    killer.wait(_SETTLE_SECONDS)
    killer.stop()
    return away


def _restart(postgres: Postgres, killer: Killer) -> list[str]:
    """Restart the database after a third of the kills, and crash it after two thirds."""
    done = []
    for share, how in ((1 / 3, signal.SIGINT), (2 / 3, signal.SIGQUIT)):
        while killer.done < killer.wanted * share and not killer.wait(0.1):
            pass
        postgres.stop(how)
        time.sleep(2.0)
        postgres.start()
        done.append("restarted" if how is signal.SIGINT else "crashed")
    return done


def _fire(killer: Killer, fleet: Fleet, asker: Asker, away: list[str], seconds: float) -> Finding:
    faults = list(asker.faults)
    if killer.done < killer.wanted:
        faults.append(f"only {killer.done} of {killer.wanted} kills came about")
    named = ", ".join(f"{number} of {name}" for name, number in sorted(killer.kills.items()))
    database = f"; the database {' and '.join(away)}" if away else ""
    facts = {
        "kills": dict(killer.kills), "while films were made": killer.in_films, "put off": killer.spared,
        "seconds": round(seconds), "clients saw": dict(asker.counts),
        "other deaths": sum(each.deaths for each in (*fleet.webs, *fleet.workers))
        - sum(number for name, number in killer.kills.items() if name != "worker of web-0"),
    }  # fmt: skip
    seen = f"{killer.done} in {seconds:.0f} s ({named}), {killer.in_films} while films were made{database}"
    return Finding("kill -9", seen, tuple(faults), facts)


def _look(
    asker: Asker, receiver: Receiver, database: Database, killer: Killer, place: Place, bucket: Bucket | None
) -> list[Finding]:
    """All that is looked at once the service has settled."""
    asked = list(asker.acknowledged)
    began = time.monotonic()
    told = checks.wait_until_over(asker, asked, _SETTLE_SECONDS)
    took = time.monotonic() - began
    fs, root = storage_of(place, bucket)
    found = [
        checks.jobs(asked, told, database),
        checks.films(asked, told, asker),
        checks.webhooks(asked, told, receiver, database, killer.done),
        checks.queue(told, database),
        checks.stored(database, fs, root, sum(killer.kills[web] for web in killer.kills if web.startswith("web-"))),
    ]
    found.insert(1, Finding("settled", f"{took:.0f} s after the last kill"))
    return found


def _lives(asker: Asker, number: int) -> Finding:
    """The service makes one more film, as ever; and takes everything of it away when it is told to."""
    began = time.monotonic()
    asked = _one(asker, number)
    if asked is None:
        return Finding("one more job", "not taken in", ("the service takes no more jobs",))
    told = checks.wait_until_over(asker, [asked], 120)[asked.id]
    faults = () if told["status"] == "done" else (f"one more job ended as {told['status']}: {told['error']}",)
    return Finding("one more job", f"{told['status']} after {time.monotonic() - began:.1f} s", faults)


def _given_up(asker: Asker, fleet: Fleet, database: Database, number: int) -> Finding:
    """A job whose worker dies each time is given up in words that say so, and the next is made."""
    if len(fleet.workers):
        return Finding("a job that kills", "left out: any of several workers may take it")
    asked = _one(asker, number, ms=30_000)
    if asked is None:
        return Finding("a job that kills", "not taken in", ("the service takes no more jobs",))
    killed = kill_while_filming(fleet, database, asked.id, 3)
    told = checks.wait_until_over(asker, [asked], 60)[asked.id]
    error = told["error"] or {}
    right = told["status"] == "error" and "ended 3 times" in error.get("detail", "")
    faults = () if right else (f"killed {killed} times, it ended as {told['status']}: {error}",)
    after = _lives(asker, number + 1)
    return Finding(
        "a job that kills", f"given up after {killed} deaths, the next {after.seen}", (*faults, *after.faults)
    )


def _one(asker: Asker, number: int, ms: int = 800) -> Asked | None:
    plan = replace(one_more_plan(number), ms=ms, frames=None)
    asker.ask(plan)
    return next((each for each in asker.acknowledged if each.plan.number == number), None)


def one_more_plan(number: int) -> Plan:
    return Plan(number, "did sound", 800, webhook=False)


def _wait_for_housekeeping(fleet: Fleet, place: Place, seconds: float = 120.0) -> None:
    """Wait until the living workers have removed what the dead left."""
    until = time.monotonic() + seconds
    while len(list((place.data / "work").glob("*.lock"))) > len(fleet.workers) + 1 and time.monotonic() < until:
        time.sleep(1.0)


def storage_of(place: Place, bucket: Bucket | None) -> tuple[Any, str]:
    """Where films are, for fsspec."""
    if bucket is not None:
        return bucket.fs, bucket.url.removeprefix("s3://")
    return fsspec.filesystem("file", skip_instance_cache=True), place.storage or str(place.data / "storage")


@contextmanager
def opened(place: Place) -> Iterator[Database]:
    """The database of a service."""
    place.data.mkdir(parents=True, exist_ok=True)
    database = Database(place.database or sqlite_url(place.data))
    yield database
    database.close()


def _log(place: Place) -> Finding:
    """What the service itself found worth an error; no fault by itself."""
    found: dict[str, int] = {}
    text = place.log.read_text(encoding="utf-8", errors="replace")
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            if line.startswith(("Traceback", "Exception")):
                found["a trace outside the log"] = found.get("a trace outside the log", 0) + 1
            continue
        if isinstance(entry, dict) and entry.get("level") == "ERROR":
            name = f"{entry.get('logger')}: {str(entry.get('message'))[:90]}"
            found[name] = found.get(name, 0) + 1
    return Finding("errors in the log", f"{sum(found.values())} lines", facts=found)
