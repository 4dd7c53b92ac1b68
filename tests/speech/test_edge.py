from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import numpy as np
import pytest
from read_aloud import RATE, TICKS, mp3

from talking.errors import BadScript, ProviderDown
from talking.speech import edge
from talking.speech.edge import Edge
from talking.speech.edge_voices import STAND_INS, VOICES
from talking.types import Speech


class Service:
    """Stands where the network service stands: answers in its form, or fails, and keeps what it was asked."""

    def __init__(self, words: str = "Hello there", failure: Exception | None = None) -> None:
        self.words = words
        self.failure = failure
        self.asked: list[tuple[str, str, str, str]] = []

    async def __call__(self, text: str, voice: str, rate: str, pitch: str) -> AsyncIterator[Mapping[str, Any]]:
        self.asked.append((text, voice, rate, pitch))
        if self.failure:
            raise self.failure
        sound = mp3(2.0)
        for start in range(0, len(sound), 720):
            yield {"type": "audio", "data": sound[start : start + 720]}
            await asyncio.sleep(0)
        for index, word in enumerate(self.words.split()):
            yield {
                "type": "WordBoundary",
                "offset": TICKS // 10 + index * TICKS // 2,
                "duration": TICKS // 4,
                "text": word,
            }


def provider(service: Service, reached: bool = True) -> Edge:
    return Edge(stream=service, reach=lambda _: "" if reached else "the connection was refused")


def say(source: Edge, voice: str = "en-US-JennyNeural", rate: float = 1.0, pitch: float = 0.0) -> Speech:
    found = source.find(voice)
    assert found is not None
    return source.synthesize("Hello there", found, rate=rate, pitch=pitch, style=None)


def test_sound_and_word_marks_come_out_in_seconds() -> None:
    speech = say(provider(Service()))
    assert (speech.rate, speech.samples.dtype, speech.language) == (RATE, np.float32, "en-US")
    assert speech.duration == pytest.approx(2.0, abs=0.12)
    assert [(mark.text, mark.start, mark.end) for mark in speech.marks] == [
        ("Hello", pytest.approx(0.1), pytest.approx(0.35)),
        ("there", pytest.approx(0.6), pytest.approx(0.85)),
    ]
    assert speech.of_kind("phone") == ()
    assert np.sqrt(np.square(speech.samples[2400:-2400]).mean()) == pytest.approx(0.1, rel=0.05)  # -20 dBFS


def test_marks_never_overlap_or_leave_the_sound() -> None:
    async def overlapping(*_: str) -> AsyncIterator[Mapping[str, Any]]:
        yield {"type": "audio", "data": mp3(1.0)}
        for start, length, word in ((5, 9, "b"), (0, 7, "a"), (30, 5, "late"), (9, 0, "none")):
            yield {
                "type": "WordBoundary",
                "offset": start * TICKS // 10,
                "duration": length * TICKS // 10,
                "text": word,
            }

    speech = say(Edge(stream=overlapping, reach=lambda _: ""))
    assert [mark.text for mark in speech.marks] == ["a", "b"]
    assert speech.marks[0].end <= speech.marks[1].start
    assert speech.marks[1].end <= speech.duration


def test_rate_and_pitch_are_sent_in_the_form_of_the_service() -> None:
    service = Service()
    say(provider(service), rate=1.06, pitch=2.0)
    say(provider(service), "en-US-GuyNeural", rate=0.5, pitch=-3.0)
    say(provider(service))
    assert [asked[1:] for asked in service.asked] == [
        ("en-US-JennyNeural", "+6%", "+24Hz"),
        ("en-US-GuyNeural", "-50%", "-18Hz"),
        ("en-US-JennyNeural", "+0%", "+0Hz"),
    ]


def test_it_speaks_beside_a_running_loop() -> None:
    async def caller() -> Speech:
        return say(provider(Service()))

    assert asyncio.run(caller()).of_kind("word")


@pytest.mark.parametrize("failure", [ConnectionResetError("gone"), TimeoutError(), OSError("no route")])
def test_a_broken_connection_is_said_and_remembered(failure: Exception) -> None:
    source = provider(Service(failure=failure))
    assert source.reachable()
    with pytest.raises(ProviderDown, match="en-US-JennyNeural could not be reached"):
        say(source)
    assert not source.reachable()


