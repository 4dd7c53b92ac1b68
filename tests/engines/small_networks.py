"""Checkpoints of networks that are built as the published ones and narrow enough to run in a test, weights made up."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from talking.nets import unet, vae, whisper

_ATTENDING = ["CrossAttnDownBlock2D"] * 3
UNET: dict[str, Any] = {
    "act_fn": "silu", "attention_head_dim": 8, "block_out_channels": [16, 16, 16, 16], "cross_attention_dim": 32,
    "down_block_types": [*_ATTENDING, "DownBlock2D"], "in_channels": 8, "layers_per_block": 1, "norm_num_groups": 8,
    "out_channels": 4, "sample_size": 64, "up_block_types": ["UpBlock2D", *["CrossAttnUpBlock2D"] * 3],
}  # fmt: skip
VAE: dict[str, Any] = {
    "block_out_channels": [8, 8, 16, 16], "down_block_types": ["DownEncoderBlock2D"] * 4, "in_channels": 3,
    "latent_channels": 4, "layers_per_block": 1, "norm_num_groups": 8, "out_channels": 3, "sample_size": 256,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
}  # fmt: skip
WHISPER: dict[str, Any] = {
    "d_model": 32, "encoder_attention_heads": 2, "encoder_ffn_dim": 64, "encoder_layers": 4,
    "max_source_positions": 1500, "num_mel_bins": 80, "vocab_size": 51865,
}  # fmt: skip


def made_up(network: Any) -> dict[str, Any]:
    """Weights for an empty network, the same on every machine: each tensor drawn by its name."""
    return {
        name: _values(name, tuple(value.shape))
        if value.is_floating_point()
        else torch.zeros(value.shape).to(value.dtype)
        for name, value in network.state_dict().items()
    }


def _values(name: str, shape: tuple[int, ...]) -> Any:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    normal = rng.standard_normal(shape, dtype=np.float32)
    if len(shape) > 1:
        return torch.from_numpy(normal / np.float32(np.sqrt(np.prod(shape[1:]))))
    return torch.from_numpy((1 + 0.1 * np.abs(normal)) if name.endswith(("weight", "running_var")) else 0.1 * normal)


def write_shared(folder: Path) -> None:
    """The checkpoints of autoencoder and ear in `folder`, as they are pulled."""
    _write(folder / "sd-vae-ft-mse", vae.empty_vae, VAE, "diffusion_pytorch_model.safetensors")
    ear = folder / "whisper-tiny"
    _write(ear, whisper.empty_encoder, WHISPER, "model.safetensors", prefix="model.encoder.")


def write_musetalk(folder: Path) -> None:
    """All checkpoints that the engine musetalk cannot do without."""
    write_shared(folder)
    place = folder / "musetalk" / "musetalkV15"
    place.mkdir(parents=True)
    (place / "musetalk.json").write_text(json.dumps({"_class_name": "UNet2DConditionModel", **UNET}))
    torch.save(made_up(unet.empty_unet(UNET)), place / "unet.pth")


def _write(
    place: Path, build: Callable[[Mapping[str, Any]], Any], config: dict[str, Any], name: str, *, prefix: str = ""
) -> None:
    place.mkdir(parents=True)
    (place / "config.json").write_text(json.dumps(config))
    save_file({prefix + key: value for key, value in made_up(build(config)).items()}, place / name)
