"""A server on this machine that keeps what it is sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Sent(NamedTuple):
    """One request; the names of its heads in lower case."""

    method: str
    path: str
    heads: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and what is answered: the next of `answers`, calling it when it is no number, at last 200."""

    port: int
    answers: list[int | Callable[[], int]] = field(default_factory=list)
    got: list[Sent] = field(default_factory=list)

    def url(self, path: str = "/hook") -> str:
        """The address of a path here."""
        return f"http://127.0.0.1:{self.port}{path}"

    def wait(self, method: str) -> Sent:
        """The first request of that method, once it is here."""
        for _ in range(1800):
            for each in self.got:
                if each.method == method:
                    return each
            time.sleep(0.1)
        raise AssertionError(f"no {method} came")

    def take(self, sent: Sent) -> int:
        """Keep it, and say with which status it is answered."""
        self.got.append(sent)
        answer = self.answers.pop(0) if self.answers else 200
        return answer() if callable(answer) else answer


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver at a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heads = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(kept.take(Sent(self.command, self.path, heads, body)))
            self.send_header("Location", kept.url("/elsewhere"))
            self.end_headers()

        do_PUT = do_POST  # noqa: N815

        def log_message(self, *_args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept = Receiver(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield kept
        server.shutdown()
        thread.join()
