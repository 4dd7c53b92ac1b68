from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from talking.errors import BadScript, ProviderDown, Unavailable
from talking.speech import espeak, espeak_process
from talking.speech.espeak import Espeak, Voice
from talking.types import Floats, Mark, Speech

TEXT = "Peter's big map fell off my table. We saw 42 cats, well-known for it!"
SAMPLES = {
    "de": "Guten Tag, wie geht es Ihnen?",
    "fr": "Bonjour tout le monde.",
    "es": "Buenos días a todos.",
    "it": "Buongiorno a tutti quanti.",
    "pt-BR": "Bom dia a todos vocês.",
    "pl": "Wszyscy mówią po polsku.",
    "ru": "Привет, как дела?",
    "uk": "Добрий день, друзі.",
    "tr": "Merhaba, nasılsınız?",
    "el": "Καλημέρα σε όλους.",
    "ar": "مرحبا بالعالم",
    "fa": "سلام دنیا",
    "hi": "नमस्ते दुनिया",
    "ja": "こんにちは みなさん",
    "ko": "안녕하세요 여러분",
    "zh": "今天天气很好。",
    "vi": "Xin chào các bạn.",
    "fi": "Hyvää huomenta kaikille.",
}


@pytest.fixture(scope="module")
def provider() -> Espeak:
    return Espeak()


def say(provider: Espeak, text: str = TEXT, voice: str = "espeak:en-us", rate: float = 1.0, pitch: float = 0) -> Speech:
    found = provider.find(voice)
    assert found is not None
    return provider.synthesize(text, found, rate=rate, pitch=pitch, style=None)


def level(samples: Floats) -> float:
    """Speech level in dBFS: rms of the 20 ms stretches within 30 dB of the loudest."""
    power = np.square(samples[: len(samples) // 441 * 441]).reshape(-1, 441).mean(axis=1)
    return float(10 * np.log10(power[power > power.max() * 1e-3].mean()))


def test_there_are_two_voices_for_each_of_more_than_a_hundred_languages(provider: Espeak) -> None:
    voices = provider.voices()
    assert len(voices) == len({voice.id for voice in voices}) > 270
    assert {voice.gender for voice in voices} == {"female", "male"}
    assert len({voice.language for voice in voices}) > 100
    assert not {"fo", "kaa", "xex"} & {voice.language for voice in voices}  # these make no sound
    assert (
        Voice("espeak:en-us+f5", "English (America), female", "en-US", "female", "espeak", aligned=True, phonetic=True)
        in voices
    )


@pytest.mark.parametrize(
    ("name", "voice_id", "gender"),
    [
        ("espeak:en-us", "espeak:en-us+f5", "female"),
        ("espeak:en", "espeak:en-us+f5", "female"),
        ("espeak:EN-GB", "espeak:en-gb+f5", "female"),
        ("espeak:zh", "espeak:cmn+f5", "female"),
        ("espeak:fr+annie", "espeak:fr-fr+Annie", "female"),
        ("de+klatt4", "espeak:de+klatt4", "male"),
        ("espeak:xx", None, None),
        ("espeak:en-us+nobody", None, None),
        ("espeak:en-us+../../etc", None, None),
        ("en-us", None, None),
    ],
)
def test_names_of_voices(provider: Espeak, name: str, voice_id: str | None, gender: str | None) -> None:
    found = provider.find(name)
    assert (found and found.id, found and found.gender) == (voice_id, gender)


def test_marks_are_in_order_gapless_and_end_with_the_sound(provider: Espeak) -> None:
    speech = say(provider)
    assert speech.samples.dtype == np.float32
    assert (speech.rate, speech.text, speech.language) == (22050, TEXT, "en-US")
    phones = speech.of_kind("phone")
    assert phones[0].start == 0
    assert phones[-1].end == pytest.approx(speech.duration, abs=1e-9)
    assert all(a.end == b.start for a, b in pairwise(phones))
    assert all(mark.end > mark.start for mark in speech.marks)
    assert list(speech.marks) == sorted(speech.marks, key=lambda mark: mark.start)


def test_words_are_those_of_the_text_and_hold_their_phones(provider: Espeak) -> None:
    speech = say(provider)
    words = speech.of_kind("word")
    said = "Peter's big map fell off my table We saw 42 cats well-known for it"
    assert [mark.text for mark in words] == said.split()
    assert all(a.end <= b.start for a, b in pairwise(words))

    def inside(word: Mark) -> str:
        return "".join(
            phone.text for phone in speech.of_kind("phone") if word.start <= phone.start and phone.end <= word.end
        )

    assert inside(words[2]) == "mˈæp"
    assert inside(words[9]).startswith("f") and inside(words[9]).endswith("uː")


def test_pauses_are_silent_and_vowels_are_not(provider: Espeak) -> None:
    speech = say(provider)

    def loudness(mark: Mark) -> float:
        part = speech.samples[int(mark.start * speech.rate) : int(mark.end * speech.rate)]
        return float(np.sqrt(np.square(part).mean()))

    pauses = [loudness(mark) for mark in speech.of_kind("phone") if not mark.text and mark.end - mark.start > 0.1]
    vowels = [loudness(mark) for mark in speech.of_kind("phone") if "ˈ" in mark.text]
    assert len(pauses) >= 2
    assert max(pauses) < 0.1 * min(vowels)


def test_the_same_request_gives_the_same_bytes_at_any_time(provider: Espeak) -> None:
    for voice in ("espeak:en-us+f5", "espeak:en-us+adam"):
        first = say(provider, voice=voice)
        time.sleep(1.1)  # the library would seed its noise with the second of the day
        again = say(provider, voice=voice)
        assert first.samples.tobytes() == again.samples.tobytes()
        assert first.marks == again.marks


def test_four_threads_speak_at_once(provider: Espeak) -> None:
    texts = [f"This is thread number {i}, and it speaks." for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: say(provider, text).samples.tobytes(), texts))
    assert together == [say(provider, text).samples.tobytes() for text in texts]


@pytest.mark.parametrize("tag", SAMPLES)
def test_languages_speak(provider: Espeak, tag: str) -> None:
    speech = say(provider, SAMPLES[tag], f"espeak:{tag}")
    phones = [mark for mark in speech.of_kind("phone") if mark.text]
    assert len(phones) >= 6
    assert not any("(" in mark.text for mark in phones)
    assert 0.5 < speech.duration < 4
    assert speech.of_kind("word")


@pytest.mark.parametrize("variant", ["f2", "f5", "m1", "adam", "klatt", "Hugo", "iven", "ed", "whisper"])
def test_all_voices_are_equally_loud(provider: Espeak, variant: str) -> None:
    samples = say(provider, voice=f"espeak:en-us+{variant}").samples
    assert level(samples) == pytest.approx(-20, abs=1.5)  # so any two lie within 3 dB
    assert np.abs(samples).max() <= 1.0


def test_rate_and_pitch_change_speed_and_tone(provider: Espeak) -> None:
    plain = say(provider)
    assert say(provider, rate=2.0).duration == pytest.approx(plain.duration / 2, rel=0.15)
    assert say(provider, rate=0.5).duration == pytest.approx(plain.duration * 2, rel=0.15)
    ratio = _pitch(say(provider, pitch=6)) / _pitch(say(provider, pitch=-6))
    assert ratio == pytest.approx(2.0, rel=0.1)


def _pitch(speech: Speech) -> float:
    """Median fundamental in hertz, by autocorrelation."""
    found = []
    for start in range(0, len(speech.samples) - 1024, 512):
        part = speech.samples[start : start + 1024]
        if np.sqrt(np.square(part).mean()) < 0.03:
            continue
        spectrum = np.fft.rfft((part - part.mean()) * np.hanning(1024), 4096)
        correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:400]
        lag = 44 + int(correlation[44:].argmax())  # 55 to 500 Hz
        if correlation[lag] > 0.5 * correlation[0]:
            found.append(speech.rate / lag)
    return float(np.median(found))


