"""Diffusion of a clip of latents, with guidance by sound and with deep features kept from step to step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers import DDIMScheduler
from torch import Tensor

from talking.nets.unet3d import UNet3D

_SHALLOW = 1
"""Layers that are run anew on kept features. More of them cost more and, measured, bring no likeness."""


@dataclass(frozen=True)
class Recipe:
    """`steps` of diffusion; `guidance` by sound, 1 for none; `reuse` 1 to run the whole network at every step, n to do
    so at every n-th and keep its deep features in between.
    """

    steps: int = 20
    guidance: float = 1.5
    reuse: int = 1


def scheduler(steps: int) -> DDIMScheduler:
    """The published schedule: DDIM over 1000 steps of training, `steps` of them taken."""
    schedule = DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )
    schedule.set_timesteps(steps)
    return schedule


def denoise(
    network: UNet3D, recipe: Recipe, noise: Tensor, shown: Tensor, audio: Tensor, *, together: bool = True
) -> Tensor:
    """The latents of a clip, float32 [1, 4, F, h, w].

    `noise` [1, 4, 1, h, w], the same for every frame; `shown` [1, 9, F, h, w] the mask, the masked pictures and the
    pictures; `audio` [F, 50, 384]. Without `together` what is guided by sound and what is not take turns, in half of
    the memory.
    """
    schedule = scheduler(recipe.steps)
    latents = noise.float().expand(-1, -1, shown.shape[2], -1, -1)
    guides = [audio] if recipe.guidance <= 1 else [torch.zeros_like(audio), audio]
    if together:
        guides = [torch.cat(guides)]
    deep: list[Tensor | None] = [None] * len(guides)
    for index, step in enumerate(schedule.timesteps):
        if index % recipe.reuse == 0:
            deep = [None] * len(guides)
        sample = torch.cat([latents.to(shown.dtype), shown], dim=1)
        predicted = []
        for half, guide in enumerate(guides):
            clips = len(guide) // len(audio)
            time = step.to(sample.device).expand(clips)
            batch = sample.expand(clips, -1, -1, -1, -1)
            found, deep[half] = network.predict(batch, time, guide, deep=deep[half], shallow=_SHALLOW)
            predicted.append(found.float())
        latents = schedule.step(_guided(torch.cat(predicted), recipe.guidance), step, latents).prev_sample
    return latents


def _guided(predicted: Tensor, guidance: float) -> Tensor:
    """The noise [1, ...] of what was predicted without sound and with it, farther where sound leads; itself if one."""
    if len(predicted) == 1:
        return predicted
    deaf, hearing = predicted.chunk(2)
    return deaf + guidance * (hearing - deaf)
