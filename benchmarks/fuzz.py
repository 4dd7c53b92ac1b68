"""Malformed requests and media at a server of its own: nothing may fail, hang, or be touched that is not the server's.

    python benchmarks/fuzz.py --count 5000 --seed 7

starts `talking serve` with a worker in a folder of its own, sends so many requests that are wrong in one way or another
to all dialects, and afterwards has it make a film. Printed is a table of what was answered. Exit code 1 when an
answer was a 5xx other than 501 and 503, took longer than 10 seconds, held a path or a trace, or when a file came to be
outside of the server's folder, or the film was not made.
"""

from __future__ import annotations

import argparse
import collections
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "server"))

from malformed import Attempt, attempts, faults_in

from talking import examples

KEY = "a-key-for-fuzzing"
PATIENCE = 10.0
_STANDSTILL = 120.0
"""Seconds in which nothing changes for a film that waits or is made: then the queue is taken for dead."""

_WATCHED = ("/etc", "/usr/local", "/var/lib", "/opt", "/srv")


def main() -> int:
    """Run, print, and tell whether all was well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000, help="requests to send")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name, _server(Path(name)) as base:
        began = time.time()
        table, wrong = _bombard(base, arguments.count, arguments.seed)
        wrong += [f"touched: {path}" for path in _touched_since(began, Path(name))]
        film = _film(base)
    _print(table, wrong, film)
    return 1 if wrong or not film.startswith("done") else 0


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """The address of a server that is started by its command."""
    settings = {
        "TALKING_API_KEYS": KEY,
        "TALKING_MAX_WAITING": "100000",
        "TALKING_CACHE": "",
        "TALKING_VOICES": str(folder / "voices"),
        "GRADIO_TEMP_DIR": str(folder / "gradio"),
        "TMPDIR": str(folder / "tmp"),
    }
    (folder / "tmp").mkdir()
    command = [sys.executable, "-m", "talking", "serve", "--port", "0", "--data", str(folder / "data")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log)
        try:
            for _ in range(1200):
                text = (folder / "log").read_text(encoding="utf-8")
                found = re.search(r"serving at (http://\S+)", text)
                if found and "startup complete" in text:
                    break
                time.sleep(0.1)
            else:
                raise SystemExit(text)
            yield found.group(1)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


Table = dict[tuple[str, int], list[float]]


def _bombard(base: str, count: int, seed: int) -> tuple[Table, list[str]]:
    table: Table = collections.defaultdict(list)
    wrong: list[str] = []
    client = httpx.Client(base_url=base, headers={"Authorization": f"Bearer {KEY}"}, timeout=PATIENCE + 5)
    with client:
        for number, attempt in enumerate(attempts(seed, count)):
            began = time.monotonic()
            try:
                answer = attempt.send(client)
            except httpx.HTTPError as error:
                wrong.append(f"#{number} {attempt.name}: {type(error).__name__}")
                continue
            took = time.monotonic() - began
            table[attempt.group, answer.status_code].append(took)
            wrong += [f"#{number} {attempt.name}: {fault}" for fault in faults_in(answer, took, PATIENCE)]
            _tidy(client, attempt, answer)
    return table, wrong


def _tidy(client: httpx.Client, attempt: Attempt, answer: httpx.Response) -> None:
    """What was taken in by mistake of the generator need not be made."""
    if answer.status_code not in (200, 201, 202) or not attempt.makes_a_job:
        return
    told = answer.json()
    id = told.get("id") or (told.get("data") or {}).get("task_id")
    if id:
        client.post(f"/api/talks/{id}/cancel")


def _touched_since(began: float, own: Path) -> Iterator[str]:
    """Files that changed meanwhile in places that are nobody's business here; other programs' doings show up, too."""
    for top in _WATCHED:
        for folder, _, names in os.walk(top):
            for name in names:
                path = Path(folder) / name
                try:
                    if path.lstat().st_mtime > began and not path.is_relative_to(own):
                        yield str(path)
                except OSError:
                    continue


def _film(base: str) -> str:
    """How an honest request ends, behind all that was taken in before it: waited for as long as anything goes on."""
    portrait = examples.portraits()[0].path
    began = changed = time.monotonic()
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {KEY}"}, timeout=30) as client:
        with portrait.open("rb") as file:
            made = client.post(
                "/api/talks", data={"text": "Still here.", "voice": "espeak:en-us"}, files={"portrait": file}
            )
        id = made.json()["id"]
        seen: object = None
        while time.monotonic() - changed < _STANDSTILL:
            told = client.get(f"/api/talks/{id}").json()
            status = str(told["status"])
            if status in ("done", "error", "canceled", "timed_out"):
                return f"{status} after {time.monotonic() - began:.0f} s"
            now = (status, told["stage"], told["done"], told["queue_position"])
            if now != seen:
                seen, changed = now, time.monotonic()
            time.sleep(0.25)
    return f"never: {seen}"


def _print(table: Table, wrong: list[str], film: str) -> None:
    write = sys.stdout.write
    write(f"{'what':28}{'status':>7}{'answers':>9}{'median ms':>11}{'worst ms':>10}\n")
    for (group, status), times in sorted(table.items()):
        ordered = sorted(times)
        middle, worst = ordered[len(ordered) // 2] * 1000, ordered[-1] * 1000
        write(f"{group:28}{status:>7}{len(ordered):>9}{middle:>11.1f}{worst:>10.1f}\n")
    write(f"{sum(map(len, table.values()))} answers, {len(wrong)} wrong; a film afterwards: {film}\n")
    for line in wrong[:50]:
        write(f"WRONG {line}\n")


if __name__ == "__main__":
    sys.exit(main())
