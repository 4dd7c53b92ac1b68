"""A server with its worker, as an operator starts it, and a client of it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

KEY = "load-benchmark-key"
AUTH = {"Authorization": f"Bearer {KEY}"}
_TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """`talking serve` in a `folder` of its own."""

    def __init__(self, folder: Path, *, database: str = "") -> None:
        folder.mkdir(parents=True)
        self._log = folder / "log"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TALKING_")}
        environment |= {
            "TALKING_API_KEYS": KEY, "TALKING_DATA": str(folder / "data"), "TALKING_PORT": "0",
            "TALKING_MAX_WAITING": "100000", "TALKING_DATABASE_URL": database, "TALKING_ALLOW_PRIVATE_URLS": "yes",
            "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1",
        }  # fmt: skip
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "talking", "serve"]
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        self.host, self.port = self._address()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def connection(self) -> http.client.HTTPConnection:
        """A connection that is kept open."""
        return http.client.HTTPConnection(self.host, self.port, timeout=120)

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """One call on a connection of its own: the JSON of its answer. Raises RuntimeError for other than 2xx."""
        with contextlib.closing(self.connection()) as connection:
            return ask(connection, method, path, body, headers)

    def wait(self, path: str, ready: Any) -> Any:
        """The answer at `path` once it is `ready`."""
        for _ in range(2400):
            told = self.call("GET", path)
            if ready(told):
                return told
            time.sleep(0.05)
        raise RuntimeError(f"nothing came of {path}: {told}")

    def cpu(self) -> float:
        """Seconds of processor that the web process has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def megabytes(self) -> float:
        """Memory of the web process."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def handles(self) -> int:
        """Files and lines that the web process has open."""
        return len(list(Path(f"/proc/{self._process.pid}/fd").iterdir()))

    def _address(self) -> tuple[str, int]:
        for _ in range(1200):
            text = self._log.read_text(encoding="utf-8")
            found = re.search(r"serving at http://([\d.]+):(\d+)", text)
            if found and "startup complete" in text and "is ready" in text:
                return found.group(1), int(found.group(2))
            if self._process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"the server did not start: {text[-2000:]}")


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None,
    headers: dict[str, str] | None = None,
) -> Any:  # fmt: skip
    """One call on an open connection, as Server.call."""
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection.request(method, path, sent, {**AUTH, "Content-Type": "application/json", **(headers or {})})
    answer = connection.getresponse()
    data = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {data[:300]!r}")
    return json.loads(data) if data else None
