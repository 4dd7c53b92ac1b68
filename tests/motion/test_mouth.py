"""The mouth track: lips that close for p, b and m, stay still in silence and run a little ahead of the sound."""

from __future__ import annotations

import numpy as np
import pytest

from talking.motion.mouth import mouth
from talking.motion.phonemes import VISEME, VISEMES, Segment
from talking.motion.visemes import FULL_APERTURE, SHAPES, TABLE, apertures, solve_jaw
from talking.types import CHANNEL, FPS, Floats, Speech

RATE = 16_000


def voiced(seconds: float) -> Speech:
    time = np.arange(round(seconds * RATE)) / RATE
    return Speech((0.3 * np.sin(2 * np.pi * 140 * time)).astype(np.float32), RATE)


def segments_of(*names_and_ends: tuple[str, float]) -> list[Segment]:
    start, out = 0.0, []
    for name, end in names_and_ends:
        out.append(Segment(start, end, VISEME[name]))
        start = end
    return out


def gap(rows: Floats) -> Floats:
    """Commanded lip gap in interocular distances, zero where the lips are pressed."""
    columns = [rows[:, CHANNEL[name]] for name in ("jawOpen", "mouthUpperUpLeft", "mouthLowerDownLeft", "mouthFunnel")]
    return apertures(*columns, rows[:, CHANNEL["mouthPucker"]])


def test_every_viseme_has_a_shape_in_range() -> None:
    assert tuple(SHAPES) == VISEMES
    assert TABLE.shape == (15, 10)
    assert TABLE.min() >= 0.0
    assert TABLE.max() <= 1.0


@pytest.mark.parametrize("name", [name for name in VISEMES if name not in ("PP", "FF", "sil")])
def test_a_held_viseme_opens_the_lips_as_far_as_its_table_row_says(name: str) -> None:
    rows = mouth(voiced(1.0), segments_of((name, 1.0)))
    assert gap(rows)[12] == pytest.approx(SHAPES[name].open * FULL_APERTURE, abs=0.012)


def test_solved_jaw_gives_the_opening_asked_for() -> None:
    wanted = np.linspace(0.0, 1.2, 25, dtype=np.float32)
    up, low = np.full(25, 0.4, np.float32), np.full(25, 0.5, np.float32)
    funnel = pucker = np.zeros(25, np.float32)
    jaw, factor = solve_jaw(wanted, up, low, funnel, pucker)
    np.testing.assert_allclose(
        apertures(jaw, up * factor, low * factor, funnel, pucker), wanted * FULL_APERTURE, atol=1e-5
    )


@pytest.mark.parametrize("length", [0.03, 0.05, 0.09, 0.12])
@pytest.mark.parametrize("start", [0.40, 0.413, 0.427])
def test_lips_seal_for_a_bilabial_of_any_natural_length(length: float, start: float) -> None:
    rows = mouth(voiced(1.0), segments_of(("aa", start), ("PP", start + length), ("aa", 1.0)))
    frame = int(np.argmax(rows[:, CHANNEL["mouthPressLeft"]]))
    assert gap(rows)[frame] < 0.005
    assert abs((frame + 0.5) / FPS - (start + length / 2)) <= 0.06
    assert gap(rows)[:5].max() > 0.8 * FULL_APERTURE


def test_teeth_rest_on_the_lip_for_f() -> None:
    rows = mouth(voiced(1.0), segments_of(("E", 0.45), ("FF", 0.55), ("E", 1.0)))
    frame = int(np.argmax(rows[:, CHANNEL["mouthRollLower"]]))
    assert rows[frame, CHANNEL["mouthRollLower"]] == pytest.approx(1.0, abs=0.05)
    assert rows[frame, CHANNEL["mouthUpperUpLeft"]] > 0.3
    assert rows[frame, CHANNEL["jawOpen"]] < 0.15


