"""The networks of Wav2Lip give the published layout's answers: same keys, same shapes, same numbers; same sound."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest
from synthetic import load_manifest, load_parity, seeded_normal, synthetic_state

from talking.engines.wav2lip.sound import Ear, _bank, spectrum
from talking.types import Speech

TOLERANCE = 1e-4


@pytest.mark.parametrize(
    ("module", "make", "manifest", "count"),
    [("wav2lip", "empty_generator", "wav2lip_generator", 352), ("s3fd", "empty_detector", "wav2lip_s3fd", 65)],
)
def test_published_weights_fit_key_by_key(module: str, make: str, manifest: str, count: int) -> None:
    pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
    network = getattr(importlib.import_module(f"talking.nets.{module}"), make)()
    expected = {key: (tuple(shape), kind) for key, (shape, kind) in load_manifest(manifest).items()}
    found = {
        key: (tuple(value.shape), str(value.dtype).removeprefix("torch."))
        for key, value in network.state_dict().items()
    }
    assert found == expected and len(found) == count


@pytest.mark.usefixtures("one_thread")
def test_it_paints_as_published() -> None:
    torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
    from talking.engines.state import fill
    from talking.nets.wav2lip import empty_generator

    told = load_parity("wav2lip_generator")
    network = empty_generator()
    fill(network, synthetic_state(load_manifest("wav2lip_generator")), "wav2lip")
    sound = torch.from_numpy(seeded_normal(11, (2, 1, 80, 16)))
    face = 1 / (1 + np.exp(-seeded_normal(12, (2, 6, 96, 96)).astype(np.float64)))
    face[:, :3, 48:] = 0
    with torch.inference_mode():
        found = network(sound, torch.from_numpy(face.astype(np.float32))).numpy()
        heard = network.audio_encoder(sound).flatten(1).numpy()
    assert np.abs(found[:, :, ::3, ::3] - told["output"]).max() < TOLERANCE
    assert np.abs(heard - told["audio_embedding"]).max() < TOLERANCE


@pytest.mark.usefixtures("one_thread")
def test_it_detects_as_published() -> None:
    torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
    from talking.engines.state import fill
    from talking.nets.s3fd import empty_detector

    told = load_parity("wav2lip_s3fd")
    network = empty_detector()
    fill(network, synthetic_state(load_manifest("wav2lip_s3fd")), "s3fd")
    with torch.inference_mode():
        found = network(torch.from_numpy(40 * seeded_normal(82, (1, 3, 256, 256))))
    assert len(found) == len(told) == 12
    for index, answer in enumerate(found):
        step = max(1, answer.shape[2] // 8)
        expected = told[f"out_{index}"]
        difference = np.abs(answer.numpy()[:, :, ::step, ::step] - expected).max()
        assert difference < TOLERANCE * max(1.0, float(np.abs(expected).max())), index


def test_answers_of_the_detector_are_boxes() -> None:
    torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
    from talking.nets.s3fd import boxes

    answers = []
    for index in range(6):
        side = 64 >> index
        answers += [torch.zeros(1, 2, side, side), torch.zeros(1, 4, side, side)]
    answers[4][0, 1, 5, 3] = 3.0  # of stride 16: the face is in row 5, column 3
    answers[5][0, :, 5, 3] = torch.tensor([1.0, -1.0, 0.0, 5 * np.log(2.0)])
    places, sure = boxes(answers)
    best = int(sure.argmax())
    assert len(places) == sum((64 >> index) ** 2 for index in range(6))
    assert np.isclose(float(sure[best]), 1 / (1 + np.exp(-3)))
    middle, half = np.array([3 * 16 + 8 + 6.4, 5 * 16 + 8 - 6.4]), np.array([32.0, 64.0])
    assert np.allclose(places[best].numpy(), [*(middle - half), *(middle + half)], atol=1e-4)


def test_it_hears_as_published() -> None:
    told = load_parity("wav2lip_mel")
    found = spectrum(told["waveform"], 0, told["mel"].shape[1])
    assert np.abs(found - told["mel"]).max() < TOLERANCE
    ending = spectrum(told["ending"], 4, told["ending_mel"].shape[1])
    assert np.abs(ending - told["ending_mel"]).max() < TOLERANCE
    assert np.abs(_bank().sum(axis=1) - told["mel_basis_row_sums"]).max() < 1e-6


def test_a_frame_hears_the_same_as_in_the_whole_spectrogram() -> None:
    told = load_parity("wav2lip_mel")
    ear = Ear(Speech(told["waveform"], 16_000))
    whole = spectrum(told["waveform"], 0, 60)
    for frame in (0, 1, 2, 7, 10):
        assert np.abs(ear.heard(frame) - whole[:, frame * 80 // 25 : frame * 80 // 25 + 16]).max() < 1e-6


def test_every_frame_hears_something_even_where_there_is_no_sound() -> None:
    broken = np.full(16_000, np.nan, np.float32)
    for samples in (broken, np.zeros(16_000, np.float32), np.zeros(1, np.float32)):
        heard = Ear(Speech(samples, 16_000)).heard(24)
        assert heard.shape == (80, 16) and (heard == -4).all()
