from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from talking.media.loudness import SILENT, TRUE_PEAK, clipping, measure_loudness, normalise
from talking.types import Mark, Speech


@pytest.fixture
def speech(speech_like):
    return Speech(speech_like(6.0, 24000), 24000, (Mark(0.5, 0.8, "word", "word"),))


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000, 96000])
def test_a_tone_of_the_standard_measures_what_the_standard_says(tone, rate):
    # A sine of 997 Hz at -20 dB in one channel has -23 LUFS (EBU Tech 3341, case 1, less the second channel).
    loudness, peak = measure_loudness(Speech(tone(5.0, rate, 997.0, 0.1), rate))
    assert loudness == pytest.approx(-23.0, abs=0.15) and peak == pytest.approx(-20.0, abs=0.2)


def test_pauses_do_not_count_and_the_end_does(tone):
    sound = tone(3.0, 24000, 997.0, 0.1)
    padded = np.concatenate([sound, np.zeros(24000 * 20, np.float32)])
    assert measure_loudness(Speech(padded, 24000))[0] == pytest.approx(-23.0, abs=0.4)
    late = np.zeros(24000 * 2 + 77, np.float32)
    late[-5:] = 0.5
    assert measure_loudness(Speech(late, 24000))[1] > -9


def test_peaks_between_the_samples_count():
    # A quarter of the rate, caught between its peaks: samples of 0.707, a wave of 1 (EBU Tech 3341, case 17).
    wave = np.sin(2 * np.pi * 0.25 * np.arange(48000) + np.pi / 4).astype(np.float32)
    wave *= 0.5 * np.hanning(len(wave)).astype(np.float32)
    assert np.abs(wave).max() < 0.36
    assert measure_loudness(Speech(wave, 48000))[1] == pytest.approx(-6.0, abs=0.4)


@pytest.mark.parametrize("seconds", [0.013, 0.1, 0.35, 0.41, 1.05])
def test_short_sounds_have_a_loudness(tone, seconds):
    assert measure_loudness(Speech(tone(seconds, 24000, 1000.0, 0.1), 24000))[0] == pytest.approx(-23.0, abs=1.5)


@pytest.mark.parametrize("target", [-16.0, -23.0, -30.0])
@pytest.mark.parametrize("gain", [1.0, 0.05])
def test_speech_becomes_as_loud_as_wanted_and_nothing_else_changes(speech, target, gain):
    quiet = replace(speech, samples=speech.samples * np.float32(gain))
    louder, was = normalise(quiet, target)
    loudness, peak = measure_loudness(louder)
    assert loudness == pytest.approx(target, abs=0.1) and peak <= TRUE_PEAK
    assert (was.before, was.peak_before) == measure_loudness(quiet) and (was.after, was.peak_after) == (loudness, peak)
    assert len(louder.samples) == len(speech.samples) and louder.samples.dtype == np.float32
    assert (louder.marks, louder.rate, louder.notes) == (speech.marks, speech.rate, ())


def test_below_the_ceiling_it_is_one_gain_for_all(speech):
    softer, was = normalise(speech, measure_loudness(speech)[0] - 6)
    np.testing.assert_allclose(softer.samples, speech.samples * 10 ** ((was.after - was.before) / 20), atol=2e-3)


def test_peaks_are_held_where_they_are(tone):
    samples = tone(4.0, 24000, 300.0, 0.05)
    samples[48000:48100] *= 19
    louder, was = normalise(Speech(samples, 24000), -16.0)
    assert was.after == pytest.approx(-16, abs=0.1) and was.peak_after <= TRUE_PEAK
    far = np.r_[0:40000, 60000:96000]
    gain = np.median(louder.samples[far][samples[far] > 0.01] / samples[far][samples[far] > 0.01])
    np.testing.assert_allclose(louder.samples[far], samples[far] * gain, atol=2e-3)
    assert abs(int(np.argmax(np.abs(louder.samples))) - 48050) < 300


def test_what_cannot_be_reached_is_said():
    spiky = np.zeros(24000 * 3, np.float32)
    spiky[::6000] = 0.9
    loud, was = normalise(Speech(spiky, 24000, notes=("before",)), -2.0)
    assert was.after < -3 and was.peak_after <= TRUE_PEAK
    assert loud.notes[0] == "before" and "LUFS instead of -2: its peaks leave no more room" in loud.notes[1]


def test_silence_stays_silence():
    silence = Speech(np.zeros(24000, np.float32), 24000)
    same, was = normalise(silence)
    assert same is silence and was.before == was.after == SILENT and was.peak_after == -np.inf
    assert measure_loudness(Speech(np.full(24000, 1e-5, np.float32), 24000))[0] == SILENT


def test_clipping_is_the_share_of_flat_tops(tone):
    clean = tone(1.0, 24000, 200.0, 0.95)
    assert clipping(Speech(clean, 24000)) == 0
    assert clipping(Speech(tone(1.0, 24000, 200.0, 1.0), 24000)) < 0.05, "a full scale sine is only just clipped"
    clipped = np.clip(tone(1.0, 24000, 200.0, 2.0), -1, 1)
    assert np.mean(np.abs(clipped) >= 0.999) > 0.5
    assert clipping(Speech(clipped, 24000)) == pytest.approx(np.mean(np.abs(clipped) >= 0.999), abs=0.01)
    assert clipping(Speech(np.zeros(1, np.float32), 24000)) == 0
    click = np.zeros(1000, np.float32)
    click[500] = 1
    assert clipping(Speech(click, 24000)) == 0, "a single sample is no flat top"
