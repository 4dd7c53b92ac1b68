"""The stages of LatentSync as they are measured. A batch is a clip: of sixteen frames twelve are new, the others melt
into the clip before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import torch

from talking import examples
from talking.bench.neural import Work
from talking.engines import ENGINES, Means, device
from talking.engines.latentsync.align import anchors, cut_face, face_matrix
from talking.engines.latentsync.networks import Networks, pictures, read, seen, start
from talking.engines.latentsync.place import Placing
from talking.engines.latentsync.sampler import Recipe, denoise
from talking.engines.latentsync.sound import spectrum
from talking.engines.lips.load import Shelf
from talking.errors import InvalidRequest
from talking.face.detect import find_portrait
from talking.media import image
from talking.nets import whisper
from talking.nets.unet3d import TOKENS
from talking.types import Portrait


@contextmanager
def works(means: Means, batch: int, upstream: Path | None) -> Iterator[Sequence[Work]]:
    """The stages of LatentSync 1.6 on the device of `means`. Raises InvalidRequest when `upstream` is given."""
    with _works("latentsync", means, batch, upstream) as stages:
        yield stages


@contextmanager
def works_256(means: Means, batch: int, upstream: Path | None) -> Iterator[Sequence[Work]]:
    """The same of LatentSync 1.5."""
    with _works("latentsync-1.5", means, batch, upstream) as stages:
        yield stages


@contextmanager
def _works(engine: str, means: Means, batch: int, upstream: Path | None) -> Iterator[Sequence[Work]]:
    if upstream is not None:
        raise InvalidRequest("The published code of LatentSync is not measured beside ours: leave its folder out.")
    with closing(Shelf(means, device.choose(means.device))) as shelf:
        networks = read(shelf, engine)
        found = find_portrait(image.load(examples.portraits()[0].path).image)
        with torch.inference_mode():
            yield _stages(engine, networks, found, batch)


def _stages(engine: str, networks: Networks, portrait: Portrait, batch: int) -> list[Work]:
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
    return [
        Work("hear", "30 s of sound", 1, lambda: whisper.hidden_states(networks.ear, sound, normed=False)),
        Work("look at the portrait", "portrait", 1, lambda: seen(networks, face)),
        Work(f"diffuse, {recipe.steps} steps", "frame", new, lambda: denoise(
            networks.painter, recipe, noise, shown, tokens)),
        Work("decode", "frame", batch, lambda: pictures(networks, latents)),
        Work("lay on the picture", "frame", batch, lambda: placing.back(decoded)),
    ]  # fmt: skip
