"""What lies behind the subject: the surroundings mirrored into the hole it leaves, fading into their average."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.types import Floats, Image

Mask = NDArray[np.bool_]

_UNIT = 48.0
"""Px per eye distance of a plan. Masks and averages need no more, mirrored colours are taken at full size."""


@dataclass(frozen=True)
class Plan:
    """A reduced copy of a picture, to decide things on.

    `colours` float32 (h, w, 3) RGB in [0, 255]; `unit` px per eye distance in it; `size` (width, height) of the
    picture, `iod` px per eye distance there. A picture whose face is small is not reduced at all.
    """

    colours: Floats
    unit: float
    iod: float
    size: tuple[int, int]

    def reduce(self, plane: Floats) -> Floats:
        """A plane of the picture's size at the plan's."""
        height, width = self.colours.shape[:2]
        return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA), np.float32)

    def enlarge(self, plane: Floats) -> Floats:
        """A plane of the plan's size at the picture's."""
        return np.asarray(cv2.resize(plane, self.size, interpolation=cv2.INTER_LINEAR), np.float32)

    def stretch(self, mask: Mask) -> Mask:
        """A mask of the plan's size at the picture's."""
        return cv2.resize(mask.astype(np.uint8), self.size, interpolation=cv2.INTER_NEAREST).astype(bool)


def make_plan(image: Image, iod: float, unit: float = _UNIT) -> Plan:
    """The plan of an RGB picture whose eye distance is `iod` px, at `unit` px per eye distance, or full size."""
    height, width = image.shape[:2]
    scale = min(1.0, unit / iod)
    size = max(2, round(width * scale)), max(2, round(height * scale))
    colours = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return Plan(colours, iod * size[0] / width, iod, (width, height))


def distance(mask: Mask, unit: float) -> Floats:
    """How far each pixel is from the mask, in units of `unit` px."""
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) / np.float32(unit), np.float32)


def fill(image: Image, plan: Plan, hole: Mask) -> Image:
    """The picture with the hole filled in, RGB uint8 (H, W, 3); `hole` (h, w) is of the plan's size.

    Up to .3 eye distances inside the hole the surroundings are mirrored at its border, which continues textures and
    lines. That fades into a smooth average at .9, well beyond what a turning head uncovers, and wherever the mirror
    shows nothing but the hole itself or lies outside the picture. A picture that is all hole stays as it is.
    """
    if hole.all() or not hole.any():
        return image
    average = np.rint(spread(plan.colours, (~hole).astype(np.float32))).astype(np.uint8)
    smooth = cv2.resize(average, plan.size, interpolation=cv2.INTER_LINEAR)
    target, trust = _mirror(hole, plan.unit)
    height, width = hole.shape
    ratio = np.array([plan.size[0] / width, plan.size[1] / height], np.float32)
    x, y = cv2.split(plan.enlarge((target + 0.5) * ratio - 0.5))
    mirrored = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    share = plan.enlarge(trust)
    return np.asarray(cv2.blendLinear(mirrored, smooth, share, 1 - share), np.uint8)


def spread(colours: Floats, share: Floats) -> Floats:
    """Colours float32 (h, w, 3), known to the `share` (h, w) in [0, 1], spread smoothly over what is unknown."""
    return _spread(colours * share[..., None], share)


def _spread(colours: Floats, share: Floats) -> Floats:
    """The same with colours already multiplied by their share: a pyramid, coarser the less is known."""
    height, width = share.shape
    if share.size == 1 or share.min() >= 1:
        known: Floats = colours / np.maximum(share, 1e-6)[..., None]
        return known
    half = (width + 1) // 2, (height + 1) // 2
    coarse_share = cv2.resize(share, half, interpolation=cv2.INTER_AREA)
    coarse_colours = cv2.resize(colours, half, interpolation=cv2.INTER_AREA)
    # Half a cell known counts as all of it one level up, which keeps the levels from mixing more than they must.
    gain = np.minimum(1, 2 * coarse_share) / np.maximum(coarse_share, 1e-6)
    coarse = _spread(coarse_colours * gain[..., None], coarse_share * gain)
    rest = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    filled: Floats = colours + (1 - share[..., None]) * rest
    return filled


def _mirror(hole: Mask, unit: float) -> tuple[Floats, Floats]:
    """Where each pixel of the hole finds its mirror image, float32 (h, w, 2) x y, and how far to trust it (h, w)."""
    depth, labels = cv2.distanceTransformWithLabels(
        hole.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(~hole)
    nearest = np.zeros((labels.max() + 1, 2), np.float32)
    nearest[labels[rows, columns]] = np.stack([columns, rows], axis=1)
    here = np.indices(hole.shape, dtype=np.float32)[::-1].transpose(1, 2, 0)
    step = cv2.GaussianBlur(2 * (nearest[labels] - here), (0, 0), 0.05 * unit)
    step[~hole] = 0
    target = here + step

    known = (~hole).astype(np.float32)
    seen = cv2.remap(known, target[..., 0], target[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    window = (2 * max(1, round(0.06 * unit)) + 1,) * 2
    seen = cv2.blur(cv2.erode(seen, np.ones(window, np.uint8)), window)
    fade = np.clip((0.9 - depth / unit) / 0.6, 0, 1)
    trust: Floats = np.clip(seen * fade * fade * (3 - 2 * fade), 0, 1).astype(np.float32)
    return target, trust
