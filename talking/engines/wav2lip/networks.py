"""The networks of Wav2Lip: the one that paints, and, where its weights are, the detector that finds its faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch

from talking.checkpoints import is_here
from talking.engines.device import Device
from talking.engines.lips.box import Box
from talking.engines.lips.load import Shelf
from talking.nets import s3fd, wav2lip
from talking.types import Portrait

DETECTOR = "s3fd"

_LONGEST = 1280
"""Px of the longest side that the detector sees: a larger picture takes gigabytes and finds no other face."""

_LEAST_SCORE = 0.5
_BELOW = 10
"""Px that the published code adds below the box."""


@dataclass(frozen=True)
class Networks:
    """`generator` paints; `detector` finds faces as the published code does, None where its weights are not here."""

    generator: Any
    detector: Any
    device: Device


def read(shelf: Shelf) -> Networks:
    """The networks. Raises as `Shelf.network`."""
    return Networks(
        generator=shelf.network("wav2lip", lambda _config: wav2lip.empty_generator(), member="state_dict"),
        detector=_detector(shelf) if is_here(DETECTOR, shelf.folder) else None,
        device=shelf.device,
    )


def _detector(shelf: Shelf) -> Any:
    return shelf.network(DETECTOR, lambda _config: s3fd.empty_detector())


def found(detector: Any, portrait: Portrait) -> Box | None:
    """The box that the published code crops the face of a `portrait` by; None when the detector sees none there."""
    image = portrait.image
    height, width = image.shape[:2]
    scale = min(1.0, _LONGEST / max(height, width))
    seen = image if scale == 1 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    weight = detector.conv1_1.weight
    levels = torch.from_numpy(np.asarray(seen, np.float32) - np.array(s3fd.MEAN, np.float32)).permute(2, 0, 1)[None]
    with torch.inference_mode():
        places, sure = s3fd.boxes(detector(levels.to(weight)))
    places = places / scale
    middle = torch.from_numpy((portrait.face.box[:2] + portrait.face.box[2:]) / 2)
    here = (places[:, :2] < middle).all(dim=1) & (middle < places[:, 2:]).all(dim=1) & (sure > _LEAST_SCORE)
    if not here.any():
        return None
    left, top, right, bottom = (int(side) for side in places[torch.where(here, sure, -1.0).argmax()].clamp(min=0))
    return Box(left, top, min(right, width), min(bottom + _BELOW, height))
