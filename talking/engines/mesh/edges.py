"""The edge of the subject, hair above all: how much of each pixel is subject, and what colours mix there."""

from __future__ import annotations

import cv2
import numpy as np

from talking.engines.mesh.background import Mask, Plan, spread
from talking.types import Floats, Image

_NOISE = 3.0
"""A background is told from the subject by colour where they differ by clearly more than this x its own variation."""

_SLACK = 12.0
"""Levels by which a foreground colour may leave [0, 255] before alpha is raised: noise, sharpening, JPEG."""


def refine(image: Image, plan: Plan, alpha: Floats, hole: Mask, behind: Image) -> tuple[Floats, Image, Image]:
    """A sharper alpha with the foreground and background that mix to the picture under it.

    Takes a rough alpha float32 (H, W), the hole (plan size) that holds all of it with a margin, and the picture with
    the hole filled. Where the background is plain, a pixel is subject as far as its colour is away from the
    background, measured by how far the solid subject nearby is; where it is busy, the rough alpha stays.
    Foreground and background are uint8 (H, W, 3); the background is the picture itself where alpha is 0.
    """
    solid = plan.reduce((alpha > 0.95).astype(np.float32)) > 0.999
    solid = cv2.erode(solid.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    front = spread(plan.colours, solid.astype(np.float32))
    reach = np.clip(1.4 - _distance(plan.reduce(alpha) > 0, plan.unit) / np.float32(0.07), 0, 1)

    inside = _nearest(solid, plan)
    band = np.nonzero(_nearest(hole, plan) & ~inside)
    seen, fill = image[band].astype(np.float32), behind[band].astype(np.float32)
    guess, variance, near = (plan.enlarge(part)[band] for part in (front, _variation(image, plan, hole), reach))
    rough = alpha[band]
    contrast = ((guess - fill) ** 2).sum(axis=1) + 1
    # Whatever the rough alpha takes for solid stays so: skin and bright hair may come close to the background.
    keyed = np.maximum(near * _key(seen, fill, contrast, variance), rough * np.clip(2.5 * rough - 1, 0, 1))
    trust = (contrast / (contrast + _NOISE**2 * variance)) ** 2
    cover = rough + trust * (keyed - rough)
    cover[cover < 0.02] = 0
    back = _background(seen, guess, fill, cover, trust)
    cover = np.where(cover > 0, np.maximum(cover, _least_cover(seen, back)), 0)[:, None]

    fine = inside.astype(np.float32)
    fine[band] = cover[:, 0]
    background = image.copy()
    background[inside] = behind[inside]
    background[band] = np.where(cover > 0, np.rint(back), seen)
    foreground = image.copy()
    foreground[band] = np.clip(np.rint((seen - (1 - cover) * back) / np.maximum(cover, 0.05)), 0, 255)
    return fine, foreground, background


def _nearest(mask: Mask, plan: Plan) -> Mask:
    """A mask of the plan's size at the picture's."""
    return cv2.resize(mask.astype(np.uint8), plan.size, interpolation=cv2.INTER_NEAREST).astype(bool)


def _distance(mask: Mask, unit: float) -> Floats:
    """How far each pixel is from the mask, in eye distances."""
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) / unit, np.float32)


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


def _key(seen: Floats, fill: Floats, contrast: Floats, variance: Floats) -> Floats:
    """How far colours (n, 3) are away from the fill, 1 as far as the subject is; noise counts as nothing."""
    distance = np.sqrt(((seen - fill) ** 2).sum(axis=1) / contrast)
    floor = np.sqrt(4 / 3 * variance / contrast) + 0.03
    key: Floats = np.clip((distance - floor) / np.maximum(1 - 2 * floor, 0.2), 0, 1)
    return key


def _background(seen: Floats, guess: Floats, fill: Floats, cover: Floats, trust: Floats) -> Floats:
    """The colours (n, 3) behind the edge.

    The fill, where it is trusted or hidden. Where little covers a busy background, what the picture shows less the
    subject's share; not where much does, for that would enlarge errors and leave an outline of the subject behind.
    """
    covered = cover[:, None]
    shown = np.clip((seen - covered * guess) / np.maximum(1 - covered, 0.5), 0, 255)
    weight = np.clip((0.5 - covered) / 0.35, 0, 1) * (1 - trust[:, None])
    back: Floats = fill + weight * (shown - fill)
    return back


def _least_cover(seen: Floats, back: Floats) -> Floats:
    """The least alpha under which a foreground colour within [0, 255] can explain the colours seen."""
    darker = (back - seen - _SLACK) / np.maximum(back, 1)
    brighter = (seen - back - _SLACK) / np.maximum(255 - back, 1)
    least: Floats = np.clip(np.maximum(darker, brighter).max(axis=1), 0, 1)
    return least
