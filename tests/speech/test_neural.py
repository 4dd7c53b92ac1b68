"""Piper and Kokoro with generated networks: what a model may lack, what may be missing, and who steps in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hub_server import Hub, serving

from talking import speech
from talking.errors import BadScript, Unavailable, Unknown
from talking.speech import Provider, Spoken
from talking.speech import kokoro as network
from talking.speech import piper as collection
from talking.speech.edge import Edge
from talking.speech.espeak import Espeak
from talking.speech.kokoro import Kokoro
from talking.speech.piper import Piper
from talking.speech.shelf import installed, pull, pullable
from talking.speech.speak import speak
from talking.types import Speech

pytestmark = pytest.mark.skipif(not collection.can_run(), reason="the extras piper and kokoro are not installed")

LESSAC = "piper:en_US-lessac-medium"


@pytest.fixture(scope="module")
def server() -> Iterator[Hub]:
    from tiny_voices import hub, piper_config, piper_files, piper_model

    running = hub()
    files = running.repos["rhasspy/piper-voices"][0]
    files |= piper_files("en_GB-alan-medium", piper_model(level=0.0), piper_config("en-gb-x-rp"))
    files |= piper_files("en_GB-cori-medium", b"no network at all " * 99, piper_config("en-gb-x-rp"))
    with serving(running):
        yield running


@pytest.fixture(scope="module")
def folder(server: Hub, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("pulled")
    for name in ("en_US-lessac", "de_DE-thorsten", "zh_CN-huayan", "en_GB-vctk", "en_GB-alan", "en_GB-cori"):
        pull(f"piper:{name}-medium", folder=place, endpoint=server.address)
    pull("af_heart", folder=place, endpoint=server.address)
    return place


def say(source: Provider, name: str, text: str = "Hello there", pitch: float = 0.0) -> Speech:
    voice = source.find(name)
    assert voice is not None
    return source.synthesize(text, voice, rate=1.0, pitch=pitch, style=None)


def hertz(spoken: Speech) -> float:
    """The loudest frequency."""
    spectrum = np.abs(np.fft.rfft(spoken.samples))
    return float(np.argmax(spectrum) * spoken.rate / len(spoken.samples))


def test_what_was_pulled_is_listed_with_its_licence(folder: Path, tmp_path: Path) -> None:
    locks = installed(folder)
    assert [lock.name for lock in locks][:2] == ["kokoro", "piper:de_DE-thorsten-medium"]
    assert {lock.licence for lock in locks} == {"mit", "CC0 (voice); mit (collection)"}
    assert installed(tmp_path) == ()
    assert {"kokoro", LESSAC} <= set(pullable())


def test_names_that_cannot_be_pulled(tmp_path: Path, server: Hub) -> None:
    for name, told in (("espeak:de", "nothing to pull"), ("en-US-JennyNeural", "nothing to pull")):
        with pytest.raises(Unavailable, match=told):
            pull(name, folder=tmp_path)
    with pytest.raises(Unknown, match=r"no voice to pull called 'piper:en_US-lesac-medum'\. Did you mean piper:en_US"):
        pull("piper:en_US-lesac-medum", folder=tmp_path)
    with pytest.raises(Unknown, match="The hub has no voice 'piper:en_US-nobody-low'"):
        pull("piper:en_US-nobody-low", folder=tmp_path, endpoint=server.address)


def test_voices_are_listed_best_first(folder: Path) -> None:
    assert [voice.id for voice in Kokoro(folder).voices()] == ["kokoro:af_heart", "kokoro:bm_george", "kokoro:ff_siwis"]
    voices = {voice.id: voice for voice in Piper(folder).voices()}
    assert (voices[LESSAC].name, voices[LESSAC].gender) == ("Lessac, English (US), medium", "female")
    assert voices["piper:en_GB-vctk-medium"].gender == "unknown"
    assert speech.voices(provider="piper", language="German", folder=folder)[0].id == "piper:de_DE-thorsten-medium"


def test_pitch_is_shifted_and_the_length_kept(folder: Path) -> None:
    from tiny_voices import HERTZ

    plain = say(Piper(folder), LESSAC)
    for high in (say(Piper(folder), LESSAC, pitch=4.0), say(Kokoro(folder), "af_heart", pitch=4.0)):
        assert hertz(high) == pytest.approx(HERTZ * 2 ** (4 / 12), rel=0.02)
        assert high.of_kind("phone")[-1].end == pytest.approx(high.duration, abs=0.01)
        if high.rate == plain.rate:
            assert hertz(plain) == pytest.approx(HERTZ, rel=0.02)
            assert high.duration == pytest.approx(plain.duration, rel=0.15)


def test_a_model_that_tells_no_times_speaks_without_marks(folder: Path) -> None:
    spoken = say(Piper(folder), "piper:de_DE-thorsten-medium", "Guten Tag.")
    assert spoken.duration > 0.3
    assert spoken.marks == ()


def test_a_network_that_tells_no_times_speaks_without_marks_too(tmp_path: Path) -> None:
    from tiny_voices import kokoro_files, kokoro_model

    old = Hub({network.BUNDLE.repo: [kokoro_files(kokoro_model(timed=False))]})
    with serving(old):
        pull("kokoro", folder=tmp_path, endpoint=old.address)
    spoken = say(Kokoro(tmp_path), "bm_george")
    assert spoken.duration > 0.3
    assert spoken.marks == ()


def test_a_silent_voice_has_its_marks_all_the_same(folder: Path) -> None:
    spoken = say(Piper(folder), "piper:en_GB-alan-medium", "Hello there. How are you?")
    assert not spoken.samples.any()
    assert [mark.text for mark in spoken.of_kind("word")] == ["Hello", "there", "How", "are", "you"]


def test_one_of_several_speakers_and_brackets_that_are_no_phonemes(folder: Path) -> None:
    source = Piper(folder)
    spoken = say(source, "piper:en_GB-vctk-medium#p2", "[[ bad ]] day")
    assert [mark.text for mark in spoken.of_kind("word")] == ["bad", "day"]
    assert {"b", "æ"} <= {mark.text for mark in spoken.of_kind("phone")}
    with pytest.raises(Unavailable, match="has no speaker 'p9': choose one of p0, p1, p2"):
        say(source, "piper:en_GB-vctk-medium#p9")


def test_files_that_are_no_voice_are_refused(folder: Path) -> None:
    source = Piper(folder)
    for name in ("en_GB-cori", "zh_CN-huayan"):
        with pytest.raises(Unavailable, match="cannot be used here: pull it again, or try another voice"):
            say(source, f"piper:{name}-medium")


def test_a_text_without_sounds_is_refused(folder: Path) -> None:
    with pytest.raises(BadScript, match="has no sounds for this text"):
        say(Kokoro(folder), "af_heart", "...")


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match=f"is not on this machine: run `talking voices pull {LESSAC}`"):
        say(Piper(tmp_path), "en_US-lessac-medium")
    with pytest.raises(Unavailable, match="is not on this machine: run `talking voices pull kokoro`"):
        say(Kokoro(tmp_path), "kokoro:af_heart")
    monkeypatch.setattr(collection, "can_run", lambda: False)
    monkeypatch.setattr(network, "can_run", lambda: False)
    assert Piper(tmp_path).voices() == Kokoro(tmp_path).voices() == ()
    with pytest.raises(Unavailable, match=r"run `pip install 'talking\[piper\]'`"):
        say(Piper(tmp_path), LESSAC)
    with pytest.raises(Unavailable, match=r"run `pip install 'talking\[kokoro\]'`"):
        say(Kokoro(tmp_path), "af_heart")


def test_a_kokoro_voice_that_did_not_come_along(folder: Path) -> None:
    with pytest.raises(Unavailable, match="Kokoro has no voice Nobody"):
        say(Kokoro(folder), "kokoro:af_nobody")
    assert Kokoro(folder).find("kokoro:jf_alpha") is None


def ask(folder: Path, **options: Any) -> Spoken:
    providers: dict[str, Provider] = {
        "edge": Edge(reach=lambda _: "the connection was refused"),
        "kokoro": Kokoro(folder),
        "piper": Piper(folder),
        "espeak": Espeak(),
    }
    wish: dict[str, Any] = {"voice": "auto", "language": None, "rate": 1.0, "pitch": 0.0, "style": None}
    return speak("Hello there", **(wish | {"fallback": True} | options), providers=providers)


def test_offline_an_installed_voice_goes_before_the_built_in_one(folder: Path) -> None:
    spoken = ask(folder)
    assert spoken.voice.id == "kokoro:af_heart"
    assert spoken.notes == (
        "No network voice could be reached (the connection was refused), "
        "so the installed voice Heart, English (US) speaks.",
    )
    instead = ask(folder, voice="de-DE-ConradNeural")
    assert instead.voice.id == "piper:de_DE-thorsten-medium"
    assert "(the connection was refused), so the installed voice Thorsten" in instead.notes[-1]


def test_each_step_down_is_told(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "pulled"
    shutil.copytree(folder / "piper/en_US-lessac-medium", place / "piper/en_US-lessac-medium")
    shutil.copytree(folder / "kokoro", place / "kokoro")
    for model in place.rglob("*.onnx"):
        model.write_bytes(b"damaged")
    spoken = ask(place)
    assert spoken.voice.id == "espeak:en-us+f5"
    assert [note.partition(" (")[0] for note in spoken.notes] == [
        "No network voice could be reached",
        "The installed voice Lessac, English",
        "The installed voice Heart, English",
    ]
    assert "run `talking voices pull kokoro` again), so the built-in voice" in spoken.notes[-1]
    with pytest.raises(Unavailable, match="was changed since it was pulled"):
        ask(place, voice=LESSAC)
