"""A server of its own for tests, as its users start it, and the browser that visits it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
APP = ("app.py",)
WITHOUT_WORKER = ("-m", "talking", "serve", "--no-worker")

_BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)

needs_browser = pytest.mark.skipif(
    _BROWSER is None and not os.environ.get("NOTHING_LEFT_OUT"), reason="left out: there is no Chromium on this machine"
)


@contextmanager
def chromium(*arguments: str) -> Iterator[Any]:
    """A browser without a window, which makes no sound."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_BROWSER, args=["--no-sandbox", "--mute-audio", *arguments]
        )
        yield browser
        browser.close()


class House:
    """A server that keeps everything in a `folder`, run by what Python is told; it can be killed, and started again at
    its address. Within `with` it is open.
    """

    def __init__(self, folder: Path, *command: str, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log.txt"
        self._command = [sys.executable, *(command or APP)]
        self._settings = {
            "TALKING_PORT": str(self.port), "TALKING_LOG_LEVEL": "WARNING", "TALKING_DATA": str(folder / "data"),
            "GRADIO_TEMP_DIR": str(folder / "gradio"), **settings,
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> House:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.end()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as file:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env={**os.environ, **self._settings}, stdout=file, stderr=subprocess.STDOUT
            )
        for _ in range(1200):
            assert self._process.poll() is None, self.log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        self.end(signal.SIGKILL)
        raise AssertionError("the server did not start within two minutes")

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, or kill it."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(60)
