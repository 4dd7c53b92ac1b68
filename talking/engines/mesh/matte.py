"""Cut the subject out of a portrait, or decide that it cannot be done well enough."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.background import Mask, Plan, distance, fill, make_plan
from talking.engines.mesh.edges import palette, sharpen, unmix
from talking.engines.mesh.faceframe import FaceFrame, smoothstep
from talking.face.models import person_mask
from talking.types import Floats, Image

_MOST_UNCERTAIN = 0.25
"""Share of undecided pixels around the face beyond which the cut shows.

.02 to .08 on portraits that cut well, .21 on one with hair the segmentation lost, which colour then found.
"""

_LEAST_INSIDE = 0.9
"""How sure the segmentation must be of the face itself."""

_MOST_HOLE = 0.97
"""Share of the picture behind the subject beyond which there is nothing left to fill it from."""


@dataclass(frozen=True)
class Layers:
    """A portrait taken apart: image = alpha x foreground + (1 - alpha) x background, up to rounding and noise.

    `alpha` float32 (H, W) in [0, 1]; `foreground`, `background` uint8 (H, W, 3) RGB, the foreground arbitrary where
    alpha is 0, the background filled in behind the subject and equal to the picture where alpha is 0; `subject`
    float32 (H, W) in [0, 1], where the person is, soft and approximate; `layered` False when the cut cannot be
    trusted: then alpha is 1 everywhere and both layers are the picture; `uncertain` the share of undecided pixels
    around the face, the figure that decides.
    """

    alpha: Floats
    foreground: Image
    background: Image
    subject: Floats
    layered: bool
    uncertain: float


def separate(image: Image, frame: FaceFrame) -> Layers:
    """The layers of an RGB portrait (H, W, 3)."""
    plan = make_plan(image, frame.iod)
    oval = face_oval(frame, plan)
    mask = plan.reduce(_segment(image, frame))
    sure = float(mask[oval].mean()) if oval.any() else 0.0
    around = distance(oval, plan.unit)
    ring = mask[(around > 0) & (around < 1.2)]
    uncertain = float(((ring > 0.15) & (ring < 0.85)).mean()) if ring.size else 0.0
    mask = connected(mask, oval, plan)
    subject = plan.enlarge(mask)
    rough = _rough_alpha(image, subject, oval, plan)
    reach = _reach(plan.reduce(rough) > 0, around, frame, plan)
    hole = grow((plan.reduce(rough) > 0) | (mask > 0.03), 0.10 * plan.unit) | (reach > 0)
    if uncertain > _MOST_UNCERTAIN or sure < _LEAST_INSIDE or hole.mean() > _MOST_HOLE:
        return Layers(np.ones_like(subject), image, image, subject, layered=False, uncertain=uncertain)

    colours = palette(image, plan, rough, hole)
    alpha = sharpen(image, plan, colours, rough, reach, hole, fill(image, plan, hole))
    # Now that the edge is known, less is missing: a fill that starts closer to it joins the rest more smoothly.
    behind = fill(image, plan, grow(plan.reduce(alpha) > 0, 0.05 * plan.unit))
    alpha, foreground, background = unmix(image, plan, colours, alpha, behind)
    return Layers(alpha, foreground, background, subject, layered=True, uncertain=uncertain)


def _segment(image: Image, frame: FaceFrame) -> Floats:
    """How likely each pixel is the person's, float32 (H, W), with a second, closer look at a small head."""
    mask = person_mask(image)
    height, width = mask.shape
    centre = frame.to_pixels(np.array([0.0, 0.8, 0.0]))[:2]
    reach = 4.2 * frame.iod
    left, top = np.floor(centre - reach).astype(int).tolist()
    right, bottom = np.ceil(centre + reach).astype(int).tolist()
    rows, columns = slice(max(top, 0), min(bottom, height)), slice(max(left, 0), min(right, width))
    if (rows.stop - rows.start) * (columns.stop - columns.start) > 0.6 * mask.size:
        return mask
    x, y = np.arange(columns.start, columns.stop), np.arange(rows.start, rows.stop)
    fade_x = np.clip(np.minimum(x - left, right - x) / frame.iod, 0, 1)
    fade_y = np.clip(np.minimum(y - top, bottom - y) / frame.iod, 0, 1)
    weight = (fade_y[:, None] * fade_x).astype(np.float32)
    mask[rows, columns] += weight * (person_mask(np.ascontiguousarray(image[rows, columns])) - mask[rows, columns])
    return mask


def face_oval(frame: FaceFrame, plan: Plan) -> Mask:
    """The face's outline filled, of the plan's size."""
    height, width = plan.colours.shape[:2]
    outline = (frame.pixels[list(lm.OVAL), :2] + 0.5) * (width / plan.size[0], height / plan.size[1]) - 0.5
    oval = np.zeros((height, width), np.uint8)
    cv2.fillPoly(oval, [np.rint(outline * 16).astype(np.int32)], [1.0], cv2.LINE_8, 4)
    return oval.astype(bool)


def connected(mask: Floats, oval: Mask, plan: Plan, slack: float = 0.12) -> Floats:
    """The mask of the one person whose face it is: other people and stray spots are gone, the face is whole.

    What is within `slack` eye distances of it belongs to it.
    """
    _, labels = cv2.connectedComponents(((mask > 0.5) | oval).astype(np.uint8))
    own = np.unique(labels[oval])
    near = grow(np.isin(labels, own) & (labels > 0), slack * plan.unit)
    connected: Floats = np.maximum(np.where(near, mask, 0), oval).astype(np.float32)
    return connected


def _rough_alpha(image: Image, subject: Floats, oval: Mask, plan: Plan) -> Floats:
    """Alpha that follows the picture's own edges, float32 (H, W), 1 within the face."""
    radius, scale = max(2, round(0.10 * plan.iod)), min(1.0, 120 / plan.iod)
    guided = cv2.ximgproc.guidedFilter(image, subject, radius, 2.55**2, scale=scale)
    alpha = np.clip((guided - 0.1) / 0.8, 0, 1)
    core = ~grow(~oval, 0.12 * plan.unit)
    solid = cv2.GaussianBlur(core.astype(np.float32), (0, 0), 0.04 * plan.unit, borderType=cv2.BORDER_REPLICATE)
    alpha = np.maximum(alpha, plan.enlarge(np.asarray(solid, np.float32)))
    alpha[alpha < 0.02] = 0
    return alpha


def _reach(alpha: Mask, around: Floats, frame: FaceFrame, plan: Plan) -> Floats:
    """Where colour may add to the subject, float32 of the plan's size: a hair's breadth around it, and by the jaw.

    Earrings hang there, which the segmentation knows nothing of. `around` is the distance to the face's outline.
    """
    hair = np.clip(1.6 - distance(alpha, plan.unit) / 0.1, 0, 1)
    height, width = alpha.shape
    rows, columns = np.indices((height, width))
    pixels = np.stack(
        [(columns + 0.5) * plan.size[0] / width - 0.5, (rows + 0.5) * plan.size[1] / height - 0.5], axis=-1
    )
    y = (pixels - frame.origin[:2]) @ frame.rotation[:2, 1] / frame.iod
    jaw = (
        smoothstep(0.3, 0.5, y) * (1 - smoothstep(1.5, 1.7, y)) * (1 - smoothstep(0.4, 0.5, around.astype(np.float64)))
    )
    return np.maximum(hair, jaw).astype(np.float32)


def grow(mask: Mask, radius: float) -> Mask:
    """The mask with everything within `radius` px of it."""
    if not mask.any():
        return mask
    return distance(mask, 1.0) <= radius