@pytest.mark.parametrize(
    "text",
    [
        "one [[hello]] two",
        "one <break time='30s'/> two",
        "one </speak><voice name='xx'> two",
        "one &lt;audio src='/etc/passwd'&gt; two",
        "one %s %n {0} $(id) `id` two",
    ],
)
def test_markup_in_a_text_is_only_read_out(provider: Espeak, text: str) -> None:
    speech = say(provider, text)
    words = [mark.text for mark in speech.of_kind("word")]
    assert (words[0], words[-1]) == ("one", "two")
    assert speech.duration < 15
    assert max(mark.end - mark.start for mark in speech.of_kind("phone")) < 1.0


def test_phoneme_input_is_not_taken(provider: Espeak) -> None:
    as_phonemes = [mark.text for mark in say(provider, "[[h@l'oU]]").of_kind("phone") if mark.text]
    assert as_phonemes != ["h", "ə", "l", "ˈoʊ"]
    assert len(as_phonemes) > 4


def test_kanji_are_refused_with_a_way_out(provider: Espeak) -> None:
    with pytest.raises(Unavailable, match="kanji: write the text in hiragana"):
        say(provider, "東京へようこそ", "espeak:ja")
    assert say(provider, "とうきょうへ ようこそ", "espeak:ja").duration > 1


