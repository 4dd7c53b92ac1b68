"""What frames hear: the published steps and states, nothing beyond the sound, and no seam in a long one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
pytest.importorskip("transformers", reason="transformers comes with the extra 'neural'")

from small_networks import WHISPER, made_up  # noqa: E402

from talking.engines.lips.sound import Ear, seen_by  # noqa: E402
from talking.nets import whisper  # noqa: E402
from talking.types import Floats, Speech  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

FIXTURES = Path(__file__).parents[1] / "nets" / "fixtures"


@pytest.fixture(scope="module")
def published() -> dict[str, NDArray[Any]]:
    with np.load(FIXTURES / "musetalk_audio.npz") as stored:
        return dict(stored)


@pytest.fixture(scope="module")
def network() -> Any:
    made = whisper.empty_encoder(WHISPER)
    made.load_state_dict(made_up(made), assign=True)
    return made


def long_sound(seconds: int, wave: Floats) -> Speech:
    rng = np.random.default_rng(0)
    parts = [np.roll(wave, int(rng.integers(len(wave)))) * rng.uniform(0.3, 1) for _ in range(seconds // 3 + 1)]
    return Speech(np.concatenate(parts).astype(np.float32)[: seconds * 16_000], 16_000)


def test_frames_see_the_published_steps(published: dict[str, NDArray[Any]]) -> None:
    for fps, name in ((25, "chunk_index"), (30, "chunk_index_30fps")):
        found = [[step if 0 <= step < 150 else -1 for step in seen_by(frame, fps)] for frame in range(3 * fps)]
        assert found == published[name].tolist()


def test_tokens_are_the_states_step_by_step(network: Any, published: dict[str, NDArray[Any]]) -> None:
    speech = Speech(published["waveform"], 16_000)
    ear = Ear(network, speech, normed=True)
    with torch.inference_mode():
        states = whisper.hidden_states(network, whisper.mel(speech.samples), normed=True)[0]
    whole = ear.tokens(0, 80)
    assert whole.shape == (80, 50, 32) and ear.steps == 150
    assert torch.equal(whole[10], states[16:26].flatten(0, 1))
    assert torch.equal(whole[0, :20], torch.zeros(20, 32)) and torch.equal(whole[0, 20:], states[:6].flatten(0, 1))
    assert not whole[77:].any() and whole[76].any()
    apart = torch.cat([ear.tokens(start, min(start + 7, 80)) for start in range(0, 80, 7)])
    assert torch.equal(apart, whole)
    held = Ear(network, speech, normed=False, held=True).tokens(0, 80)
    assert torch.equal(held[0, :5], held[0, 20:25]) and torch.equal(held[79, :5], held[79, 45:])
    assert not torch.equal(held[10], whole[10])


def test_a_long_sound_has_no_seam(network: Any, published: dict[str, NDArray[Any]]) -> None:
    """Pieces of 30 s that meet at 30 s make a step there; here each is used 4 s and more from its edges."""
    ear = Ear(network, long_sound(42, published["waveform"]), normed=True)
    heard = torch.cat([ear.tokens(start, start + 25) for start in range(0, 1050, 25)])
    step = (heard[1:] - heard[:-1]).square().mean(dim=(1, 2)).sqrt()
    usual = step[20:480].quantile(0.99)
    assert step[480:800].max() <= 1.25 * usual
    assert len(ear._pieces) <= 2


def test_too_little_sound_for_a_step_is_nothing(network: Any) -> None:
    ear = Ear(network, Speech(np.full(200, 0.1, np.float32), 16_000), normed=True, held=True)
    assert ear.steps == 0 and not ear.tokens(0, 2).any()
