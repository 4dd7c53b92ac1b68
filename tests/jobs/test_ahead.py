"""Portraits that are looked at before their film is asked for, and progress that holds no film up."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from talking.engines.mesh import MeshEngine
from talking.jobs import Database, Job, Progress, Terms, sqlite_url
from talking.jobs.ahead import Ahead, hint
from talking.jobs.perform import Workshop, perform, workshop
from talking.jobs.store import Store
from talking.jobs.supervise import Supervisor
from talking.jobs.teller import HandedBack, Stopped, Teller
from talking.jobs.worker import WorkerConfig
from talking.pipeline import Limits
from talking.request import Request
from talking.storage import Storage


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workshop]:
    limits = Limits(local_files=True, processes=1)
    made = workshop(Store(Database(sqlite_url(tmp_path))), Storage(str(tmp_path / "kept")), limits, tmp_path / "work")
    made.store.prepare()
    yield made
    made.stopping.set()
    made.studio.close()


def known(shop: Workshop) -> int:
    """Portraits that the studio's engine is ready for."""
    engine = shop.studio._engines.get("mesh")
    return len(engine._stages._kept) if isinstance(engine, MeshEngine) else 0


def test_a_portrait_is_ready_before_its_film(
    shop: Workshop, small_portrait: Path, asked: Callable[..., Request], until: Callable[..., None]
) -> None:
    ahead = Ahead(shop)
    threading.Thread(target=ahead.run, daemon=True).start()
    for line in (b"\n", b"no hint\n", b"[]\n", b'{"portrait": 7}\n', hint(small_portrait.with_name("gone.png"))):
        ahead.hear(line)
    ahead.hear(hint(small_portrait))
    until(lambda: known(shop), "the portrait is known")
    job, _ = shop.store.add(asked("Hi."), Terms())
    perform(job.id, shop)
    assert shop.store.get(job.id).status == "done"
    assert known(shop) == 1  # what was looked at is what was filmed


def test_a_film_comes_first(shop: Workshop, small_portrait: Path, until: Callable[..., None]) -> None:
    ahead = Ahead(shop)
    with shop.alone:
        thread = threading.Thread(target=ahead.run)
        thread.start()
        ahead.hear(hint(small_portrait.with_name("forgotten.png")))
        ahead.hear(hint(small_portrait))
        thread.join(0.3)
        assert known(shop) == 0
    until(lambda: known(shop), "the last of them is known")
    shop.stopping.set()
    thread.join(10)
    assert not thread.is_alive()


def test_a_worker_is_told_by_its_server(tmp_path: Path, small_portrait: Path, until: Callable[..., None]) -> None:
    heard = tmp_path / "heard"
    config = WorkerConfig(sqlite_url(tmp_path), str(tmp_path / "kept"), str(tmp_path / "work"))
    supervisor = Supervisor(config, ("sh", "-c", f"cat > {heard}"))
    supervisor.expect(small_portrait)  # nobody is there yet, which is no fault
    with supervisor:
        until(supervisor.runs, "the worker runs")
        supervisor.expect(small_portrait)
        until(lambda: heard.read_bytes().count(b"\n") == 2, "both lines are there")
    supervisor.expect(small_portrait)
    first, second = io.BytesIO(heard.read_bytes())
    assert WorkerConfig.from_json(first.decode()).database == config.database
    assert second == hint(small_portrait)


def begun(shop: Workshop, asked: Callable[..., Request]) -> Job:
    job, _ = shop.store.add(asked("Hi."), Terms())
    taken = shop.store.begin(job.id, "first")
    assert taken is not None
    return taken


def test_progress_is_told_whole_and_in_order(shop: Workshop, asked: Callable[..., Request]) -> None:
    job = begun(shop, asked)
    with Teller(shop.store, job.id, "first", shop.stopping) as tell:
        for stage in ("inputs", "portrait", "speech", "film"):
            tell(stage, 0, 0)
    assert shop.store.get(job.id).progress == Progress("film", 0, 0)


def test_who_films_hears_of_a_cancel_and_of_a_worker_that_leaves(
    shop: Workshop, asked: Callable[..., Request], until: Callable[..., None]
) -> None:
    job = begun(shop, asked)
    caught: list[BaseException] = []

    def told(tell: Teller, stage: str) -> bool:
        try:
            tell(stage, 0, 0)
        except (Stopped, HandedBack) as error:
            caught.append(error)
        return bool(caught)

    with Teller(shop.store, job.id, "first", shop.stopping) as tell:
        tell("portrait", 0, 0)
        shop.store.cancel(job.id)
        stages = iter(f"stage {number}" for number in range(10_000))
        until(lambda: told(tell, next(stages)), "the cancel is heard")
        shop.stopping.set()
        told(tell, "film")
    assert [type(error) for error in caught] == [Stopped, HandedBack]
