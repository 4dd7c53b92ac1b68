"""Cut the subject out of a portrait: an alpha for every pixel, and whether that cut can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from talking.engines.mesh.faceframe import FaceFrame
from talking.types import Floats, Image


@dataclass(frozen=True)
class Layers:
    """A portrait taken apart: image = alpha x foreground + (1 - alpha) x background.

    `alpha` float32 (H, W) in [0, 1]; `foreground`, `background` uint8 (H, W, 3) RGB, the background filled in behind
    the subject and equal to the picture where alpha is 0; `subject` float32 (H, W) in [0, 1], where the person is,
    soft and approximate; `layered` False when the cut cannot be trusted: then alpha is 1 everywhere and both layers
    are the picture; `uncertain` the share of undecided pixels around the face, the figure that decides.
    """

    alpha: Floats
    foreground: Image
    background: Image
    subject: Floats
    layered: bool
    uncertain: float


def separate(image: Image, frame: FaceFrame) -> Layers:
    """The layers of a portrait."""
    height, width = image.shape[:2]
    whole = np.ones((height, width), np.float32)
    return Layers(whole, image, image, whole, layered=False, uncertain=1.0)
