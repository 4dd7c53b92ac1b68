"""Layers of the video UNet: normalisation over time, attention in space and in time, residual convolutions.

Inside the network frames are merged into the batch: hidden states are [B*F, C, H, W] in channels-last memory, so that
they are [B*F, H*W, C] rows of tokens without a copy. Attribute names are the keys of the published weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

HEADS = 8
GROUPS = 32
EPSILON = 1e-5
"""Of normalisations over all frames; those per frame inside the transformers have a tenth of it."""

MAX_FRAMES = 24
"""Rows of the positional tables over time that the weights hold."""


class JointNorm(nn.GroupNorm):
    """Group normalisation whose statistics are taken over all frames of a clip together."""

    def __init__(self, channels: int) -> None:
        super().__init__(GROUPS, channels, eps=EPSILON)

    def forward(self, hidden: Tensor, frames: int) -> Tensor:
        """[B*F, C, H, W] to the same."""
        batch, channels, height, width = hidden.shape
        clips = hidden.permute(0, 2, 3, 1).reshape(batch // frames, frames * height, width, channels)
        normal = super().forward(clips.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return normal.reshape(batch, height, width, channels).permute(0, 3, 1, 2)


class Attention(nn.Module):
    """Scaled dot product attention of HEADS heads: of the tokens with one another, or with a context."""

    def __init__(self, width: int, context: int | None = None) -> None:
        super().__init__()
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(context or width, width, bias=False)
        self.to_v = nn.Linear(context or width, width, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(width, width)])

    def forward(self, tokens: Tensor, context: Tensor | None = None) -> Tensor:
        """[..., N, C] tokens, [..., M, D] context, to [..., N, C]."""
        other = tokens if context is None else context
        query, key, value = (
            linear(source).unflatten(-1, (HEADS, -1)).transpose(-3, -2)
            for linear, source in ((self.to_q, tokens), (self.to_k, other), (self.to_v, other))
        )
        mixed = functional.scaled_dot_product_attention(query, key, value)
        return self.to_out[0](mixed.transpose(-3, -2).flatten(-2))


class GatedLinear(nn.Module):
    """One half of a projection, gated by the GELU of the other."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width, 2 * inner)

    def forward(self, tokens: Tensor) -> Tensor:
        value, gate = self.proj(tokens).chunk(2, dim=-1)
        return value * functional.gelu(gate)


class FeedForward(nn.Module):
    """Two layers of four times the width, gated."""

    def __init__(self, width: int) -> None:
        super().__init__()
        # The second place is taken by a dropout in training: the key of the last layer is net.2.
        self.net = nn.ModuleList([GatedLinear(width, 4 * width), nn.Identity(), nn.Linear(4 * width, width)])

    def forward(self, tokens: Tensor) -> Tensor:
        return self.net[2](self.net[0](tokens))


class SpatialLayer(nn.Module):
    """Pixels of a frame attend to one another, then to the frame's own stretch of sound."""

    def __init__(self, width: int, context: int) -> None:
        super().__init__()
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(width), nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn1 = Attention(width)
        self.attn2 = Attention(width, context)
        self.ff = FeedForward(width)

    def forward(self, tokens: Tensor, audio: Tensor) -> Tensor:
        tokens = tokens + self.attn1(self.norm1(tokens))
        tokens = tokens + self.attn2(self.norm2(tokens), audio)
        return tokens + self.ff(self.norm3(tokens))


class SpatialTransformer(nn.Module):
    """Attention within each frame."""

    def __init__(self, width: int, context: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, width, eps=EPSILON / 10)
        self.proj_in = nn.Conv2d(width, width, 1)
        self.transformer_blocks = nn.ModuleList([SpatialLayer(width, context)])
        self.proj_out = nn.Conv2d(width, width, 1)

    def forward(self, hidden: Tensor, audio: Tensor) -> Tensor:
        """[B*F, C, H, W] and sound [B*F, 50, D] to [B*F, C, H, W]."""
        height = hidden.shape[2]
        tokens = self.proj_in(self.norm(hidden)).flatten(2).transpose(1, 2)
        tokens = self.transformer_blocks[0](tokens, audio)
        return hidden + self.proj_out(tokens.transpose(1, 2).unflatten(2, (height, -1)))


class FramePlaces(nn.Module):
    """The table of a frame's place in its clip, which the weights bring along."""

    pe: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("pe", torch.zeros(1, MAX_FRAMES, width))

    def forward(self, tokens: Tensor) -> Tensor:
        """[..., F, C] to the same; F at most MAX_FRAMES."""
        return tokens + self.pe[0, : tokens.shape[-2]]


class TemporalAttention(Attention):
    """A pixel attends to itself in all frames, each of which knows its place."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.pos_encoder = FramePlaces(width)

    def forward(self, tokens: Tensor, context: Tensor | None = None) -> Tensor:
        return super().forward(self.pos_encoder(tokens), context)


class TemporalLayer(nn.Module):
    """Twice attention over time."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attention_blocks = nn.ModuleList([TemporalAttention(width), TemporalAttention(width)])
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.ff = FeedForward(width)
        self.ff_norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        """[B*H*W, F, C] to the same."""
        for attention, norm in zip(self.attention_blocks, self.norms, strict=True):
            tokens = tokens + attention(norm(tokens))
        return tokens + self.ff(self.ff_norm(tokens))


class TemporalTransformer(nn.Module):
    """Attention over the frames of a clip, pixel by pixel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, width, eps=EPSILON / 10)
        self.proj_in = nn.Linear(width, width)
        self.transformer_blocks = nn.ModuleList([TemporalLayer(width)])
        self.proj_out = nn.Linear(width, width)

    def forward(self, hidden: Tensor, frames: int) -> Tensor:
        """[B*F, C, H, W] to the same."""
        height = hidden.shape[2]
        tokens = self.norm(hidden).flatten(2).transpose(1, 2).unflatten(0, (-1, frames))  # [B, F, H*W, C]
        tokens = self.proj_in(tokens.transpose(1, 2).flatten(0, 1))
        tokens = self.proj_out(self.transformer_blocks[0](tokens))
        tokens = tokens.unflatten(0, (hidden.shape[0] // frames, -1)).transpose(1, 2).flatten(0, 1)
        return hidden + tokens.transpose(1, 2).unflatten(2, (height, -1))


class MotionModule(nn.Module):
    """The part of a block that sees time."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.temporal_transformer = TemporalTransformer(width)

    def forward(self, hidden: Tensor, frames: int) -> Tensor:
        return self.temporal_transformer(hidden, frames)


class Resnet(nn.Module):
    """Two convolutions per frame, told the step of diffusion."""

    def __init__(self, entering: int, leaving: int, time: int) -> None:
        super().__init__()
        self.norm1 = JointNorm(entering)
        self.conv1 = nn.Conv2d(entering, leaving, 3, padding=1)
        self.time_emb_proj = nn.Linear(time, leaving)
        self.norm2 = JointNorm(leaving)
        self.conv2 = nn.Conv2d(leaving, leaving, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(entering, leaving, 1) if entering != leaving else None

    def forward(self, hidden: Tensor, time: Tensor, frames: int) -> Tensor:
        """[B*F, C, H, W] and time [B, T] to [B*F, C', H, W]."""
        inner = self.conv1(functional.silu(self.norm1(hidden, frames)))
        told = self.time_emb_proj(functional.silu(time)).repeat_interleave(frames, dim=0)
        inner = self.conv2(functional.silu(self.norm2(inner + told[:, :, None, None], frames)))
        return inner + (hidden if self.conv_shortcut is None else self.conv_shortcut(hidden))
