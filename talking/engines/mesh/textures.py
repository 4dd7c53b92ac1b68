"""The textures of the mouth's inside: shapes given the picture's colours, side light, sharpness and grain."""

from __future__ import annotations

import numpy as np

from talking.engines.mesh.faceframe import Array
from talking.engines.mesh.finish import Finish
from talking.engines.mesh.layer import Layer, lowered, make_backdrop, make_layer, softened
from talking.engines.mesh.teeth import RowRelief
from talking.engines.mesh.tones import Tones
from talking.engines.mesh.tongue import Relief
from talking.types import Floats

PALEST = 238.0
"""No tooth reaches white, not where it shines either."""


def row_layer(relief: RowRelief, tones: Tones, finish: Finish, blur: float, brightness: float) -> Layer:
    """A row of teeth with its gum, and its shadow on what lies behind; `blur` in texture px."""
    tone = (relief.tone * brightness * _side_light(relief.tone.shape, relief.centre / relief.density, tones))[..., None]
    yellow = 1.0 + tones.colour * np.array([0.01, -0.015, -0.10], np.float32)
    enamel = tones.teeth.astype(np.float32) * yellow ** relief.warmth[..., None]
    cover = np.clip(relief.tooth + relief.gum, 0.0, 1.0, dtype=np.float32)
    share = (relief.tooth / np.maximum(relief.tooth + relief.gum, 1e-6))[..., None]
    rgb = (enamel * share + tones.gum.astype(np.float32) * (1.0 - share)) * tone
    shadow = 0.55 * _cast_shadow(relief.tooth, relief.density)
    behind = (1.0 - cover) * shadow
    whole = cover + behind
    rgb *= (cover / np.maximum(whole, 1e-6))[..., None]
    return make_layer(np.minimum(rgb, PALEST), whole, blur, _grain(cover.shape, finish))


def _cast_shadow(tooth: Floats, density: float) -> Floats:
    """Teeth shade what is close behind and below them."""
    soft = softened(tooth, max(0.5, 0.018 * density))
    return lowered(soft, 0.022 * density)


def flesh_layer(relief: Relief, tones: Tones, finish: Finish, blur: float, brightness: float) -> Layer:
    """A part of the tongue; where its tone exceeds 1 it is wet and shines. `blur` in texture px."""
    tone = brightness * relief.tone * _side_light(relief.tone.shape, relief.half, tones)
    pale = brightness * np.clip(relief.tone - 1.0, 0.0, 1.0)[..., None] * 60.0
    rgb = tones.tongue.astype(np.float32) * tone[..., None] + pale
    grain = _grain(relief.cover.shape, finish)
    if grain is not None:
        grain *= np.float32(brightness)  # what lies in the shade shows less of it
    return make_layer(np.clip(rgb, 0.0, 255.0), relief.cover, blur, grain)


def throat_backdrop(tones: Tones) -> Floats:
    """The back of the mouth: dark in the middle, redder towards the cheeks and the floor; 1 x 1 IOD and opaque."""
    y, x = np.mgrid[0:33, 0:49].astype(np.float32)
    x, y = np.abs(x / 24.0 - 1.0) * 0.5, y / 32.0
    cheek = 0.6 * np.clip(x / 0.25, 0.0, 1.0) ** 2 * (0.35 + y) - 1.1 * np.clip(x / 0.5 - 0.5, 0.0, 1.0)
    tone: Floats = 0.62 + 0.75 * np.clip(y - 0.25, 0.0, 1.0) ** 1.5 + cheek
    tone *= 1.0 - 0.35 * np.exp(-((x / 0.12) ** 2) - ((y - 0.35) / 0.25) ** 2)
    rgb = tones.throat.astype(np.float32) * tone[..., None]
    return make_backdrop(rgb)


def _side_light(shape: tuple[int, ...], half: float, tones: Tones) -> Array:
    x = np.linspace(-half, half, shape[1], dtype=np.float32)
    return np.clip(1.0 + tones.tilt * x, 0.6, 1.3)[None]


def _grain(shape: tuple[int, ...], finish: Finish) -> Floats | None:
    if finish.grain < 0.8:
        return None
    noise = np.random.default_rng(11).standard_normal(shape).astype(np.float32)
    # Textures are sampled bilinearly, which takes about a third of the noise away.
    return noise * (1.4 * finish.grain)
