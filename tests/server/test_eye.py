"""The child process that looks at strangers' files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from talking.errors import BadAudio, BadImage, FaceError, Unavailable
from talking.request import Options
from talking.server.eye import Eye
from talking.types import Knobs


@pytest.fixture(scope="module")
def eye() -> Iterator[Eye]:
    looking = Eye()
    yield looking
    looking.close()


def test_a_picture_and_a_sound_are_seen(eye: Eye, small_portrait: Path, spoken_file: Path) -> None:
    seen = eye.picture(small_portrait.read_bytes())
    assert (seen.width, seen.height, len(seen.faces)) == (256, 300, 1)
    left, top, right, bottom = seen.faces[0]
    assert 0 <= left < right <= 256 and 0 <= top < bottom <= 300
    assert eye.picture(small_portrait.read_bytes(), faces=False).faces == ()
    assert 1 < eye.seconds(spoken_file.read_bytes(), 60) < 3


def test_a_sound_is_had_as_wav_of_16_khz(eye: Eye, spoken_mp3: bytes) -> None:
    seconds, wav = eye.heard(spoken_mp3, 60)
    with wave.open(BytesIO(wav)) as copy:
        assert (copy.getframerate(), copy.getnchannels(), copy.getsampwidth()) == (16_000, 1, 2)
        assert copy.getnframes() == pytest.approx(seconds * 16_000, abs=1)
        samples = np.frombuffer(copy.readframes(copy.getnframes()), "<i2")
    assert 3000 < np.abs(samples.astype(int)).max() <= 32_767
    with pytest.raises(BadAudio):
        eye.heard(spoken_mp3, 0.5)


def test_what_is_none_is_told(eye: Eye, small_portrait: Path, spoken_file: Path) -> None:
    with pytest.raises(BadImage):
        eye.picture(small_portrait.read_bytes()[:5000])
    with pytest.raises(BadAudio):
        eye.seconds(b"RIFF\0\0\0\0WAVE", 60)
    with pytest.raises(BadAudio):
        eye.seconds(spoken_file.read_bytes(), 0.5)


def test_a_file_that_ends_the_child_harms_only_itself(eye: Eye, small_portrait: Path) -> None:
    eye.picture(small_portrait.read_bytes(), faces=False)
    child = eye.pid
    with pytest.raises(BadImage):
        eye._ask("builtins:eval", b"__import__('os')._exit(3)", {}, BadImage("It ends whoever looks."), repr)
    assert eye.picture(small_portrait.read_bytes(), faces=False).width == 256
    assert eye.pid not in (None, child)


def test_nothing_is_built_of_what_a_child_says(eye: Eye, small_portrait: Path) -> None:
    tales = (b"[]", b"None", b"[{}]", b"[type('P', (), {'facts': {'seconds': 'long'}, 'arrays': ()})()]")
    for tale in (*tales, b"[type('P', (), {'facts': {'seconds': open('/etc/hosts')}, 'arrays': ()})()]"):
        with pytest.raises(BadAudio):
            eye._ask("builtins:eval", tale, {}, BadAudio("It lies."), lambda told: float(told.facts["seconds"]))
    assert eye.picture(small_portrait.read_bytes(), faces=False).width == 256


def test_a_picture_is_shown_and_looked_at_as_it_would_be_filmed(eye: Eye, small_portrait: Path) -> None:
    shown = eye.shown(small_portrait.read_bytes())
    with PIL.Image.open(BytesIO(shown.preview)) as preview:
        assert (preview.format, preview.size) == ("JPEG", (256, 300))
    told = eye.outlook(small_portrait.read_bytes(), Options(aspect="1:1", knobs=Knobs(head=0.5)))
    assert told.width == told.height and told.faces == 1 and told.driver
    with pytest.raises(FaceError, match="no face 4"):
        eye.outlook(small_portrait.read_bytes(), Options(face=4))
    for look in eye.glimpse(small_portrait.read_bytes(), 0):
        with PIL.Image.open(BytesIO(look)) as picture:
            assert picture.format == "JPEG"


def test_a_child_that_was_killed_before_is_not_blamed_on_a_picture(eye: Eye, small_portrait: Path) -> None:
    eye.picture(small_portrait.read_bytes(), faces=False)
    child = eye.pid
    assert child is not None
    os.kill(child, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    assert eye.picture(small_portrait.read_bytes(), faces=False).width == 256


@pytest.mark.skipif(os.name == "nt", reason="processor time is not limited on Windows")
def test_a_file_that_computes_without_end_is_refused(
    eye: Eye, small_portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talking.server.eye.CPU_SECONDS", 0)
    with pytest.raises(BadImage):
        eye._ask("builtins:eval", b"sum(range(10**12))", {}, BadImage("It never ends."), repr)
    monkeypatch.undo()
    for _ in range(2):
        assert eye.picture(small_portrait.read_bytes(), faces=False).height == 300


def test_a_machine_that_is_too_busy_is_not_blamed_on_a_picture(
    eye: Eye, small_portrait: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    eye.picture(small_portrait.read_bytes(), faces=False)
    child = eye.pid
    assert child is not None
    os.kill(child, signal.SIGSTOP)
    monkeypatch.setattr("talking.server.eye.SECONDS", 0.3)
    with pytest.raises(Unavailable, match="too busy"):
        eye.picture(small_portrait.read_bytes(), faces=False)
    monkeypatch.undo()
    assert eye.picture(small_portrait.read_bytes(), faces=False).height == 300


def test_the_child_ends_with_a_parent_that_is_killed(small_portrait: Path) -> None:
    code = (
        "import sys, os, signal; from pathlib import Path; from talking.server.eye import Eye\n"
        "if __name__ == '__main__':\n"
        "    eye = Eye(); eye.picture(Path(sys.argv[1]).read_bytes(), faces=False); print(eye.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(small_portrait)], capture_output=True, text=True, timeout=60)
    child = int(ran.stdout)
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{child}/stat").exists() and Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError("the child is still there")