def test_lips_lead_the_sound() -> None:
    rows = mouth(voiced(2.0), segments_of(("sil", 1.0), ("aa", 2.0)))
    half = np.argmax(gap(rows) > 0.5 * FULL_APERTURE)
    assert -0.10 <= (half + 0.5) / FPS - 1.0 <= 0.02


def test_a_long_pause_closes_the_lips_and_a_short_one_only_relaxes_them() -> None:
    rows = mouth(voiced(3.0), segments_of(("aa", 1.0), ("sil", 1.25), ("aa", 2.0), ("sil", 2.8), ("aa", 3.0)))
    lips = gap(rows)
    assert 0.01 < lips[round(1.1 * FPS)] < 0.4 * FULL_APERTURE
    assert lips[round(2.45 * FPS)] == pytest.approx(0.0, abs=1e-3)


def test_silence_is_still() -> None:
    rows = mouth(Speech(np.zeros(RATE, np.float32), RATE), [Segment(0.0, 1.0, VISEME["sil"])])
    assert np.all(rows == 0.0)


def test_tongue_shows_for_th_and_rises_for_l() -> None:
    between = mouth(voiced(1.0), segments_of(("E", 0.4), ("TH", 0.55), ("E", 1.0)))
    raised = mouth(voiced(1.0), segments_of(("E", 0.4), ("nn", 0.55), ("E", 1.0)))
    assert between[:, CHANNEL["tongueOut"]].max() > 0.7
    assert raised[:, CHANNEL["tongueOut"]].max() == 0.0
    assert raised[:, CHANNEL["tongueUp"]].max() > 0.6


def test_heard_classes_move_the_lips_like_known_ones() -> None:
    segments = segments_of(("sil", 0.4), ("aa", 0.8), ("U", 1.2), ("sil", 1.6))
    posteriors = np.zeros((80, len(VISEMES)), np.float32)
    for segment in segments:
        posteriors[round(segment.start * 50) : round(segment.end * 50), segment.viseme] = 1.0
    known, heard = mouth(voiced(1.6), segments), mouth(voiced(1.6), segments, posteriors)
    assert np.abs(gap(known) - gap(heard)).max() < 0.05


def test_a_loud_phrase_opens_wider_than_a_soft_one() -> None:
    speech = voiced(6.0)
    samples = speech.samples.copy()
    samples[: 3 * RATE] *= 0.1
    rows = mouth(Speech(samples, RATE), segments_of(("aa", 6.0)))
    assert gap(rows)[25] < 0.9 * gap(rows)[125]


def test_doubt_in_a_decided_pause_does_not_move_the_lips() -> None:
    segments = segments_of(("aa", 0.8), ("sil", 1.8), ("aa", 2.4))
    rng = np.random.default_rng(1)
    posteriors = np.zeros((120, len(VISEMES)), np.float32)
    for segment in segments:
        posteriors[round(segment.start * 50) : round(segment.end * 50), segment.viseme] = 1.0
    posteriors = (0.8 * posteriors + 0.2 * rng.dirichlet(np.full(15, 0.2), 120)).astype(np.float32)
    lips = gap(mouth(voiced(2.4), segments, posteriors))
    assert np.abs(lips[round(1.15 * FPS) : round(1.55 * FPS)]).max() < 1e-3
    assert lips[10] > 0.5 * FULL_APERTURE


def test_loudness_keeps_in_step_at_rates_that_no_hop_divides() -> None:
    rate, seconds = 22_050, 120.0
    samples = (0.3 * np.sin(np.arange(round(rate * seconds)) * 0.05)).astype(np.float32)
    samples[: round(110 * rate)] *= 0.1  # the last ten seconds are loud
    lips = gap(mouth(Speech(samples, rate), segments_of(("aa", seconds))))
    assert lips[round(108.5 * FPS)] < 0.95 * lips[round(112.5 * FPS)]
    assert lips[round(118 * FPS)] == pytest.approx(lips[round(113 * FPS)], rel=0.02)
