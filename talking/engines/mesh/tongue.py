"""The tongue as pictures without colour: the mound on the floor of the mouth, and the tip between the teeth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from talking.types import Floats

MOUND_WIDTH = 0.27
"""Half width in IOD (17 mm) of the mound."""

MOUND_HALF, TIP_HALF = 0.34, 0.21
"""Half widths in IOD of the pictures that hold them."""

TIP_WIDTH = 0.155
"""Half width in IOD of the tip between the teeth."""


@dataclass(frozen=True)
class Relief:
    """`cover` 0..1 and `tone` (1 is fully lit), float32 (H, W). Columns run over x = -half .. half in IOD, rows over
    a height that is set when drawing.
    """

    cover: Floats
    tone: Floats
    half: float


def mound_relief(density: float, detail: float) -> Relief:
    """The back of the tongue from its highest line (first row) to behind the lower teeth (last row)."""
    half = MOUND_HALF
    x = np.linspace(-half, half, 2 * int(np.ceil(half * density)) + 1)[None]
    y = np.linspace(0.0, 1.0, max(24, int(0.34 * density)))[:, None]  # 0 the top, far away, 1 the front, near
    r = np.abs(x) / MOUND_WIDTH
    top = 0.08 + 0.80 * np.clip(r, 0.0, 1.0) ** 3.0 + 0.03 * np.exp(-((x / 0.03) ** 2))
    cover = np.clip((y - top) / 0.16, 0.0, 1.0) * np.clip((1.04 - r) / 0.10, 0.0, 1.0)
    cover = cover * cover * (3.0 - 2.0 * cover)
    far = 0.34 + 0.66 * np.clip((y - top) / 0.62, 0.0, 1.0) ** 0.9
    groove = 1.0 - 0.17 * np.exp(-((x / 0.016) ** 2)) * np.clip(1.25 - y, 0.0, 1.0)
    lobes = 1.0 + 0.09 * np.exp(-(((np.abs(x) - 0.085) / 0.055) ** 2) - ((y - 0.62) / 0.24) ** 2)
    sides = 1.0 - 0.42 * np.clip(r, 0.0, 1.0) ** 3.0
    under = 1.0 - 0.30 * np.clip((y - 0.80) / 0.20, 0.0, 1.0)
    tone = far * groove * lobes * sides * under * _papillae(cover.shape, density, detail)
    return Relief(cover.astype(np.float32), tone.astype(np.float32), half)


def tip_relief(density: float, detail: float) -> Relief:
    """The blade coming forward under the upper teeth (first row) to its rounded free end (last row)."""
    half = TIP_HALF
    x = np.linspace(-half, half, 2 * int(np.ceil(half * density)) + 1)[None]
    y = np.linspace(0.0, 1.0, max(20, int(0.20 * density)))[:, None]
    r = np.abs(x) / TIP_WIDTH
    bottom = 0.10 + 0.86 * np.sqrt(np.clip(1.0 - np.clip(r, 0.0, 1.0) ** 2.2, 0.0, 1.0))
    cover = (
        np.clip((bottom - y) / 0.09, 0.0, 1.0)
        * np.clip((y - 0.10 * r**2) / 0.12, 0.0, 1.0)
        * np.clip((1.03 - r) / 0.07, 0.0, 1.0)
    )
    cover = cover * cover * (3.0 - 2.0 * cover)
    shadow = 0.80 + 0.20 * np.clip(y / 0.38, 0.0, 1.0)
    rim = 1.0 - 0.24 * np.clip(1.0 - (bottom - y) / 0.26, 0.0, 1.0) ** 1.6
    sides = 1.0 - 0.18 * np.clip(r, 0.0, 1.0) ** 2.5
    groove = 1.0 - 0.12 * np.exp(-((x / 0.020) ** 2)) * np.clip(1.1 - y, 0.0, 1.0)
    wet = 0.16 * np.exp(-(((x + 0.045) / 0.050) ** 2) - ((y - 0.52) / 0.10) ** 2)
    tone = 1.18 * shadow * rim * sides * groove * _papillae(cover.shape, density, detail) + wet
    return Relief(cover.astype(np.float32), tone.astype(np.float32), half)


def _papillae(shape: tuple[int, ...], density: float, detail: float) -> Floats:
    """A fine, soft roughness round 1."""
    noise = np.random.default_rng(7).standard_normal(shape).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), max(0.8, 0.008 * density))
    rough: Floats = 1.0 + 0.035 * detail * soft / max(float(soft.std()), 1e-6)
    return rough
