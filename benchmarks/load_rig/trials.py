"""The trials: each asks a server and yields figures."""

from __future__ import annotations

import base64
import contextlib
import io
import threading
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from load_rig.server import Server, ask

ROOT = Path(__file__).parents[2]
PORTRAIT = ROOT / "examples/portraits/maya.jpg"
_SENTENCE = "While this long film is being made, everybody else asks how far it is. "
_POSTS = 20


@dataclass(frozen=True)
class Size:
    """How much is asked: `seconds` of polls, jobs in the `queue`, `watchers` of one film."""

    seconds: float
    queue: int
    watchers: int


@dataclass(frozen=True)
class Figure:
    """What was measured: a `value` in a `unit`, and the `goal` that it must stay under, or reach when not `most`."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    most: bool = True

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value < self.goal if self.most else self.value >= self.goal


def polls(server: Server, size: Size) -> Iterator[Figure]:
    """Status polls while a film is being made, as fast as two clients can, then at 200 a second."""
    id, film = _long_talk(server), _long_film(server)
    _until_filming(server, id)
    for path, name in ((f"/talks/{id}", "GET /talks/{id}"), (f"/api/talks/{film}", "GET /api/talks/{id}")):
        before, took = server.cpu(), _flood(server, path, size.seconds / 2)
        yield Figure(f"{name}, 2 clients at full speed: answers", len(took) / size.seconds * 2, "/s", 200, most=False)
        yield Figure(f"{name}: processor for an answer", (server.cpu() - before) / len(took) * 1000, "ms")
    for path, name in ((f"/talks/{id}", "GET /talks/{id}"), (f"/api/talks/{film}", "GET /api/talks/{id}")):
        began = time.perf_counter()
        took = sorted(_steadily(server, path, size.seconds, 200))
        yield Figure(f"{name} at 200/s: rate", len(took) / (time.perf_counter() - began), "/s", 190, most=False)
        for part in (50, 95, 99):
            goal = 50.0 if part == 95 else None
            yield Figure(f"{name} at 200/s: p{part}", _part(took, part), "ms", goal)


def posts(server: Server, _size: Size) -> Iterator[Figure]:
    """Requests with pictures of 10 MB while a film is being made."""
    _until_filming(server, _long_talk(server))
    picture = _picture_of(10_000_000)
    yield from _timed(server, "POST /images, 10 MB as a form", _form("image", picture), 300)
    link = server.call("POST", *_form("image", picture))["url"]
    script = {"type": "text", "input": "Hello.", "provider": {"type": "microsoft", "voice_id": "espeak:en-us"}}
    talk = {"source_url": link, "script": script}
    yield from _timed(server, "POST /talks, an uploaded picture of 10 MB", ("/talks", talk, {}), 100)
    far = {**talk, "source_url": "https://pictures.example.org/ten-megabytes.png"}
    yield from _timed(server, "POST /talks, a picture at an address", ("/talks", far, {}), 100)
    data = {**talk, "source_url": "data:image/png;base64," + base64.b64encode(picture).decode()}
    yield from _timed(server, "POST /talks, 10 MB as base64", ("/talks", data, {}), 200)
    small = base64.b64encode(_shot()).decode()
    avatar = {"image": small, "audio": base64.b64encode(_tone(4.0)).decode()}
    path = "/v1/video/async_generate_talking_avatar"
    server.call("POST", path, avatar)  # the first look at a face loads what looks
    yield from _timed(server, "POST of Mirako, whose face is looked at", (path, avatar, {}), 400)
    yield Figure("memory of the web process after all that", server.megabytes(), "MB")


def queue(server: Server, size: Size) -> Iterator[Figure]:
    """Many jobs in the queue: how fast they are taken in, listed and found, and whether they keep their order."""
    _until_filming(server, _long_talk(server))
    memory, began, ids = server.megabytes(), time.perf_counter(), []
    with contextlib.closing(server.connection()) as connection:
        talk = {"script": {"type": "text", "input": _SENTENCE}, "source_url": "https://pictures.example.org/a.png"}
        for number in range(size.queue):
            ids.append(ask(connection, "POST", "/talks", {**talk, "name": str(number)})["id"])
    yield Figure(f"{size.queue} jobs taken in", size.queue / (time.perf_counter() - began), "/s")
    yield Figure("memory that they cost the web process", server.megabytes() - memory, "MB")
    listed: list[str] = []
    took: list[float] = []
    token = ""
    with contextlib.closing(server.connection()) as connection:
        while len(listed) < size.queue:
            path, began = f"/talks?limit=100&token={token}", time.perf_counter()
            page = ask(connection, "GET", path)
            took.append(time.perf_counter() - began)
            listed += [each["id"] for each in page["talks"]]
            token = page.get("token", "")
    yield Figure("GET /talks, 100 jobs: p95", _part(sorted(took), 95), "ms", 250)
    yield Figure("jobs out of order in the list", _misplaced([*reversed(ids)], listed), "jobs", 1)
    places = [server.call("GET", f"/api/talks/{id}")["queue_position"] for id in (ids[9], ids[-1])]
    yield Figure("places out of order in the queue", abs(places[1] - places[0] - (size.queue - 10)), "places", 1)
    took = sorted(_steadily(server, f"/api/talks/{ids[-1]}", min(3.0, size.seconds), 100))
    yield Figure("GET of the last in the queue at 100/s: p95", _part(took, 95), "ms", 50)


def watchers(server: Server, size: Size) -> Iterator[Figure]:
    """Many who follow one film by events: what they cost, and how late the last one hears of its end."""
    id = _long_film(server, 12)
    _until_filming(server, id)
    ends: list[float] = []
    told: list[int] = []

    def follow() -> None:
        with contextlib.closing(server.connection()) as connection:
            connection.request("GET", f"/api/talks/{id}/events", headers={"Authorization": "Bearer load-benchmark-key"})
            answer, events = connection.getresponse(), 0
            while line := answer.readline():
                events += line.startswith(b"event:")
        ends.append(time.perf_counter())
        told.append(events)

    threads = [threading.Thread(target=follow) for _ in range(size.watchers)]
    before, began = server.cpu(), time.perf_counter()
    for each in threads:
        each.start()
    time.sleep(2)
    took = sorted(_steadily(server, f"/api/talks/{id}", 3.0, 50))
    for each in threads:
        each.join(300)
    spent = (server.cpu() - before) / (max(ends) - began)
    yield Figure(f"{size.watchers} watchers that heard the end", len(ends), "watchers", size.watchers, most=False)
    yield Figure("events that each was told", sum(told) / len(told), "events")
    yield Figure("processor of the web process meanwhile", spent * 100, "%", 60)
    yield Figure("between the first and the last that heard the end", (max(ends) - min(ends)) * 1000, "ms")
    yield Figure("GET beside them at 50/s: p95", _part(took, 95), "ms", 50)


TRIALS: dict[str, Callable[[Server, Size], Iterator[Figure]]] = {
    "polls": polls, "posts": posts, "queue": queue, "watchers": watchers,
}  # fmt: skip
"""The trials by name; each gets a server of its own."""


def _long_talk(server: Server) -> str:
    link = server.call("POST", *_form("image", PORTRAIT.read_bytes()))["url"]
    provider = {"type": "microsoft", "voice_id": "espeak:en-us"}
    script = {"type": "text", "input": _SENTENCE * 100, "provider": provider}
    return str(server.call("POST", "/talks", {"source_url": link, "script": script})["id"])


def _long_film(server: Server, sentences: int = 100) -> str:
    link = server.call("POST", *_form("image", PORTRAIT.read_bytes()))["url"]
    body = {"portrait": link, "text": _SENTENCE * sentences, "voice": "espeak:en-us"}
    return str(server.call("POST", "/api/talks", body)["id"])


def _until_filming(server: Server, id: str) -> None:
    server.wait(f"/api/talks/{id}", lambda told: told["stage"] == "film" and told["done"] > 0)


def _flood(server: Server, path: str, seconds: float, clients: int = 2) -> list[float]:
    """Seconds of each answer, when every client asks again at once."""
    took: list[float] = []
    until = time.perf_counter() + seconds

    def run() -> None:
        with contextlib.closing(server.connection()) as connection:
            while (began := time.perf_counter()) < until:
                ask(connection, "GET", path)
                took.append(time.perf_counter() - began)

    _together(run, clients)
    return took


def _steadily(server: Server, path: str, seconds: float, rate: float, clients: int = 8) -> list[float]:
    """Seconds of each answer, asked for at a steady rate whatever the answers do: a late one counts from when it was
    due, as for somebody who has waited since then.
    """
    took: list[float] = []
    start = time.perf_counter() + 0.1
    number, lock = iter(range(round(seconds * rate))), threading.Lock()

    def run() -> None:
        with contextlib.closing(server.connection()) as connection:
            connection.connect()
            while True:
                with lock:
                    turn = next(number, None)
                if turn is None:
                    return
                due = start + turn / rate
                time.sleep(max(0.0, due - time.perf_counter()))
                ask(connection, "GET", path)
                took.append(time.perf_counter() - due)

    _together(run, clients)
    return took


def _together(run: Callable[[], None], clients: int) -> None:
    threads = [threading.Thread(target=run) for _ in range(clients)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def _timed(server: Server, name: str, call: tuple[str, object, dict[str, str]], goal: float) -> Iterator[Figure]:
    path, body, headers = call
    took, before = [], server.cpu()
    with contextlib.closing(server.connection()) as connection:
        for _ in range(_POSTS):
            began = time.perf_counter()
            ask(connection, "POST", path, body, headers)
            took.append(time.perf_counter() - began)
    spent = (server.cpu() - before) / _POSTS * 1000
    yield Figure(f"{name}: p50", _part(sorted(took), 50), "ms")
    yield Figure(f"{name}: p95", _part(sorted(took), 95), "ms", goal)
    yield Figure(f"{name}: processor", spent, "ms")


def _part(ordered: list[float], percent: int) -> float:
    """Milliseconds that so many percent do not exceed."""
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000


def _misplaced(wanted: list[str], listed: list[str]) -> int:
    ours = set(wanted)
    found = [id for id in listed if id in ours]
    return sum(one != other for one, other in zip(wanted, found, strict=True))


def _form(kind: str, data: bytes) -> tuple[str, bytes, dict[str, str]]:
    """Path, body and headers of an upload."""
    head = f'--edge\r\nContent-Disposition: form-data; name="{kind}"; filename="file"\r\n\r\n'.encode()
    return f"/{kind}s", head + data + b"\r\n--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}


def _picture_of(size: int) -> bytes:
    """A picture of about so many bytes: noise, which nothing makes smaller."""
    side = round((size / 3) ** 0.5)
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG", compress_level=0)
    return file.getvalue()


def _shot() -> bytes:
    """The portrait in the size that Mirako's call takes."""
    file = io.BytesIO()
    with Image.open(PORTRAIT) as picture:
        picture.convert("RGB").resize((768, 1024)).save(file, "PNG")
    return file.getvalue()


def _tone(seconds: float) -> bytes:
    times = np.arange(round(seconds * 16_000)) / 16_000
    samples = np.sin(2 * np.pi * 180 * times) * (0.4 + 0.3 * np.sin(2 * np.pi * 4 * times))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes((samples * 32_000).astype("<i2").tobytes())
    return file.getvalue()