def test_errors_of_the_library_and_damaged_sound_count_as_down() -> None:
    from edge_tts.exceptions import NoAudioReceived

    async def noise(*_: str) -> AsyncIterator[Mapping[str, Any]]:
        yield {"type": "audio", "data": b"<html>blocked</html>" * 50}

    async def nothing(*_: str) -> AsyncIterator[Mapping[str, Any]]:
        yield {"type": "WordBoundary", "offset": 0, "duration": 1, "text": "x"}

    for stream in (Service(failure=NoAudioReceived("none")), noise, nothing):
        with pytest.raises(ProviderDown):
            say(Edge(stream=stream, reach=lambda _: ""))


def test_more_than_the_longest_speech_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "MAX_SECONDS", 1)
    with pytest.raises(BadScript, match="split it"):
        say(provider(Service()))


def test_the_network_is_asked_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def reach(seconds: float) -> str:
        asked.append(seconds)
        return "it did not answer in time"

    source = Edge(stream=Service(), reach=reach)
    assert [source.reachable() for _ in range(5)] == [False] * 5
    assert asked == [edge.CONNECT_SECONDS]
    later = time.monotonic() + edge.MEMORY_SECONDS + 1
    monkeypatch.setattr(edge.time, "monotonic", lambda: later)
    source.reachable()
    assert len(asked) == 2


def test_a_proxy_is_what_gets_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(edge, "getproxies", lambda: {"https": f"http://127.0.0.1:{port}"})
        assert edge._reach(2) == ""


def test_the_real_library_is_asked_for_words_and_fails_as_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    import edge_tts

    made: list[dict[str, Any]] = []

    class Speaker(edge_tts.Communicate):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            made.append(options)
            super().__init__(*arguments, **options)

        async def stream(self) -> AsyncIterator[Mapping[str, Any]]:
            raise ConnectionError("offline")
            yield {}

    monkeypatch.setattr(edge_tts, "Communicate", Speaker)
    with pytest.raises(ProviderDown):
        say(Edge(reach=lambda _: ""), rate=0.93, pitch=-1.5)
    assert made[0]["boundary"] == "WordBoundary"


def test_voices_by_name() -> None:
    source = provider(Service())
    for name in (
        "en-US-JennyNeural",
        "EN-us-jennyneural",
        "edge:en-US-JennyNeural",
        "microsoft:en-US-JennyNeural",
        "Jenny",
    ):
        assert getattr(source.find(name), "id", None) == "en-US-JennyNeural"
    assert getattr(source.find("Dmitry"), "id", None) == "ru-RU-DmitryNeural"
    assert getattr(source.find("Sara"), "id", None) == STAND_INS["en-US-SaraNeural"]
    assert getattr(source.find("zh-CN-liaoning-XiaobeiNeural"), "language", None) == "zh-CN-liaoning"
    assert source.find("Nobody") is None
    assert source.find("") is None


def test_the_table_of_voices_is_sound() -> None:
    assert len(VOICES) > 300
    assert len({locale.partition("-")[0] for locale, _ in VOICES.values()}) >= 70
    assert all(stand_in in VOICES and missing not in VOICES for missing, stand_in in STAND_INS.items())
    labels = [voice.name for voice in provider(Service()).voices()]
    assert "Jenny, English (US)" in labels
    assert "Ava Multilingual, English (US)" in labels


def test_news_from_the_service_join_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    async def listed() -> dict[str, tuple[str, str]]:
        return {"xh-ZA-NomusaNeural": ("xh-ZA", "female")}

    monkeypatch.setattr(edge, "_list", listed)
    unreached = provider(Service(), reached=False)
    unreached.refresh()
    assert unreached.find("Nomusa") is None
    source = provider(Service())
    source.refresh()
    assert source.find("Nomusa") is not None
    assert source.find("Jenny") is not None


def test_a_failing_list_leaves_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    async def listed() -> dict[str, tuple[str, str]]:
        raise OSError("no")

    monkeypatch.setattr(edge, "_list", listed)
    source = provider(Service())
    source.refresh()
    assert len(source.voices()) == len(VOICES)
