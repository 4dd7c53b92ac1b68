"""The network of MuseTalk 1.5: a Stable-Diffusion-shaped UNet that paints a face in one pass, by its sound."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor

from talking.nets.assembly import empty

WIDTH = 384
"""Of a token of sound."""


def empty_unet(config: Mapping[str, Any]) -> UNet2DConditionModel:
    """The network of a published `config`, without values."""
    shape = {name: value for name, value in config.items() if not name.startswith("_")}
    return empty(lambda: UNet2DConditionModel(**shape))


def paint(network: UNet2DConditionModel, latents: Tensor, sound: Tensor) -> Tensor:
    """Latents of talking faces [B, 4, h, w].

    `latents` [B, 8, h, w] are those of the face without its lower half and of the whole face; `sound` [B, 50, 384] the
    tokens of each frame, to which their places are added here. No noise, no steps: what comes out is the picture.
    """
    told = sound + places(sound.shape[1], sound.shape[2]).to(sound)
    still = torch.zeros(1, dtype=torch.long, device=latents.device)
    painted: Tensor = network(latents, still, encoder_hidden_states=told, return_dict=False)[0]
    return painted


def places(count: int, width: int = WIDTH) -> Tensor:
    """The encoding of the first `count` places, float32 [count, width]: sine, cosine by turns (Vaswani et al. 2017)."""
    place = torch.arange(count, dtype=torch.float32)[:, None]
    pace = torch.exp(torch.arange(0, width, 2, dtype=torch.float32) * (-math.log(10000.0) / width))
    return torch.stack([torch.sin(place * pace), torch.cos(place * pace)], dim=2).flatten(1)
