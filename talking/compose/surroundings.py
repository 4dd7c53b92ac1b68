"""What a film shows where the picture does not reach."""

from __future__ import annotations

import cv2
import numpy as np

from talking.compose.planes import Size
from talking.types import Image

_REDUCED = 64
"""Px of the longer side on which the blur is made."""

_BLUR = 2.5
"""Width of the blur there: shapes melt, colours and light stay."""

_LIGHT = 0.55
"""What is left of the light: the eye goes to the picture itself."""


def blurred(image: Image, size: Size) -> Image:
    """A picture enlarged to cover a film's `size`, blurred and darkened, RGB uint8 (H, W, 3)."""
    height, width = image.shape[:2]
    scale = max(size.width / width, size.height / height)
    across, down = min(width, size.width / scale), min(height, size.height / scale)
    left, top = int((width - across) / 2), int((height - down) / 2)
    part = image[top : top + max(1, int(down)), left : left + max(1, int(across))]
    ratio = _REDUCED / max(size.width, size.height)
    small = cv2.resize(
        part,
        (max(2, round(size.width * ratio)), max(2, round(size.height * ratio))),
        interpolation=cv2.INTER_AREA,
    ).astype(np.float32)
    soft = _LIGHT * cv2.GaussianBlur(small, (0, 0), _BLUR, borderType=cv2.BORDER_REPLICATE)
    large = cv2.resize(soft, (size.width, size.height), interpolation=cv2.INTER_CUBIC)
    # Half a level of noise keeps slow slopes from showing steps.
    noise = np.random.default_rng(0).random(large.shape[:2], np.float32)[..., None]
    return np.clip(large + noise, 0, 255).astype(np.uint8)
