"""Glasses: whether a face wears them, and which pixels around the eyes are their rims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.faceframe import FaceFrame
from talking.engines.mesh.planar import Plane, Planes
from talking.types import Floats, Image

_DARK_BAR = 0.4
"""Depth of the dark bar on the nose bridge over its brightness: .6 and more with glasses, at most .25 without."""

_THICKEST = 0.15  # IOD; darker patches thicker than this are no rims
_DARKER = 0.28  # of the brightness of the skin, by which a rim is darker than what surrounds it
_LASHES = 0.06  # IOD around the upper lid line that is taken for lashes even when it looks like a rim


def wears_glasses(image: Image, frame: FaceFrame) -> bool:
    """Whether a dark bar crosses the bridge of the nose of the face in `image`, uint8 RGB."""
    centre = frame.points[[6, 197]].mean(axis=0)
    along, across = np.meshgrid(np.linspace(-0.35, 0.35, 60), np.linspace(-0.06, 0.06, 9), indexing="ij")
    face = np.stack([centre[0] + across, centre[1] + along, np.full(along.shape, centre[2])], axis=-1)
    where = frame.to_pixels(face)[..., :2].astype(np.float32)
    luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32)
    profile = cv2.remap(luma, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).mean(
        axis=1
    )
    smooth = cv2.GaussianBlur(profile[:, None], (1, 55), 9)[:, 0]
    return float((smooth - profile).max() / max(float(profile.mean()), 1.0)) > _DARK_BAR


def rims(image: Image, frame: FaceFrame) -> NDArray[np.uint8]:
    """255 where a rim or its glint is, uint8 (H, W), around the eyes only and not on the lashes."""
    luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    mask = np.zeros(luma.shape, np.uint8)
    x0, y0, x1, y1 = _region(frame, luma.shape)
    part = luma[y0:y1, x0:x1]
    thick = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (int(_THICKEST * frame.iod) | 1,) * 2)
    hat = cv2.morphologyEx(cv2.medianBlur(part, 3), cv2.MORPH_BLACKHAT, thick)
    dark = np.where(hat > _DARKER * float(np.percentile(part, 70)), np.uint8(255), np.uint8(0))
    _clear_lashes(dark, frame, x0, y0)
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(int(0.02 * frame.iod), 1) + 1,) * 2)
    mask[y0:y1, x0:x1] = cv2.dilate(dark, around)
    return mask


def _clear_lashes(mask: NDArray[np.uint8], frame: FaceFrame, x0: int, y0: int) -> None:
    """Take the eyes and their lashes out of a mask whose left upper corner is at (x0, y0)."""
    for upper, lower in ((lm.UPPER_LID_A, lm.LOWER_LID_A), (lm.UPPER_LID_B, lm.LOWER_LID_B)):
        outline = np.round(frame.pixels[[*upper, *lower[::-1]], :2] - (x0, y0)).astype(np.int32)
        cv2.fillPoly(mask, [outline], (0,))
        cv2.polylines(mask, [outline], True, (0,), max(int(2 * _LASHES * frame.iod), 1))


@dataclass(frozen=True)
class BareSkin:
    """The region of the eyes with the glasses painted out, for lids to be made of.

    `x`, `y` the picture px of its left upper corner, both even; the dense planes of `Planes` `luma` (2h, 2w), `u` and
    `v` (h, w); `rim` float32 (h, w), the share of each px that is rim and stays in front of the lids.
    """

    x: int
    y: int
    luma: Plane
    u: Plane
    v: Plane
    rim: Floats


def bare_skin(image: Image, frame: FaceFrame, planes: Planes) -> BareSkin | None:
    """The skin behind the glasses of a portrait; None when it wears none."""
    if not wears_glasses(image, frame):
        return None
    x, y, right, bottom = _region(frame, image.shape)
    mask = rims(image, frame)[y:bottom, x:right]
    dense = cv2.resize(mask, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    return BareSkin(
        x,
        y,
        _without(planes.y[2 * y : 2 * bottom, 2 * x : 2 * right], dense),
        _without(planes.u[y:bottom, x:right], mask),
        _without(planes.v[y:bottom, x:right], mask),
        np.asarray(cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.8), np.float32),
    )


def _region(frame: FaceFrame, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the surroundings of the eyes, even, within the picture."""
    temples = frame.pixels[[lm.TEMPLE_A, lm.TEMPLE_B], 0]
    side, reach = 0.3 * frame.iod, 0.6 * frame.iod
    left, right = max(int(temples.min() - side), 0), min(int(temples.max() + side), shape[1])
    top, bottom = max(int(frame.origin[1] - reach), 0), min(int(frame.origin[1] + reach), shape[0])
    return left // 2 * 2, top // 2 * 2, right // 2 * 2, bottom // 2 * 2


def _without(plane: Plane, mask: NDArray[Any]) -> Plane:
    """The plane with the masked pixels filled in from around them."""
    return np.asarray(
        cv2.inpaint(np.ascontiguousarray(plane), np.ascontiguousarray(mask), 3, cv2.INPAINT_TELEA), np.uint8
    )
