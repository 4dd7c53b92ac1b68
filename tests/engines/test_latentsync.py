"""LatentSync end to end with narrow networks: clips that melt, memory that runs short, pictures that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
pytest.importorskip("diffusers", reason="diffusers comes with the extra 'neural'")

from small_networks import WHISPER, made_up, write_shared  # noqa: E402

from talking import engines  # noqa: E402
from talking.bench import neural, neural_bench  # noqa: E402
from talking.engines.latentsync import networks, painter  # noqa: E402
from talking.engines.latentsync.clips import melted  # noqa: E402
from talking.engines.latentsync.networks import Networks  # noqa: E402
from talking.engines.latentsync.painter import ClipPainter  # noqa: E402
from talking.engines.latentsync.sampler import Recipe  # noqa: E402
from talking.engines.lips.engine import LipEngine  # noqa: E402
from talking.engines.lips.exact import exact  # noqa: E402
from talking.engines.lips.gate import at_rest  # noqa: E402
from talking.engines.lips.patch import Painted  # noqa: E402
from talking.engines.lips.stage import LipStage  # noqa: E402
from talking.engines.means import Means  # noqa: E402
from talking.errors import CheckpointMissing, InvalidRequest, Unavailable  # noqa: E402
from talking.nets.unet3d import UNet3DParams, empty_unet3d  # noqa: E402
from talking.types import BLENDSHAPES, CHANNEL, Motion, Portrait, Speech  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

FAST = {"steps": 1.0, "guidance": 1.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("checkpoints")
    write_shared(place)
    weights = made_up(empty_unet3d(UNet3DParams(widths=(32, 32, 32, 32), context=WHISPER["d_model"])))
    (place / "latentsync-1.5").mkdir()
    torch.save({"global_step": 1, "state_dict": weights}, place / "latentsync-1.5" / "latentsync_unet.pt")
    return place


@pytest.fixture(scope="module")
def stage(folder: Path, portrait: Portrait) -> Iterator[LipStage]:
    with closing(engines.load("latentsync-1.5", Means(checkpoints=folder, device="cpu"))) as made:
        assert isinstance(made, LipEngine)
        yield made.prepare(portrait, tuning=FAST)


@pytest.fixture
def paint(stage: LipStage, portrait: Portrait) -> Callable[..., ClipPainter]:
    """paint(networks, recipe): a painter at 64 px, which is a sixteenth of the work."""

    def make(own: Networks | None = None, recipe: Recipe | None = None) -> ClipPainter:
        small = replace(own or stage.painter._networks, resolution=64)
        return ClipPainter(small, stage.stage.state, portrait, recipe or Recipe(1, 1.5), overlap=4)

    return make


def spoken(frames: int) -> Speech:
    times = np.arange(frames * 640) / 16_000
    return Speech((0.2 * np.sign(np.sin(2 * np.pi * 130 * times)) * np.sin(9 * times)).astype(np.float32), 16_000)


def motion_of(frames: int, silent: int = 0) -> Motion:
    """Silence for some frames, then speech, on a head that turns."""
    blendshapes = np.zeros((frames, len(BLENDSHAPES)), np.float32)
    blendshapes[silent:, CHANNEL["mouthFunnel"]] = 0.4
    swing = np.linspace(0, 1, frames, dtype=np.float32)
    return Motion(blendshapes, swing[:, None] * np.float32([2, 6, 1]), np.zeros((frames, 2), np.float32), swing)


def painted(painter: ClipPainter, frames: int, *, seed: int = 0, wanted: Any = None) -> list[Painted | None]:
    told = np.ones(frames, bool) if wanted is None else np.array(wanted, bool)
    return list(painter.paint(motion_of(frames), spoken(frames), told, seed=seed))


def pixels(found: list[Painted | None]) -> NDArray[np.int64]:
    return np.array([each.picture for each in found if each is not None], np.int64)


def test_lips_are_painted_on_the_moving_head_and_nothing_else(stage: LipStage, portrait: Portrait) -> None:
    motion, speech = motion_of(14, silent=8), spoken(14)
    frames = [frame.copy() for frame in stage.animate(motion, speech)]
    resting = [frame.copy() for frame in stage.animate(at_rest(motion), speech)]
    assert len(frames) == 14
    assert np.array_equal(frames[0], resting[0])
    height, box = len(portrait.image), portrait.face.box
    changed = np.abs(frames[-1][:height].astype(int) - resting[-1][:height]) > 3
    rows, columns = np.nonzero(changed)
    middle = (box[1] + box[3]) / 2
    assert changed.sum() > 0.1 * (box[2] - box[0]) * (box[3] - middle)
    assert box[0] - 4 < columns.min() and columns.max() < box[2] + 12
    assert middle - 16 < rows.min() and rows.max() < box[3] + 14
    assert not stage.notes


def test_silence_is_not_painted_and_the_seed_tells_the_rest(paint: Callable[..., ClipPainter]) -> None:
    wanted = [False] * 2 + [True] * 5 + [False] * 3 + [True] * 2
    found = painted(paint(), 12, wanted=wanted)
    assert [each is not None for each in found] == wanted
    again, other = painted(paint(), 12, wanted=wanted), painted(paint(), 12, wanted=wanted, seed=1)
    assert np.array_equal(pixels(found), pixels(again))
    assert np.abs(pixels(found) - pixels(other)).mean() > 3
    assert np.diff(pixels(found)[:5], axis=0).any()


def test_clips_are_even_and_fade_into_one_another() -> None:
    made: list[tuple[int, int]] = []

    def make(first: int, stop: int) -> Any:
        made.append((first, stop))
        return torch.arange(first, stop, dtype=torch.float32)[:, None, None, None] + 100 * len(made)

    film = torch.cat(list(melted(3, 36, make, size=lambda: 16, overlap=4)))[:, 0, 0, 0]
    assert made == [(3, 17), (13, 27), (23, 36)]
    steps = film.diff()
    assert len(film) == 33 and float(steps.max()) == pytest.approx(1 + 100 / 5)
    apart = torch.cat(list(melted(3, 36, make, size=lambda: 16, overlap=0)))[:, 0, 0, 0]
    assert float(apart.diff().max()) == 101


def numbers(first: int, stop: int) -> Any:
    return torch.arange(first, stop).float()[:, None, None, None]


def test_every_length_of_film_has_every_frame_once() -> None:
    for frames in (1, 4, 5, 15, 16, 17, 28, 29, 100):
        for size in (16, 8, 5, 4):
            found = torch.cat(list(melted(0, frames, numbers, size=partial(int, size), overlap=4)))[:, 0, 0, 0]
            assert torch.allclose(found, torch.arange(frames).float(), atol=1e-4)


def test_short_memory_gives_the_same_film_first_and_then_shorter_clips(
    paint: Callable[..., ClipPainter], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = painted(paint(), 10)
    real = painter.denoise

    def poor(room: int) -> Callable[..., Any]:
        def made(network: Any, recipe: Recipe, noise: Any, shown: Any, audio: Any, *, together: bool) -> Any:
            if len(audio) * (1 + together) > room:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return real(network, recipe, noise, shown, audio, together=together)

        return made

    monkeypatch.setattr(painter, "denoise", poor(10))
    one = paint()
    assert np.abs(pixels(painted(one, 10)) - pixels(whole)).max() <= 1 and not one.notes
    monkeypatch.setattr(painter, "denoise", poor(8))
    two = paint()
    assert len(pixels(painted(two, 10))) == 10
    assert two.notes == ("Memory ran short, so clips were made of 8 frames.",)
    monkeypatch.setattr(painter, "denoise", poor(3))
    with pytest.raises(Unavailable, match="too little free memory"):
        painted(paint(), 10)


def test_what_comes_out_as_no_picture_is_left_out_and_told(stage: LipStage, paint: Callable[..., ClipPainter]) -> None:
    poisoned: Networks = exact(stage.painter._networks)
    poisoned.painter.conv_out.bias = torch.nn.Parameter(torch.full((4,), torch.nan), requires_grad=False)
    broken = paint(poisoned)
    assert painted(broken, 5) == [None] * 5
    assert broken.notes == ("5 frames could not be painted and show the mouth at rest.",)


def test_overflow_in_half_precision_is_painted_again_in_full(
    stage: LipStage, paint: Callable[..., ClipPainter]
) -> None:
    full: Networks = exact(stage.painter._networks)
    full.painter.conv_out.weight = torch.nn.Parameter(full.painter.conv_out.weight * 9e4, requires_grad=False)
    half = replace(full, painter=full.painter.half(), coder=full.coder.half())
    found = paint(half)
    assert found._exact is None
    latents = found._latents(torch.zeros(2, 50, WHISPER["d_model"]).half(), torch.zeros(1, 4, 1, 8, 8))
    assert found._exact is not None and found._exact.painter.conv_out.weight.dtype == torch.float32
    assert latents.shape == (2, 4, 8, 8)


def test_its_stages_are_measured(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neural, "_SECONDS", 0.0)
    monkeypatch.setattr(neural, "_LEAST_RUNS", 1)
    monkeypatch.setitem(networks.RESOLUTION, "latentsync-1.5", 64)
    monkeypatch.setattr("talking.bench.latentsync.Recipe", lambda _steps, *others: Recipe(2, *others))
    means = Means(checkpoints=folder, device="cpu")
    result = neural_bench("latentsync-1.5", means, batches=(5,))
    assert [row.stage for row in result.rows][2:] == ["diffuse, 2 steps", "decode", "lay on the picture"]
    assert all(row.ms > 0 for row in result.rows)
    with pytest.raises(InvalidRequest, match="does not hold the code of LatentSync"):
        neural_bench("latentsync-1.5", means, batches=(5,), upstream=folder)


def test_its_numbers_have_names_and_its_weights_must_be_here(portrait: Portrait, tmp_path: Path) -> None:
    for name in ("latentsync", "latentsync-1.5"):
        assert set(engines.ENGINES[name].tuning) == {"steps", "guidance", "reuse", "overlap"}
    with (
        closing(engines.load("latentsync-1.5", Means(checkpoints=tmp_path, device="cpu"))) as made,
        pytest.raises(CheckpointMissing, match="talking checkpoints pull"),
    ):
        made.prepare(portrait)
