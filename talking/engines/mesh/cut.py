"""A second, closer look at the subject's outline, for when its background shall go.

Before its own background a portrait hides the errors of its matte: what was taken apart wrongly is put together again.
Before another one every trace of the old shows, so colours decide once more, and edges lose what shone through them.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from talking.engines.mesh.background import Mask, Plan, distance, fill, make_plan, spread
from talking.engines.mesh.edges import palette, sharpen, unmix
from talking.engines.mesh.faceframe import FaceFrame
from talking.engines.mesh.matte import Layers, connected, face_oval, grow
from talking.types import Floats, Image

# All figures were chosen on five drawn people of known outline before a glow, a white wall, leaves, blurred lights and
# a room: the error left around the outline, over white, black and green, is half of what the first look leaves.

_UNIT = 72.0
"""Px per eye distance at which colours decide: 48 is a twentieth worse, full size no better."""

_CAUTION = 9.0
"""As in `talking.engines.mesh.edges`: a new background forgives a lost hair rather than a speck of the old one."""

_CORE = 0.08
"""Eye distances within the segmentation's outline from where on the subject is beyond doubt."""

_FAR = 0.08
"""Eye distances outside of it beyond which only what the first look found counts: earrings, loose hair."""

_SURE = 0.9
"""How sure the segmentation must be of the subject's core."""

_HOLE = 0.8
"""How sure it must be of a hole that colours make in the subject for that to be closed again."""

_REGULAR = 0.3
"""How much the foreground's colour at an edge leans towards that of the solid subject nearby, the more the less there
is to be seen of it."""


def cut(image: Image, layers: Layers, frame: FaceFrame) -> Layers:
    """The layers of an RGB portrait (H, W, 3) with an outline fit for any background, from those of the first look.

    The foreground is free of the old background also where alpha is small or 0. Layers that are not `layered`, and
    those in which nothing is left to learn the background from, are given back as they are.
    """
    plan = make_plan(image, frame.iod, _UNIT)
    oval = face_oval(frame, plan)
    outline = _outline(plan, layers, oval) if layers.layered else None
    if outline is None:
        return layers
    rough = _rough_alpha(image, plan, outline)
    near = np.clip(1.6 - distance(outline, plan.unit) / 0.1, 0, 1).astype(np.float32)
    hole = grow((plan.reduce(rough) > 0) | outline, 0.10 * plan.unit)
    colours = palette(image, plan, rough, hole, caution=_CAUTION)
    alpha = sharpen(image, plan, colours, rough, near, hole, fill(image, plan, hole))
    behind = fill(image, plan, grow(plan.reduce(alpha) > 0, 0.05 * plan.unit))
    alpha, _, background = unmix(image, plan, colours, alpha, behind)
    foreground = _clean(image, plan, alpha, background)
    return replace(layers, alpha=alpha, foreground=foreground, background=background)


def _outline(plan: Plan, layers: Layers, oval: Mask) -> Mask | None:
    """Where the subject is, of the plan's size, by its colours and those of the background known for sure.

    None when there is no such background.
    """
    mask, alpha = plan.reduce(layers.subject), plan.reduce(layers.alpha)
    inside = mask > 0.5
    solid = _depth((mask > _SURE) | oval) > _CORE * plan.unit
    core = connected((solid | oval).astype(np.float32), oval, plan, slack=0.0) > 0.5
    possible = grow((alpha > 0.02) | (mask > 0.03), 0.10 * plan.unit)
    possible &= (distance(inside, plan.unit) <= _FAR) | (alpha >= 0.5)
    if possible.all():
        return None
    labels = np.where(inside, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[~possible] = cv2.GC_BGD
    labels[core] = cv2.GC_FGD
    cv2.setRNGSeed(0)  # the colours are clustered from random starts
    # One round: with more, the subject's colours come to include what resembles them.
    back, front = np.zeros((1, 65)), np.zeros((1, 65))  # its memory
    cv2.grabCut(np.rint(plan.colours).astype(np.uint8), labels, (0, 0, 0, 0), back, front, 1, cv2.GC_INIT_WITH_MASK)
    found = _closed((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD), mask, possible)
    return connected(found.astype(np.float32), oval, plan) > 0.5


def _closed(found: Mask, mask: Floats, possible: Mask) -> Mask:
    """The subject without holes of which the segmentation `mask` is sure that they are none."""
    count, labels = cv2.connectedComponents((~found).astype(np.uint8), connectivity=4)
    size = np.bincount(labels.ravel(), minlength=count)
    sure = np.bincount(labels.ravel(), weights=mask.ravel(), minlength=count) / np.maximum(size, 1)
    close = sure > _HOLE
    close[np.unique(labels[~possible])] = False
    closed: Mask = found | (close[labels] & ~found)
    return closed


def _rough_alpha(image: Image, plan: Plan, outline: Mask) -> Floats:
    """Alpha (H, W) that follows the picture's own edges along the outline."""
    radius, scale = max(2, round(0.06 * plan.iod)), min(1.0, 120 / plan.iod)
    guided = cv2.ximgproc.guidedFilter(image, plan.enlarge(outline.astype(np.float32)), radius, 20.0, scale=scale)
    solid = plan.enlarge(np.clip(_depth(outline) / (0.06 * plan.unit) - 0.5, 0, 1))
    near = plan.enlarge((distance(outline, plan.unit) < 0.08).astype(np.float32))
    alpha = np.maximum(np.clip((guided - 0.1) / 0.8, 0, 1), solid) * near
    alpha[alpha < 0.02] = 0
    return np.asarray(alpha, np.float32)


def _clean(image: Image, plan: Plan, alpha: Floats, background: Image) -> Image:
    """The foreground that with alpha and the background comes near the picture, and near the solid subject's colours.

    Where little of it is seen, little can be said of its colour but that: the rest would be what noise and the old
    background left there.
    """
    solid = (plan.reduce((alpha > 0.95).astype(np.float32)) > 0.99).astype(np.float32)
    front = plan.enlarge(spread(plan.colours, solid))
    foreground = np.where((alpha == 1)[..., None], image, np.clip(np.rint(front), 0, 255).astype(np.uint8))
    band = np.nonzero((alpha > 0) & (alpha < 1))
    seen, back, near = (part[band].astype(np.float32) for part in (image, background, front))
    cover = alpha[band][:, None]
    gain = cover / (cover**2 + _REGULAR * (1 - cover))
    foreground[band] = np.clip(np.rint(near + gain * (seen - cover * near - (1 - cover) * back)), 0, 255)
    return foreground


def _depth(mask: Mask) -> Floats:
    """How far each pixel is within the mask, px."""
    return np.asarray(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5), np.float32)
