"""The video UNet: the published weights' keys and shapes, and the published network's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from synthetic import load_manifest, load_parity, seeded_normal, synthetic_state

torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")

from talking.nets.unet3d import UNet3D, UNet3DParams, empty_unet3d, params_of  # noqa: E402

TOLERANCE = 1e-4
"""Of networks in float32: the number of threads alone moves results of this kind by 5e-6."""


@pytest.fixture(scope="module")
def state() -> dict[str, Any]:
    return synthetic_state(load_manifest("unet3d_small"))


@pytest.fixture(scope="module")
def net(state: dict[str, Any]) -> UNet3D:
    empty = empty_unet3d(params_of(state))
    empty.load_state_dict(state, strict=True, assign=True)
    return empty


def inputs(seed: int, clips: int, frames: int, size: int) -> tuple[Any, Any]:
    """Latents and sound as the parity file has them."""
    sample = seeded_normal(seed, (clips, 13, frames, size, size))
    return torch.from_numpy(sample), torch.from_numpy(seeded_normal(seed + 1, (clips * frames, 50, 384)))


def difference(ours: Any, theirs: NDArray[Any]) -> float:
    assert tuple(ours.shape) == theirs.shape
    return float(np.abs(ours.numpy() - theirs).max())


def test_full_size_has_the_keys_and_shapes_of_the_published_weights() -> None:
    wanted = {key: tuple(shape) for key, (shape, _) in load_manifest("unet3d").items()}
    ours = {key: tuple(value.shape) for key, value in empty_unet3d(UNet3DParams()).state_dict().items()}
    assert ours == wanted
    assert sum(int(np.prod(shape)) for shape in ours.values()) == 1_267_944_644


def test_every_stage_gives_the_published_numbers(net: UNet3D) -> None:
    parity = load_parity("unet3d_small")
    modules = {
        "conv_in": net.conv_in,
        "time_embedding": net.time_embedding,
        "down_0_resnet_0": net.down_blocks[0].resnets[0],
        "down_0_attn_0": net.down_blocks[0].attentions[0],
        "down_0_motion_0": net.down_blocks[0].motion_modules[0],
        "mid": net.mid_block,
        **{f"down_{index}": block for index, block in enumerate(net.down_blocks)},
        **{f"up_{index}": block for index, block in enumerate(net.up_blocks)},
    }
    taps: dict[str, Any] = {}

    def note(name: str) -> Any:
        def hook(_module: Any, _inputs: Any, output: Any) -> None:
            taps[name] = output[0] if isinstance(output, tuple) else output

        return hook

    hooks = [module.register_forward_hook(note(name)) for name, module in modules.items()]
    sample, audio = inputs(21, 2, 5, 16)
    with torch.inference_mode():
        out = net(sample, torch.tensor([501, 501]), audio)
    for hook in hooks:
        hook.remove()
    for name, tap in taps.items():
        if tap.ndim == 4:
            clips = tap.unflatten(0, (2, 5)).transpose(1, 2)
            channels, height = clips.shape[1], clips.shape[3]
            tap = clips[:, :: 4 * max(1, channels // 16), :, :: max(1, height // 4), :: max(1, height // 4)]
        assert difference(tap, parity[f"a_tap_{name}"]) < TOLERANCE, name
    assert difference(out, parity["a_output"]) < TOLERANCE


def test_sixteen_frames_give_the_published_numbers_and_kept_features_the_same(net: UNet3D) -> None:
    sample, audio = inputs(31, 1, 16, 32)
    step = torch.tensor([1])
    with torch.inference_mode():
        out, deep = net.predict(sample, step, audio, shallow=2)
        again, _ = net.predict(sample, step, audio, deep=deep, shallow=2)
    assert difference(out[..., ::4, ::4], load_parity("unet3d_small")["b_output"]) < TOLERANCE
    assert torch.equal(out, again)


def test_weights_tell_how_wide_the_network_is(state: dict[str, Any]) -> None:
    assert params_of(state) == UNet3DParams(widths=(32, 64, 128, 128))
    assert params_of({"weight": torch.zeros(1)}) == UNet3DParams()
