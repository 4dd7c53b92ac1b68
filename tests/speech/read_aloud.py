"""The network's read-aloud service on loopback: its websocket, in the form that edge-tts speaks."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import av
import numpy as np
from aiohttp import web

RATE = 24_000
TICKS = 10_000_000


def mp3(seconds: float) -> bytes:
    """A tone as the service sends sound: MP3, 24 kHz, mono, 48 kbit/s, no header."""
    times = np.arange(round(seconds * RATE)) / RATE
    tone = (0.1 * np.sin(2 * np.pi * 300 * times) * 32767).astype(np.int16)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono", bit_rate=48_000)
        frame = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
        frame.rate = RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return buffer.getvalue()


@contextmanager
def served(mood: str = "well") -> Iterator[str]:
    """The address of a service that answers "well", "stalls" after a word, is "silent", or sends "nonsense"."""
    over = threading.Event()
    ready = threading.Event()
    address: list[str] = []

    async def speak(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        asked = str((await socket.receive()).data)
        if mood == "silent":
            await _until(over)
            return socket
        words = asked.rpartition("<prosody")[2].partition(">")[2].partition("<")[0].split()
        for index, word in enumerate(words):
            await socket.send_bytes(_audio(mp3(0.5) if mood != "nonsense" else b"<html>no</html>" * 20))
            await socket.send_str(_boundary(index, word))
            if mood == "stalls":
                await _until(over)
                return socket
        await socket.send_str("Path:turn.end\r\n\r\n{}")
        return socket

    async def main() -> None:
        application = web.Application()
        application.router.add_get("/edge", speak)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address.append(f"ws://127.0.0.1:{runner.addresses[0][1]}/edge?a=b")
        ready.set()
        await _until(over)
        await runner.cleanup()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    ready.wait(5)
    try:
        yield address[0]
    finally:
        over.set()
        thread.join(5)


async def _until(over: threading.Event) -> None:
    while not over.is_set():
        await asyncio.sleep(0.01)


def _audio(content: bytes) -> bytes:
    header = b"X-RequestId:1\r\nContent-Type:audio/mpeg\r\nPath:audio\r\n"
    return len(header).to_bytes(2, "big") + header + content


def _boundary(index: int, word: str) -> str:
    told = {"Offset": index * TICKS // 2 + TICKS // 20, "Duration": TICKS // 3, "text": {"Text": word}}
    return "Path:audio.metadata\r\n\r\n" + json.dumps({"Metadata": [{"Type": "WordBoundary", "Data": told}]})
