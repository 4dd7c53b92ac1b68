"""Clients: plan jobs in all dialects, ask for them until they are acknowledged, and look at what became of them."""

from __future__ import annotations

import base64
import io
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import PIL.Image
from matplotlib import get_data_path

from rig import calls
from rig.receiver import SOUND_RATE, Receiver, sound

FPS = 25
START = "/v1/video/async_generate_talking_avatar"
TOKEN = "a-token-of-mine"
_VOICE = {"type": "microsoft", "voice_id": "espeak:en-us"}
_PATIENCE = 240.0
_KINDS = {
    "did text": 22, "did sound": 22, "mirako": 14, "native": 16, "native form": 14, "no face": 5, "canceled": 5,
    "poor sound": 2,
}  # fmt: skip
"""How many of a hundred jobs are of each kind."""


@dataclass(frozen=True)
class Plan:
    """A job to ask for: `ends` are the statuses that are right, `frames` how many it must have, where that is known;
    `hasty` hangs up before the first answer comes, `twice` asks again after it.
    """

    number: int
    kind: str
    ms: int
    ends: tuple[str, ...] = ("done",)
    frames: int | None = None
    webhook: bool = True
    hasty: bool = False
    twice: bool = False

    @property
    def key(self) -> str:
        return f"order-{self.number}"


