"""Pictures to latents and back: the autoencoder that MuseTalk and LatentSync share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from diffusers import AutoencoderKL
from torch import Tensor

from talking.nets.assembly import empty

SCALE = 0.18215
"""What latents are multiplied by (Stable Diffusion); the published config leaves it out."""

_OLD = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
_OLD_NAME = re.compile(r"(?<=\.attentions\.0\.)(query|key|value|proj_attn)(?=\.)")


def empty_vae(config: Mapping[str, Any]) -> AutoencoderKL:
    """The network of a published `config`, without values."""
    shape = {name: value for name, value in config.items() if not name.startswith("_")}
    return empty(lambda: AutoencoderKL(**shape))


def renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights under the names of today: the published file has those of 2022 for its attention."""
    return {_OLD_NAME.sub(lambda match: _OLD[match[0]], name): value for name, value in state.items()}


def encode(network: AutoencoderKL, pictures: Tensor) -> Tensor:
    """Latents [B, 4, H / 8, W / 8] of pictures [B, 3, H, W], RGB in [-1, 1].

    They are the most likely ones, not drawn by chance: the same picture always gives the same film.
    """
    latents: Tensor = network.encode(pictures, return_dict=False)[0].mode() * SCALE
    return latents


def decode(network: AutoencoderKL, latents: Tensor) -> Tensor:
    """Pictures [B, 3, H, W], RGB, about [-1, 1], of latents [B, 4, H / 8, W / 8]."""
    pictures: Tensor = network.decode(latents / SCALE, return_dict=False)[0]
    return pictures
