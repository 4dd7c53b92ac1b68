"""The edge of the subject, hair above all: how much of each pixel is subject, and what colours mix there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from talking.engines.mesh.background import Mask, Plan, spread
from talking.types import Floats, Image

_SLACK = 12.0
"""Levels by which a foreground colour may leave [0, 255] before alpha is raised: noise, sharpening, JPEG."""

_TRACE = 2 / 255
"""The least alpha above 0, two steps of what it is rounded to in the end."""


@dataclass(frozen=True)
class Palette:
    """What is known of both layers' colours before the edge is looked at, all of the plan's size (h, w).

    `solid` where the subject is beyond doubt; `front` float32 (h, w, 3), the solid subject's colours, spread over
    the rest; `variance` float32, how much the background varies nearby, summed over R, G and B; `caution`: by colour
    a background is told from the subject where they differ by clearly more than this x its own variation.
    """

    solid: Mask
    front: Floats
    variance: Floats
    caution: float


def palette(image: Image, plan: Plan, alpha: Floats, hole: Mask, caution: float = 3.0) -> Palette:
    """The colours around the edge, for a rough alpha (H, W) and the hole of the plan's size that holds all of it."""
    solid = plan.reduce((alpha > 0.95).astype(np.float32)) > 0.999
    solid = cv2.erode(solid.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    return Palette(solid, spread(plan.colours, solid.astype(np.float32)), _variation(image, plan, hole), caution)


def sharpen(
    image: Image, plan: Plan, colours: Palette, alpha: Floats, reach: Floats, hole: Mask, behind: Image
) -> Floats:
    """Alpha (H, W) with every hair, from a rough one.

    Where the background is plain, a pixel is subject as far as its colour is away from the background `behind` it,
    measured by how far the solid subject nearby is; where it is busy, the rough alpha stays. `reach` float32 in
    [0, 1], of the plan's size like the `hole`, limits how far from the subject colour alone may decide.
    """
    inside = plan.stretch(colours.solid)
    band = np.nonzero(plan.stretch(hole) & ~inside)
    seen, fill = image[band].astype(np.float32), behind[band].astype(np.float32)
    guess, variance, near = (plan.enlarge(part)[band] for part in (colours.front, colours.variance, reach))
    contrast = _contrast(guess, fill)
    fine = inside.astype(np.float32)
    away = np.sqrt(((seen - fill) ** 2).sum(axis=1) / contrast)
    noise = np.sqrt(4 / 3 * variance / contrast) + 0.03
    # In two steps: what is away by more than noise, then also less than that, but only in its company.
    fine[band] = near * _key(away, noise)
    company = _company(fine, plan)[band]
    keyed = near * company * _key(away, noise * (1 - 0.8 * company))
    rough = alpha[band]
    # Whatever the rough alpha takes for solid stays so: skin and bright hair may come close to the background.
    keyed = np.maximum(keyed, rough * np.clip(2.5 * rough - 1, 0, 1))
    cover = rough + _trust(contrast, variance, colours.caution) * (keyed - rough)
    fine[band] = np.where(cover < 0.02, 0, cover)
    return fine


def unmix(image: Image, plan: Plan, colours: Palette, alpha: Floats, behind: Image) -> tuple[Floats, Image, Image]:
    """The foreground and background that mix to the picture under alpha, uint8 (H, W, 3), and that alpha.

    The background is the picture itself where alpha is 0. Alpha is raised where no colour would explain what is seen.
    """
    # A trace of alpha around it takes along what blur and compression have left there of the subject's outline.
    reach = np.ones((2 * max(1, round(0.02 * plan.iod)) + 1,) * 2, np.uint8)
    touched = cv2.dilate((alpha > 0).astype(np.uint8), reach)
    alpha = np.maximum(alpha, touched * np.float32(_TRACE))
    band = np.nonzero(touched.astype(bool) & (alpha < 1))
    seen, fill, cover = image[band].astype(np.float32), behind[band].astype(np.float32), alpha[band][:, None]
    guess, variance = (plan.enlarge(part)[band] for part in (colours.front, colours.variance))
    # What lies behind is the fill, where that is reliable or hidden. Where little covers a busy background, it is what
    # the picture shows less the subject's share; not where much does: that would enlarge errors and leave an outline.
    shown = np.clip((seen - cover * guess) / np.maximum(1 - cover, 0.5), 0, 255)
    trust = _trust(_contrast(guess, fill), variance, colours.caution)[:, None]
    back = fill + np.clip((0.5 - cover) / 0.35, 0, 1) * (1 - trust) * (shown - fill)
    cover = np.maximum(cover, _least_cover(seen, back))

    alpha[band] = cover[:, 0]
    background = np.where((alpha > 0)[..., None], behind, image)
    background[band] = np.rint(back)
    foreground = image.copy()
    foreground[band] = np.clip(np.rint((seen - (1 - cover) * back) / np.maximum(cover, 0.05)), 0, 255)
    return alpha, foreground, background


def _contrast(guess: Floats, fill: Floats) -> Floats:
    """How far apart the layers' colours (n, 3) are, squared."""
    return np.asarray(((guess - fill) ** 2).sum(axis=1) + 1, np.float32)


def _trust(contrast: Floats, variance: Floats, caution: float) -> Floats:
    """How far colour can tell the layers apart, in [0, 1]."""
    return np.asarray((contrast / (contrast + caution**2 * variance)) ** 2, np.float32)


def _variation(image: Image, plan: Plan, hole: Mask) -> Floats:
    """The variance of the known background's colour nearby, summed over R, G and B, float32 (h, w)."""
    height, width = hole.shape
    squares = cv2.resize(cv2.multiply(image, image, dtype=cv2.CV_32F), (width, height), interpolation=cv2.INTER_AREA)
    known = (~hole).astype(np.float32)
    weight, mean, square = (
        cv2.GaussianBlur(part, (0, 0), 0.12 * plan.unit)
        for part in (known, plan.colours * known[..., None], squares * known[..., None])
    )
    share = np.maximum(weight, 1e-6)[..., None]
    variance = np.maximum(square / share - (mean / share) ** 2, 0).sum(axis=2, keepdims=True)
    enough = np.where(weight < 0.05, 0, weight).astype(np.float32)
    # No picture is without noise, if only from rounding: 9 is 1.7 levels in each of R, G and B.
    return spread(np.repeat(variance, 3, axis=2), enough)[..., 0] + 9


def _key(away: Floats, noise: Floats) -> Floats:
    """How far colours are away from the background (n,), 1 as far as the subject is; noise counts as nothing."""
    key: Floats = np.clip((away - noise) / np.maximum(1 - 2 * noise, 0.2), 0, 1)
    return key


def _company(alpha: Floats, plan: Plan) -> Floats:
    """0 for lone specks, 1 for what has its like or the subject around it, as every hair does."""
    window = 2 * round(0.03 * plan.iod) + 3
    around = cv2.blur(alpha, (window, window), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(around / 0.1 - 0.5, 0, 1), np.float32)


def _least_cover(seen: Floats, back: Floats) -> Floats:
    """The least alpha (n, 1) under which a foreground colour within [0, 255] can explain the colours seen."""
    darker = (back - seen - _SLACK) / np.maximum(back, 1)
    brighter = (seen - back - _SLACK) / np.maximum(255 - back, 1)
    least: Floats = np.clip(np.maximum(darker, brighter).max(axis=1, keepdims=True), 0, 1)
    return least
