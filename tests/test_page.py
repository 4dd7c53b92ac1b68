"""The endpoints of the page through a real client, and past every client, served by `python app.py`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from house import ROOT, House

from talking.media import readback

MOST_SECONDS = 90.0
"""For which a test waits: machines that build are busy."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page of its own, started as the README says."""
    with House(tmp_path_factory.mktemp("page")) as house:
        yield house.address
    assert "a request failed" not in house.log.read_text()  # what we log of errors that nobody foresaw


@pytest.fixture(scope="module")
def client(address: str) -> Any:
    from gradio_client import Client

    return Client(address, verbose=False)


def test_a_client_gets_video_captions_and_report(client: Any, small_portrait: Path) -> None:
    from gradio_client import handle_file

    video, captions, report = client.predict(
        handle_file(str(small_portrait)), "Hello there.", None, "espeak:en-us", {"seed": 3}, api_name="/generate"
    )
    facts = readback.probe(Path(video["video"] if isinstance(video, dict) else video))
    assert (facts.fps, facts.width, facts.height) == (25, 256, 300)
    assert "Hello there." in Path(captions).read_text(encoding="utf-8")
    assert report["seed"] == 3
    assert report["num_frames"] == facts.num_frames


def test_a_client_sends_a_recording(client: Any, small_portrait: Path, spoken_file: Path) -> None:
    from gradio_client import handle_file

    _, captions, report = client.predict(
        portrait=handle_file(str(small_portrait)), audio=handle_file(str(spoken_file)), api_name="/generate"
    )
    assert captions is None
    assert report["lips_known_from"] == "sound"


@pytest.mark.parametrize(
    ("text", "voice", "options", "message"),
    [
        ("", "auto", None, "The text is empty"),
        ("Hello", "nobody-at-all", None, "no voice called 'nobody-at-all'"),
        ("Hello", "espeak:en-us", {"sed": 1}, "no option called 'sed'. Did you mean seed"),
        ("Hello", "espeak:en-us", {"knobs": {"moth": 1}}, "called 'moth'. Did you mean mouth?"),
    ],
)
def test_a_client_is_told_what_is_wrong(
    client: Any, small_portrait: Path, text: str, voice: str, options: Any, message: str
) -> None:
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match=message):
        client.predict(handle_file(str(small_portrait)), text, None, voice, options, api_name="/generate")


def test_a_client_is_told_of_files_that_are_missing_or_no_pictures(client: Any, spoken_file: Path) -> None:
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match="There is no portrait yet: choose a picture of a face first"):
        client.predict(None, "Hello.", api_name="/generate")
    with pytest.raises(AppError, match="Send one of: jpg, png, webp"):
        client.predict(handle_file(str(spoken_file)), "Hello.", api_name="/generate")


def test_a_client_follows_its_films_and_cancels_one_of_them(client: Any, address: str, small_portrait: Path) -> None:
    first = _submitted(client, small_portrait, "A film that is far too long to wait for. " * 200)
    _awaited(lambda: "Filming" in _told_of(first))
    second = _submitted(client, small_portrait, "Bye.")
    _awaited(lambda: "Waiting for one film before this one" in _told_of(second))
    _awaited(lambda: re.search(r"Filming: \d+%, about .+ left, at .+ frames per second", _told_of(first)))
    shown = first.status().progress_data[-1]
    assert 0 <= shown.index < shown.length and shown.unit == "frames"
    waiting, running = _newest(address, 2)
    assert (waiting["text"], running["status"]) == ("Bye.", "started")
    assert first.cancel()
    _awaited(lambda: _newest(address, 2)[1]["status"] == "canceled", 15)
    assert first.status().code.name == "CANCELLED"
    assert second.result(timeout=MOST_SECONDS)[2]["num_frames"] > 0, "another call of the same client goes on"


def _submitted(client: Any, portrait: Path, text: str) -> Any:
    from gradio_client import handle_file

    return client.submit(handle_file(str(portrait)), text, None, "espeak:en-us", api_name="/generate")


