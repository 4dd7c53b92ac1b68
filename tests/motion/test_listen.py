"""The network that hears mouth shapes."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from talking import speech as voices
from talking.media.audio import resample
from talking.motion import listen
from talking.motion.phonemes import SIL, VISEME, VISEMES, visemes
from talking.types import Floats, Speech

FIXTURE = Path(__file__).with_name("listen_fixture.npz")


def noise(seconds: float, rate: int = 16_000) -> Floats:
    rng = np.random.default_rng(0)
    swell = 0.1 * np.sin(np.arange(round(seconds * rate)) / rate * 20) ** 2
    return (rng.standard_normal(round(seconds * rate)) * swell).astype(np.float32)


def sure(*names: str) -> Floats:
    """One row for each name, quite sure of it."""
    rows = np.full((len(names), 15), 0.1 / 14, np.float32)
    rows[np.arange(len(names)), [VISEME[name] for name in names]] = 0.9
    return rows


@pytest.fixture(scope="module")
def spoken() -> Speech:
    text = "My father and mother have five blue boxes of very big shoes, but we walk home."
    return voices.synthesize(text, voice="espeak:en-us+f4").speech


def test_numpy_computes_what_torch_computed() -> None:
    with np.load(FIXTURE) as stored:
        features, logits = stored["features"].astype(np.float32), stored["logits"]
    with np.load(listen.WEIGHTS) as stored:
        weights = {name: stored[name].astype(np.float32) for name in stored.files}
    assert np.abs(listen.forward(features, weights) - logits).max() < 0.02  # the weights are rounded to 11 bits
    assert logits.std() > 1


def test_the_weights_are_small() -> None:
    assert listen.WEIGHTS.stat().st_size < 1_000_000


@pytest.mark.parametrize(("seconds", "rate"), [(0.01, 16_000), (1.0, 16_000), (1.001, 44_100), (2.5, 8_000)])
def test_one_row_for_each_20_ms(seconds: float, rate: int) -> None:
    rows = listen.posteriors(Speech(noise(seconds, rate), rate))
    assert abs(len(rows) - np.ceil(seconds * 50)) <= (rate != 16_000)
    assert rows.dtype == np.float32
    assert rows.shape[1] == 15
    assert np.allclose(rows.sum(1), 1, atol=1e-5)


def test_silence_is_silence() -> None:
    for samples in (np.zeros(16_000, np.float32), 1e-5 * noise(1.0)):
        assert (listen.posteriors(Speech(samples, 16_000)).argmax(1) == SIL).all()


def test_frames_are_where_they_are_said_to_be() -> None:
    click = np.zeros(16_000, np.float32)
    click[8_000] = 1.0
    level = listen.log_mel(click)[:, -1]
    loud = np.flatnonzero(level > level.max() - 0.7)
    assert abs((loud.mean() + 1) * 0.01 - 0.5) < 0.003


def test_level_and_microphone_do_not_matter() -> None:
    samples = noise(2.0)
    quiet = listen.normalised(listen.log_mel(0.05 * samples))
    assert np.allclose(quiet, listen.normalised(listen.log_mel(samples)), atol=0.01)


def test_blocks_leave_no_seam() -> None:
    features = np.random.default_rng(1).standard_normal((7_000, 65)).astype(np.float32)
    with np.load(listen.WEIGHTS) as stored:
        weights = {name: stored[name].astype(np.float32) for name in stored.files}
    whole = listen.forward(features, weights)
    blocks = [listen._block(features, start, weights) for start in range(0, 7_000, listen._BLOCK)]
    assert np.allclose(np.concatenate(blocks), whole, atol=1e-3)


def test_a_voice_it_never_heard_is_understood(spoken: Speech) -> None:
    rows = listen.posteriors(spoken)
    truth = np.zeros(len(rows), int)
    for segment in visemes(spoken.marks):
        truth[round(segment.start * 50) : round(segment.end * 50)] = segment.viseme
    assert np.mean(rows.argmax(1) == truth) > 0.7
    found = [s for s in listen.segments(rows) if s.viseme == VISEME["PP"]]
    wanted = [s for s in visemes(spoken.marks) if s.viseme == VISEME["PP"]]
    hits = [any(f.start < w.end + 0.04 and f.end > w.start - 0.04 for f in found) for w in wanted]
    assert len(wanted) >= 5
    assert np.mean(hits) >= 0.8


def test_the_sample_rate_does_not_matter(spoken: Speech) -> None:
    low = listen.posteriors(Speech(resample(spoken.samples, spoken.rate, 16_000), 16_000))
    high = listen.posteriors(Speech(resample(spoken.samples, spoken.rate, 48_000), 48_000))
    rows = min(len(low), len(high))
    assert abs(len(low) - len(high)) <= 1
    assert np.mean(low[:rows].argmax(1) == high[:rows].argmax(1)) > 0.95


def test_segments_do_not_flicker() -> None:
    rows = sure(*["aa"] * 10, "E", *["aa"] * 10)
    rows[10] = 0.9 / 14
    rows[10, VISEME["E"]] = 0.5
    rows[10, VISEME["aa"]] = 0.4
    (segment,) = listen.segments(rows)
    assert (segment.start, segment.end, VISEMES[segment.viseme]) == (0, 0.42, "aa")


def lips(name: str, *likely: float) -> Floats:
    """Sure vowels, and between them one row for each likelihood of `name`, behind which SS is heard."""
    rows = sure(*["aa"] * 10, *["SS"] * len(likely), *["O"] * 10)
    for row, value in zip(rows[10:-10], likely, strict=True):
        row[:] = 0.01
        row[VISEME["SS"]] = 0.9 - value
        row[VISEME[name]] = value
    return rows


@pytest.mark.parametrize("name", ["PP", "FF"])
@pytest.mark.parametrize("likely", [(0.35, 0.35), (0.65,), (0.35, 0.05, 0.35), (0.35, 0.1, 0.35, 0.35, 0.1, 0.35)])
def test_lips_that_may_meet_do(name: str, likely: tuple[float, ...]) -> None:
    segments = listen.segments(lips(name, *likely))
    assert [VISEMES[s.viseme] for s in segments] == ["aa", name, "O"]
    assert segments[1].end - segments[1].start == pytest.approx(0.02 * len(likely))
    assert all(left.end == right.start for left, right in pairwise(segments))


@pytest.mark.parametrize("name", ["PP", "FF"])
@pytest.mark.parametrize("likely", [(0.4,), (0.1, 0.1, 0.4, 0.1, 0.1), (0.4, 0.1, 0.1, 0.4)])
def test_a_flicker_of_the_lips_is_passed_over(name: str, likely: tuple[float, ...]) -> None:
    assert VISEME[name] not in [s.viseme for s in listen.segments(lips(name, *likely))]


def test_segments_of_nothing() -> None:
    assert listen.segments(np.zeros((0, 15), np.float32)) == []


def test_three_minutes_take_a_second() -> None:
    samples = np.tile(noise(10.0), 18)
    began = time.process_time()
    rows = listen.posteriors(Speech(samples, 16_000))
    listen.segments(rows)
    assert len(rows) == 9_000
    assert time.process_time() - began < 8  # about 0.5 s on an idle machine
