from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from read_aloud import TICKS, mp3

from talking import speech
from talking.errors import InvalidRequest
from talking.speech.cache import Cached, Store
from talking.speech.choose import choose
from talking.speech.edge import Edge
from talking.speech.espeak import Espeak
from talking.speech.ladder import Manner, say
from talking.speech.voice import CACHED, Provider, Voice
from talking.types import Mark, Speech

TEXT = "Hello there."
KEY = "ab" + "0" * 62


class Counting(Espeak):
    """The built-in voices, which count how often they are asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.release = "1"

    def version(self, voice: Voice) -> str:
        del voice
        return self.release

    def synthesize(self, text: str, voice: Voice, *, rate: float, pitch: float, style: str | None) -> Speech:
        self.asked += 1
        return super().synthesize(text, voice, rate=rate, pitch=pitch, style=style)


def a_speech(seconds: float = 0.5, text: str = "Grüße") -> Speech:
    samples = np.linspace(-0.5, 0.5, round(seconds * 8000), dtype=np.float32)
    marks = (Mark(0.0, 0.2, text, "word"), Mark(0.0, 0.1, "ɡ", "phone"), Mark(0.1, seconds, "", "phone"))
    return Speech(samples, 8000, marks, text, "de-DE", ("a note",))


def same(one: Speech, other: Speech) -> bool:
    return bool(np.array_equal(one.samples, other.samples)) and replace(one, samples=other.samples) == other


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_was_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "folder")
    assert store.get(KEY) is None
    assert store.put(KEY, a_speech())
    found = Store(tmp_path / "new" / "folder").get(KEY)
    assert found is not None
    assert same(found, a_speech())


def test_the_same_words_are_spoken_once_and_said_to_be_old(tmp_path: Path) -> None:
    voices = Counting()
    source = Cached(voices, Store(tmp_path))
    voice = source.find("espeak:en-us")
    other = source.find("espeak:en-us+m1")
    assert voice is not None
    assert other is not None
    first = source.synthesize(TEXT, voice, rate=1.0, pitch=0.0, style=None)
    again = source.synthesize(TEXT, voice, rate=1.0, pitch=0.0, style=None)
    assert voices.asked == 1
    assert CACHED not in first.notes
    assert same(replace(first, notes=(CACHED,)), again)
    source.synthesize(TEXT, voice, rate=1.1, pitch=0.0, style=None)
    source.synthesize(TEXT, voice, rate=1.0, pitch=1.0, style=None)
    source.synthesize(TEXT + "!", voice, rate=1.0, pitch=0.0, style=None)
    source.synthesize(TEXT, other, rate=1.0, pitch=0.0, style=None)
    voices.release = "2"
    source.synthesize(TEXT, voice, rate=1.0, pitch=0.0, style=None)
    assert voices.asked == 6


def test_a_network_voice_is_sent_a_text_once(tmp_path: Path) -> None:
    sent: list[str] = []

    async def answer(text: str, *_: str) -> AsyncIterator[Mapping[str, Any]]:
        sent.append(text)
        yield {"type": "audio", "data": mp3(0.5)}
        yield {"type": "WordBoundary", "offset": 0, "duration": TICKS // 4, "text": "Hello"}

    providers: dict[str, Provider] = {"edge": Cached(Edge(stream=answer, reach=lambda _: ""), Store(tmp_path))}
    choice = choose("Jenny", TEXT, language=None, providers=providers)
    first, again = (say(TEXT, choice, Manner(), providers, fallback=True) for _ in range(2))
    assert sent == [TEXT]
    assert first.notes == ("Spoken by the network voice en-US-JennyNeural: the text was sent to its service.",)
    assert (again.notes, again.speech.notes) == ((), (CACHED,))
    assert again.speech.of_kind("word") == first.speech.of_kind("word")


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other", "foreign"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path)
    store.put(KEY, a_speech())
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    if damage == "other":
        np.savez(path, samples=np.zeros(4), rest=np.zeros(2, np.uint8))
    elif damage == "foreign":
        np.savez(path, samples=np.array([{"a": 1}], dtype=object), rest=np.zeros(2, np.uint8))
    else:
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
        path.write_bytes({"cut": whole[:middle], "flipped": flipped, "empty": b""}[damage])
    assert store.get(KEY) is None
    assert files(tmp_path) == []
    assert store.put(KEY, a_speech())
    assert store.get(KEY) is not None


def test_what_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    store = Store(tmp_path, max_bytes=40_000)
    keys = [f"{index:02d}" + "f" * 62 for index in range(3)]
    for age, key in zip((300, 200, 100), keys, strict=True):
        store.put(key, a_speech(0.3))  # about 10 kB each
        path = tmp_path / key[:2] / f"{key}.npz"
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    assert store.get(keys[0]) is not None  # used again, so the second is the oldest now
    store.put("ee" + "f" * 62, a_speech(0.5))
    assert [store.get(key) is not None for key in keys] == [True, False, True]
    assert not store.put("dd" + "f" * 62, a_speech(20.0))
    assert store.get(keys[0]) is not None


def test_half_files_of_a_dead_process_go_away(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (tmp_path / "ab").mkdir()
    young, old = tmp_path / "ab" / "young.part", tmp_path / "ab" / "old.part"
    young.touch()
    old.touch()
    os.utime(old, (0, 0))
    store.put(KEY, a_speech())
    assert young.exists()
    assert not old.exists()


def test_a_cache_that_cannot_be_written_costs_nothing_but_the_memory(tmp_path: Path) -> None:
    (tmp_path / "ab").write_text("in the way")
    store = Store(tmp_path)
    assert not store.put(KEY, a_speech())
    assert store.get(KEY) is None
    with pytest.raises(InvalidRequest, match="is a file and not a folder"):
        Store(tmp_path / "ab")


def test_processes_share_a_cache(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from talking.speech.cache import Store
from talking.types import Mark, Speech
import numpy as np
store = Store(Path(sys.argv[1]), max_bytes=200_000)
wrong = 0
for turn in range(60):
    key = f"{turn % 7:02d}" + "a" * 62
    found = store.get(key)
    wrong += found is not None and not (found.samples == turn % 7).all()
    store.put(key, Speech(np.full(9000, turn % 7, np.float32), 8000))
print(wrong)
"""
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate()[0].strip() for process in running] == ["0", "0"]
    assert not list(tmp_path.rglob("*.part"))
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 200_000


def test_the_public_function_keeps_speech_where_it_is_told(tmp_path: Path) -> None:
    made = speech.synthesize("Hello world", voice="espeak:en-us", cache=tmp_path / "speech")
    again = speech.synthesize("Hello world", voice="espeak:en-us", cache=tmp_path / "speech")
    assert made.speech.notes == ()
    assert again.speech.notes == (CACHED,)
    assert len(files(tmp_path)) == 1
    assert same(replace(made.speech, notes=(CACHED,)), again.speech)
