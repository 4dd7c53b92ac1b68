"""Blocks of the video UNet: layers of residual convolution, attention and motion, going down, across and up."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from talking.nets.unet3d_layers import MotionModule, Resnet, SpatialTransformer


class Downsample(nn.Module):
    """Half the size in space; time stays."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, stride=2, padding=1)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.conv(hidden)


class Upsample(nn.Module):
    """Twice the size in space; time stays."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.conv(functional.interpolate(hidden, scale_factor=2.0, mode="nearest"))


class Level(nn.Module):
    """Layers of one size: residual convolution, attention unless `context` is None, motion."""

    def __init__(self, entering: Sequence[int], leaving: int, time: int, context: int | None) -> None:
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(width, leaving, time) for width in entering])
        self.attentions = nn.ModuleList(
            [] if context is None else [SpatialTransformer(leaving, context) for _ in entering]
        )
        self.motion_modules = nn.ModuleList([MotionModule(leaving) for _ in entering])

    def layer(self, index: int, hidden: Tensor, time: Tensor, audio: Tensor, frames: int) -> Tensor:
        """One layer: [B*F, C, H, W], time [B, T] and sound [B*F, 50, D] to [B*F, C', H, W]."""
        hidden = self.resnets[index](hidden, time, frames)
        if self.attentions:
            hidden = self.attentions[index](hidden, audio)
        return self.motion_modules[index](hidden, frames)


class DownBlock(Level):
    """A level on the way down; every layer's output is also passed across."""

    def __init__(self, entering: Sequence[int], leaving: int, time: int, context: int | None, *, last: bool) -> None:
        super().__init__(entering, leaving, time, context)
        self.downsamplers = nn.ModuleList([] if last else [Downsample(leaving)])

    def forward(self, hidden: Tensor, time: Tensor, audio: Tensor, frames: int) -> tuple[Tensor, list[Tensor]]:
        """What goes on down, and what goes across, in the order it was made."""
        across = []
        for index in range(len(self.resnets)):
            hidden = self.layer(index, hidden, time, audio, frames)
            across.append(hidden)
        for sampler in self.downsamplers:
            hidden = sampler(hidden)
            across.append(hidden)
        return hidden, across


class MidBlock(nn.Module):
    """The bottom: no motion there."""

    def __init__(self, width: int, time: int, context: int) -> None:
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(width, width, time), Resnet(width, width, time)])
        self.attentions = nn.ModuleList([SpatialTransformer(width, context)])

    def forward(self, hidden: Tensor, time: Tensor, audio: Tensor, frames: int) -> Tensor:
        hidden = self.resnets[0](hidden, time, frames)
        return self.resnets[1](self.attentions[0](hidden, audio), time, frames)


class UpBlock(Level):
    """A level on the way up; every layer takes one of the outputs that were passed across."""

    def __init__(self, entering: Sequence[int], leaving: int, time: int, context: int | None, *, last: bool) -> None:
        super().__init__(entering, leaving, time, context)
        self.upsamplers = nn.ModuleList([] if last else [Upsample(leaving)])

    def forward(
        self,
        hidden: Tensor,
        across: list[Tensor],
        time: Tensor,
        audio: Tensor,
        frames: int,
        layers: slice = slice(None),
    ) -> Tensor:
        """`across` is what the chosen `layers` take, in the order of the way down, the last one first."""
        for index, other in zip(range(len(self.resnets))[layers], reversed(across), strict=True):
            hidden = self.layer(index, torch.cat([hidden, other], dim=1), time, audio, frames)
        for sampler in self.upsamplers:
            hidden = sampler(hidden)
        return hidden
