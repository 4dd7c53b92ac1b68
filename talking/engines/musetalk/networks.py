"""The networks of MuseTalk 1.5 together: from a crop and its sound to painted faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from talking.checkpoints import is_here
from talking.engines.device import Device
from talking.engines.lips.load import Shelf
from talking.engines.mesh.planar import Plane
from talking.nets import bisenet, unet, vae, whisper
from talking.types import Image

PARSER = "face-parsing"


@dataclass(frozen=True)
class Networks:
    """`ear` hears, `painter` paints latents, `coder` makes pictures of them; `parser` tells skin from lips, None where
    it is not here or not allowed."""

    ear: Any
    painter: Any
    coder: Any
    parser: Any
    device: Device


def read(shelf: Shelf, *, parsing: bool) -> Networks:
    """The networks, with the parser of faces where it is here and `parsing` is allowed. Raises as `Shelf.network`."""
    painter = shelf.network("musetalk", unet.empty_unet)
    coder = shelf.network("sd-vae-ft-mse", vae.empty_vae, vae.renamed)
    if shelf.device.kind == "cuda":  # the order in memory that tensor cores take
        painter, coder = (each.to(memory_format=torch.channels_last) for each in (painter, coder))
    return Networks(
        ear=shelf.network("whisper-tiny", whisper.empty_encoder, whisper.of_encoder),
        painter=painter,
        coder=coder,
        parser=_parser(shelf) if parsing and is_here(PARSER, shelf.folder) else None,
        device=shelf.device,
    )


def _parser(shelf: Shelf) -> Any:
    return shelf.network(PARSER, lambda _config: bisenet.empty_parser())


def seen(networks: Networks, crop: Image) -> Tensor:
    """What the painter sees of a crop uint8 (S, S, 3) RGB: [1, 8, S / 8, S / 8], the latents of the crop with nothing
    in its lower half, and of the whole crop. The same for every frame of a still portrait.
    """
    whole = _tensor(crop, networks)
    masked = whole.clone()
    masked[:, :, crop.shape[0] // 2 :] = -1.0
    with torch.inference_mode():
        return torch.cat([vae.encode(networks.coder, picture) for picture in (masked, whole)], dim=1)


def faces(networks: Networks, shown: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Faces uint8 [B, S, S, 3] RGB of what is `shown` [1, 8, s, s] saying `tokens` [B, 50, 384], and which of them are
    pictures at all, bool [B]. Both are on the device, and may not be ready yet.
    """
    dtype = networks.coder.dtype
    with torch.inference_mode():
        latents = unet.paint(networks.painter, shown.to(dtype).expand(len(tokens), -1, -1, -1), tokens.to(dtype))
        pictures = vae.decode(networks.coder, latents).permute(0, 2, 3, 1)
        levels = (pictures.float() / 2 + 0.5).clamp(0, 1) * 255
        whole = torch.isfinite(pictures).flatten(1).all(dim=1)
        return levels.nan_to_num().round().to(torch.uint8), whole


def labels(networks: Networks, picture: Image) -> Plane:
    """The class of each pixel of a picture uint8 (512, 512, 3) RGB, uint8 (512, 512)."""
    tensor = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255
    weight = networks.parser.conv_out.conv_out.weight
    with torch.inference_mode():
        found = bisenet.classes(networks.parser, tensor.to(weight))[0]
    return np.asarray(found.cpu().numpy(), np.uint8)


def _tensor(crop: Image, networks: Networks) -> Tensor:
    """A crop as the coder takes it, [1, 3, S, S] in [-1, 1]."""
    tensor = torch.from_numpy(crop.copy()).permute(2, 0, 1)[None].float() / 255
    return (tensor * 2 - 1).to(networks.device.torch, networks.coder.dtype)
