"""What the tests of the Studio share: a server of its own, one browser, and tabs that tell of every fault."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
WORDS = "What should it say?"
SECONDS = 90_000
"""Milliseconds for which a test waits: machines that build are busy."""

needs_browser = pytest.mark.skipif(
    BROWSER is None and not os.environ.get("NOTHING_LEFT_OUT"), reason="left out: there is no Chromium on this machine"
)


class House:
    """A server that can be killed and started again at its address."""

    def __init__(self, folder: Path, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log.txt"
        self._settings = {"TALKING_DATA": str(folder / "data"), "GRADIO_TEMP_DIR": str(folder / "gradio"), **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        env = {**os.environ, "TALKING_PORT": str(self.port), "TALKING_LOG_LEVEL": "WARNING", **self._settings}
        with self.log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=env, stdout=file, stderr=subprocess.STDOUT
            )
        for _ in range(900):
            assert self._process.poll() is None, self.log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError("the server did not start within ninety seconds")

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, or kill it."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(30)


class Visit:
    """A tab on the Studio. What goes wrong in it is in `faults`: console errors, and requests to anywhere else."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.faults: list[str] = []
        page.set_default_timeout(SECONDS)
        page.on("console", lambda message: self._heard(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._heard(str(error)))
        page.on("request", lambda request: self._asked(request.url))

    def _heard(self, text: str) -> None:
        self.faults.append(text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.faults.append(url)

    def open(self, fragment: str = "") -> Visit:
        """Go to the page, until it is filled in."""
        self.page.goto(f"{self.address}/{fragment}")
        self.page.get_by_role("textbox", name=WORDS).wait_for()
        if not fragment:
            self.says("Face found")
        return self

    def says(self, text: str) -> None:
        """Wait until the Stage says this."""
        self.page.locator("#stage .status").get_by_text(text).wait_for()

    def portrait(self, path: Path | str) -> None:
        """Choose a picture, and wait until the Stage speaks of it."""
        turn = self.page.locator("#stage .status").inner_text()
        self.page.set_input_files("#portrait input[type=file]", str(path))
        self.page.wait_for_function("document.querySelector('#portrait img')")
        self.page.locator("#examples [aria-checked=true]").wait_for(state="detached")
        assert turn

    def write(self, text: str) -> None:
        """Fill in the words."""
        self.page.get_by_role("textbox", name=WORDS).fill(text)

    def make(self) -> str:
        """Press the button; the id of the film."""
        self.page.locator("#make").click()
        self.page.wait_for_function("location.hash.startsWith('#tlk_')")
        return self.id

    @property
    def id(self) -> str:
        """The film on the Stage."""
        found = re.search(r"#(tlk_[\w-]+)$", self.page.url)
        assert found is not None, self.page.url
        return found.group(1)

    def job(self, id: str = "") -> dict[str, Any]:
        """What the server tells of a film."""
        told: dict[str, Any] = self.page.request.get(f"{self.address}/api/talks/{id or self.id}").json()
        return told

    def film(self, fact: str) -> Any:
        """A fact of the video element."""
        return self.page.evaluate(f"(film => film.{fact})(document.querySelector('#stage video'))")

    def wait(self, condition: str) -> None:
        """Wait until this is true of `film`, the video element."""
        found = "const film = document.querySelector('#stage video');"
        self.page.wait_for_function(f"(() => {{ {found} return Boolean(film && ({condition})); }})()")
