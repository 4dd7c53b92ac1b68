"""LatentSync's own numbers, stage by stage: what it hears, where it wants a face, its schedule, and a film of six
frames with made-up weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from synthetic import load_config, load_manifest, load_parity, seeded_normal, synthetic_state

torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
pytest.importorskip("diffusers", reason="diffusers comes with the extra 'neural'")
pytest.importorskip("transformers", reason="transformers comes with the extra 'neural'")

from talking.engines.device import Device  # noqa: E402
from talking.engines.latentsync.align import cut_face, face_matrix, kept, nudge  # noqa: E402
from talking.engines.latentsync.networks import Networks, seen  # noqa: E402
from talking.engines.latentsync.place import Placing  # noqa: E402
from talking.engines.latentsync.sampler import Recipe, denoise, scheduler  # noqa: E402
from talking.engines.latentsync.sound import spectrum  # noqa: E402
from talking.engines.lips.sound import Ear  # noqa: E402
from talking.engines.state import fill  # noqa: E402
from talking.nets import vae, whisper  # noqa: E402
from talking.nets.unet3d import empty_unet3d, params_of  # noqa: E402
from talking.types import Speech  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

TOLERANCE = 1e-4
LEVEL = 1
"""Grey level by which pictures may differ."""


@pytest.fixture(scope="module")
def pictures() -> dict[str, NDArray[Any]]:
    return load_parity("latentsync_prepost")


@pytest.fixture(scope="module")
def networks() -> Networks:
    weights = synthetic_state(load_manifest("unet3d_small"))
    painter = empty_unet3d(params_of(weights))
    fill(painter, weights, "latentsync-1.6")
    coder = vae.empty_vae(load_config("vae_small"))
    fill(coder, synthetic_state(load_manifest("vae_small")), "sd-vae-ft-mse")
    return Networks(None, painter, coder, Device("cpu", "CPU", "float32", 1 << 34, 1 << 34), 128)


def whole(pictures: dict[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """The fixture's picture, as far as the face reaches."""
    picture = np.zeros((512, 512, 3), np.uint8)
    part, (left, top) = pictures["part"], pictures["corner"]
    picture[top : top + part.shape[0], left : left + part.shape[1]] = part
    return picture


@pytest.fixture(scope="module")
def ear() -> Any:
    network = whisper.empty_encoder(load_config("whisper_tiny_encoder"))
    fill(network, synthetic_state(load_manifest("whisper_tiny_encoder")), "whisper-tiny")
    return network


def test_sound_is_heard_as_published(ear: Any) -> None:
    parity, samples = load_parity("latentsync_audio"), load_parity("musetalk_audio")["waveform"]
    heard = spectrum(samples, 0, len(samples))
    assert np.abs(heard[0, ::2, :300:3].numpy() - parity["mel"]).max() < TOLERANCE
    assert not heard[..., 300:].any()
    with torch.inference_mode():
        states = whisper.hidden_states(ear, heard, normed=False)[0]
    assert np.abs(states[:150:8, :, ::6].numpy() - parity["hidden"]).max() < TOLERANCE


def test_frames_see_the_published_steps_and_the_sound_s_ends_beyond_it(ear: Any) -> None:
    parity, samples = load_parity("latentsync_audio"), load_parity("musetalk_audio")["waveform"]
    speech = Speech(samples, 16_000)
    tokens = Ear(ear, speech, normed=False, held=True, spectrum=spectrum).tokens(0, 77)
    assert speech.num_frames == 75  # the published code goes on for two frames that nobody hears
    assert np.abs(tokens[::20, :, ::6].numpy() - parity["chunks"]).max() < TOLERANCE


@pytest.mark.parametrize("resolution", [256, 512])
def test_faces_are_cut_as_published(pictures: dict[str, NDArray[Any]], resolution: int) -> None:
    first, second = pictures["landmarks3"], pictures["landmarks3_second"]
    matrix = face_matrix(first, resolution)
    assert np.abs(matrix - pictures[f"{resolution}_matrix_no_smooth"]).max() < TOLERANCE
    matrix[:, 2] += nudge(first, resolution)
    assert np.abs(matrix - pictures[f"{resolution}_matrix"]).max() < TOLERANCE
    later = face_matrix(second, resolution)
    later[:, 2] += 0.2 * nudge(first, resolution) + 0.8 * nudge(second, resolution)
    assert np.abs(later - pictures[f"{resolution}_matrix_second_call"]).max() < TOLERANCE
    face = cut_face(whole(pictures), matrix, resolution)
    assert apart(face[::8, ::8], pictures[f"{resolution}_face_resized_strided"]) <= LEVEL


