"""What must hold after a run: each look gives a finding, with the faults that it found."""

from __future__ import annotations

import io
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import httpx
import sqlalchemy as sa

from rig import calls
from rig.asker import FPS, Asked, Asker
from rig.receiver import Receiver
from talking.jobs.database import Database
from talking.jobs.perform import MOST_ATTEMPTS
from talking.jobs.tables import HOOKS, JOBS
from talking.server.sound_track import SOUND_NAME

_ACTIVE = ("created", "started")
_LOCK = "local-0.lock"
"""Of the one worker that an embedded database has: it stays, and is held by whoever works."""


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was seen in a few words, and what is wrong with it."""

    name: str
    seen: str
    faults: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def wait_until_over(asker: Asker, asked: Sequence[Asked], seconds: float) -> dict[str, dict[str, Any]]:
    """What the service tells of each job, once all are over or the time is up."""
    told: dict[str, dict[str, Any]] = {}
    until = time.monotonic() + seconds
    while True:
        for each in asked:
            if each.id not in told or told[each.id]["status"] in _ACTIVE:
                told[each.id] = asker.look(each.id)
        if not any(one["status"] in _ACTIVE for one in told.values()) or time.monotonic() > until:
            return told
        time.sleep(0.5)


def jobs(asked: Sequence[Asked], told: Mapping[str, Mapping[str, Any]], database: Database) -> Finding:
    """Every job that was acknowledged is there once, and came to an end that is right for it."""
    query = sa.select(JOBS.c.idempotency_key, sa.func.count()).group_by(JOBS.c.idempotency_key)
    rows = {str(key): int(number) for key, number in database.run(lambda found: found.execute(query).all())}
    faults = [f"{key} is there {number} times" for key, number in rows.items() if number != 1]
    wanted = {each.plan.key for each in asked}
    faults += [f"{key} was acknowledged and is lost" for key in sorted(wanted - set(rows))]
    faults += [f"{key} was never acknowledged and is there" for key in sorted(set(rows) - wanted)]
    given_up = 0
    for each in asked:
        one = told[each.id]
        if one["status"] in each.plan.ends and not (one["status"] == "error" and one["error"]["kind"] == "Internal"):
            continue
        if one["status"] == "error" and one["attempts"] > MOST_ATTEMPTS:
            given_up += 1
            continue
        faults.append(f"{each.id} ({each.plan.kind}) ended as {one['status']}: {one['error']}")
    ends = Counter(one["status"] for one in told.values())
    again = sum(one["attempts"] > 1 for one in told.values())
    seen = ", ".join(f"{number} {name}" for name, number in sorted(ends.items()))
    facts = {"ends": dict(ends), "made more than once": again, "given up after three deaths": given_up}
    return Finding("acknowledged jobs", f"{len(asked)}: {seen}; {again} begun again", tuple(faults), facts)


def films(asked: Sequence[Asked], told: Mapping[str, Mapping[str, Any]], asker: Asker) -> Finding:
    """Every film is whole: as many frames as told and as its length asks for, and sound of the same length."""
    faults: list[str] = []
    texts: Counter[int] = Counter()
    done = [each for each in asked if told[each.id]["status"] == "done"]
    worst = 0.0
    for each in done:
        film = told[each.id]["film"]
        data = _film(asker, told[each.id]["links"]["video"])
        try:
            frames, seconds = _decoded(data)
        except av.error.FFmpegError as error:
            faults.append(f"{each.id}: the film cannot be decoded: {error}")
            continue
        worst = max(worst, abs(seconds - frames / FPS))
        if each.plan.kind == "did text":
            texts[frames] += 1
        wanted = (film["num_frames"], -(-round(film["duration"] * FPS * 1000) // 1000), each.plan.frames or frames)
        if wanted != (frames,) * 3:
            faults.append(f"{each.id} ({each.plan.kind}) has {frames} frames, not {wanted}")
        if abs(seconds - frames / FPS) > 1 / FPS:
            faults.append(f"{each.id} has {seconds:.3f} s of sound for {frames / FPS:.3f} s of film")
        if len(data) != film["bytes"]:
            faults.append(f"{each.id} has {len(data)} bytes, not {film['bytes']}")
    if len(texts) > 1:
        faults.append(f"the same words have films of different lengths: {dict(texts)}")
    return Finding("films", f"{len(done)} decoded whole, sound within {worst * 1000:.0f} ms", tuple(faults))


def webhooks(
    asked: Sequence[Asked], told: Mapping[str, Mapping[str, Any]], receiver: Receiver, database: Database, kills: int
) -> Finding:
    """Word of every job that asked for it came, under one id, with the end that it came to."""
    owing = {each.id: each for each in asked if each.plan.webhook}
    query = sa.select(sa.func.count()).select_from(HOOKS)
    until = time.monotonic() + 120
    while int(database.run(lambda found: found.execute(query).scalar_one())) and time.monotonic() < until:
        time.sleep(0.5)
    faults = [f"word of {id} never came" for id in owing if not receiver.messages[f"msg_{id}"].taken]
    strange = set(receiver.messages) - {f"msg_{id}" for id in owing}
    faults += [f"{id} came unasked" for id in sorted(strange)]
    repeats = 0
    for id in owing:
        message = receiver.messages[f"msg_{id}"]
        repeats += max(0, message.taken - 1)
        named = {str(body.get("status")).casefold().replace("completed", "done") for body in message.bodies}
        if len(named) > 1:
            faults.append(f"word of {id} told of different ends: {sorted(named)}")
        if told[id]["status"] == "done" and named - {"done"}:
            faults.append(f"word of {id} told of {sorted(named)}, not of its film")
    if repeats > kills:
        faults.append(f"{repeats} messages came again after they were taken, more than processes were killed")
    refused = sum(message.refused for message in receiver.messages.values())
    seen = f"{len(owing)} messages came, {repeats} again after 204, {refused} not taken at first"
    return Finding("webhooks", seen, tuple(faults), {"repeats": repeats, "refused": refused})


def queue(told: Mapping[str, Mapping[str, Any]], database: Database) -> Finding:
    """The queue holds nothing that waits or runs, and is through with every job."""
    schema = "" if database.embedded else "dbos."
    query = sa.text(f"SELECT workflow_uuid, status, name FROM {schema}workflow_status")
    until = time.monotonic() + 60
    while True:
        rows = database.run(lambda found: found.execute(query).all())
        open_rows = [row for row in rows if row.status in ("PENDING", "ENQUEUED", "DELAYED")]
        if not open_rows or time.monotonic() > until:
            break
        time.sleep(0.5)
    faults = [f"{row.name} {row.workflow_uuid} is still {row.status}" for row in open_rows]
    there = {row.workflow_uuid for row in rows}
    faults += [f"{id} is not in the queue's table" for id in told if id not in there]
    failed = Counter(row.status for row in rows if row.status not in ("SUCCESS", "CANCELLED", "PENDING", "ENQUEUED"))
    faults += [f"{number} of the queue's rows are {status}" for status, number in failed.items()]
    return Finding("queue", f"{len(rows)} rows, {len(open_rows)} of them open", tuple(faults))


def stored(database: Database, fs: Any, root: str, kills: int = 0) -> Finding:
    """One film for each job that is done, and no file that belongs to nobody. Web processes that were killed may leave
    half an upload each, which goes with the uploads of its day.
    """
    query = sa.select(JOBS.c.id, JOBS.c.artefacts)
    rows = database.run(lambda found: found.execute(query).all())
    wanted = {key for row in rows for key in json.loads(row.artefacts).values()}
    fs.invalidate_cache()
    there = {str(path).removeprefix(root).lstrip("/") for path in fs.find(root)} if fs.exists(root) else set()
    results = {key for key in there if key.startswith("results/")}
    beside = {key for key in results if key.endswith(f"/{SOUND_NAME}")}
    # Most are files, and what was watched while it was made is a folder.
    owned = {key: parents & wanted for key in results if (parents := _parents(key))}
    faults = [f"{key} belongs to no job" for key in sorted(results - beside) if not owned[key]]
    faults += [f"{key} is missing" for key in sorted(wanted.difference(*owned.values()))]
    faults += [f"{key} is left over" for key in sorted(there) if not key.startswith(("results/", "uploads/"))]
    parts = [key for key in there if key.endswith(".part")]
    halves = [key for key in parts if key.startswith("uploads/")]
    allowed = len(halves) <= kills
    faults += [f"{key} is half a file" for key in parts if not allowed or key not in halves]
    uploads = sum(key.startswith("uploads/") for key in there)
    facts = {"halves of uploads, which go with their day": len(halves)} if halves else {}
    return Finding("storage", f"{len(wanted)} files of films, {uploads} uploads", tuple(faults), facts)


def _parents(key: str) -> set[str]:
    """A key, and the folders that it is in."""
    parts = key.split("/")
    return {"/".join(parts[:number]) for number in range(1, len(parts) + 1)}


def left_over(temporary: Sequence[Path], before: set[Path]) -> Finding:
    """Nothing is left in folders for temporary files, nor in shared memory."""
    faults = []
    for folder in temporary:
        found = [path for path in folder.rglob("*") if path.is_file() and path.name != _LOCK] if folder.exists() else []
        size = sum(path.stat().st_size for path in found)
        if found:
            names = ", ".join(path.name for path in found[:3])
            faults.append(f"{len(found)} temporary files stay, {size / 1e6:.1f} MB: {names}")
    mapped = "".join(_maps())
    shared = [path for path in sorted(in_memory() - before) if str(path) not in mapped]
    facts = {"files in shared memory, until the next film ten minutes later": len(shared)} if shared else {}
    return Finding("left over", "nothing" if not faults else "files", tuple(faults), facts)


def in_memory() -> set[Path]:
    """Our files in shared memory, of whichever process."""
    return set(Path("/dev/shm").glob("talking-*"))


def _maps() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/maps"):
        try:
            found.append(path.read_text(errors="replace"))
        except OSError:
            continue
    return found


def _film(asker: Asker, link: str) -> bytes:
    path = httpx.URL(link).raw_path.decode()
    data: bytes = asker.until(lambda url: calls.get(url + path).raise_for_status().content)
    return data


def _decoded(data: bytes) -> tuple[int, float]:
    """Frames of a film, and the seconds of sound that players play: all that is decoded but for its last block, which
    is filled up.
    """
    with av.open(io.BytesIO(data), "r") as film:
        frames = len(list(film.decode(film.streams.video[0])))
    with av.open(io.BytesIO(data), "r") as film:
        stream = film.streams.audio[0]
        assert stream.rate and stream.duration and stream.time_base
        played = float(stream.duration * stream.time_base)
        samples = sum(int(frame.samples) for frame in film.decode(stream))
        return frames, min(played, samples / stream.rate)
