"""What is around the service goes away and comes back: room on the disk, the storage, the database."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rig import calls, checks
from rig.asker import START, Asked, Asker, Plan, pictures
from rig.checks import Finding
from rig.fleet import Fleet, answers
from rig.places import Place
from rig.receiver import Receiver
from rig.scenarios import Wishes, opened, storage_of, surroundings

_MEGABYTES = 40
_LEFT = 60_000
"""Bytes that are left free on a disk that is full: too few for a film."""


class NoRoot(Exception):
    """A small disk can be mounted by root only."""


def disk_full(_wishes: Wishes, folder: Path) -> list[Finding]:
    """The disk with films gets full, then the one with everything; room is made again."""
    found = []
    for name in ("storage", "data"):
        with small_disk(folder / f"disk-{name}") as disk:
            here = folder / name
            here.mkdir(parents=True, exist_ok=True)
            place = Place(here, storage=str(disk / "storage") if name == "storage" else "")
            place = place if name == "storage" else replace(place, data_folder=disk / "data")
            found += _full(place, disk, name)
    return found


def storage_away(wishes: Wishes, folder: Path) -> list[Finding]:
    """The storage is away while films are made: jobs wait for it, and are done when it is back."""
    with surroundings(replace(wishes, postgres=False), folder) as (place, _, bucket):
        if bucket is not None:
            return _interrupted(place, "bucket", bucket.wire.cut, bucket.wire.open, (bucket.fs, bucket.url[5:]))
        kept, moved = place.data / "storage", place.data / "elsewhere"

        def go() -> None:
            kept.rename(moved)
            kept.write_text("in the way of the storage")

        def come() -> None:
            kept.unlink()
            moved.rename(kept)

        return _interrupted(place, "folder", go, come, storage_of(place, None))


def database_away(wishes: Wishes, folder: Path) -> list[Finding]:
    """Postgres is away while a film is made: callers are told so, the film is done when it is back."""
    with surroundings(replace(wishes, postgres=True), folder) as (place, postgres, bucket):
        assert postgres is not None
        return _interrupted(place, "database", postgres.stop, postgres.start, storage_of(place, bucket))


@contextmanager
def small_disk(at: Path) -> Iterator[Path]:
    """A disk of its own, in memory. Raises NoRoot."""
    at.mkdir(parents=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "tmpfs", str(at)], capture_output=True)
    if done.returncode:
        raise NoRoot(f"No disk could be mounted: {done.stderr.decode().strip()}")
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=False)


def fill(disk: Path) -> Path:
    """Take up all room of a disk but for a little; what does so."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 14):
            while shutil.disk_usage(disk).free > size + _LEFT:
                file.write(b"\1" * size)
    return ballast


def _full(place: Place, disk: Path, name: str) -> list[Finding]:
    with Receiver(pictures(512), mood=0.0) as receiver, opened(place) as database, Fleet(place) as fleet:
        asker = Asker(fleet.urls, receiver)
        before = _made(asker, 1)
        ballast = fill(disk)
        full = _while_full(asker, fleet)
        ballast.unlink()
        after = _made(asker, 90)
        told = checks.wait_until_over(asker, list(asker.acknowledged), 120)
        strange = [
            f"{id} ended as {one['status']}: {one['error']}"
            for id, one in told.items()
            if one["status"] != "done" and "room" not in (one["error"] or {}).get("detail", "")
        ]
        ends = sorted(one["status"] for one in told.values())
        return [
            Finding(f"full {name}: before", *before),
            Finding(f"full {name}: full", *full),
            Finding(f"full {name}: room again", *after),
            Finding(f"full {name}: jobs", ", ".join(ends), tuple(strange)),
            replace(checks.films(list(asker.acknowledged), told, asker), name=f"full {name}: films"),
            replace(checks.stored(database, *storage_of(place, None)), name=f"full {name}: storage"),
            replace(checks.queue(told, database), name=f"full {name}: queue"),
        ]


def _while_full(asker: Asker, fleet: Fleet) -> tuple[str, tuple[str, ...]]:
    """Ask for jobs that need no room and for one that does, while there is none; what happened."""
    faults = []
    statuses = []
    for number in (10, 11, 12):
        plan = Plan(number, "mirako" if number == 12 else "did sound", 800, webhook=False)
        answer = asker.once(plan)
        statuses.append(answer.status_code)
        if answer.status_code == 201:
            asker.acknowledged.append(Asked(plan, answer.json()["id"], 0.0))
        elif answer.status_code < 500 or answer.status_code == 500:
            faults.append(f"POST is answered {answer.status_code}: {answer.text[:200]}")
        elif str(fleet.place.folder) in answer.text:
            faults.append("the answer names a folder of the server")
    time.sleep(8)
    if not answers(f"{fleet.urls[0]}/healthz") or fleet.webs[0].deaths:
        faults.append("the server is down")
    ready = calls.get(f"{fleet.urls[0]}/readyz").status_code
    return f"POSTs are answered {statuses}, readyz {ready}, the server is up", tuple(faults)


def _interrupted(
    place: Place, name: str, go: Callable[[], None], come: Callable[[], None], storage: tuple[object, str]
) -> list[Finding]:
    with Receiver(pictures(), mood=0.0) as receiver, opened(place) as database, Fleet(place) as fleet:
        asker = Asker(fleet.urls, receiver)
        before = _made(asker, 1)
        for number in range(10, 14):
            asker.ask(Plan(number, "did sound", 1200, webhook=False))
        time.sleep(1.0)
        go()
        began = time.monotonic()
        seen = _while_away(asker, fleet)
        time.sleep(max(0.0, 12 - (time.monotonic() - began)))
        come()
        after = _made(asker, 90)
        told = checks.wait_until_over(asker, list(asker.acknowledged), 180)
        return [
            Finding(f"{name} away: before", *before),
            Finding(f"{name} away: away", *seen),
            Finding(f"{name} away: back", *after),
            replace(checks.jobs(asker.acknowledged, told, database), name=f"{name} away: jobs"),
            replace(checks.films(asker.acknowledged, told, asker), name=f"{name} away: films"),
            replace(checks.stored(database, *storage), name=f"{name} away: storage"),
            replace(checks.queue(told, database), name=f"{name} away: queue"),
        ]


def _while_away(asker: Asker, fleet: Fleet) -> tuple[str, tuple[str, ...]]:
    """What callers see meanwhile: an upload is refused for now, and nothing dies."""
    faults = []
    answer = asker.once(Plan(50, "mirako", 800, webhook=False))
    if answer.status_code != 503:
        faults.append(f"POST {START} is answered {answer.status_code}: {answer.text[:200]}")
    ready = calls.get(f"{fleet.urls[0]}/readyz").status_code
    if ready != 503 or not answers(f"{fleet.urls[0]}/healthz") or fleet.webs[0].deaths:
        faults.append(f"readyz says {ready}, the server died {fleet.webs[0].deaths} times")
    return f"uploads are answered {answer.status_code}, readyz {ready}", tuple(faults)


def _made(asker: Asker, number: int) -> tuple[str, tuple[str, ...]]:
    """One job, made as ever."""
    began = time.monotonic()
    plan = Plan(number, "did sound", 800, frames=20, webhook=False)
    asker.ask(plan)
    asked = [each for each in asker.acknowledged if each.plan.number == number]
    if not asked:
        return "no job is taken in", tuple(asker.faults)
    told = checks.wait_until_over(asker, asked, 240)[asked[0].id]
    seen = f"a job is {told['status']} after {time.monotonic() - began:.1f} s"
    return seen, () if told["status"] == "done" else (str(told["error"]),)
