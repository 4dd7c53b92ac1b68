"""Jobs made in this process: a film with all that belongs to it, or one sentence about what is wrong."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import av
import pytest

from talking.jobs import Database, Job, Progress, Terms, sqlite_url
from talking.jobs.inline import InlineEngine
from talking.jobs.job import MAX_SECONDS
from talking.jobs.live import LIVE, Reader
from talking.jobs.perform import MOST_ATTEMPTS, Workshop, perform, workshop
from talking.jobs.store import Store
from talking.jobs.teller import HandedBack
from talking.media import readback
from talking.pipeline import Limits
from talking.request import Options, Request
from talking.storage import Storage

Asked = Callable[..., Request]
LONG = "The quick brown fox jumps over the lazy dog, and nobody minds at all. " * 8


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("inline")
    made = workshop(Store(Database(sqlite_url(folder))), Storage(str(folder / "kept")), Limits(), folder / "work")
    engine = InlineEngine(made)
    yield made
    engine.close()


@pytest.fixture
def engine(shop: Workshop) -> InlineEngine:
    return InlineEngine(shop)


def files_of(job: Job, shop: Workshop) -> dict[str, bytes]:
    paths = {kind: shop.storage.path(key) for kind, key in job.artefacts.items() if kind != LIVE}
    return {kind: path.read_bytes() for kind, path in paths.items() if path is not None}


def test_a_film_can_be_watched_while_it_is_made(engine: InlineEngine, shop: Workshop, asked: Asked) -> None:
    job = engine.enqueue(asked("Hello there."), Terms())
    with closing(Reader(shop.storage, job.artefacts[LIVE])) as reader:
        grown = b"".join(iter(lambda: reader.read() or b"", b""))
        assert reader.read() is None
    with av.open(io.BytesIO(grown)) as film:
        assert sum(1 for _ in film.decode(video=0)) == job.facts["num_frames"]
    refused = engine.enqueue(asked("Hello there.", options=Options(result_format="gif")), Terms())
    assert refused.status == "done" and LIVE not in refused.artefacts


def test_half_of_what_was_watched_does_not_stay_beside_the_film(
    engine: InlineEngine, shop: Workshop, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talking.jobs.live._FileWriter.finish", lambda self: self.close())
    job = engine.enqueue(asked("Hello there."), Terms())
    folder = shop.storage.place(job.artefacts["video"])
    assert job.status == "done" and LIVE not in job.artefacts and folder is not None
    assert {path.name for path in folder.parent.iterdir()} == {
        Path(key).name for key in job.artefacts.values()
    }  # fmt: skip


def test_a_film_comes_with_captions_report_and_receipt(
    engine: InlineEngine, shop: Workshop, asked: Asked, small_portrait: Path
) -> None:
    request = asked(user_data="order 7", webhook="https://example.com/hook", options=Options(seed=7))
    job = engine.enqueue(request, Terms(owner="a"))
    assert (job.status, job.error, job.attempts, job.user_data) == ("done", "", 1, "order 7")
    files = files_of(job, shop)
    assert sorted(files) == ["receipt", "report", "srt", "video", "vtt"]
    path = shop.storage.path(job.artefacts["video"])
    assert path is not None
    facts = readback.probe(path)
    assert (facts.width, facts.height, facts.num_frames) == (
        job.facts["width"], job.facts["height"], job.facts["num_frames"],
    )  # fmt: skip
    receipt = json.loads(files["receipt"])
    assert receipt["request"] == request.document()
    assert (receipt["id"], receipt["seed"], receipt["engine"], receipt["attempts"]) == (job.id, 7, "mesh", 1)
    assert receipt["inputs"] == [
        {
            "name": "portrait",
            "sha256": hashlib.sha256(small_portrait.read_bytes()).hexdigest(),
            "size": small_portrait.stat().st_size,
        }
    ]
    for kind in ("video", "srt", "vtt", "report"):
        assert receipt["results"][kind]["sha256"] == hashlib.sha256(files[kind]).hexdigest()
    assert json.loads(files["report"])["user_data"] == "order 7"
    assert list(shop.work.iterdir()) == []


@pytest.mark.parametrize(
    ("fields", "kind", "sentence"),
    [
        ({"portrait": "nowhere.png"}, "BadImage", "There is no file called 'nowhere.png'"),
        ({"text": "   "}, "BadScript", ""),
        ({"voice": "espeak:klingonese"}, "Unknown", "klingonese"),
    ],
)
def test_what_cannot_be_made_ends_with_a_sentence(
    engine: InlineEngine, shop: Workshop, small_portrait: Path, fields: dict[str, str], kind: str, sentence: str
) -> None:
    request = Request(**{"portrait": str(small_portrait), "text": "Hi", "voice": "espeak:en-us", **fields})
    job = engine.enqueue(request)
    assert (job.status, job.error_kind, job.artefacts) == ("error", kind, {})
    assert sentence in job.error
    assert not shop.storage.has(f"results/{job.id}")


def test_a_job_may_have_less_time_than_the_worker_gives(engine: InlineEngine, asked: Asked) -> None:
    limited = engine.enqueue(asked(LONG), Terms(extra={MAX_SECONDS: 1.5}))
    assert (limited.status, limited.error_kind) == ("error", "BadScript")
    assert "allowed" in limited.error


def test_what_nobody_foresaw_is_logged_and_told_without_details(
    engine: InlineEngine,
    asked: Asked,
    shop: Workshop,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(shop.studio, "perform", lambda *_: 1 / 0)
    job = engine.enqueue(asked())
    assert (job.status, job.error_kind) == ("error", "Internal")
    assert "ZeroDivision" not in job.error
    assert "/" not in job.error
    assert job.id in caplog.text
    assert "ZeroDivisionError" in caplog.text


def make_until_filming(engine: InlineEngine, request: Request, until: Callable[..., None], terms: Terms) -> tuple:
    """A job that is being filmed in another thread, and the thread."""
    job_id = "tlk_" + hashlib.sha256(repr((request, terms)).encode()).hexdigest()[:20]
    thread = threading.Thread(target=lambda: engine.enqueue(request, terms, job_id))
    thread.start()
    until(lambda: (found := engine._shop.store.find(job_id)) and found.progress.done > 0, "frames are made")
    return job_id, thread


def test_canceling_stops_the_film_and_leaves_nothing(
    engine: InlineEngine, shop: Workshop, asked: Asked, until: Callable[..., None]
) -> None:
    id, thread = make_until_filming(engine, asked(LONG), until, Terms())
    canceled = engine.cancel(id)
    at_stop = engine.progress(id)
    thread.join(60)
    ended = engine.status(id)
    assert (canceled.status, ended.status) == ("canceled", "canceled")
    assert at_stop == ended.progress, "nothing was told after it was canceled"
    assert 0 < at_stop.done < at_stop.total
    assert list(shop.work.iterdir()) == []
    assert engine.cancel(id) == ended


def test_a_film_that_is_overdue_stops_timed_out(engine: InlineEngine, asked: Asked) -> None:
    job = engine.enqueue(asked(LONG), Terms(deadline_seconds=1.0))
    assert (job.status, job.artefacts) == ("timed_out", {})
    assert job.progress.stage != "store"


def test_a_key_used_again_makes_nothing_again(engine: InlineEngine, asked: Asked) -> None:
    terms = Terms(idempotency_key="once")
    first = engine.enqueue(asked("Hi."), terms)
    assert engine.enqueue(asked("Hi."), terms) == first
    assert first.attempts == 1


def test_a_job_that_ends_every_worker_is_not_tried_for_ever(shop: Workshop, asked: Asked) -> None:
    job, _ = shop.store.add(asked(), Terms())
    for number in range(MOST_ATTEMPTS):
        assert shop.store.begin(job.id, f"killed-{number}") is not None
    perform(job.id, shop)
    ended = shop.store.get(job.id)
    assert (ended.status, ended.error_kind) == ("error", "Internal")
    assert f"{MOST_ATTEMPTS} times" in ended.error


def test_a_storage_that_comes_back_gets_its_film(
    engine: InlineEngine, shop: Workshop, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Path(str(shop.storage._root))
    monkeypatch.setattr("talking.jobs.perform.PROGRESS_SECONDS", 0.02)
    kept.rename(kept.with_name("away"))
    kept.write_bytes(b"no folder")
    timer = threading.Timer(2.0, lambda: (kept.unlink(), kept.with_name("away").rename(kept)))
    timer.start()
    job = engine.enqueue(asked("Hi."))
    timer.join()
    assert job.status == "done"
    assert shop.storage.has(job.artefacts["video"])


def test_a_worker_that_leaves_gives_back_what_it_is_at(
    engine: InlineEngine, shop: Workshop, asked: Asked, until: Callable[..., None]
) -> None:
    caught: list[BaseException] = []
    job, _ = shop.store.add(asked(LONG), Terms())

    def work() -> None:
        try:
            perform(job.id, shop)
        except HandedBack as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: shop.store.get(job.id).progress.done > 0, "frames are made")
    shop.stopping.set()
    thread.join(60)
    shop.stopping.clear()
    waiting = engine.status(job.id)
    assert len(caught) == 1
    assert (waiting.status, waiting.attempts, waiting.progress) == ("created", 0, Progress())


def test_without_waiting_jobs_are_made_in_order_by_a_thread_of_their_own(
    tmp_path: Path, asked: Asked, until: Callable[..., None]
) -> None:
    made = workshop(Store(Database(sqlite_url(tmp_path))), Storage(str(tmp_path / "kept")), Limits(), tmp_path / "work")
    made.store.prepare()
    left, _ = made.store.add(asked("Left undone."), Terms())
    engine = InlineEngine(made, wait=False)
    jobs = [engine.enqueue(asked(text)) for text in ("One.", "Two.", LONG)]
    assert [job.status for job in jobs] == ["created"] * 3
    assert engine.cancel(jobs[1].id).status == "canceled"
    engine.start()
    until(lambda: engine.progress(jobs[2].id).done > 0, "the last is being filmed")
    ended = [engine.status(id) for id in (left.id, jobs[0].id, jobs[1].id)]
    assert [job.status for job in ended] == ["done", "done", "canceled"]
    assert ended[0].finished_ms is not None and ended[1].finished_ms is not None
    assert ended[0].finished_ms <= ended[1].finished_ms
    made.stopping.set()
    until(lambda: engine.status(jobs[2].id).status == "created", "the last waits again")
    engine.close()


def test_a_worker_that_cannot_wait_for_its_film_gives_it_back(
    shop: Workshop, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def busy(request: Request, *_: object) -> tuple[Request, tuple[()]]:
        begun.set()
        go_on.wait(60)
        return request, ()

    monkeypatch.setattr("talking.jobs.perform.gather", busy)
    job, _ = shop.store.add(asked("Hello there."), Terms())
    thread = threading.Thread(target=perform, args=(job.id, shop))
    thread.start()
    assert begun.wait(60)
    shop.give_back()
    for _ in range(2):  # the second time when it has gone on, which does not count
        waiting = shop.store.get(job.id)
        assert (waiting.status, waiting.attempts, waiting.progress) == ("created", 0, Progress())
        go_on.set()
        thread.join()
    assert not shop.under_way
    shop.store.cancel(job.id)
