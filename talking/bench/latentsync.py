"""The stages of LatentSync as they are measured. A batch is a clip: of sixteen frames twelve are new, the others melt
into the clip before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from talking import examples
from talking.bench import upstream as code
from talking.bench.neural import Work
from talking.engines import ENGINES, Means, device
from talking.engines.latentsync.align import anchors, cut_face, face_matrix
from talking.engines.latentsync.networks import Networks, pictures, read, seen, start
from talking.engines.latentsync.place import Placing
from talking.engines.latentsync.sampler import Recipe, denoise
from talking.engines.latentsync.sound import spectrum
from talking.engines.lips.load import Shelf
from talking.face.detect import find_portrait
from talking.media import image
from talking.nets import whisper
from talking.nets.unet3d import TOKENS
from talking.types import Portrait


@contextmanager
def works(means: Means, batch: int, upstream: Path | None) -> Iterator[Sequence[Work]]:
    """The stages of LatentSync 1.6 on the device of `means`, beside the published code in the folder `upstream`."""
    with _works("latentsync", means, batch, upstream) as stages:
        yield stages


@contextmanager
def works_256(means: Means, batch: int, upstream: Path | None) -> Iterator[Sequence[Work]]:
    """The same of LatentSync 1.5."""
    with _works("latentsync-1.5", means, batch, upstream) as stages:
        yield stages


@contextmanager
def _works(engine: str, means: Means, batch: int, upstream: Path | None) -> Iterator[Sequence[Work]]:
    with ExitStack() as held:
        shelf = held.enter_context(closing(Shelf(means, device.choose(means.device))))
        networks = read(shelf, engine)
        found = find_portrait(image.load(examples.portraits()[0].path).image)
        theirs = held.enter_context(code.latentsync(upstream, networks.painter, networks.coder)) if upstream else None
        held.enter_context(torch.inference_mode())
        yield _stages(engine, networks, found, batch, theirs)


def _stages(engine: str, networks: Networks, portrait: Portrait, batch: int, theirs: Any) -> list[Work]:
    place, dtype = networks.device.torch, networks.coder.dtype
    told = {name: knob.default for name, knob in ENGINES[engine].tuning.items()}
    recipe = Recipe(int(told["steps"]), told["guidance"], int(told["reuse"]))
    height, width = portrait.image.shape[:2]
    matrix = face_matrix(anchors(portrait.face.landmarks), networks.resolution)
    face = cut_face(portrait.image, matrix, networks.resolution)
    shown = seen(networks, face).expand(-1, -1, batch, -1, -1)
    noise, placing = start(networks, 0), Placing(matrix, networks.resolution, width, height)
    tokens = torch.zeros(batch, TOKENS, networks.painter.params.context, device=place, dtype=dtype)
    latents = noise[0].transpose(0, 1).expand(batch, -1, -1, -1)
    decoded = pictures(networks, latents)
    sound = spectrum(np.zeros(whisper.PIECE, np.float32), 0, whisper.PIECE).to(place, dtype)
    new = max(1, batch - int(told["overlap"]))
    published = {} if theirs is None else _published(theirs, recipe, noise, shown, tokens)
    return [
        Work("hear", "30 s of sound", 1, lambda: whisper.hidden_states(networks.ear, sound, normed=False)),
        Work("look at the portrait", "portrait", 1, lambda: seen(networks, face), published.get("look")),
        Work(f"diffuse, {recipe.steps} steps", "frame", new, lambda: denoise(
            networks.painter, recipe, noise, shown, tokens), published.get("diffuse"), batch),
        Work("decode", "frame", batch, lambda: pictures(networks, latents), published.get("decode")),
        Work("lay on the picture", "frame", batch, lambda: placing.back(decoded)),
    ]  # fmt: skip


def _published(pipeline: Any, recipe: Recipe, noise: Tensor, shown: Tensor, tokens: Tensor) -> dict[str, Any]:
    """What the pipeline does for a clip, step by step; all of its frames are new. It looks at two pictures for every
    frame; here that is measured for one."""
    dtype, side = shown.dtype, 8 * noise.shape[-1]
    latents = noise.to(dtype).expand(-1, -1, len(tokens), -1, -1)
    picture, guided = torch.zeros(1, 3, side, side), recipe.guidance > 1
    guides = torch.cat([torch.zeros_like(tokens), tokens]) if guided else tokens
    halves = 1 + guided

    def look() -> None:
        pipeline.prepare_mask_latents(picture[:, :1], picture, side, side, dtype, noise.device, None, guided)
        pipeline.prepare_image_latents(picture, noise.device, dtype, None, guided)

    def diffuse() -> Any:
        made, schedule = latents, pipeline.scheduler
        schedule.set_timesteps(recipe.steps, device=noise.device)
        for step in schedule.timesteps:
            sample = torch.cat([torch.cat([made, shown], dim=1)] * halves)
            found = pipeline.unet(sample, step, encoder_hidden_states=guides).sample
            if guided:
                deaf, hearing = found.chunk(2)
                found = deaf + recipe.guidance * (hearing - deaf)
            made = schedule.step(found, step, made).prev_sample
        return made

    return {"look": look, "diffuse": diffuse, "decode": lambda: pipeline.decode_latents(latents)}
