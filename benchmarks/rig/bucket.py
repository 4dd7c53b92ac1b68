"""A local server that speaks S3, behind a gate that can be closed: what it holds outlives the time that it is away."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

from rig.places import free_port

BESIDE = Path(__file__).parents[2] / ".moto/bin/moto_server"
NAME = "films"
VARIABLES = (
    ("AWS_ACCESS_KEY_ID", "testing"), ("AWS_SECRET_ACCESS_KEY", "testing"), ("AWS_DEFAULT_REGION", "us-east-1"),
)  # fmt: skip


class NoBucket(Exception):
    """The server or the package that speaks to it is not here."""


class Wire:
    """Passes connections on to a port of this machine, unless it is cut: then nobody answers."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._target = target
        self._listener: socket.socket | None = None
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()

    def open(self) -> None:
        """Let connections through."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self._listener = listener
        threading.Thread(target=self._listen, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """End all connections, and let none through."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._ends |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while block := source.recv(1 << 16):
                target.sendall(block)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
        with self._lock:
            self._ends.discard(source)


class Bucket:
    """An empty bucket. Raises NoBucket."""

    def __init__(self, command: str = "") -> None:
        found = command or (str(BESIDE) if BESIDE.exists() else shutil.which("moto_server"))
        if not found:
            raise NoBucket("There is no moto_server here: pip install 'moto[server]' in an environment of its own.")
        try:
            import s3fs
        except ImportError as error:
            raise NoBucket("There is no s3fs here: pip install 'talking[s3]'.") from error
        port = free_port()
        self._server = subprocess.Popen(
            [found, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _wait_for(port)
        self.wire = Wire(port)
        self.wire.open()
        self.url = f"s3://{NAME}/kept"
        self.variables = (*VARIABLES, ("AWS_ENDPOINT_URL", f"http://127.0.0.1:{self.wire.port}"))
        told = dict(VARIABLES)
        self.fs = s3fs.S3FileSystem(
            key=told["AWS_ACCESS_KEY_ID"], secret=told["AWS_SECRET_ACCESS_KEY"], skip_instance_cache=True,
            endpoint_url=f"http://127.0.0.1:{port}", config_kwargs={"region_name": told["AWS_DEFAULT_REGION"]},
        )  # fmt: skip
        self.fs.mkdir(NAME)

    def remove(self) -> None:
        """End the server, and with it all that it holds."""
        self.wire.cut()
        self._server.terminate()
        self._server.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(300):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.1)
    raise NoBucket("moto_server does not start.")
