"""The stages of MuseTalk as they are measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from talking import examples
from talking.bench.neural import Work
from talking.bench.upstream import Upstream, bgr, musetalk
from talking.checkpoints import paths
from talking.engines import Means, device
from talking.engines.lips.box import fitted
from talking.engines.lips.load import Shelf
from talking.engines.lips.mask import soft, square
from talking.engines.lips.patch import blend
from talking.engines.musetalk.crop import crop, face_box
from talking.engines.musetalk.mask import looked_at, parsed
from talking.engines.musetalk.networks import PARSER, Networks, faces, labels, read, seen
from talking.engines.state import load_state
from talking.face.detect import find_portrait
from talking.media import image
from talking.nets import unet, vae, whisper
from talking.types import Portrait

_TOKENS = 50


@contextmanager
def works(means: Means, batch: int, upstream: Path | None) -> Iterator[Sequence[Work]]:
    """The stages on the device of `means`, beside the published code in the folder `upstream` when there is one."""
    with ExitStack() as held:
        shelf = held.enter_context(closing(Shelf(means, device.choose(means.device))))
        networks = read(shelf, parsing=means.allow_noncommercial)
        theirs = held.enter_context(published(means, networks, upstream)) if upstream else None
        held.enter_context(torch.inference_mode())
        found = find_portrait(image.load(examples.portraits()[0].path).image)
        yield _stages(networks, found, batch, theirs)


@contextmanager
def published(means: Means, networks: Networks, folder: Path) -> Iterator[Upstream]:
    """The published code in `folder` with the same weights as `networks`, on the same device and as precise."""
    names = ("musetalk", "sd-vae-ft-mse")
    files = {name: paths(name, means.checkpoints) for name in names}
    parser = load_state(paths(PARSER, means.checkpoints)[0]) if networks.parser is not None else None
    with musetalk(folder, files, parser) as code:
        place = networks.device
        torch.nn.Module.to(code.vae.vae, place.torch, place.dtype)
        torch.nn.Module.to(code.unet, place.torch, place.dtype)
        yield code


def _stages(networks: Networks, portrait: Portrait, batch: int, theirs: Upstream | None) -> list[Work]:
    place, dtype = networks.device.torch, networks.device.dtype
    height, width = portrait.image.shape[:2]
    box = face_box(portrait.face, width, height)
    face = crop(portrait.image, box)
    shown = seen(networks, face)
    many = shown.expand(batch, -1, -1, -1).contiguous()
    width_of = int(networks.painter.config.cross_attention_dim)
    tokens = torch.zeros(batch, _TOKENS, width_of, device=place, dtype=dtype)
    latents = unet.paint(networks.painter, many, tokens)
    painted = faces(networks, shown, tokens)[0].cpu().numpy()
    sound = whisper.mel(np.zeros(whisper.PIECE, np.float32)).to(place, dtype)
    mask = soft(np.full((512, 512), 255, np.uint8), box, square(box)).astype(np.float32) / 255
    part = portrait.image[box.y0 : box.y1, box.x0 : box.x1]
    code: dict[str, Any] = {} if theirs is None else _published(theirs, face, many, tokens, latents)
    stages = [
        Work("hear", "30 s of sound", 1, lambda: whisper.hidden_states(networks.ear, sound, normed=True)),
        Work("look at the portrait", "portrait", 1, lambda: seen(networks, face), code.get("look")),
        Work("paint latents", "frame", batch, lambda: unet.paint(networks.painter, many, tokens), code.get("paint")),
        Work("decode", "frame", batch, lambda: vae.decode(networks.coder, latents), code.get("decode")),
        Work("lay on the picture", "frame", 1, lambda: blend(part, fitted(painted[0], box).astype(np.float32), mask)),
    ]
    if networks.parser is not None:
        looked = looked_at(portrait.image, square(box))
        stages.insert(2, Work("tell skin from lips", "portrait", 1, lambda: parsed(labels(networks, looked))))
    return stages


def _published(theirs: Upstream, face: Any, many: Any, tokens: Any, latents: Any) -> dict[str, Any]:
    still = torch.zeros(1, dtype=torch.long, device=many.device)
    return {
        "look": lambda: theirs.vae.get_latents_for_unet(bgr(face)),
        "paint": lambda: theirs.unet(many, still, encoder_hidden_states=theirs.places(tokens)).sample,
        "decode": lambda: theirs.vae.decode_latents(latents),
    }
