"""Long films in chunks: the film is the one that is made in one go, whoever draws them and whatever happens to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import PIL.Image
import pytest

from talking.errors import Unavailable
from talking.jobs import Database, Job, Terms, sqlite_url
from talking.jobs.chunks import Chunk, Chunks
from talking.jobs.fan import Fan
from talking.jobs.helper import help_out
from talking.jobs.inline import InlineEngine
from talking.jobs.lease import Leases
from talking.jobs.perform import Workshop, perform, workshop
from talking.jobs.store import Store
from talking.jobs.teller import HandedBack
from talking.media import readback
from talking.pipeline import Limits, Studio
from talking.pipeline.shoot import Shoot, spans
from talking.request import Logo, Options, Request
from talking.storage import Storage

Asked = Callable[..., Request]
SAID = "Bob, my map."
CHUNK = 0.4


class Company:
    """Other workers that come at once when they are called, and work while the caller waits."""

    def __init__(self, there: int = 2) -> None:
        self.there = there
        self.other: Workshop | None = None
        self.dismissed: list[str] = []

    def alive(self) -> int:
        return self.there

    def call(self, job: Job, most: int) -> None:
        if most and self.other is not None:
            help_out(job.id, self.other)

    def dismiss(self, job: str) -> None:
        self.dismissed.append(job)


class Hall:
    """A database and a storage, and workers at them, each with a folder of its own; they take turns in a `studio`."""

    def __init__(self, folder: Path, company: Company, studio: Studio) -> None:
        self.folder, self.company, self.studio = folder, company, studio
        self.store = Store(Database(sqlite_url(folder)))
        self.storage = Storage(str(folder / "kept"))
        self.store.prepare()
        self.chunks = Chunks(self.store.database, 30.0)
        self.leases = Leases(self.store.database)

    def shop(self, name: str, seconds: float = CHUNK) -> Workshop:
        self.leases.beat(name)
        fan = Fan(self.chunks, self.storage, self.company, name, seconds)
        return replace(
            workshop(self.store, self.storage, Limits(), self.folder / name, fan=fan), studio=self.studio
        )  # fmt: skip

    def path(self, job: Job, kind: str = "video") -> Path:
        found = self.storage.path(job.artefacts[kind])
        assert found is not None
        return found

    def report(self, job: Job) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.path(job, "report").read_text())
        return report


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Known portraits and warm processes are kept between films: half of the work of short ones."""
    with Studio(Limits(inbox=tmp_path_factory.getbasetemp(), processes=1)) as made:
        yield made


