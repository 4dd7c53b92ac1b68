"""The graphics processor of a Space: asked for with films of networks alone, for as long as those take."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from talking.engines import Means
from talking.jobs.database import Database
from talking.jobs.inline import InlineEngine
from talking.jobs.perform import workshop
from talking.jobs.store import Store
from talking.pipeline import Limits
from talking.request import parse_request
from talking.server import lent
from talking.storage import Storage

STAND_IN = """
asked = []
def GPU(task, duration):
    def lending(*arguments):
        asked.append(duration(*arguments))
        raise RuntimeError("the quota is spent")
    return lending
"""


def test_so_many_seconds_are_asked_for_as_the_words_will_take() -> None:
    short, long = ({"text": "a" * count} for count in (110, 1100))
    assert lent.duration(short, "musetalk") == lent.START_SECONDS + 10
    assert lent.duration(long, "musetalk") == lent.START_SECONDS + 100
    assert lent.duration(short, "latentsync") == lent.MOST_SECONDS
    assert lent.duration({"audio": "talk.mp3"}, "musetalk") == lent.START_SECONDS + lent.UNKNOWN_SECONDS


def test_the_embedded_engine_needs_none() -> None:
    for options in ({}, {"engine": "mesh"}, {"engine": "auto"}, {"engine": "musetalk"}, {"engine": "nonsense"}):
        assert lent.needs_gpu({"text": "Hi.", "options": options}, Means()) == "", "no weights are here"


def test_elsewhere_a_task_is_left_as_it_is() -> None:
    def task(id: str, request: dict[str, Any], engine: str) -> None:
        raise AssertionError((id, request, engine))

    assert lent.lent(task) is task


@pytest.fixture
def spaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A package of that name, whose quota is spent."""
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages/spaces.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.delitem(sys.modules, "spaces", raising=False)
    import spaces  # type: ignore[import-not-found]

    yield spaces
    sys.modules.pop("spaces", None)


def test_films_of_networks_ask_and_a_refusal_is_told(
    spaces: Any, tmp_path: Path, small_portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(Database(f"sqlite:///{tmp_path / 'jobs.sqlite'}"))
    shop = workshop(store, Storage(str(tmp_path / "storage")), Limits(), tmp_path / "work")
    engine = InlineEngine(shop, make=lent.performer(shop))
    request = parse_request({"portrait": str(small_portrait), "text": "Hi.", "voice": "espeak:en-us"})
    made = engine.enqueue(request)
    assert (made.status, spaces.asked) == ("done", []), made
    chosen: Callable[..., str] = lambda *_: "musetalk"  # noqa: E731
    monkeypatch.setattr(lent, "needs_gpu", chosen)
    refused = engine.enqueue(request)
    engine.close()
    assert spaces.asked == [lent.START_SECONDS]
    assert refused.status == "error" and "choose the engine mesh" in str(refused.error)