@pytest.mark.parametrize("resolution", [256, 512])
def test_faces_come_back_as_published(pictures: dict[str, NDArray[Any]], resolution: int) -> None:
    matrix = pictures[f"{resolution}_matrix"].astype(np.float64)
    face = cut_face(whole(pictures), matrix, resolution).astype(np.float32) / 127.5 - 1
    darker = torch.from_numpy(face * 0.8).permute(2, 0, 1)[None]
    placing = Placing(matrix, resolution, 512, 512)
    region = placing.region
    ours = np.zeros((512, 512, 3), np.int64)
    ours[region.rows, region.columns] = placing.back(darker)[0].numpy()
    inside = np.zeros((512, 512), bool)
    inside[region.rows, region.columns] = placing.share > 0.5
    inside = inside[::8, ::8]
    assert inside.sum() > 200
    theirs = pictures[f"{resolution}_restored_strided"][inside].astype(np.int64)
    # Ours is rounded, theirs cut off; and where the picture is coarser than the crop, ours is made smaller in one go.
    off = np.abs(ours[::8, ::8][inside] - theirs - 0.5)
    assert off.mean() < 0.6
    assert off.max() < 6


def test_the_mask_is_the_published_one(pictures: dict[str, NDArray[Any]]) -> None:
    mask, runs = kept(256), np.ones((256, 256), np.float32)
    for row, start, stop in pictures["zero_runs"]:
        runs[row, start:stop] = 0
    assert np.array_equal(mask, runs)
    assert np.array_equal(kept(512)[::4, ::4], pictures["mask512_strided"])
    assert np.array_equal(kept(512)[::8, ::8], pictures["mask_latent64"])


def test_the_schedule_is_the_published_one(pictures: dict[str, NDArray[Any]]) -> None:
    for steps in (10, 20, 25):
        assert scheduler(steps).timesteps.tolist() == pictures[f"ddim_timesteps_{steps}"].tolist()
    schedule = scheduler(20)
    assert np.abs(schedule.alphas_cumprod[::50].numpy() - pictures["alphas_cumprod"]).max() < 1e-6
    latents = torch.from_numpy(seeded_normal(61, (1, 4, 1, 8, 8)))
    for index, step in enumerate(schedule.timesteps):
        noise = torch.from_numpy(seeded_normal(62 + index, (1, 4, 1, 8, 8)))
        latents = schedule.step(noise, step, latents).prev_sample
        assert np.abs(latents[0, :, 0].numpy() - pictures["ddim_trajectory"][index]).max() < TOLERANCE


def test_six_frames_come_out_as_published(networks: Networks) -> None:
    parity = load_parity("latentsync_pipeline")
    shown = torch.cat([seen(networks, face) for face in parity["faces"]], dim=2)
    assert np.abs(shown[0, 0, 0].numpy() - parity["mask_latent"]).max() == 0
    assert np.abs(shown[0, :, 0].numpy() - parity["first_input_frame0"][1, 4:]).max() < TOLERANCE
    noise = torch.from_numpy(seeded_normal(92, (1, 4, 1, 16, 16)))
    audio = torch.from_numpy(seeded_normal(93, (6, 50, 384)))
    with torch.inference_mode():
        latents = denoise(networks.painter, Recipe(4, 1.5), noise, shown, audio)
        pictures = vae.decode(networks.coder, latents[0].transpose(0, 1)).numpy()
    assert np.abs(latents.numpy() - parity["final_latents"]).max() < 2 * TOLERANCE  # four steps of it
    mask = kept(128)
    own = parity["faces"].transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
    combined = (pictures * (1 - mask) + own * mask)[::2, :, ::4, ::4]
    assert psnr(combined, parity["combined_strided"]) > 80


def test_kept_features_stay_close_to_the_whole_network(networks: Networks) -> None:
    parity = load_parity("latentsync_pipeline")
    shown = seen(networks, parity["faces"][0]).expand(-1, -1, 2, -1, -1)
    noise = torch.from_numpy(seeded_normal(92, (1, 4, 1, 16, 16)))
    audio = torch.from_numpy(seeded_normal(93, (2, 50, 384)))
    with torch.inference_mode():
        whole, some, few = (
            denoise(networks.painter, Recipe(4, 1.0, reuse), noise, shown, audio).numpy() for reuse in (1, 2, 3)
        )
    assert 0 < np.abs(whole - some).mean() < np.abs(whole - few).mean() < 0.5 * np.abs(whole).mean()


def test_guidance_in_turns_gives_the_same_in_half_of_the_memory(networks: Networks) -> None:
    shown = torch.from_numpy(seeded_normal(1, (1, 9, 1, 8, 8))).expand(-1, -1, 3, -1, -1)
    noise, audio = torch.from_numpy(seeded_normal(2, (1, 4, 1, 8, 8))), torch.from_numpy(seeded_normal(3, (3, 50, 384)))
    with torch.inference_mode():
        both, turns = (
            denoise(networks.painter, Recipe(2, 2.0), noise, shown, audio, together=together)
            for together in (True, False)
        )
    assert float((both - turns).abs().max()) < TOLERANCE


def apart(ours: NDArray[Any], theirs: NDArray[Any]) -> int:
    """The most that two pictures differ by."""
    return int(np.abs(ours.astype(np.int64) - theirs).max())


def psnr(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    """Of pictures in [-1, 1], dB."""
    return float(10 * np.log10(4 / max(np.square(ours - theirs).mean(), 1e-20)))