def _told_of(job: Any) -> str:
    """What the client was last told of a film."""
    told = job.status().progress_data
    return str(told[-1].desc) if told else ""


def _newest(address: str, count: int) -> list[dict[str, Any]]:
    import httpx

    talks = httpx.get(f"{address}/api/talks?limit={count}", timeout=30).json()["talks"]
    return [{"text": each["request"]["text"], "status": each["status"]} for each in talks]


def _awaited(condition: Callable[[], object], seconds: float = MOST_SECONDS) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not come to that"
        time.sleep(0.1)


def test_nothing_but_the_four_calls_is_public(client: Any) -> None:
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert {name: [each["parameter_name"] for each in call["parameters"]] for name, call in named.items()} == {
        "/generate": ["portrait", "text", "audio", "voice", "options"],
        "/voices": ["language", "provider"],
        "/faces": ["portrait"],
        "/preview": ["portrait", "face"],
    }


def test_a_client_lists_voices_finds_faces_and_looks_ahead(client: Any, small_portrait: Path) -> None:
    from gradio_client import handle_file

    voices = client.predict("de", "espeak", api_name="/voices")
    assert {"id": "espeak:de+adam", "language": "de"}.items() <= voices[1].items()
    found = client.predict(handle_file(str(small_portrait)), api_name="/faces")
    assert (found["width"], found["height"], len(found["faces"])) == (256, 300, 1)
    assert Path(client.predict(handle_file(str(small_portrait)), api_name="/preview")).read_bytes()[:2] == b"\xff\xd8"


def test_a_taken_port_is_told_in_one_line(address: str) -> None:
    env = {**os.environ, "TALKING_PORT": address.rsplit(":", 1)[1], "TALKING_LOG_LEVEL": "WARNING"}
    done = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "TALKING_PORT" in line


def test_nothing_of_the_server_is_told_to_strangers(address: str) -> None:
    import httpx

    config = httpx.get(f"{address}/config", timeout=20).json()
    stranger = {"path": "x", "url": "http://127.0.0.1:9/x.png", "meta": {"_type": "gradio.FileData"}}
    hostile: list[list[Any]] = [
        [stranger, "text", "Hi", None, "auto", 0],
        [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, "Hi", None, "auto", None],
        [],
        ["a string", "Hi", None, "auto", None],
        [None, "text", "Hi", None, "auto", "abc"],
        [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, -1e300, ["text"], {}, [], {}],
    ]
    events: list[Any] = [None, {"id": "../../etc"}, {"id": 7, "index": "x", "path": "/etc/passwd"}, {"path": "a\0b"}, 7]
    for index, dependency in enumerate(config["dependencies"]):
        whole = [None] * len(dependency["inputs"])
        calls = [(data, None) for data in hostile] + [(whole, event) for event in events]
        for number, (data, event) in enumerate(calls):
            told = told_by_the_queue(address, index, data, f"s{index}x{number}", event)
            told = told.replace(
                "File /etc/passwd is not in the cache folder", ""
            )  # Gradio says back what was asked for
            for secret in (str(ROOT), "/etc/passwd", "/tmp/", "Traceback", "object at 0x", "pydantic"):
                assert secret not in told, f"{dependency['api_name']}: {told[:300]}"
    assert httpx.get(f"{address}/gradio_api/file=/etc/passwd", timeout=20).status_code in (403, 404)


def told_by_the_queue(address: str, index: int, data: list[Any], session: str, event: Any = None) -> str:
    """Everything the server answers when a handler is called by number, past the page and its client."""
    import httpx

    body = {"data": data, "fn_index": index, "session_hash": session, "event_data": event}
    joined = httpx.post(f"{address}/gradio_api/queue/join", json=body, timeout=20)
    told = joined.text
    if joined.status_code != 200:
        return told
    url = f"{address}/gradio_api/queue/data?session_hash={session}"
    with httpx.stream("GET", url, timeout=60) as lines:
        for line in lines.iter_lines():
            told += line
            if "process_completed" in line or "close_stream" in line:
                return told
    return told
