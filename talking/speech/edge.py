"""The network voices: Microsoft's read-aloud service through edge-tts. Word marks, no phoneme marks."""

from __future__ import annotations

import asyncio
import io
import logging
import math
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from importlib import metadata
from queue import Empty, Queue
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

import av
import numpy as np

from talking.errors import BadScript, ProviderDown
from talking.media.audio import normalise
from talking.speech.edge_voices import STAND_INS, VOICES
from talking.speech.languages import name_of
from talking.speech.voice import Gender, Voice
from talking.types import Floats, Mark, Speech

logger = logging.getLogger(__name__)

HOST = ("speech.platform.bing.com", 443)
CONNECT_SECONDS = 2.0
"""How long the way to the service is looked for, and how long its list of voices is waited for, both together."""

FIRST_SECONDS = 8.0
STALL_SECONDS = 10.0
"""Longest silence of the service before its first sound and in the middle of an answer."""

GRACE_SECONDS = 0.2
"""What a loop gets to clean up after its time is over."""

MEMORY_SECONDS = 60
"""How long a "no" or a "yes" about the network is believed."""

MAX_SECONDS = 3600
BYTES_PER_SECOND = 6000  # the service always answers in MP3 at 48 kbit/s
TICKS_PER_SECOND = 10_000_000  # marks come in units of 100 ns
BASE_HERTZ: dict[Gender, float] = {"female": 200.0, "male": 115.0}
"""Usual speaking pitch, because the service takes pitch changes in hertz."""

BASE_SECONDS, SECONDS_PER_CHARACTER = 30.0, 0.05
"""What a whole answer may take. With these four limits a service that swallows packets costs two seconds, one that
accepts and says nothing ten, and one that breaks off ten more than it spoke."""

Stream = Callable[[str, str, str, str], AsyncIterator[Mapping[str, Any]]]
"""(text, voice id, rate such as "+6%", pitch such as "+12Hz") -> the service's chunks: `{"type": "audio", "data"}`
and `{"type": "WordBoundary", "offset", "duration", "text"}`."""

T = TypeVar("T")


class Edge:
    """The provider "edge". `stream` and `reach` (seconds -> why it cannot be reached, empty when it can) are the two
    ways it touches the network."""

    network = True

    def __init__(self, stream: Stream | None = None, reach: Callable[[float], str] | None = None) -> None:
        self._stream = stream or _service
        self._reach = reach or _reach
        self._lock = threading.Lock()
        self._known: tuple[float, str] | None = None
        self._listed: dict[str, tuple[str, Gender]] = {}

    def voices(self) -> tuple[Voice, ...]:
        return tuple(_voice(name, locale, gender) for name, (locale, gender) in (VOICES | self._listed).items())

    def refresh(self) -> None:
        began = time.monotonic()
        if self._listed or not self.reachable():
            return
        try:
            self._listed = _in_thread(_list(), CONNECT_SECONDS - (time.monotonic() - began))
        except Exception as error:  # whatever the service or the library says, the table of our own remains
            logger.info("no list of network voices: %s", type(error).__name__)

    def find(self, name: str) -> Voice | None:
        """By id, by the person alone ("Jenny", "JennyNeural"), or the stand-in for a voice of a sister service."""
        folded = name.removeprefix("edge:").removeprefix("microsoft:").casefold()
        for voice in self.voices():
            if folded in _names(voice.id, voice.language):
                return voice
        for missing, present in STAND_INS.items():
            if folded in _names(missing, missing[:5]):
                return self.find(present)
        return None

    def reachable(self) -> bool:
        with self._lock:  # one thread asks, the others wait for its answer
            now = time.monotonic()
            if self._known is None or now - self._known[0] > MEMORY_SECONDS:
                self._known = (now, self._reach(CONNECT_SECONDS))
            return not self._known[1]

    def trouble(self) -> str:
        return self._known[1] if self._known else ""

    def version(self, voice: Voice) -> str:
        del voice
        return metadata.version("edge-tts")

    def synthesize(self, text: str, voice: Voice, *, rate: float, pitch: float, style: str | None) -> Speech:
        """Speak `text`; float32 at 24,000 Hz, word marks only, so an aligner has to add the phonemes.

        `style` is ignored: the service acts none. Raises ProviderDown when the service cannot be reached or gives
        no sound, which is then remembered for a minute, and BadScript for more than an hour of speech.
        """
        del style
        hertz = BASE_HERTZ[voice.gender] * (2 ** (pitch / 12) - 1)
        chunks = self._stream(text, voice.id, f"{round((rate - 1) * 100):+d}%", f"{round(hertz):+d}Hz")
        try:
            sound, boundaries = _in_thread(_collect(chunks), BASE_SECONDS + SECONDS_PER_CHARACTER * len(text))
            samples, hertz_of_samples = _decode(sound)
        except BadScript:
            raise
        except _failures() as error:
            logger.info("network voice failed: %s", error)
            why = _reason(error)
            with self._lock:
                self._known = (time.monotonic(), why)
            raise ProviderDown(
                f"The network voice {voice.id} could not be reached ({why}): "
                "check the connection or choose a built-in voice."
            ) from error
        found = _marks(boundaries, len(samples) / hertz_of_samples)
        return Speech(normalise(samples), hertz_of_samples, found, text, voice.language)


def _voice(name: str, locale: str, gender: Gender) -> Voice:
    person = name.removeprefix(f"{locale}-").removesuffix("Neural")
    spaced = re.sub(r"(?<=[a-z])(?=Multilingual|Expressive)", " ", person)
    region = locale.split("-", 1)[1]
    return Voice(name, f"{spaced}, {name_of(locale)} ({region})", locale, gender, "edge", person=person)


