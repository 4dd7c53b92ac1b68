"""The player of the guide in a real browser, on a page of another site: it shows a film that is still being made."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from house import chromium, needs_browser
from serving import wait

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"
SENTENCE = "This film is long enough to be watched while it is being made. "

_NOTE = "addEventListener('playing', () => { window.began ??= Date.now(); }, true)"


@pytest.fixture
def page_of_others() -> Iterator[str]:
    """The address of the guide's page, on a server of somebody else's."""
    found = re.search(r"```html\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    data = found.group(1).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path.startswith("/?") else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(data if self.path.startswith("/?") else b"")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as host:
        thread = threading.Thread(target=host.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{host.server_port}/"
        host.shutdown()
        thread.join()


@needs_browser
def test_a_film_plays_before_it_is_done(client: httpx.Client, small_portrait: Path, page_of_others: str) -> None:
    with chromium() as browser:
        page = browser.new_page()
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.add_init_script(_NOTE)
        told = client.post(
            "/api/talks",
            files={"portrait": small_portrait.read_bytes()},
            data={"voice": "espeak:en-us", "text": SENTENCE * 4},
        ).json()
        page.goto(f"{page_of_others}?live={quote(told['links']['live'], safe='')}")
        page.wait_for_function("window.began", timeout=60_000)
        done = wait(lambda: client.get(f"/api/talks/{told['id']}").json(), ("done", "error"))
        assert page.evaluate("window.began") / 1000 < datetime.fromisoformat(done["finished_at"]).timestamp()
        seconds = page.evaluate("document.getElementById('film').duration")
        assert seconds == pytest.approx(done["film"]["duration"], abs=0.1)
        page.evaluate("document.getElementById('film').playbackRate = 16")
        page.wait_for_function("document.getElementById('film').ended", timeout=60_000)
        video = page.evaluate(
            "(film => [film.videoWidth, film.videoHeight, film.error])(document.getElementById('film'))"
        )
        assert video == [done["film"]["width"], done["film"]["height"], None]
    assert faults == []
