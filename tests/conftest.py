"""What many tests need: sounds by formula, and a portrait that an installed package carries."""

from __future__ import annotations

import os
import signal
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from receiver import Receiver, receiving

from talking.jobs import Database, sqlite_url
from talking.jobs.store import Store
from talking.speech import synthesize
from talking.types import Floats


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With NOTHING_LEFT_OUT, as in .ci/run, a test that is skipped is one that failed: something is not installed."""
    told = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("NOTHING_LEFT_OUT") and told is not None and told.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        told.write_line("NOTHING_LEFT_OUT is set and tests were left out.", red=True)


def pytest_configure() -> None:
    """What a shell runs in the background hears no SIGINT, nor do its children: there, too, Ctrl-C is to be tested."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tone() -> Callable[..., Floats]:
    """tone(seconds=1.0, rate=16000, hertz=440.0, level=0.3): a sine, float32 (N,)."""

    def make(seconds: float = 1.0, rate: int = 16_000, hertz: float = 440.0, level: float = 0.3) -> Floats:
        times = np.arange(round(seconds * rate)) / rate
        return (level * np.sin(2 * np.pi * hertz * times)).astype(np.float32)

    return make


@pytest.fixture(scope="session")
def speech_like() -> Callable[..., Floats]:
    """speech_like(seconds=2.0, rate=16000, seed=0): a buzz in syllables of 4 Hz with pauses and hiss, float32 (N,)."""

    def make(seconds: float = 2.0, rate: int = 16_000, seed: int = 0) -> Floats:
        rng = np.random.default_rng(seed)
        times = np.arange(round(seconds * rate)) / rate
        pitch = 120 + 20 * np.sin(2 * np.pi * 0.7 * times + rng.uniform(0, 6))
        phase = 2 * np.pi * np.cumsum(pitch) / rate
        buzz = sum(np.sin(k * phase) / k for k in range(1, 12) if k * 140 < rate / 2)
        syllables = np.clip(np.sin(2 * np.pi * 4 * times), 0, 1) ** 0.5
        phrases = times % 1.0 < 0.75
        hiss = 0.002 * rng.standard_normal(len(times))
        return (0.2 * buzz * syllables * phrases + hiss).astype(np.float32)

    return make


@pytest.fixture(scope="session")
def one_thread() -> None:
    """Narrow networks are done sooner by one thread than by several, and other tests run beside them."""
    torch = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def portrait_path() -> Path:
    """Grace Hopper, 512 x 600 px, a public-domain photograph that matplotlib carries."""
    from matplotlib import get_data_path

    return Path(get_data_path()) / "sample_data" / "grace_hopper.jpg"


@pytest.fixture(scope="session")
def small_portrait(portrait_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same portrait at half its size, 256 x 300 px: enough face for every claim, a quarter of the work."""
    path = tmp_path_factory.mktemp("portrait") / "small.png"
    with PIL.Image.open(portrait_path) as picture:
        picture.resize((256, 300), PIL.Image.Resampling.LANCZOS).save(path)
    return path


@pytest.fixture(scope="session")
def spoken_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ "Bob made my mum a map.", spoken by the built-in voice, as a 16-bit WAV."""
    spoken = synthesize("Bob made my mum a map.", voice="espeak:en-us").speech
    path = tmp_path_factory.mktemp("sound") / "bob.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(spoken.rate)
        file.writeframes((spoken.samples * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that keeps what it is sent."""
    with receiving() as kept:
        yield kept


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store of jobs on SQLite."""
    made = Store(Database(sqlite_url(tmp_path)))
    made.prepare()
    yield made
    made.database.close()


@pytest.fixture(autouse=True, scope="session")
def _nothing_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing that tests make is kept in the user's own folders, and no voice and no weights are taken from there."""
    nothing = tmp_path_factory.mktemp("checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TALKING_CACHE", "")
        patch.setenv("TALKING_VOICES", str(tmp_path_factory.mktemp("voices")))
        patch.setenv("TALKING_CHECKPOINTS", str(nothing))
        patch.setattr("talking.checkpoints.folder.default_folder", lambda: nothing)
        yield
