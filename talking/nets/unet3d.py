"""The video UNet of LatentSync: Stable Diffusion's UNet with attention to sound and over time.

Written from its published configuration and the keys and shapes of its published weights (`latentsync_unet.pt`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from talking.nets.unet3d_blocks import DownBlock, MidBlock, UpBlock
from talking.nets.unet3d_layers import GROUPS, JointNorm

TOKENS, TOKEN_WIDTH = 50, 384
"""Of a frame's stretch of sound: ten steps of five layers of whisper-tiny."""

MAX_SHALLOW = 3
"""Layers of the last block, the most that can be run on kept features."""


@dataclass(frozen=True)
class UNet3DParams:
    """`widths` channels of each level; the attention-free level is the last on the way down, the first on the way up.

    `entering` channels are noise 4, mask 1, masked picture 4 and reference picture 4.
    """

    widths: tuple[int, ...] = (320, 640, 1280, 1280)
    layers: int = 2
    entering: int = 13
    leaving: int = 4
    context: int = TOKEN_WIDTH


class TimeEmbedding(nn.Module):
    """The step of diffusion as a vector."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(width, 4 * width)
        self.linear_2 = nn.Linear(4 * width, 4 * width)

    def forward(self, timestep: Tensor) -> Tensor:
        """[B] to [B, 4 * width]."""
        half = self.linear_1.in_features // 2
        rates = torch.exp(-math.log(10000) / half * torch.arange(half, dtype=torch.float32, device=timestep.device))
        angles = timestep.float()[:, None] * rates
        waves = torch.cat([angles.cos(), angles.sin()], dim=-1).to(self.linear_1.weight.dtype)
        return self.linear_2(functional.silu(self.linear_1(waves)))


class UNet3D(nn.Module):
    """Predicts the noise in the latents of a clip of at most 24 frames. `empty_unet3d` makes it."""

    def __init__(self, params: UNet3DParams) -> None:
        super().__init__()
        self.params = params
        widths, time = params.widths, 4 * params.widths[0]
        last = len(widths) - 1
        self.conv_in = nn.Conv2d(params.entering, widths[0], 3, padding=1)
        self.time_embedding = TimeEmbedding(widths[0])
        downs, ups, skips = [], [], [widths[0]]
        for index, width in enumerate(widths):
            entering = [skips[-1], *[width] * (params.layers - 1)]
            skips += [width] * (params.layers + (index != last))
            context = params.context if index != last else None
            downs.append(DownBlock(entering, width, time, context, last=index == last))
        self.mid_block = MidBlock(widths[-1], time, params.context)
        below = widths[-1]
        for index, width in enumerate(reversed(widths)):
            entering = [(below if layer == 0 else width) + skips.pop() for layer in range(params.layers + 1)]
            ups.append(UpBlock(entering, width, time, params.context if index else None, last=index == last))
            below = width
        self.down_blocks, self.up_blocks = nn.ModuleList(downs), nn.ModuleList(ups)
        self.conv_norm_out = JointNorm(widths[0])
        self.conv_out = nn.Conv2d(widths[0], params.leaving, 3, padding=1)

    def forward(self, sample: Tensor, timestep: Tensor, audio: Tensor) -> Tensor:
        """The noise [B, 4, F, h, w] in `sample` [B, 13, F, h, w], h and w multiples of 8.

        `timestep` [B] in 0..999; `audio` [B*F, 50, 384], all frames of the first clip first.
        """
        return self.predict(sample, timestep, audio)[0]

    def predict(
        self, sample: Tensor, timestep: Tensor, audio: Tensor, *, deep: Tensor | None = None, shallow: int = 1
    ) -> tuple[Tensor, Tensor]:
        """As `forward`, with the deep features that the last `shallow` layers (1 to MAX_SHALLOW) were run on.

        Given `deep` of an earlier step, only those layers are run anew: deep features change slowly from step to step.
        """
        frames = sample.shape[2]
        time = self.time_embedding(timestep)
        merged = sample.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        hidden = self.conv_in(merged)
        if deep is None:
            across, deep = self._deep(hidden, time, audio, frames, shallow)
        else:
            across = self._near(hidden, time, audio, frames, shallow)
        split = self.params.layers + 1 - shallow
        hidden = self.up_blocks[-1](deep, across, time, audio, frames, slice(split, None))
        out = self.conv_out(functional.silu(self.conv_norm_out(hidden, frames)))
        return out.unflatten(0, (-1, frames)).transpose(1, 2), deep

    def _deep(
        self, hidden: Tensor, time: Tensor, audio: Tensor, frames: int, shallow: int
    ) -> tuple[list[Tensor], Tensor]:
        """All but the last `shallow` layers: what is passed across to those, and what they run on."""
        across = [hidden]
        for down in self.down_blocks:
            hidden, more = down(hidden, time, audio, frames)
            across += more
        hidden = self.mid_block(hidden, time, audio, frames)
        count = self.params.layers + 1
        for up in list(self.up_blocks)[:-1]:
            hidden = up(hidden, across[-count:], time, audio, frames)
            del across[-count:]
        split = count - shallow
        hidden = self.up_blocks[-1](hidden, across[shallow:], time, audio, frames, slice(split))
        return across[:shallow], hidden

    def _near(self, hidden: Tensor, time: Tensor, audio: Tensor, frames: int, shallow: int) -> list[Tensor]:
        """What is passed across to the last `shallow` layers, and nothing else."""
        across = [hidden]
        for index in range(shallow - 1):
            hidden = self.down_blocks[0].layer(index, hidden, time, audio, frames)
            across.append(hidden)
        return across


def empty_unet3d(params: UNet3DParams) -> UNet3D:
    """The network without memory for its weights, on the meta device."""
    with torch.device("meta"):
        return UNet3D(params).eval().requires_grad_(False)


def params_of(state: Mapping[str, Tensor]) -> UNet3DParams:
    """The params of published weights, or of a reduced copy of them; those of full size when they are of another
    network, which then is refused key by key."""
    widths: list[int] = []
    while (bias := state.get(f"down_blocks.{len(widths)}.resnets.0.conv1.bias")) is not None:
        widths.append(len(bias))
    hearing = state.get("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight")
    if len(widths) < 2 or hearing is None or any(width % GROUPS for width in widths):
        return UNet3DParams()
    return UNet3DParams(widths=tuple(widths), context=hearing.shape[-1])
