"""Stress, phrases and questions, found in tones whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from talking.motion import plan
from talking.motion.phonemes import VISEME, Segment
from talking.motion.prosody import prosody
from talking.types import BLENDSHAPES, Floats, Speech

RATE = 16_000


def voice(hertz: Floats, level: Floats) -> Speech:
    """A buzz (eight harmonics) whose pitch and loudness follow tracks with one value per sample."""
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    buzz = sum(np.sin(k * phase) / k for k in range(1, 9))
    return Speech((0.2 * level * buzz).astype(np.float32), RATE)


def test_accents_are_found_where_pitch_and_loudness_peak() -> None:
    time = np.arange(4 * RATE) / RATE
    bump = sum(np.exp(-(((time - t) / 0.08) ** 2)) for t in (1.0, 2.5))
    found = prosody(voice(120 * 2 ** (bump / 3), 0.3 + 0.7 * bump), [Segment(0.0, 4.0, VISEME["aa"])])
    assert found.accents == pytest.approx((1.0, 2.5), abs=0.06)


@pytest.mark.parametrize(("semitones", "question"), [(6.0, True), (0.0, False), (-6.0, False)])
def test_a_rise_at_the_end_makes_a_question(semitones: float, question: bool) -> None:
    time = np.arange(2 * RATE) / RATE
    hertz = 130 * 2 ** (semitones / 12 * np.clip((time - 1.6) / 0.4, 0, 1))
    (phrase,) = prosody(voice(hertz, np.ones_like(time)), [Segment(0.0, 2.0, VISEME["E"])]).phrases
    assert phrase.question is question


def test_pauses_split_phrases() -> None:
    speech = voice(np.full(3 * RATE, 110.0), np.ones(3 * RATE))
    aa, sil = VISEME["aa"], VISEME["sil"]
    segments = [Segment(0, 1, aa), Segment(1, 1.1, sil), Segment(1.1, 1.5, aa), Segment(1.5, 2, sil), Segment(2, 3, aa)]
    assert [(p.start, p.end) for p in prosody(speech, segments).phrases] == [(0, 1.5), (2, 3)]


def test_a_plan_covers_every_frame_with_finite_values() -> None:
    speech = voice(np.full(round(1.37 * RATE), 150.0), np.ones(round(1.37 * RATE)))
    motion = plan(speech, [Segment(0.2, 0.9, VISEME["aa"])], seed=4)
    assert motion.num_frames == speech.num_frames == 35
    assert motion.blendshapes.shape == (35, len(BLENDSHAPES))
    assert motion.blendshapes.min() >= 0.0
    assert motion.blendshapes.max() <= 1.0
    assert all(np.isfinite(track).all() for track in (motion.pose, motion.shift, motion.breath))


def test_silence_can_be_planned() -> None:
    motion = plan(Speech(np.zeros(100, np.float32), RATE), [], seed=0)
    assert motion.num_frames == 1
    assert np.isfinite(motion.pose).all()
