"""The order in which things are looked at: what others rest on first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from talking.doctor import machine, parts
from talking.doctor.finding import Finding
from talking.doctor.service import database as at
from talking.doctor.service import service
from talking.engines.means import Means


def examine(
    cache: Path | None, voices: Path | None, data: Path | None, database: str = "", means: Means | None = None
) -> Iterator[Finding]:
    """Look at everything, each finding as it is made. `cache` and `voices` are folders as in the settings, `data` the
    one of a service, None to leave that out, and `database` its address if it is kept elsewhere; `means` are what
    engines have to work with. What cannot work without something that failed is not tried.
    """
    rounds: list[Callable[[], Finding]] = [
        machine.python,
        machine.packages,
        machine.opencv,
        machine.memory,
        lambda: machine.folder("cache", cache),
    ]
    if data is not None:
        rounds += [lambda: machine.folder("data", data)]
        rounds += [lambda: at(database) if database else service(data)]
    broken = False
    for look in rounds:
        finding = look()
        broken |= finding.state == "fail" and finding.name in ("python", "opencv")
        yield finding
    if broken:
        return
    yield parts.engines(means or Means())
    yield parts.voices(voices)
    yield parts.render()
