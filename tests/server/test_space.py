"""A Space: the page's own launch serves page and routes, and films are made in the same process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from serving import wait

from talking.server.patience import MOST_CONNECTIONS

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_a_space_serves_page_and_routes_from_one_process(tmp_path: Path, small_portrait: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "SPACE_ID": "somebody/talking", "TALKING_PORT": str(port), "TALKING_HOST": "127.0.0.1",
        "TALKING_DATA": str(tmp_path), "TALKING_ALLOW_PRIVATE_URLS": "yes",
    }  # fmt: skip
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as asking:
            _until_open(asking, process)
            assert "gradio" in asking.get("/").text
            assert asking.get("/talks/nothing").json() == {"kind": "NotFoundError", "description": "not found"}
            assert asking.get("/readyz").json()["checks"]["worker"] == "ok"
            form = {"text": "Hello.", "voice": "espeak:en-us"}
            picture = {"portrait": small_portrait.read_bytes()}
            refused = asking.post("/api/talks", data={**form, "webhook": "http://127.0.0.1:9/"}, files=picture)
            assert (refused.status_code, "sends nothing out" in refused.json()["detail"]) == (400, True)
            id = asking.post("/api/talks", data=form, files=picture).json()["id"]
            film = wait(lambda: asking.get(f"/api/talks/{id}").json(), ("done", "error"))
            assert film["status"] == "done", film
            assert asking.get(film["links"]["video"]).content[4:8] == b"ftyp"
            for path in ("/gradio_api/file=/etc/passwd", f"/gradio_api/file={tmp_path}/secret.key"):
                assert asking.get(path).status_code == 403
            with ExitStack() as lines:
                for _ in range(MOST_CONNECTIONS):
                    lines.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
                assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=60).status_code == 503
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        log.close()


def _until_open(asking: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1800):
        assert process.poll() is None
        try:
            asking.get("/healthz")
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the Space did not open")
