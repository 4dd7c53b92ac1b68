"""The networks of LatentSync together: what they see of a face, and the face that is painted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from talking.engines.device import Device
from talking.engines.latentsync.align import kept
from talking.engines.lips.load import Shelf
from talking.nets import vae, whisper
from talking.nets.unet3d import empty_unet3d, params_of
from talking.types import Image

RESOLUTION = {"latentsync": 512, "latentsync-1.5": 256}
"""Px of the square that each engine paints."""

_CHECKPOINT = {"latentsync": "latentsync-1.6", "latentsync-1.5": "latentsync-1.5"}


@dataclass(frozen=True)
class Networks:
    """`ear` hears, `painter` takes the noise out of latents, `coder` makes pictures of them, `resolution` px wide."""

    ear: Any
    painter: Any
    coder: Any
    device: Device
    resolution: int


def read(shelf: Shelf, engine: str) -> Networks:
    """The networks of one of the engines. Raises as `Shelf.network`."""
    painter = shelf.network(
        _CHECKPOINT[engine],
        lambda config: empty_unet3d(config["params"]),
        describe=lambda state: {"params": params_of(state)},
        member="state_dict",
    )
    return Networks(
        ear=shelf.network("whisper-tiny", whisper.empty_encoder, whisper.of_encoder),
        painter=painter.to(memory_format=torch.channels_last),
        coder=shelf.network("sd-vae-ft-mse", vae.empty_vae, vae.renamed),
        device=shelf.device,
        resolution=RESOLUTION[engine],
    )


def seen(networks: Networks, face: Image) -> Tensor:
    """What the painter sees of a face uint8 (S, S, 3) RGB: [1, 9, 1, S / 8, S / 8], which part is kept, the latents of
    that part, and those of the whole face. The same for every frame of a still portrait.
    """
    side = face.shape[0]
    picture = torch.from_numpy(face.astype(np.float32)).permute(2, 0, 1)[None] / 127.5 - 1
    mask = torch.from_numpy(kept(side))[None, None]
    small = functional.interpolate(mask, size=(side // 8, side // 8)).to(networks.device.torch, networks.coder.dtype)
    with torch.inference_mode():
        latents = [
            vae.encode(networks.coder, each.to(networks.device.torch, networks.coder.dtype))
            for each in (picture * mask, picture)
        ]
        return torch.cat([small, *latents], dim=1)[:, :, None]


def pictures(networks: Networks, latents: Tensor) -> Tensor:
    """Square faces [F, 3, S, S] in about [-1, 1] of finished latents [F, 4, s, s]; not finite where there is none."""
    with torch.inference_mode():
        return vae.decode(networks.coder, latents.to(networks.coder.dtype))


def start(networks: Networks, seed: int) -> Tensor:
    """The noise that every frame of a film starts from, float32 [1, 4, 1, S / 8, S / 8]."""
    side = networks.resolution // 8
    chance = torch.Generator().manual_seed(seed)
    return torch.randn((1, 4, 1, side, side), generator=chance).to(networks.device.torch)
