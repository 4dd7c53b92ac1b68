"""Weights fetched through /api/checkpoints, from a hub of this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hub_server import Hub, serving

from talking.checkpoints import CHECKPOINTS, is_here
from talking.checkpoints import hub as hubs
from talking.server.app import create_app
from talking.server.pulls import Pulls
from talking.settings import Settings

UNET = bytes(range(256)) * 800
REPO = CHECKPOINTS["musetalk"].repo
FILES = {"musetalkV15/unet.pth": UNET, "musetalkV15/musetalk.json": b"{}"}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 30_000)
    with serving(Hub({REPO: [FILES]}, licence="creativeml-openrail-m")) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, hub: Hub) -> Settings:
    return Settings(data=tmp_path / "data", checkpoints=tmp_path / "weights", hub=hub.address)


def asking(settings: Settings) -> TestClient:
    app = create_app(settings, worker=False, page=False)
    return TestClient(app, base_url="http://localhost:7860", raise_server_exceptions=False)


def until(told: Callable[[], Any]) -> Any:
    for _ in range(400):
        if (found := told()) is not None:
            return found
        time.sleep(0.02)
    raise AssertionError("it never came so far")


def ended(client: TestClient, name: str = "musetalk") -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"/api/checkpoints/{name}").json()
        return found if found["fetch"] and found["fetch"]["state"] in ("done", "failed", "canceled") else None

    return until(look)  # type: ignore[no-any-return]


def test_a_set_is_told_of_fetched_and_then_here(settings: Settings) -> None:
    with asking(settings) as client:
        told = {each["name"]: each for each in client.get("/api/checkpoints").json()}
        assert list(told) == list(CHECKPOINTS)
        assert told["musetalk"]["licence"] == "CreativeML-OpenRAIL-M" and told["musetalk"]["fetchable"]
        assert not told["wav2lip"]["fetchable"] and told["wav2lip"]["commercial"] == "no"
        begun = client.post("/api/checkpoints/musetalk/pull")
        assert begun.status_code == 202 and begun.json()["fetch"]["state"] in ("waiting", "fetching", "done")
        found = ended(client)
        size = len(UNET) + 2
        assert found["fetch"] == {"state": "done", "done": size, "total": size, "eta_seconds": None, "error": None}
        assert (found["state"], found["fetchable"]) == ("here", False)
        assert found["bytes"] >= size
        assert client.post("/api/checkpoints/musetalk/pull").status_code == 202, "again: nothing to do"
    assert is_here("musetalk", settings.checkpoints)


def test_what_cannot_be_fetched_is_told_in_words(settings: Settings, hub: Hub) -> None:
    with asking(settings) as client:
        own = client.post("/api/checkpoints/wav2lip/pull")
        assert own.status_code == 400 and "never fetched" in own.json()["detail"]
        unknown = client.post("/api/checkpoints/musetalc/pull")
        assert unknown.status_code == 404 and "musetalk" in unknown.json()["detail"]
        hub.repos.clear()
        client.post("/api/checkpoints/musetalk/pull")
        found = ended(client)
        assert found["fetch"]["state"] == "failed" and "The hub has no checkpoint" in found["fetch"]["error"]
        assert found["fetchable"], "it can be tried again"


@pytest.mark.parametrize("change", [{"space": True}, {"allow_pulls": False}])
def test_a_space_and_a_server_that_may_not_fetch_nothing(settings: Settings, hub: Hub, change: dict[str, bool]) -> None:
    with asking(replace(settings, **change)) as client:  # type: ignore[arg-type]
        refused = client.post("/api/checkpoints/musetalk/pull")
        assert refused.status_code == 403 and "talking checkpoints pull musetalk" in refused.json()["detail"]
        assert not any(each["fetchable"] for each in client.get("/api/checkpoints").json())
    assert hub.asked == []


def test_strangers_fetch_nothing(settings: Settings, hub: Hub) -> None:
    with asking(replace(settings, api_keys=("secret",))) as client:
        assert client.post("/api/checkpoints/musetalk/pull").status_code == 401
    assert hub.asked == []


def test_a_fetch_is_stopped_and_gone_on_with(settings: Settings, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go = threading.Event(), threading.Event()
    real = hubs.fetch

    def slow(*arguments: Any) -> None:
        *front, tell = arguments

        def told(name: str, done: int, total: int) -> None:
            tell(name, done, total)
            if 60_000 < done < total and not go.is_set():
                reached.set()
                go.wait(20)

        real(*front, told)

    monkeypatch.setattr(hubs, "fetch", slow)
    pulls = Pulls(settings.checkpoints, hub.address)
    try:
        pulls.start("musetalk")
        assert reached.wait(20)
        going = pulls.look("musetalk")
        assert going is not None and going.state == "fetching" and 60_000 < going.done < going.total == len(UNET) + 2
        assert pulls.start("musetalk").state == "fetching", "nobody begins it twice"
        pulls.start("sd-vae-ft-mse")
        canceled = pulls.cancel("sd-vae-ft-mse")
        assert canceled is not None and canceled.state == "canceled", "while it waited"
        assert pulls.cancel("musetalk") == pulls.look("musetalk")
        go.set()
        assert pulls.start("musetalk").state == "waiting"
        until(lambda: ((each := pulls.look("musetalk")) and each.state == "done") or None)
    finally:
        go.set()
        pulls.close()
    assert is_here("musetalk", settings.checkpoints)
    assert any(each.startswith("musetalkV15/unet.pth bytes=") for each in hub.ranges), "it went on where it stopped"
