"""What the chaos program looks at: it finds lost jobs, jobs that are there twice, and films that lack frames."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from fsspec.implementations.local import LocalFileSystem

from talking.jobs import Job, Terms
from talking.jobs.store import Store
from talking.request import Request

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from rig import checks
from rig.asker import Asked, Plan, plans

RATE = 48_000


def taken(store: Store, plan: Plan) -> Job:
    return store.add(Request("a.png", text="Hi"), Terms(idempotency_key=plan.key))[0]


def film(frames: int, seconds: float) -> bytes:
    """An MP4 of so many frames, and sound of such a length."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        video, audio = out.add_stream("libx264", rate=25), out.add_stream("aac", rate=RATE)
        video.width = video.height = 64
        for number in range(frames):
            picture = np.full((64, 64, 3), number, np.uint8)
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(video.encode(None))
        tone = av.AudioFrame.from_ndarray(np.zeros((1, round(seconds * RATE)), np.float32), "fltp", "mono")
        tone.rate = RATE
        out.mux(audio.encode(tone))
        out.mux(audio.encode(None))
    return file.getvalue()


def test_jobs_that_are_lost_or_strange_are_found(store: Store) -> None:
    first, second, third = (Plan(number, "native", 800) for number in range(3))
    kept = taken(store, first)
    asked = [Asked(first, kept.id, 0.0), Asked(second, "tlk_lost", 0.0)]
    told: dict[str, Any] = {each.id: {"status": "done", "attempts": 1, "error": None} for each in asked}
    assert checks.jobs(asked[:1], told, store.database).faults == ()
    taken(store, third)
    told[kept.id] |= {"status": "error", "error": {"kind": "Internal"}}
    assert checks.jobs(asked, told, store.database).faults == (
        "order-1 was acknowledged and is lost",
        "order-2 was never acknowledged and is there",
        f"{kept.id} (native) ended as error: {{'kind': 'Internal'}}",
    )


@pytest.mark.parametrize(
    ("frames", "seconds", "wrong"), [(20, 0.78, ""), (19, 0.78, "has 19 frames"), (20, 0.5, "s of sound")]
)  # fmt: skip
def test_films_that_are_not_whole_are_found(frames: int, seconds: float, wrong: str) -> None:
    data = film(frames, seconds)
    plan = Plan(0, "native", 800, frames=20)
    answer: Any = SimpleNamespace(until=lambda _: data)
    shown = {"num_frames": 20, "duration": 0.8, "bytes": len(data)}
    told = {"tlk_a": {"status": "done", "film": shown, "links": {"video": "http://here/a.mp4"}}}
    found: Any = checks.films([Asked(plan, "tlk_a", 0.0)], told, answer)
    assert bool(found.faults) == bool(wrong)
    assert all(wrong in fault for fault in found.faults[:1])


def test_a_film_that_cannot_be_decoded_is_found() -> None:
    told = {"tlk_a": {"status": "done", "film": {}, "links": {"video": "http://here/a.mp4"}}}
    answer: Any = SimpleNamespace(until=lambda _: film(20, 0.8)[:800])
    found = checks.films([Asked(Plan(0, "native", 800), "tlk_a", 0.0)], told, answer)
    assert "cannot be decoded" in found.faults[0]


def test_half_a_file_is_found_unless_a_web_was_killed_at_an_upload(store: Store, tmp_path: Path) -> None:
    root = tmp_path / "storage"
    for name in ("uploads/20300101/open/aud_1/.12ab.part", "uploads/20300101/open/aud_2/a.wav"):
        (root / name).parent.mkdir(parents=True)
        (root / name).touch()

    def faults(kills: int) -> tuple[str, ...]:
        return checks.stored(store.database, LocalFileSystem(), str(root), kills).faults

    assert faults(0) == ("uploads/20300101/open/aud_1/.12ab.part is half a file",)
    assert faults(1) == ()
    (root / "results" / "tlk_1").mkdir(parents=True)
    (root / "results" / "tlk_1" / ".34cd.part").touch()
    assert "results/tlk_1/.34cd.part is half a file" in faults(9)


def test_the_same_seed_asks_for_the_same_jobs_of_all_kinds() -> None:
    asked = list(plans(200, 1))
    assert asked == list(plans(200, 1))
    assert {plan.kind for plan in asked} == {
        "did text", "did sound", "mirako", "native", "native form", "no face", "canceled", "poor sound",
    }  # fmt: skip
