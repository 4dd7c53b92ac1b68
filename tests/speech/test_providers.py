"""One contract for every provider: what `Provider` promises, asked of each of them in the same way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hub_server import serving
from processes import children
from read_aloud import TICKS, mp3

from talking.checkpoints.hub import pull
from talking.errors import Unavailable
from talking.speech import PROVIDERS, Provider, Voice
from talking.speech import espeak as embedded
from talking.speech.edge import Edge
from talking.speech.espeak import Espeak
from talking.speech.kokoro import BUNDLE, Kokoro
from talking.speech.languages import canonical
from talking.speech.piper import Piper, bundle
from talking.types import Speech

TEXT = "Hello there, my friend. We saw 42 cats!"


@dataclass(eq=False)
class Case:
    """A provider that works, a voice of it, and how to break it so that its next speech fails."""

    provider: Provider
    voice: str
    spoil: Callable[[pytest.MonkeyPatch], None]
    spoken: Speech | None = None

    @property
    def speech(self) -> Speech:
        """The text, spoken plainly once for all tests that only look."""
        self.spoken = self.spoken or say(self)
        return self.spoken


async def recorded(text: str, _voice: str, rate: str, _pitch: str) -> AsyncIterator[Mapping[str, Any]]:
    """An answer of the service in its form, as long as the text and the rate ask for."""
    speed = 1 + int(rate.rstrip("%")) / 100
    words = text.split()
    sound = mp3(0.4 * len(words) / speed)
    for start in range(0, len(sound), 720):
        yield {"type": "audio", "data": sound[start : start + 720]}
        await asyncio.sleep(0)
    for index, word in enumerate(words):
        offset, length = (round(seconds / speed * TICKS) for seconds in (0.4 * index + 0.05, 0.3))
        yield {"type": "WordBoundary", "offset": offset, "duration": length, "text": word.strip(",.!?")}


def edge_case() -> Case:
    async def broken(*_: str) -> AsyncIterator[Mapping[str, Any]]:
        raise ConnectionResetError("gone")
        yield {}

    source = Edge(stream=recorded, reach=lambda _: "")
    return Case(source, "en-US-JennyNeural", lambda patch: patch.setattr(source, "_stream", broken))


def espeak_case() -> Case:
    def spoil(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(embedded, "_WORKER", Path(__file__))  # no worker: it ends at once, and wrongly

    return Case(Espeak(), "espeak:en-us", spoil)


def damage(path: Path) -> Callable[[pytest.MonkeyPatch], None]:
    def spoil(_: pytest.MonkeyPatch) -> None:
        path.write_bytes(b"damaged")

    return spoil


@pytest.fixture(scope="module", params=["edge", "espeak", "piper", "kokoro"])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    if request.param in ("edge", "espeak"):
        return edge_case() if request.param == "edge" else espeak_case()
    if not all(find_spec(name) for name in ("onnx", "onnxruntime", "piper")):
        pytest.skip("the extras piper and kokoro are not installed")
    from tiny_voices import hub

    folder = tmp_path_factory.mktemp("voices")
    wanted = BUNDLE if request.param == "kokoro" else bundle("piper:en_US-lessac-medium")
    assert wanted is not None
    with serving(hub()) as running:
        pull(wanted, folder, endpoint=running.address)
    if request.param == "kokoro":
        return Case(Kokoro(folder), "kokoro:af_heart", damage(folder / "kokoro/onnx/model_quantized.onnx"))
    model = folder / "piper/en_US-lessac-medium/en/en_US/lessac/medium/en_US-lessac-medium.onnx"
    return Case(Piper(folder), "piper:en_US-lessac-medium", damage(model))


def the_voice(case: Case) -> Voice:
    found = case.provider.find(case.voice)
    assert found is not None
    return found


def say(case: Case, *, rate: float = 1.0, pitch: float = 0.0) -> Speech:
    return case.provider.synthesize(TEXT, the_voice(case), rate=rate, pitch=pitch, style=None)


def test_every_provider_is_on_trial_and_in_the_order_of_preference() -> None:
    assert list(PROVIDERS) == ["edge", "kokoro", "piper", "espeak"]


def test_voices_are_complete_and_found_by_their_ids(case: Case) -> None:
    voices = case.provider.voices()
    name = the_voice(case).provider
    assert len({voice.id for voice in voices}) == len(voices) >= 1
    for voice in voices:
        assert voice.provider == name
        assert voice.gender in ("female", "male", "unknown")
        assert canonical(voice.language) is not None
        assert voice.spoken[0] == voice.language
        assert voice.name
    for voice in voices[:5]:
        assert case.provider.find(voice.id) == voice
        assert not voice.person or case.provider.find(voice.person) is not None
    assert case.provider.find("nobody at all") is None
    assert case.provider.find("") is None


def test_it_can_be_reached_and_says_no_trouble(case: Case) -> None:
    case.provider.refresh()
    assert case.provider.reachable()
    assert case.provider.trouble() == ""
    assert case.provider.version(the_voice(case))


def test_speech_is_sound_of_the_usual_level(case: Case) -> None:
    speech = case.speech
    assert (speech.samples.dtype, speech.samples.ndim) == (np.float32, 1)
    assert 16_000 <= speech.rate <= 48_000
    assert 0.02 < float(np.sqrt(np.square(speech.samples).mean())) < 0.2
    assert float(np.abs(speech.samples).max()) <= 1.0
    assert 1.0 < speech.duration < 12.0
    assert (speech.text, speech.language) == (TEXT, the_voice(case).language)


def test_marks_are_in_order_within_the_sound_and_name_the_words(case: Case) -> None:
    speech = case.speech
    starts = [mark.start for mark in speech.marks]
    assert starts == sorted(starts)
    assert all(0 <= mark.start < mark.end <= speech.duration + 1e-6 for mark in speech.marks)
    for kind in ("word", "phone"):
        marks = speech.of_kind(kind)
        assert all(one.end <= other.start + 1e-6 for one, other in pairwise(marks))
    assert [mark.text for mark in speech.of_kind("word")] == [
        "Hello",
        "there",
        "my",
        "friend",
        "We",
        "saw",
        "42",
        "cats",
    ]


def test_phones_cover_the_sound_where_they_are_promised(case: Case) -> None:
    speech = case.speech
    phones = speech.of_kind("phone")
    assert bool(phones) == the_voice(case).aligned
    if phones:
        assert phones[0].start == 0
        assert phones[-1].end == pytest.approx(speech.duration, abs=0.01)
        assert all(one.end == pytest.approx(other.start) for one, other in pairwise(phones))
        assert {"m", "f"} <= {phone.text for phone in phones}


def test_the_rate_is_honoured(case: Case) -> None:
    assert say(case, rate=1.6).duration < 0.8 * case.speech.duration


def test_equal_requests_give_equal_speech_from_any_thread_and_leave_nothing_running(case: Case) -> None:
    first = case.speech
    processes, threads = children(), threading.active_count()
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(say, case).result()
    assert np.array_equal(first.samples, second.samples)
    assert first.marks == second.marks
    assert children() <= processes
    assert threading.active_count() <= threads


def test_a_failure_is_one_sentence_without_paths(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    # The last test of the case: what it breaks stays broken.
    case.spoil(monkeypatch)
    processes = children()
    with pytest.raises(Unavailable) as raised:
        say(case)
    message = str(raised.value)
    assert message.endswith((".", "`."))
    assert ":" in message
    assert not any(sign in message for sign in ("Traceback", "/tmp", ".onnx", "\n"))
    assert children() <= processes
