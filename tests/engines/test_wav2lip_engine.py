"""Wav2Lip on a real portrait: only the mouth is painted, only in speech, and never what is no picture."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from talking.types import BLENDSHAPES, CHANNEL, Floats, Motion, Portrait, Speech

torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")

from talking.bench import neural, neural_bench  # noqa: E402
from talking.engines.device import Device  # noqa: E402
from talking.engines.lips.stage import LipStage  # noqa: E402
from talking.engines.means import Means  # noqa: E402
from talking.engines.mesh import MeshEngine, MeshStage  # noqa: E402
from talking.engines.wav2lip.networks import found  # noqa: E402
from talking.engines.wav2lip.painter import MouthPainter, face_box, seen  # noqa: E402
from talking.errors import InvalidRequest  # noqa: E402
from talking.nets.s3fd import empty_detector  # noqa: E402
from talking.nets.wav2lip import empty_generator  # noqa: E402

sys.path.append(str(Path(__file__).parents[1] / "nets"))
from synthetic import load_manifest, synthetic_state  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

CPU = Device("cpu", "CPU", "float32", 8 << 30, 8 << 30)
FRAMES = 14


@pytest.fixture(scope="module")
def stage(portrait: Portrait) -> Iterator[MeshStage]:
    engine = MeshEngine(workers=0)
    yield engine.prepare(portrait)
    engine.close()


@pytest.fixture(scope="module")
def network() -> Any:
    made = empty_generator()
    made.load_state_dict(synthetic_state(load_manifest("wav2lip_generator")), assign=True)
    return made


@pytest.fixture(scope="module")
def motion() -> Motion:
    """Still but for speech in the first four frames."""
    blendshapes = np.zeros((FRAMES, len(BLENDSHAPES)), np.float32)
    blendshapes[:4, CHANNEL["jawOpen"]] = 0.5
    blendshapes[:4, CHANNEL["mouthFunnel"]] = 0.4
    nothing = np.zeros((FRAMES, 3), np.float32)
    return Motion(blendshapes, nothing, nothing[:, :2], nothing[:, 0])


@pytest.fixture(scope="module")
def speech(speech_like: Callable[..., Floats]) -> Speech:
    return Speech(speech_like(FRAMES / 25), 16_000)


def test_only_the_lower_face_is_painted_and_only_in_speech(
    stage: MeshStage, portrait: Portrait, network: Any, motion: Motion, speech: Speech
) -> None:
    lips = LipStage(stage, MouthPainter(network, CPU, stage.state, portrait))
    resting = [frame.copy() for frame in lips.animate(motion)]
    painted = [frame.copy() for frame in lips.animate(motion, speech)]
    assert len(painted) == len(resting) == FRAMES
    changed = [np.argwhere(np.abs(a.astype(int) - b)[:300] > 2) for a, b in zip(painted, resting, strict=True)]
    assert [len(where) > 0 for where in changed[:4]] == [True] * 4 and not any(len(where) for where in changed[10:])
    box = face_box(portrait.face, 256, 300)
    for where in changed[:4]:
        rows, columns = where[:, 0], where[:, 1]
        assert (box.y0 + box.y1) / 2 - 3 <= rows.min() and rows.max() < box.y1
        assert box.x0 <= columns.min() and columns.max() < box.x1
    assert lips.notes == ()


def test_the_published_detector_says_where_the_face_is(stage: MeshStage, portrait: Portrait, network: Any) -> None:
    detector = empty_detector()
    zeros = {key: torch.zeros(shape) for key, (shape, _) in load_manifest("wav2lip_s3fd").items()}
    detector.load_state_dict(zeros, assign=True)
    assert found(detector, portrait) is None  # all is as likely as not
    zeros["conv5_3_norm_mbox_conf.bias"][1] = 3.0  # faces of 64 px wherever one looks
    box = found(detector, portrait)
    middle = (portrait.face.box[:2] + portrait.face.box[2:]) / 2
    assert box is not None and (box.width, box.height) == (64, 74)
    assert box.x0 <= middle[0] < box.x1 and box.y0 <= middle[1] < box.y1
    region = MouthPainter(network, CPU, stage.state, portrait, box).region
    assert region.x <= box.x0 and region.y + region.height >= box.y1 and region.width < 2 * box.width


def test_frames_that_come_out_as_no_picture_show_the_mouth_at_rest(
    stage: MeshStage, portrait: Portrait, motion: Motion, speech: Speech
) -> None:
    broken = empty_generator()
    broken.load_state_dict(synthetic_state(load_manifest("wav2lip_generator")), assign=True)
    broken.output_block[1].bias = torch.nn.Parameter(torch.full((3,), torch.nan), requires_grad=False)
    lips = LipStage(stage, MouthPainter(broken, CPU, stage.state, portrait))
    resting = [frame.copy() for frame in lips.animate(motion)]
    for index, frame in enumerate(lips.animate(motion, speech)):
        assert np.array_equal(frame, resting[index])
    assert lips.notes == ("9 frames could not be painted and show the mouth at rest.",)


def test_the_network_sees_the_face_in_blue_green_red_with_its_lower_half_hidden(portrait: Portrait) -> None:
    box = face_box(portrait.face, 256, 300)
    shown = seen(portrait.image, box)
    assert shown.shape == (6, 96, 96) and float(shown.min()) >= 0 and float(shown.max()) <= 1
    assert not shown[:3, 48:].any() and torch.equal(shown[:3, :48], shown[3:, :48])
    face = portrait.image[box.y0 : box.y1, box.x0 : box.x1] / 255
    assert np.allclose(shown[3:].mean(dim=(1, 2)).numpy(), face.mean(axis=(0, 1))[::-1], atol=0.02)


def test_its_stages_are_measured_where_its_licence_allows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neural, "_SECONDS", 0.0)
    monkeypatch.setattr(neural, "_LEAST_RUNS", 1)
    (tmp_path / "wav2lip").mkdir()
    state = synthetic_state(load_manifest("wav2lip_generator"))
    torch.save({"state_dict": state}, tmp_path / "wav2lip" / "wav2lip.pth")
    with pytest.raises(InvalidRequest, match="not for commercial use"):
        neural_bench("wav2lip", Means(checkpoints=tmp_path, device="cpu"), batches=(1,))
    allowed = Means(checkpoints=tmp_path, device="cpu", allow_noncommercial=True)
    rows = {row.stage: row for row in neural_bench("wav2lip", allowed, batches=(1,)).rows}
    assert set(rows) == {"look at the portrait", "hear", "paint", "lay on the picture"}
    assert rows["paint"].gflop == pytest.approx(7.93, rel=0.02)
    with pytest.raises(InvalidRequest, match="has no licence"):
        neural_bench("wav2lip", allowed, batches=(1,), upstream=tmp_path)
