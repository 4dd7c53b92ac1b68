"""Somebody else's server on this machine: gives pictures and sounds, and takes webhooks, badly at times."""

from __future__ import annotations

import http.server
import io
import json
import random
import threading
import time
import wave
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np

SOUND_RATE = 16_000
_BAD_TRIES = 2
"""How often at most each message is not taken, so that a run does not wait for the pauses that grow."""


@dataclass
class Message:
    """What came for one webhook id: bodies, and how often it was answered with 2xx."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    taken: int = 0
    refused: int = 0


class Receiver:
    """Listens on loopback. `mood` is the share of messages that it does not take at first."""

    def __init__(self, pictures: dict[str, bytes], *, mood: float = 0.2, seed: int = 0) -> None:
        self.pictures = pictures
        self.messages: dict[str, Message] = defaultdict(Message)
        self._mood = mood
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def take(self, id: str, body: bytes) -> str:
        """Keep a message; what to do with its sender: "answer", "refuse", "hang up" after keeping it, or "be slow"."""
        with self._lock:
            message = self.messages[id]
            message.bodies.append(json.loads(body))
            if message.refused < _BAD_TRIES and self._random.random() < self._mood:
                message.refused += 1
                return self._random.choice(("refuse", "hang up", "be slow"))
            message.taken += 1
            return "answer"

    def _handler(receiver) -> type[http.server.BaseHTTPRequestHandler]:  # noqa: N805  (self is the handler's below)
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                data = receiver.pictures.get(parts.path)
                if data is None and parts.path == "/sound.wav":
                    data = sound(int(parse_qs(parts.query)["ms"][0]))
                self.send_response(200 if data is not None else 404)
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()
                self.wfile.write(data or b"")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                how = receiver.take(self.headers["webhook-id"], body)
                if how == "hang up":
                    self.close_connection = True
                    return
                if how == "be slow":
                    time.sleep(1.5)
                self.send_response(204 if how == "answer" else 500)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:  # who asked was killed
                    self.close_connection = True

        return Handler


def sound(ms: int) -> bytes:
    """A tone of so many milliseconds that swells and fades, as a WAV."""
    times = np.arange(ms * SOUND_RATE // 1000) / SOUND_RATE
    tone = 0.4 * np.sin(2 * np.pi * 220 * times) * np.abs(np.sin(2 * np.pi * 3 * times))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SOUND_RATE)
        out.writeframes((tone * 32767).astype("<i2").tobytes())
    return file.getvalue()
