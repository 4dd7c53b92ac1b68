"""A server as an operator runs it, with its worker beside it, and the clients of two keys."""

from __future__ import annotations

import http.server
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from serving import KEY, OTHER_KEY, VOICE, wait
from starlette.testclient import TestClient

from talking.server.app import create_app
from talking.settings import Settings


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps its log, its data, and what the page copies for its callers ("gradio")."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="session")
def server(server_folder: Path) -> Iterator[str]:
    """The address of a server of its own, started by its command."""
    folder = server_folder
    log = (folder / "log").open("wb")
    environment = {
        **os.environ,
        "TALKING_API_KEYS": f"{KEY} {OTHER_KEY}",
        "TALKING_ALLOW_PRIVATE_URLS": "yes",
        "GRADIO_TEMP_DIR": str(folder / "gradio"),
    }
    command = [sys.executable, "-m", "talking", "serve", "--port", "0", "--data", str(folder / "data")]
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield _address(process, folder / "log")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        log.close()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(1800):
        found = re.search(r"serving at (http://\S+)", text := log.read_text(encoding="utf-8"))
        if found and "startup complete" in text:
            return found.group(1)
        assert process.poll() is None, text
        time.sleep(0.1)
    raise AssertionError(text)


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    """Asks with the first key."""
    with httpx.Client(base_url=server, headers={"Authorization": f"Basic {KEY}"}, timeout=60) as asking:
        yield asking


@pytest.fixture
def other_client(server: str) -> Iterator[httpx.Client]:
    """Asks with the second key."""
    with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {OTHER_KEY}"}, timeout=60) as asking:
        yield asking


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[TestClient]:
    """Asks a server of its own without keys, page and worker: what it takes in waits for ever."""
    app = create_app(Settings(data=tmp_path, private_urls=True), worker=False, page=False)
    with TestClient(app, base_url="http://localhost:7860", raise_server_exceptions=False) as asking:
        yield asking


@pytest.fixture(scope="session")
def spoken_mp3(spoken_file: Path) -> bytes:
    """The spoken file as MP3."""
    file = BytesIO()
    with av.open(str(spoken_file)) as sound, av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=sound.streams.audio[0].rate)
        for frame in sound.decode(audio=0):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


@pytest.fixture(scope="session")
def picture_host(small_portrait: Path, spoken_mp3: bytes) -> Iterator[str]:
    """The address of a picture on a server of somebody else's, without an ending and with a query; it has /audio.mp3,
    too.
    """
    picture = small_portrait.read_bytes()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = spoken_mp3 if self.path == "/audio.mp3" else picture
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as host:
        thread = threading.Thread(target=host.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{host.server_port}/image?size=small"
        host.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def finished_talk(server: str, picture_host: str) -> dict[str, Any]:
    """The first example of the hosted service's page, made: all that is told of it."""
    body = {
        "source_url": picture_host,
        "script": {"type": "text", "input": "Hello world!", "provider": VOICE},
        "driver_url": "bank://lively/",
        "user_data": "order 7",
    }
    with httpx.Client(base_url=server, headers={"Authorization": f"Basic {KEY}"}, timeout=60) as asking:
        created = asking.post("/talks", json=body)
        assert created.status_code == 201, created.text
        id = created.json()["id"]
        told = wait(lambda: asking.get(f"/talks/{id}").json(), ("done", "error"))
    assert told["status"] == "done", told
    return {"created": created.json(), **told}
