"""The ways a service can fail, through the real client, over real sockets of this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import edge_tts.communicate
import edge_tts.voices
import pytest
from read_aloud import served

from talking.errors import ProviderDown
from talking.speech import Provider, Spoken, edge
from talking.speech.edge import VOICES, Edge
from talking.speech.espeak import Espeak
from talking.speech.speak import speak


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same limits in the same places, shorter."""
    monkeypatch.setattr(edge, "getproxies", dict)
    monkeypatch.setattr(edge, "CONNECT_SECONDS", 0.4)
    monkeypatch.setattr(edge, "FIRST_SECONDS", 0.5)
    monkeypatch.setattr(edge, "STALL_SECONDS", 0.3)


def ask(voice: str = "auto", text: str = "Hello there, friend") -> Spoken:
    providers: dict[str, Provider] = {"edge": Edge(), "espeak": Espeak()}
    return speak(text, voice=voice, language=None, rate=1.0, pitch=0.0, style=None, fallback=True, providers=providers)


@contextmanager
def swallowing() -> Iterator[tuple[str, int]]:
    """An address that takes no further connection and refuses none: its queue is full."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    address = server.getsockname()
    waiting = []
    for _ in range(4):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(address)
        waiting.append(client)
    try:
        yield address
    finally:
        for client in (*waiting, server):
            client.close()


def refusing() -> tuple[str, int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address: tuple[str, int] = server.getsockname()
    return address


def test_words_come_through_the_real_client(monkeypatch: pytest.MonkeyPatch) -> None:
    with served() as address:
        monkeypatch.setattr(edge_tts.communicate, "WSS_URL", address)
        monkeypatch.setattr(edge, "_reach", lambda _: "")
        spoken = ask("en-US-JennyNeural")
    assert spoken.voice.id == "en-US-JennyNeural"
    assert [mark.text for mark in spoken.speech.of_kind("word")] == ["Hello", "there,", "friend"]
    assert spoken.notes == ("Spoken by the network voice en-US-JennyNeural: the text was sent to its service.",)


@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        ("silent", "it did not answer in time"),
        ("stalls", "it did not answer in time"),
        ("nonsense", "it answered with something else than speech"),
    ],
)
@pytest.mark.parametrize("voice", ["auto", "en-US-GuyNeural"])
def test_a_service_that_fails_on_the_way_is_replaced_and_the_reason_told(
    monkeypatch: pytest.MonkeyPatch, mood: str, reason: str, voice: str
) -> None:
    with served(mood) as address:
        monkeypatch.setattr(edge_tts.communicate, "WSS_URL", address)
        monkeypatch.setattr(edge, "_reach", lambda _: "")
        spoken = ask(voice)
    assert spoken.voice.id == ("espeak:en-us+adam" if "Guy" in voice else "espeak:en-us+f5")
    assert f"could not be reached ({reason}), so the built-in voice" in spoken.notes[-1]
    assert spoken.speech.of_kind("phone")


def test_an_address_that_swallows_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    with swallowing() as address:
        monkeypatch.setattr(edge, "HOST", address)
        spoken = ask()
        assert spoken.notes[0].startswith("No network voice could be reached (it did not answer in time), so the")
        silent = Edge()
        silent.refresh()
        assert len(silent.voices()) == len(VOICES)


def test_an_address_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "HOST", refusing())
    spoken = ask("en-US-GuyNeural")
    assert spoken.notes == (
        "The network voice en-US-GuyNeural could not be reached (the connection was refused), "
        "so the built-in voice English (America), male spoke instead.",
    )


def test_a_service_that_goes_away_between_the_look_and_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    host, port = refusing()
    monkeypatch.setattr(edge_tts.communicate, "WSS_URL", f"ws://{host}:{port}/edge?a=b")
    source = Edge(reach=lambda _: "")
    voice = source.find("Jenny")
    assert voice is not None
    with pytest.raises(ProviderDown, match=r"could not be reached \(the connection was refused\): check"):
        source.synthesize("Hello", voice, rate=1.0, pitch=0.0, style=None)
    assert (source.reachable(), source.trouble()) == (False, "the connection was refused")


def test_an_answer_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(*_: str) -> AsyncIterator[Mapping[str, Any]]:
        while True:
            yield {"type": "audio", "data": b"x"}
            await asyncio.sleep(0.02)

    monkeypatch.setattr(edge, "BASE_SECONDS", 0.2)
    source = Edge(stream=endless, reach=lambda _: "")
    voice = source.find("Jenny")
    assert voice is not None
    with pytest.raises(ProviderDown, match="it did not answer in time"):
        source.synthesize("Hello", voice, rate=1.0, pitch=0.0, style=None)


def test_the_list_of_voices_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with served("silent") as address, swallowing() as (host, port):
        monkeypatch.setattr(edge, "HOST", ("127.0.0.1", int(address.split(":")[2].split("/")[0])))
        monkeypatch.setattr(edge_tts.voices, "VOICE_LIST", f"http://{host}:{port}/list?a=b")
        source = Edge()
        source.refresh()
        assert source.reachable()
        assert len(source.voices()) == len(VOICES)
