"""Requests and files that are wrong in every way harm nobody; `benchmarks/fuzz.py` sends thousands of them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from broken_media import PICTURES, SOUNDS, broken, originals
from malformed import attempts, faults_in
from starlette.testclient import TestClient

from talking.compose import footage
from talking.errors import TalkingError
from talking.media import audio, confined, image
from talking.server.app import create_app
from talking.settings import Settings

PATIENCE = 10.0
"""Seconds that an answer may take; a proof that nothing hangs, not a measure of speed."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("around") / "data"


@pytest.fixture(scope="module")
def asking(data: Path) -> Iterator[TestClient]:
    app = create_app(Settings(data=data, max_waiting=100_000), worker=False, page=False)
    with TestClient(app, base_url="http://localhost:7860", raise_server_exceptions=False) as client:
        yield client


def test_malformed_requests_are_refused_and_nothing_else(asking: TestClient, data: Path) -> None:
    statuses = set()
    for number, attempt in enumerate(attempts(11, 168)):
        began = time.monotonic()
        answer = attempt.send(asking)
        faults = list(faults_in(answer, time.monotonic() - began, PATIENCE))
        assert not faults, (number, attempt.name, faults)
        statuses.add(answer.status_code)
    assert {201, 400, 404, 415, 422} <= statuses
    assert asking.get("/healthz").status_code == 200
    assert [entry.name for entry in data.parent.iterdir()] == ["data"]
    assert {entry.name for entry in data.iterdir()} <= {
        *("secret.key", "storage", "work", "talking.sqlite", "talking.sqlite-wal", "talking.sqlite-shm"),
    }


@pytest.fixture(scope="module")
def _in_a_child() -> Iterator[None]:
    confined.begin()
    yield
    confined.end()


@pytest.mark.usefixtures("_in_a_child")
def test_broken_files_are_refused_where_films_are_made() -> None:
    chance = random.Random(5)
    reads = {"picture": image.load, "logo": image.load_clear, "sound": audio.load, "background": footage.check_footage}
    kinds = {"picture": PICTURES, "logo": PICTURES, "sound": SOUNDS, "background": SOUNDS}
    refused = taken = 0
    for number in range(120):
        what = list(reads)[number % 4]
        way, bytes_ = broken(chance, chance.choice(kinds[what]))
        try:
            reads[what](bytes_)
            taken += 1
        except TalkingError as error:
            assert "/" not in str(error).replace("M4A/AAC", ""), (what, way, str(error))
            refused += 1
    assert refused > 50 and taken > 3


@pytest.mark.usefixtures("_in_a_child")
def test_the_files_before_they_are_broken_are_good() -> None:
    good = originals()
    assert image.load(good["large png"]).size == (512, 512)
    assert image.load_clear(good["webp"]).shape == (96, 96, 4)
    for kind in ("wav", "mp3", "flac", "ogg", "m4a"):
        assert audio.load(good[kind]).duration == pytest.approx(0.5, abs=0.06), kind
    for kind in ("mp4", "webm"):
        assert footage.check_footage(good[kind]) == ()