def _names(voice_id: str, locale: str) -> tuple[str, ...]:
    """What a voice may be called, folded."""
    person = voice_id.removeprefix(f"{locale}-").casefold()
    return voice_id.casefold(), person, person.removesuffix("neural")


def _in_thread(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Run a coroutine for at most `seconds` in a thread of its own, because the caller's may have a running loop.

    Raises TimeoutError, and whatever the coroutine raises.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(asyncio.run(_at_most(work, seconds)))
        except BaseException as error:
            answer.set_exception(error)

    # Looking a name up cannot be cancelled, and the loop waits for it when it ends: then the thread is left behind.
    threading.Thread(target=run, name="edge", daemon=True).start()
    try:
        return answer.result(seconds + GRACE_SECONDS)
    except FutureTimeout as error:  # a class of its own before Python 3.11
        raise TimeoutError from error


async def _at_most(work: Coroutine[Any, Any, T], seconds: float) -> T:
    return await asyncio.wait_for(work, seconds)


def _service(text: str, voice: str, rate: str, pitch: str) -> AsyncIterator[Mapping[str, Any]]:
    import edge_tts

    speaker = edge_tts.Communicate(
        text,
        voice,
        rate=rate,
        pitch=pitch,
        boundary="WordBoundary",
        connect_timeout=math.ceil(CONNECT_SECONDS),
        receive_timeout=math.ceil(STALL_SECONDS),
    )
    stream: AsyncIterator[Mapping[str, Any]] = speaker.stream()
    return stream


def _reach(seconds: float) -> str:
    """Empty when the service, or the proxy on the way to it, takes a connection within `seconds`; otherwise why not."""
    proxy = urlsplit(getproxies().get("https", ""))
    address = (proxy.hostname, proxy.port or 80) if proxy.hostname else HOST
    answer: Queue[str] = Queue()

    def connect() -> None:
        try:
            socket.create_connection(address, timeout=seconds).close()
            answer.put("")
        except OSError as error:
            logger.info("no way to the network voices: %s", error)
            answer.put(_reason(error))

    # Looking the name up has no time-out of its own, hence a thread that may be left behind.
    threading.Thread(target=connect, name="edge-reach", daemon=True).start()
    try:
        return answer.get(timeout=seconds)
    except Empty:
        return _reason(TimeoutError())


def _reason(error: BaseException) -> str:
    """What went wrong on the way to the service, in a few words."""
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return "it did not answer in time"
    if isinstance(error, socket.gaierror):
        return "its name could not be looked up"
    if isinstance(error, ConnectionRefusedError) or isinstance(
        getattr(error, "os_error", None), ConnectionRefusedError
    ):
        return "the connection was refused"
    return (
        "it answered with something else than speech" if isinstance(error, av.FFmpegError) else "the connection failed"
    )


def _failures() -> tuple[type[BaseException], ...]:
    """What a broken connection, a refusing service or a damaged answer raise."""
    import aiohttp
    from edge_tts.exceptions import EdgeTTSException

    return (OSError, TimeoutError, asyncio.TimeoutError, aiohttp.ClientError, EdgeTTSException, av.FFmpegError)


async def _list() -> dict[str, tuple[str, Gender]]:
    import edge_tts

    return {
        entry["ShortName"]: (entry["Locale"], "female" if entry["Gender"] == "Female" else "male")
        for entry in await edge_tts.list_voices()
    }


async def _collect(chunks: AsyncIterator[Mapping[str, Any]]) -> tuple[bytes, list[Mapping[str, Any]]]:
    """All sound as MP3 and the word boundaries. Raises TimeoutError when the service falls silent."""
    sound = bytearray()
    boundaries: list[Mapping[str, Any]] = []
    while True:
        try:
            chunk = await asyncio.wait_for(anext(chunks), STALL_SECONDS if sound else FIRST_SECONDS)
        except StopAsyncIteration:
            break
        if chunk["type"] == "audio":
            sound += chunk["data"]
        elif chunk["type"] == "WordBoundary":
            boundaries.append(chunk)
        if len(sound) > MAX_SECONDS * BYTES_PER_SECOND:
            raise BadScript(f"The text would take more than {MAX_SECONDS // 60} minutes to speak: split it.")
    if not sound:
        raise ConnectionError("the service sent no sound")
    return bytes(sound), boundaries


def _decode(sound: bytes) -> tuple[Floats, int]:
    """MP3 as mono float32 (N,) in [-1, 1] and its rate."""
    with av.open(io.BytesIO(sound), "r", format="mp3") as container:
        resampler = av.AudioResampler(format="flt", layout="mono")
        parts = [part.to_ndarray()[0] for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        rate = container.streams.audio[0].rate
    return np.concatenate(parts).astype(np.float32), rate


def _marks(boundaries: list[Mapping[str, Any]], duration: float) -> tuple[Mark, ...]:
    """Word marks in seconds, in order, within the sound and without overlap."""
    marks: list[Mark] = []
    for chunk in sorted(boundaries, key=lambda chunk: int(chunk["offset"])):
        start = max(chunk["offset"] / TICKS_PER_SECOND, marks[-1].end if marks else 0.0)
        end = min((chunk["offset"] + chunk["duration"]) / TICKS_PER_SECOND, duration)
        if end > start and chunk["text"].strip():
            marks.append(Mark(start, end, chunk["text"].strip(), "word"))
    return tuple(marks)
