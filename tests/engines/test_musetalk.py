"""MuseTalk end to end with narrow networks: what it paints, where, how often the same, and what it does in trouble."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
pytest.importorskip("diffusers", reason="diffusers comes with the extra 'neural'")

from small_networks import UNET, made_up, write_musetalk  # noqa: E402

from talking import engines  # noqa: E402
from talking.engines.batches import Batch  # noqa: E402
from talking.engines.lips.engine import LipEngine  # noqa: E402
from talking.engines.lips.exact import exact  # noqa: E402
from talking.engines.lips.gate import at_rest  # noqa: E402
from talking.engines.lips.stage import LipStage  # noqa: E402
from talking.engines.means import Means  # noqa: E402
from talking.engines.models import MODELS  # noqa: E402
from talking.engines.musetalk import painter  # noqa: E402
from talking.engines.musetalk.networks import Networks, faces  # noqa: E402
from talking.errors import CheckpointMissing, Unavailable  # noqa: E402
from talking.nets import unet  # noqa: E402
from talking.types import BLENDSHAPES, CHANNEL, Frame, Motion, Portrait, Speech  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

FRAMES = 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("checkpoints")
    write_musetalk(place)
    return place


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[engines.Engine]:
    with closing(engines.load("musetalk", Means(checkpoints=folder, device="cpu"))) as made:
        assert isinstance(made, LipEngine)
        yield made


@pytest.fixture(scope="module")
def stage(engine: LipEngine[Networks], portrait: Portrait) -> LipStage:
    return engine.prepare(portrait)


def spoken(frames: int = FRAMES) -> Speech:
    """A buzz that lasts a little less than so many frames."""
    times = np.arange(frames * 640 - 200) / 16_000
    return Speech((0.2 * np.sign(np.sin(2 * np.pi * 130 * times)) * np.sin(9 * times)).astype(np.float32), 16_000)


def motion_of(frames: int = FRAMES) -> Motion:
    """Silence for seven frames, then speech, on a head that turns."""
    blendshapes = np.zeros((frames, len(BLENDSHAPES)), np.float32)
    blendshapes[7:, CHANNEL["mouthFunnel"]] = 0.4
    blendshapes[8:, CHANNEL["jawOpen"]] = 0.7
    swing = np.linspace(0, 1, frames, dtype=np.float32)
    return Motion(blendshapes, swing[:, None] * np.float32([2, 6, 1]), np.zeros((frames, 2), np.float32), swing)


@pytest.fixture(scope="module")
def frames(stage: LipStage) -> list[Frame]:
    return film(stage, motion_of(), spoken())


def film(stage: LipStage, motion: Motion, speech: Speech) -> list[Frame]:
    return [frame.copy() for frame in stage.animate(motion, speech)]


def test_lips_are_painted_on_the_face_when_it_speaks_and_nowhere_else(
    stage: LipStage, portrait: Portrait, frames: list[Frame]
) -> None:
    motion, speech = motion_of(), spoken()
    resting = film(stage, at_rest(motion), speech)
    assert len(frames) == speech.num_frames == FRAMES
    for frame, under in zip(frames[:2], resting, strict=False):
        assert np.array_equal(frame, under)
    height = len(portrait.image)
    changed = np.abs(frames[-1][:height].astype(int) - resting[-1][:height]) > 3
    rows, columns = np.nonzero(changed)
    box = portrait.face.box
    middle = (box[1] + box[3]) / 2
    assert changed.sum() > 0.1 * (box[2] - box[0]) * (box[3] - middle)
    assert box[0] - 4 < columns.min() and columns.max() < box[2] + 12
    assert middle - 12 < rows.min() and rows.max() < box[3] + 14
    assert any(np.abs(one.astype(int) - other).max() > 3 for one, other in pairwise(frames[-3:]))


def test_the_same_film_comes_out_twice_whatever_the_batch(
    engine: LipEngine[Networks], portrait: Portrait, frames: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    again = engine.prepare(portrait)
    assert all(
        np.array_equal(one, other) for one, other in zip(frames, film(again, motion_of(), spoken()), strict=True)
    )
    monkeypatch.setattr(again.painter, "_batch", Batch(1))
    single = film(again, motion_of(), spoken())
    assert max(int(np.abs(one.astype(int) - other).max()) for one, other in zip(frames, single, strict=True)) <= 1


def test_networks_are_read_once_and_given_back(folder: Path, portrait: Portrait) -> None:
    means = Means(checkpoints=folder, device="cpu")
    before = set(MODELS.keys)
    with closing(engines.load("musetalk", means)) as one, closing(engines.load("musetalk", means)) as other:
        stages = [each.prepare(portrait) for each in (one, other)]
        painters = [stage.painter._networks.painter for stage in stages]
        assert painters[0] is painters[1]
    assert set(MODELS.keys) == before


def test_what_comes_out_as_no_picture_leaves_the_mouth_at_rest(stage: LipStage, portrait: Portrait) -> None:
    networks: Networks = stage.painter._networks
    poisoned = replace(exact(networks), parser=None)
    poisoned.painter.conv_out.bias = torch.nn.Parameter(torch.full((4,), torch.nan), requires_grad=False)
    broken = LipStage(stage.stage, painter.MouthPainter(poisoned, stage.stage.state, portrait))
    motion, speech = motion_of(), spoken()
    for frame, under in zip(film(broken, motion, speech), film(stage, at_rest(motion), speech), strict=True):
        assert np.array_equal(frame, under)
    assert broken.notes[-1] == "7 frames could not be painted and show the mouth at rest."


def test_overflow_in_half_precision_is_painted_again_in_full(stage: LipStage, portrait: Portrait) -> None:
    networks: Networks = stage.painter._networks
    overflowing = exact(networks)
    overflowing.coder.decoder.conv_out.weight *= 1e6
    half = replace(overflowing, painter=overflowing.painter.half(), coder=overflowing.coder.half())
    half.coder.decoder.conv_out.weight = torch.nn.Parameter(
        torch.full_like(half.coder.decoder.conv_out.weight, 6e4), requires_grad=False
    )
    mouth = painter.MouthPainter(half, stage.stage.state, portrait)
    speech = spoken(2)
    _, whole = faces(half, mouth._shown, torch.zeros(1, 50, 32))
    assert not bool(whole[0])
    found = list(mouth.paint(motion_of(2), speech, np.array([False, True]), seed=0))
    assert found[0] is None and found[1] is not None and not mouth.notes
    assert found[1].picture.std() > 10 and half.coder.dtype == torch.float16


def test_the_parser_draws_the_mask_where_it_may(stage: LipStage, portrait: Portrait) -> None:
    from talking.nets import bisenet

    parser = bisenet.empty_parser()
    parser.load_state_dict(made_up(parser), assign=True)
    parser.conv_out.conv_out.weight[1] += 9.0 * parser.conv_out.conv_out.weight.abs().max()
    with_parser = replace(stage.painter._networks, parser=parser)
    parsed = painter.MouthPainter(with_parser, stage.stage.state, portrait)
    own = stage.painter
    assert parsed._parsed is not None and own._parsed is None
    masks = [each._mask(0.0).astype(int) for each in (parsed, own)]
    assert np.abs(masks[0] - masks[1]).max() > 100


def test_the_mask_goes_down_with_the_jaw(stage: LipStage) -> None:
    closed, half_open, wide = (stage.painter._mask(jaw).astype(int) for jaw in (0.0, 0.5, 1.0))
    assert closed.sum() < half_open.sum() <= wide.sum()
    assert (wide >= closed - 2).all()
    grown = np.nonzero(wide - closed > 30)[0]
    assert grown.min() > len(closed) // 2
    for mask in (closed, wide):
        assert mask[-1].max() == mask[:, 0].max() == 0 and mask.max() == 255


def refused(folder: Path, portrait: Portrait, kind: type[Exception], sentence: str) -> None:
    with (
        closing(engines.load("musetalk", Means(checkpoints=folder, device="cpu"))) as made,
        pytest.raises(kind, match=sentence),
    ):
        made.prepare(portrait)


def test_it_is_said_what_is_missing_or_wrong(portrait: Portrait, tmp_path: Path) -> None:
    refused(tmp_path, portrait, CheckpointMissing, "talking checkpoints pull")
    write_musetalk(tmp_path)
    place = tmp_path / "musetalk" / "musetalkV15"
    told = (place / "musetalk.json").read_text()
    for config in ("{", '{"block_out_channels": [32]}'):
        (place / "musetalk.json").write_text(config)
        refused(tmp_path, portrait, Unavailable, r"musetalk\.json")
    (place / "musetalk.json").write_text(told)
    torch.save({key: value[:1] for key, value in made_up(unet.empty_unet(UNET)).items()}, place / "unet.pth")
    refused(tmp_path, portrait, Unavailable, "another network")