@pytest.fixture(scope="module")
def small_portrait(portrait_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As small as a face may be: nothing here is about how it looks."""
    path = tmp_path_factory.mktemp("portrait") / "tiny.png"
    with PIL.Image.open(portrait_path) as picture:
        picture.resize((160, 188), PIL.Image.Resampling.LANCZOS).save(path)
    return path


@pytest.fixture
def hall(tmp_path: Path, studio: Studio) -> Iterator[Hall]:
    made = Hall(tmp_path, Company(), studio)
    yield made
    made.store.database.close()


def luma(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        return np.stack([frame.to_ndarray(format="gray").astype(np.int16) for frame in film.decode(video=0)])


def sound(path: Path) -> list[bytes]:
    with av.open(str(path)) as film:
        return [bytes(packet) for packet in film.demux(film.streams.audio[0]) if packet.size]


def test_a_film_in_chunks_is_the_film_made_in_one_go(hall: Hall, asked: Asked) -> None:
    request = asked(SAID, name="Mum", options=Options(seed=7, captions="burnt"))
    whole = InlineEngine(hall.shop("one", seconds=0)).enqueue(request)
    told: list[tuple[str, int, int]] = []
    shop = hall.shop("two")
    publish = hall.store.publish
    hall.store.publish = lambda id, attempt, progress: (  # type: ignore[method-assign]
        told.append((progress.stage, progress.done, progress.total)) or publish(id, attempt, progress)
    )
    split = InlineEngine(shop).enqueue(request)
    assert (whole.status, split.status) == ("done", "done")

    cuts = spans(split.facts["num_frames"], CHUNK)
    assert hall.report(split)["chunks"] == {"number": len(cuts), "by_others": 0}
    assert "chunks" not in hall.report(whole)
    one, other = hall.path(whole), hall.path(split)
    assert readback.probe(other) == readback.probe(one)
    assert sound(other) == sound(one)
    assert hall.path(split, "srt").read_text() == hall.path(whole, "srt").read_text()
    judged = [hall.report(job)["quality"] for job in (whole, split)]
    assert list(judged[0]) == list(judged[1])

    frames, expected = luma(other), luma(one)
    assert np.abs(frames - expected).mean(axis=(1, 2)).max() < 4
    steps = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2))
    seams = [first - 1 for first, _ in cuts[1:]]
    inside = np.delete(steps, seams)
    assert steps[seams].max() <= 1.2 * inside.max()  # the encoder begins anew, and the film is short

    film = [done for stage, done, total in told if stage == "film" and total]
    assert film == sorted(film)
    assert {total for stage, _, total in told if stage == "film"} == {split.facts["num_frames"]}
    assert hall.chunks.of(split.id) == ()
    assert not (hall.folder / "kept" / "chunks" / split.id).exists()
    assert hall.company.dismissed == [split.id]


def test_others_draw_the_same_and_what_is_gone_of_it_is_drawn_again(
    hall: Hall, asked: Asked, portrait_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(SAID, options=Options(seed=3, logo=Logo(str(portrait_path), (4, 4))))
    alone = InlineEngine(hall.shop("one")).enqueue(request)
    hall.company.other = hall.shop("two")
    finish, lost = hall.chunks.finish, list[str]()

    def finish_and_lose(chunk: Chunk, key: str) -> bool:
        counts = finish(chunk, key)
        if not lost:
            lost.append(key)
            hall.storage.delete(key)
        return counts

    monkeypatch.setattr(hall.chunks, "finish", finish_and_lose)
    helped = InlineEngine(hall.shop("three")).enqueue(request)
    number = len(spans(alone.facts["num_frames"], CHUNK))
    assert hall.report(alone)["chunks"] == {"number": number, "by_others": 0}
    assert hall.report(helped)["chunks"]["by_others"] >= number - 1
    assert len(lost) == 1
    # The encoder decides by its threads' timing, so two runs of one film differ by a level here and there.
    seen, wanted = luma(hall.path(helped)), luma(hall.path(alone))
    assert seen.shape == wanted.shape
    assert np.abs(seen - wanted).mean(axis=(1, 2)).max() < 0.5
    assert sound(hall.path(helped)) == sound(hall.path(alone))
    assert list((hall.folder / "two").iterdir()) == []


def test_what_another_worker_cannot_draw_this_one_draws(
    hall: Hall, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = Studio(Limits(processes=1))

    def refused(*_: object) -> None:
        raise Unavailable("not here")

    monkeypatch.setattr(refusing, "rehearse", refused)
    hall.company.other = replace(hall.shop("two"), studio=refusing)
    job = InlineEngine(hall.shop("one")).enqueue(asked(SAID))
    assert job.status == "done"
    assert hall.report(job)["chunks"]["by_others"] == 0
    assert readback.probe(hall.path(job)).num_frames == job.facts["num_frames"]


def test_a_film_that_was_given_back_goes_on_where_it_was(
    hall: Hall, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = hall.shop("one")
    finish = hall.chunks.finish

    def finish_and_leave(chunk: Chunk, key: str) -> bool:
        shop.stopping.set()
        return finish(chunk, key)

    with monkeypatch.context() as patch:
        patch.setattr(hall.chunks, "finish", finish_and_leave)
        with pytest.raises(HandedBack):
            InlineEngine(shop).enqueue(asked(SAID), id="tlk_givenback")
    left = hall.chunks.of("tlk_givenback")
    done = sum(chunk.state == "done" for chunk in left)  # more than one where drawing is quicker than looking up
    assert done
    assert [(chunk.state, chunk.attempts) for chunk in left] == [("done", 1)] * done + [("waiting", 0)] * (
        len(left) - done
    )
    perform("tlk_givenback", hall.shop("two"))
    job = hall.store.get("tlk_givenback")
    assert (job.status, job.attempts) == ("done", 1)
    assert hall.report(job)["chunks"] == {"number": len(left), "by_others": done}
    assert readback.probe(hall.path(job)).num_frames == job.facts["num_frames"]


def test_canceling_ends_whoever_draws_and_leaves_nothing(
    hall: Hall, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.company.other = hall.shop("two")
    tell, drew = hall.chunks.tell, list[int]()

    def cancel(chunk: Chunk, frames: int) -> bool:
        if frames:
            drew.append(frames)
            hall.store.cancel(chunk.job)
        return tell(chunk, frames)

    monkeypatch.setattr(hall.chunks, "tell", cancel)
    job = InlineEngine(hall.shop("one")).enqueue(asked(SAID))
    assert (job.status, len(drew)) == ("canceled", 1)
    assert hall.chunks.of(job.id) == ()
    assert not (hall.folder / "kept" / "chunks" / job.id).exists()


@dataclass(frozen=True)
class Planned:
    """What a crew looks at before it draws anything."""

    num_frames: int = 75
    divisible: bool = True


@pytest.mark.parametrize(
    ("shoot", "there", "seconds"),
    [(Planned(divisible=False), 2, 1.0), (Planned(), 1, 1.0), (Planned(), 2, 60.0), (Planned(), 2, 0.0)],
    ids=["one that cannot be joined", "nobody else is there", "a short one", "switched off"],
)
def test_films_that_are_made_in_one_go(hall: Hall, asked: Asked, shoot: Any, there: int, seconds: float) -> None:
    hall.company.there = there
    shop = hall.shop("one", seconds)
    assert shop.fan is not None
    job, _ = hall.store.add(asked(), Terms())
    crew = shop.fan.crew(job, asked(), shop.work, lambda *_: None, 3)
    assert crew.parts(shoot) is None
    assert crew.facts() == {}


@pytest.mark.parametrize(
    ("engine", "form", "footage", "divisible"),
    [("mesh", "mp4", None, True), ("mesh", "gif", None, False), ("mesh", "mp4", "sea.mp4", False),
     ("musetalk", "mp4", None, False)],
)  # fmt: skip
def test_what_can_be_drawn_in_stretches(engine: str, form: str, footage: str | None, divisible: bool) -> None:
    scene: Any = SimpleNamespace(footage=footage, transparent=False)
    rest: Any = None
    assert Shoot(scene, rest, rest, rest, engine, form, 0).divisible == divisible
