"""A film of ours, and the same film with other sound or other pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import talking
from talking.media import readback
from talking.media.video import encode
from talking.types import Frame, Speech

Change = Callable[[Frame], Frame]
TEXT = "My mother bought a big map of Bombay. Maybe we may move there, and buy a boat, before the summer begins."


@pytest.fixture(scope="package")
def said() -> str:
    """What is spoken in `film`."""
    return TEXT


@pytest.fixture(scope="package")
def film(small_portrait: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("film") / "film.mp4"
    return talking.generate(small_portrait, text=TEXT, voice="espeak:en-us", seed=2, out=out).path


@pytest.fixture(scope="package")
def refilmed(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """refilmed(name, speech, frozen, change): other sound, only the first frame, or changed ones."""
    folder = tmp_path_factory.mktemp("refilmed")

    def make(name: str, *, speech: Speech | None = None, frozen: bool = False, change: Change | None = None) -> Path:
        sound = speech or readback.sound_of(film)
        assert sound is not None
        facts = readback.probe(film)
        out = folder / f"{name}.mp4"
        size = {"width": facts.width, "height": facts.height, "num_frames": facts.num_frames}
        frames = planar_frames(film, frozen)
        encode(map(change, frames) if change else frames, sound, out, **size)
        return out

    return make


def planar_frames(path: Path, frozen: bool) -> Iterator[Frame]:
    """The film's own frames as they were encoded, or the first of them again and again."""
    import av

    with av.open(str(path)) as container:
        first = None
        for frame in container.decode(video=0):
            planes = frame.to_ndarray(format="yuv420p")
            first = planes if first is None else first
            yield first if frozen else planes
