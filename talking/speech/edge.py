"""The network voices: Microsoft's read-aloud service through edge-tts. Word marks, no phoneme marks."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
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
CONNECT_SECONDS = 3
STALL_SECONDS = 20
"""Longest silence of the service in the middle of an answer."""

MEMORY_SECONDS = 60
"""How long a "no" or a "yes" about the network is believed."""

MAX_SECONDS = 3600
BYTES_PER_SECOND = 6000  # the service always answers in MP3 at 48 kbit/s
TICKS_PER_SECOND = 10_000_000  # marks come in units of 100 ns
BASE_HERTZ: dict[Gender, float] = {"female": 200.0, "male": 115.0}
"""Usual speaking pitch, because the service takes pitch changes in hertz."""

Stream = Callable[[str, str, str, str], AsyncIterator[Mapping[str, Any]]]
"""(text, voice id, rate such as "+6%", pitch such as "+12Hz") -> the service's chunks: `{"type": "audio", "data"}`
and `{"type": "WordBoundary", "offset", "duration", "text"}`."""

T = TypeVar("T")


class Edge:
    """The provider "edge". `stream` and `reach` (seconds -> reached?) are the two ways it touches the network."""

    network = True

    def __init__(self, stream: Stream | None = None, reach: Callable[[float], bool] | None = None) -> None:
        self._stream = stream or _service
        self._reach = reach or _reach
        self._lock = threading.Lock()
        self._known: tuple[float, bool] | None = None
        self._listed: dict[str, tuple[str, Gender]] = {}

    def voices(self) -> tuple[Voice, ...]:
        return tuple(_voice(name, locale, gender) for name, (locale, gender) in (VOICES | self._listed).items())

    def refresh(self) -> None:
        if self._listed or not self.reachable():
            return
        try:
            self._listed = _in_thread(asyncio.wait_for(_list(), CONNECT_SECONDS))
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
            return self._known[1]

    def synthesize(self, text: str, voice: Voice, *, rate: float, pitch: float, style: str | None) -> Speech:
        """Speak `text`; float32 at 24,000 Hz, word marks only, so an aligner has to add the phonemes.

        `style` is ignored: the service acts none. Raises ProviderDown when the service cannot be reached or gives
        no sound, which is then remembered for a minute, and BadScript for more than an hour of speech.
        """
        del style
        hertz = BASE_HERTZ[voice.gender] * (2 ** (pitch / 12) - 1)
        chunks = self._stream(text, voice.id, f"{round((rate - 1) * 100):+d}%", f"{round(hertz):+d}Hz")
        try:
            sound, boundaries = _in_thread(asyncio.wait_for(_collect(chunks), 30 + len(text) / 20))
            samples, hertz_of_samples = _decode(sound)
        except BadScript:
            raise
        except _failures() as error:
            logger.info("network voice failed: %s", error)
            with self._lock:
                self._known = (time.monotonic(), False)
            raise ProviderDown(
                f"The network voice {voice.id} could not be reached: check the connection or choose a built-in voice."
            ) from error
        found = _marks(boundaries, len(samples) / hertz_of_samples)
        return Speech(normalise(samples), hertz_of_samples, found, text, voice.language)


def _voice(name: str, locale: str, gender: Gender) -> Voice:
    person = name.removeprefix(f"{locale}-").removesuffix("Neural")
    person = re.sub(r"(?<=[a-z])(?=Multilingual|Expressive)", " ", person)
    region = locale.split("-", 1)[1]
    return Voice(name, f"{person}, {name_of(locale)} ({region})", locale, gender, "edge")


def _names(voice_id: str, locale: str) -> tuple[str, ...]:
    """What a voice may be called, folded."""
    person = voice_id.removeprefix(f"{locale}-").casefold()
    return voice_id.casefold(), person, person.removesuffix("neural")


def _in_thread(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a thread of its own, because the caller's may have a running loop."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="edge") as pool:
        return pool.submit(asyncio.run, work).result()


def _service(text: str, voice: str, rate: str, pitch: str) -> AsyncIterator[Mapping[str, Any]]:
    import edge_tts

    speaker = edge_tts.Communicate(
        text,
        voice,
        rate=rate,
        pitch=pitch,
        boundary="WordBoundary",
        connect_timeout=CONNECT_SECONDS,
        receive_timeout=STALL_SECONDS,
    )
    stream: AsyncIterator[Mapping[str, Any]] = speaker.stream()
    return stream


def _reach(seconds: float) -> bool:
    """Whether the service, or the proxy on the way to it, takes a connection within `seconds`."""
    proxy = urlsplit(getproxies().get("https", ""))
    address = (proxy.hostname, proxy.port or 80) if proxy.hostname else HOST
    reached = threading.Event()

    def connect() -> None:
        try:
            socket.create_connection(address, timeout=seconds).close()
            reached.set()
        except OSError as error:
            logger.info("no way to the network voices: %s", error)

    # Looking the name up has no time-out of its own, hence a thread that may be left behind.
    attempt = threading.Thread(target=connect, name="edge-reach", daemon=True)
    attempt.start()
    attempt.join(seconds)
    return reached.is_set()


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
    """All sound as MP3 and the word boundaries."""
    sound = bytearray()
    boundaries: list[Mapping[str, Any]] = []
    async for chunk in chunks:
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