def test_a_text_without_sounds_for_the_voice_is_refused(
    provider: Espeak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.voices()
    script = tmp_path / "worker.py"
    script.write_text(
        "import json, struct, sys\n"
        "answer = json.dumps({'rate': 22050, 'samples': 0, 'events': [[7, 0, 0, '']], 'cut': False}).encode()\n"
        "sys.stdout.buffer.write(b'J' + struct.pack('<I', len(answer)) + answer)\n"
    )
    monkeypatch.setattr(espeak, "_WORKER", script)
    with pytest.raises(BadScript, match="no sounds for this text"):
        say(provider)


def test_a_long_text_keeps_its_marks_exact(provider: Espeak) -> None:
    sentence = "The sixth sheep's map is big, she said. "
    text = (sentence * 300).strip()
    speech = say(provider, text)
    words = speech.of_kind("word")
    assert [mark.text for mark in words] == [word.strip(",.") for word in text.split()]
    assert speech.of_kind("phone")[-1].end == pytest.approx(speech.duration, abs=1e-9)
    late = [mark for mark in speech.of_kind("phone") if not mark.text and mark.end - mark.start > 0.2][-2]
    part = speech.samples[int(late.start * speech.rate) + 400 : int(late.end * speech.rate) - 400]
    assert np.abs(part).max() < 0.02  # still silent where the marks say so, after many minutes


def test_speech_beyond_the_limit_is_refused(provider: Espeak, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "MAX_SECONDS", 60)
    with pytest.raises(BadScript, match="more than 1 minutes"):
        say(provider, "a long story " * 200)


def crashing(folder: Path, crashes: int) -> Path:
    """A worker that dies of a segmentation fault the first `crashes` times, then does its work."""
    script = folder / "worker.py"
    counter = folder / "count"
    counter.write_text("0")
    script.write_text(
        "import os, pathlib, runpy, signal\n"
        f"counter = pathlib.Path({str(counter)!r})\n"
        "count = int(counter.read_text()) + 1\n"
        "counter.write_text(str(count))\n"
        f"if count <= {crashes}:\n"
        "    os.kill(os.getpid(), signal.SIGSEGV)\n"
        f"runpy.run_path({str(espeak._WORKER)!r}, run_name='__main__')\n"
    )
    return script


def test_a_crash_is_tried_once_more(provider: Espeak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = say(provider)
    monkeypatch.setattr(espeak, "_WORKER", crashing(tmp_path, crashes=1))
    assert say(provider).samples.tobytes() == expected.samples.tobytes()


def test_two_crashes_are_reported(provider: Espeak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.voices()
    monkeypatch.setattr(espeak, "_WORKER", crashing(tmp_path, crashes=2))
    with pytest.raises(ProviderDown, match="stopped while it was speaking"):
        say(provider)


def test_a_worker_killed_while_it_speaks_does_no_harm(provider: Espeak, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    popen = subprocess.Popen

    class Watched(popen):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)
            started.append(self.pid)
            if len(started) == 1:
                threading.Timer(0.1, os.kill, (self.pid, signal.SIGKILL)).start()

    voice = provider.find("espeak:en-us")
    assert voice is not None
    monkeypatch.setattr(subprocess, "Popen", Watched)
    text = "Many words make a long speech. " * 250
    speech = provider.synthesize(text, voice, rate=1.0, pitch=0.0, style=None)
    assert len(started) == 2
    assert len(speech.of_kind("word")) == 1500


def test_a_worker_that_stands_by_says_the_same(provider: Espeak) -> None:
    expected = say(provider)
    espeak.stand_by()
    (waiting,) = espeak_process._waiting.values()
    espeak.stand_by()
    assert list(espeak_process._waiting.values()) == [waiting]
    assert say(provider).samples.tobytes() == expected.samples.tobytes()
    assert waiting.returncode == 0 and not espeak_process._waiting


def test_a_worker_that_died_while_it_stood_by_is_replaced(provider: Espeak) -> None:
    expected = say(provider)
    espeak.stand_by()
    (waiting,) = espeak_process._waiting.values()
    waiting.kill()
    waiting.wait()
    assert say(provider).samples.tobytes() == expected.samples.tobytes()


@pytest.mark.parametrize("end", ["", "os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_a_worker_that_stands_by_ends_with_its_process(end: str) -> None:
    code = (
        "import os\nfrom talking.speech import espeak, espeak_process\nespeak.stand_by()\n"
        f"print(*(child.pid for child in espeak_process._waiting.values()), flush=True)\n{end}"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert not done.stderr
    left = Path(f"/proc/{int(done.stdout)}/stat")
    for _ in range(1_000):
        if not left.exists() or " Z " in left.read_text():  # gone, or gone and not yet buried by the system
            break
        time.sleep(0.02)
    else:
        pytest.fail("the worker is still there")


def test_a_hanging_worker_is_given_up(provider: Espeak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.voices()
    script = tmp_path / "worker.py"
    script.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(espeak, "_WORKER", script)
    with pytest.raises(ProviderDown, match="took too long"):
        espeak._ask({}, patience=0.3)


def test_the_worker_imports_the_standard_library_only() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-X",
            "importtime",
            "-c",
            f"import runpy; runpy.run_path({str(espeak._WORKER)!r})",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ctypes" in done.stderr
    assert not any(name in done.stderr for name in ("numpy", "talking", "espeakng_loader"))


def test_texts_are_spelled_in_ipa_with_stress_and_ties(provider: Espeak) -> None:
    american, french = provider.find("espeak:en-us"), provider.find("espeak:fr")
    assert american is not None
    assert french is not None
    assert provider.phonemes(["Hello there", "", "judge"], american) == ["həlˈo^ʊ ðˈɛ^ɹ", "", "d^ʒˈʌd^ʒ"]
    assert provider.phonemes(["le weekend"], french)[0].startswith("lə")
    assert "(" not in provider.phonemes(["le weekend"], french)[0]
