from __future__ import annotations

import numpy as np
import pytest

from talking.media.denoise import reduce_noise
from talking.types import Mark, Speech

RATE = 16000


def noises(count, rate):
    """Hiss, a fan and mains hum, float64 (count,), each of power 1."""
    rng, times = np.random.default_rng(0), np.arange(count) / rate
    hiss = rng.standard_normal(count)
    hertz = np.fft.rfftfreq(count, 1 / rate)
    fan = np.fft.irfft(np.fft.rfft(hiss) / np.sqrt(np.maximum(hertz, 40)), count)
    hum = sum(np.sin(2 * np.pi * 50 * k * times) / k for k in range(1, 8))
    return {name: noise / noise.std() for name, noise in (("hiss", hiss), ("fan", fan), ("hum", hum))}


def ratio(clean, heard):
    """Signal to noise in dB."""
    return 10 * np.log10((clean**2).sum() / ((heard - clean) ** 2).sum())


def quiet_speech(speech_like, seconds, rate):
    """Speech without the hiss that the fixture has."""
    times = np.arange(round(seconds * rate)) / rate
    sound = speech_like(seconds, rate)
    spoken = (times % 1.0 < 0.75) & (np.sin(2 * np.pi * 4 * times) > 0)
    return np.where(spoken, sound, 0).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 44100])
@pytest.mark.parametrize(("noise", "gained"), [("hiss", 3.5), ("fan", 3.5), ("hum", 6.0)])
@pytest.mark.parametrize("before", [5, 10])
def test_steady_noise_goes(speech_like, rate, noise, gained, before):
    clean = quiet_speech(speech_like, 5.0, rate)
    added = noises(len(clean), rate)[noise] * clean.std() * 10 ** (-before / 20)
    noisy = (clean + added).astype(np.float32)
    heard = reduce_noise(Speech(noisy, rate)).samples
    assert ratio(clean, noisy) == pytest.approx(before, abs=0.1)
    assert ratio(clean, heard) >= before + gained


def test_clean_speech_hardly_changes(speech_like, spoken_file):
    from talking.media.audio import load

    clean = Speech(quiet_speech(speech_like, 4.0, RATE), RATE)
    assert ratio(clean.samples, reduce_noise(clean).samples) > 45
    spoken = load(spoken_file)
    assert ratio(spoken.samples, reduce_noise(spoken).samples) > 22


@pytest.mark.parametrize("rate", [8000, 22050])
@pytest.mark.parametrize("seconds", [1.0, 1.2345, 20.001, 41.0])
def test_nothing_moves_and_nothing_is_lost(rate, seconds):
    rng = np.random.default_rng(1)
    samples = np.zeros(round(seconds * rate), np.float32)
    clicks = np.unique([0, len(samples) // 3, len(samples) // 2, len(samples) - 1])
    samples[clicks] = rng.uniform(0.5, 0.9, len(clicks)).astype(np.float32)
    marks = (Mark(0.0, 0.005, "click", "word"),)
    heard = reduce_noise(Speech(samples, rate, marks, "click", "en", ("before",)))
    assert len(heard.samples) == len(samples) and heard.samples.dtype == np.float32
    assert (heard.marks, heard.rate, heard.text, heard.notes) == (marks, rate, "click", ("before",))
    np.testing.assert_allclose(heard.samples, samples, atol=0.02)


def test_noise_that_changes_after_a_while_is_followed():
    rng = np.random.default_rng(2)
    noise = np.concatenate([rng.normal(0, level, RATE * 20) for level in (0.01, 0.1)]).astype(np.float32)
    heard = reduce_noise(Speech(noise, RATE)).samples
    for half in (slice(0, 19 * RATE), slice(21 * RATE, 40 * RATE)):
        assert heard[half].std() < noise[half].std() * 10 ** (-14 / 20)


def test_a_sound_too_short_to_tell_is_left_alone(tone):
    speech = Speech(tone(0.9), RATE, notes=("before",))
    heard = reduce_noise(speech)
    np.testing.assert_array_equal(heard.samples, speech.samples)
    assert heard.notes == ("before", "The sound is too short to tell noise from speech: it is as it was.")


def test_silence_stays_silence():
    assert not reduce_noise(Speech(np.zeros(25000, np.float32), RATE)).samples.any()


def test_the_same_sound_gives_the_same_result(speech_like):
    speech = Speech(speech_like(2.0), RATE)
    np.testing.assert_array_equal(reduce_noise(speech).samples, reduce_noise(speech).samples)
