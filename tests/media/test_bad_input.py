"""Hundreds of spoilt files: each must give a value or an error in the user's words, and soon."""

from __future__ import annotations

import gc
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest

from talking.errors import BadAudio, BadImage
from talking.media import audio, image

PATIENCE = 20
"""Seconds for one file on a busy machine; each takes milliseconds."""

PICTURES = ("png", "palette.png", "jpg", "progressive.jpg", "webp", "lossless.webp")
SOUNDS = ("wav", "mp3", "flac", "vorbis.ogg", "opus.ogg", "m4a", "alac.m4a", "aac", "webm", "mp4", "mov")


def truncate(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    return data[: rng.integers(1, len(data))]


def flip(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    """Change a few bytes anywhere."""
    spoilt = bytearray(data)
    for at in rng.integers(0, len(data), rng.integers(1, 30)):
        spoilt[at] ^= 1 << int(rng.integers(8))
    return bytes(spoilt)


def flip_head(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    """Change bytes where sizes and offsets are, but keep the magic ones."""
    spoilt = bytearray(data)
    for at in rng.integers(12, min(len(data), 200), rng.integers(1, 8)):
        spoilt[at] = int(rng.choice([0, 1, 0x7F, 0x80, 0xFF, int(rng.integers(256))]))
    return bytes(spoilt)


def splice(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Continue with another file."""
    return data[: rng.integers(12, len(data))] + other[rng.integers(0, len(other)) :]


def repeat(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    """Say a part of the file several times."""
    start, end = sorted(int(at) for at in rng.integers(0, len(data), 2))
    return data[:end] + data[start:end] * int(rng.integers(1, 4)) + data[end:]


def blank(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    start, end = sorted(int(at) for at in rng.integers(12, len(data), 2))
    return data[:start] + bytes(end - start) + data[end:]


MUTATIONS = (truncate, flip, flip_head, splice, repeat, blank)
ROUNDS = 3


def corpus(files: Mapping[str, bytes], name: str) -> Iterator[bytes]:
    rng = np.random.default_rng(sum(name.encode()))
    others = list(files.values())
    for mutate in MUTATIONS:
        for _ in range(ROUNDS):
            yield mutate(files[name], others[rng.integers(len(others))], rng)


def patiently(read: Callable[[bytes], object], data: bytes) -> object:
    """What `read` returns or raises, within PATIENCE; an own thread, because a hang in C code cannot be stopped."""
    outcome: list[object] = []

    def work() -> None:
        try:
            outcome.append(read(data))
        except BaseException as error:
            outcome.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(PATIENCE)
    assert outcome, "hangs"
    return outcome[0]


@pytest.mark.filterwarnings("error", "ignore:Corrupt EXIF data", "ignore:Truncated File Read")
@pytest.mark.parametrize("name", PICTURES)
def test_spoilt_pictures(pictures: Mapping[str, bytes], sounds: Mapping[str, bytes], name: str) -> None:
    for data in corpus({**sounds, **pictures}, name):
        outcome = patiently(image.load, data)
        if isinstance(outcome, image.Picture):
            height, width = outcome.image.shape[:2]
            assert height % 2 == width % 2 == 0
            assert image.MIN_SIDE <= min(height, width) <= max(height, width) <= image.MAX_SIDE
        else:
            assert isinstance(outcome, BadImage), outcome
            assert str(outcome).endswith(".")


@pytest.mark.parametrize("name", SOUNDS)
def test_spoilt_sounds(pictures: Mapping[str, bytes], sounds: Mapping[str, bytes], name: str) -> None:
    for data in corpus({**pictures, **sounds}, name):
        outcome = patiently(audio.load, data)
        if isinstance(outcome, audio.Speech):
            assert outcome.rate in audio.RATES
            assert np.isfinite(outcome.samples).all()
            assert 0.001 < np.abs(outcome.samples).max() <= 1
        else:
            assert isinstance(outcome, BadAudio), outcome
            assert str(outcome).endswith(".")


def test_pictures_and_sounds_are_told_apart(pictures: Mapping[str, bytes], sounds: Mapping[str, bytes]) -> None:
    for data in pictures.values():
        assert isinstance(patiently(audio.load, data), BadAudio)
    for data in sounds.values():
        assert isinstance(patiently(image.load, data), BadImage)


def test_nothing_is_left_open(pictures: Mapping[str, bytes], sounds: Mapping[str, bytes]) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        for read, files in ((image.load, pictures), (audio.load, sounds)):
            for data in files.values():
                patiently(read, data[: len(data) // 2])
        gc.collect()
    assert [warning for warning in caught if warning.category is ResourceWarning] == []


def test_the_corpus_is_large(pictures: Mapping[str, bytes], sounds: Mapping[str, bytes]) -> None:
    files = {**pictures, **sounds}
    assert set(files) == {*PICTURES, *SOUNDS}
    spoilt = {data for name in files for data in corpus(files, name)}
    assert len(spoilt - set(files.values())) >= 250
