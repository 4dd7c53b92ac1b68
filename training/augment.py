"""Make clean synthetic speech sound like recordings: other throats, rooms, microphones, noises, codecs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from talking.types import Mark

RATE = 16000
Samples = NDArray[np.float32]


def roughen(
    samples: Samples, marks: tuple[Mark, ...], others: list[Samples], rng: np.random.Generator
) -> tuple[Samples, tuple[Mark, ...]]:
    """One spoiled copy of an utterance with its marks moved along; `others` are sounds to babble in the background."""
    samples, marks = _other_speaker(samples, marks, rng)
    samples, marks = _with_silence(samples, marks, rng)
    samples = samples / (np.sqrt(np.mean(samples**2)) + 1e-6)
    if rng.random() < 0.5:
        samples = _room(samples, rng)
    samples = _microphone(samples, rng)
    if rng.random() < 0.7:
        samples = _noise(samples, others, rng)
    if rng.random() < 0.15:
        limit = np.abs(samples).max() * rng.uniform(0.15, 0.6)
        samples = np.clip(samples, -limit, limit)
    if rng.random() < 0.12:
        samples = _telephone(samples)
    return (0.1 * samples).astype(np.float32), marks


def _other_speaker(
    samples: Samples, marks: tuple[Mark, ...], rng: np.random.Generator
) -> tuple[Samples, tuple[Mark, ...]]:
    """Played faster or slower: formants, pitch and pace move together."""
    factor = rng.uniform(0.85, 1.18)
    places = np.arange(int(len(samples) / factor)) * factor
    moved = np.interp(places, np.arange(len(samples)), samples)
    return moved, tuple(Mark(m.start / factor, m.end / factor, m.text, m.kind) for m in marks)


def _with_silence(
    samples: Samples, marks: tuple[Mark, ...], rng: np.random.Generator
) -> tuple[Samples, tuple[Mark, ...]]:
    before, after = rng.uniform(0, 0.6, 2)
    padded = np.pad(samples, (int(before * RATE), int(after * RATE)))
    return padded, tuple(Mark(m.start + before, m.end + before, m.text, m.kind) for m in marks)


def _room(samples: Samples, rng: np.random.Generator) -> Samples:
    """Noise that dies away within 0.1 to 0.6 s, after the direct sound."""
    seconds = rng.uniform(0.1, 0.6)
    time = np.arange(int(seconds * RATE)) / RATE
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    tail[: int(0.002 * RATE)] = 0
    tail *= rng.uniform(0.1, 0.8) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    return fftconvolve(samples, tail)[: len(samples)]


def _microphone(samples: Samples, rng: np.random.Generator) -> Samples:
    """A resonance or two, a tilt, and limits of the band."""
    for _ in range(rng.integers(0, 3)):
        samples = _resonance(samples, rng.uniform(150, 6000), rng.uniform(-12, 12), rng.uniform(0.5, 3))
    if rng.random() < 0.6:
        tilt = rng.uniform(-0.7, 0.7)
        samples = lfilter([1, -tilt], [1], samples) if tilt > 0 else lfilter([1 + tilt], [1, tilt], samples)
    if rng.random() < 0.35:
        samples = sosfilt(butter(4, rng.uniform(2800, 7000), fs=RATE, output="sos"), samples)
    if rng.random() < 0.4:
        samples = sosfilt(butter(2, rng.uniform(60, 350), "highpass", fs=RATE, output="sos"), samples)
    return samples


def _resonance(samples: Samples, hertz: float, gain_db: float, quality: float) -> Samples:
    """A peaking equaliser (R. Bristow-Johnson, "Audio EQ cookbook")."""
    omega = 2 * np.pi * hertz / RATE
    alpha, gain = np.sin(omega) / (2 * quality), 10 ** (gain_db / 40)
    over = [1 + alpha * gain, -2 * np.cos(omega), 1 - alpha * gain]
    under = [1 + alpha / gain, -2 * np.cos(omega), 1 - alpha / gain]
    return lfilter(over, under, samples)


def _noise(samples: Samples, others: list[Samples], rng: np.random.Generator) -> Samples:
    kind = rng.choice(["white", "pink", "brown", "hum", "babble", "music"], p=[0.2, 0.2, 0.15, 0.05, 0.3, 0.1])
    if kind == "babble":
        noise = sum(_stretch(others[i], len(samples), rng) for i in rng.integers(0, len(others), rng.integers(2, 7)))
    elif kind == "music":
        noise = _music(len(samples), rng)
    elif kind == "hum":
        time = np.arange(len(samples)) / RATE
        noise = sum(np.sin(2 * np.pi * 50 * k * time + rng.uniform(0, 6)) / k for k in range(1, 12))
    else:
        slope = {"white": 0.0, "pink": 0.5, "brown": 1.0}[kind]
        length = next_fast_len(len(samples), real=True)
        spectrum = rfft(rng.standard_normal(length))
        noise = irfft(spectrum / np.maximum(np.arange(len(spectrum)), 8) ** slope, length)[: len(samples)]
    noise = noise / (np.sqrt(np.mean(noise**2)) + 1e-9)
    return samples + noise * 10 ** (-rng.uniform(3, 35) / 20)


def _stretch(sound: Samples, length: int, rng: np.random.Generator) -> Samples:
    """A piece of a sound, repeated to the length wanted."""
    piece = np.roll(np.resize(sound, length), rng.integers(0, length))
    return piece / (np.sqrt(np.mean(piece**2)) + 1e-6)


def _music(length: int, rng: np.random.Generator) -> Samples:
    """Chords of decaying tones."""
    time = np.arange(RATE) / RATE
    out = np.zeros(length + RATE)
    for start in range(0, length, RATE // 3):
        for pitch in 110 * 2 ** (rng.choice(36, 3) / 12):
            tone = sum(np.sin(2 * np.pi * pitch * k * time) / k**1.5 for k in range(1, 6))
            out[start : start + RATE] += tone * np.exp(-3 * time)
    return out[:length]


def _telephone(samples: Samples) -> Samples:
    """8-bit mu-law steps."""
    peak = np.abs(samples).max() + 1e-9
    squeezed = np.sign(samples) * np.log1p(255 * np.abs(samples / peak)) / np.log(256)
    stepped = np.round(squeezed * 127) / 127
    return np.sign(stepped) * np.expm1(np.abs(stepped) * np.log(256)) / 255 * peak