def plans(count: int, seed: int) -> Iterator[Plan]:
    """So many jobs, of mixed kinds, the same for the same seed."""
    chance = random.Random(seed)
    kinds = [kind for kind, share in _KINDS.items() for _ in range(share)]
    for number in range(count):
        kind = chance.choice(kinds)
        ms = chance.randrange(400, 800, 10)
        ends = {"no face": ("error",), "poor sound": ("error",), "canceled": ("canceled", "done")}.get(kind, ("done",))
        known = kind in ("did sound", "mirako", "native", "native form", "canceled")
        frames = -(-(ms * SOUND_RATE // 1000) * FPS // SOUND_RATE) if known else None
        yield Plan(
            number, kind, ms, ends, frames, chance.random() < 0.8, chance.random() < 0.12, chance.random() < 0.12
        )  # fmt: skip


def pictures(width: int = 224) -> dict[str, bytes]:
    """What the receiver serves: a small portrait, a larger one of this width for Mirako, and one without a face."""
    with PIL.Image.open(Path(get_data_path()) / "sample_data" / "grace_hopper.jpg") as portrait:
        small = _saved(portrait.resize((160, 188), PIL.Image.Resampling.LANCZOS), "PNG")
        large = _saved(portrait.resize((width, width * 75 // 64), PIL.Image.Resampling.LANCZOS), "JPEG")
    blank = _saved(PIL.Image.new("RGB", (128, 150), "grey"), "PNG")
    return {"/small.png": small, "/large.jpg": large, "/blank.png": blank, "/poor.wav": b"RIFF no sound at all" * 20}


def _saved(picture: PIL.Image.Image, form: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, form)
    return file.getvalue()


@dataclass
class Asked:
    """A job that was acknowledged."""

    plan: Plan
    id: str
    at: float


@dataclass
class Asker:
    """Asks the service at `urls` for jobs. Safe for threads."""

    urls: Sequence[str]
    receiver: Receiver
    acknowledged: list[Asked] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, plan: Plan) -> None:
        """Ask until the job is acknowledged, with the same key every time; then as its plan says."""
        id = self._until_acknowledged(plan, hasty=plan.hasty)
        if id is None:
            return
        with self._lock:
            self.acknowledged.append(Asked(plan, id, time.monotonic()))
        if plan.twice:
            again = self._until_acknowledged(plan)
            self._count("asked again after the answer")
            if again != id:
                self._fault(f"{plan.key} ({plan.kind}) asked for twice is {id} and {again}")
        if plan.kind == "canceled":
            self.until(lambda url: calls.post(f"{url}/api/talks/{id}/cancel").raise_for_status())

    def until(self, action: Callable[[str], Any], seconds: float = _PATIENCE) -> Any:
        """What `action` gives of one of the addresses; tried again while nobody answers. Raises TimeoutError."""
        until = time.monotonic() + seconds
        number = 0
        while True:
            try:
                return action(self.urls[number % len(self.urls)])
            except httpx.HTTPStatusError as error:
                if error.response.status_code < 500 and error.response.status_code != 429:
                    raise
                reason = f"answered {error.response.status_code}"
            except httpx.HTTPError as error:
                reason = f"no answer: {type(error).__name__}"
            self._count(reason)
            if time.monotonic() > until:
                raise TimeoutError(reason)
            number += 1
            time.sleep(0.5)

    def look(self, id: str) -> dict[str, Any]:
        """All that the service tells of a job, of whichever dialect."""

        def get(url: str) -> dict[str, Any]:
            found: dict[str, Any] = calls.get(f"{url}/api/talks/{id}").raise_for_status().json()
            return found

        told: dict[str, Any] = self.until(get)
        return told

    def once(self, plan: Plan) -> httpx.Response:
        """Ask once, whatever the answer."""
        path, content = self._request(plan)
        return calls.post(self.urls[0] + path, headers={"Idempotency-Key": plan.key}, **content)

    def _until_acknowledged(self, plan: Plan, *, hasty: bool = False) -> str | None:
        def post(url: str) -> str:
            return self._post(url, plan)

        if hasty:
            try:
                self._post(self.urls[0], plan, timeout=0.03)
                self._count("answered at once")
            except httpx.HTTPError:
                self._count("hung up before the answer")
        try:
            id: str = self.until(post)
            return id
        except httpx.HTTPStatusError as error:
            self._fault(
                f"{plan.key} ({plan.kind}) was refused: {error.response.status_code} {error.response.text[:300]}"
            )
        except TimeoutError as error:
            self._fault(f"{plan.key} ({plan.kind}) was never acknowledged: {error}")
        return None

    def _post(self, url: str, plan: Plan, timeout: float = 60) -> str:
        path, content = self._request(plan)
        headers = {"Idempotency-Key": plan.key}
        answer = calls.post(url + path, headers=headers, timeout=timeout, **content).raise_for_status().json()
        return str(answer["data"]["task_id"] if plan.kind == "mirako" else answer["id"])

    def _request(self, plan: Plan) -> tuple[str, dict[str, Any]]:
        """Path and body of a plan, as httpx takes them."""
        hook = {"webhook": self.receiver.url("/hook")} if plan.webhook else {}
        portrait = self.receiver.url("/small.png")
        tone = self.receiver.url(f"/sound.wav?ms={plan.ms}")
        named = {"user_data": plan.key, **hook}
        if plan.kind == "mirako":
            told = {"webhook": {"url": hook["webhook"], "auth_token": TOKEN}} if hook else {}
            body = {"image": _b64(self.receiver.pictures["/large.jpg"]), "audio": _b64(sound(plan.ms)), **told}
            return START, {"json": body}
        if plan.kind in ("did text", "no face"):
            source = self.receiver.url("/blank.png") if plan.kind == "no face" else portrait
            words = {"type": "text", "input": "Hi.", "provider": _VOICE}
            return "/talks", {"json": {"source_url": source, "script": words, **named}}
        if plan.kind in ("did sound", "poor sound"):
            address = self.receiver.url("/poor.wav") if plan.kind == "poor sound" else tone
            script = {"type": "audio", "audio_url": address}
            return "/talks", {"json": {"source_url": portrait, "script": script, **named}}
        if plan.kind == "native form":
            files = {
                "portrait": ("a.png", self.receiver.pictures["/small.png"]), "audio": ("a.wav", sound(plan.ms)),
            }  # fmt: skip
            return "/api/talks", {"data": named, "files": files}
        written = "data:image/png;base64," + _b64(self.receiver.pictures["/small.png"])
        return "/api/talks", {"json": {"portrait": written, "audio": tone, **named}}

    def _count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def _fault(self, what: str) -> None:
        with self._lock:
            self.faults.append(what)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
