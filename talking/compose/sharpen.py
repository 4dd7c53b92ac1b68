"""Frames with crisper detail: an unsharp mask on the luma that leaves flat areas alone and makes no halos."""

from __future__ import annotations

import functools

import cv2
import numpy as np

from talking.compose.planes import Plane, Size
from talking.compose.steps import through
from talking.types import Cutout, Frame, Frames

STRENGTH = 0.8
"""How much of the detail is added again; decided by eye on photographs and paintings."""

_RADIUS = 1.2
"""Px of the Gaussian that detail is told from shade by: the texture of skin, lashes, the edges of lips."""

_NOISE = 2.0
"""Levels of detail up to which nothing is done: grain and the traces of JPEG stay as they are."""

_MOST = 14
"""Levels that a pixel changes by at most, so that hard edges get no visible rims."""


def sharpen(frames: Frames, size: Size, *, strength: float = STRENGTH) -> Frames:
    """The frames, or cut-outs, of a film of `size` sharpened; as they are with a `strength` of 0.

    The colours and the transparency stay as they are, and of a cut-out all that is not opaque.
    """
    if strength <= 0:
        return frames
    curve = _curve(strength)
    kept: list[Frame | Cutout] = []

    def change(_index: int, frame: Frame | Cutout) -> Frame | Cutout:
        if not kept:
            kept.append(np.empty_like(frame))
        np.copyto(kept[0][size.height :], frame[size.height :])
        crisp = _crisp(frame[: size.height], curve, kept[0][: size.height])
        if frame.shape == size.cutout:
            # A pixel beside the edge has seen what lies behind it: black, which is no detail.
            outside = cv2.dilate((frame[size.height * 3 // 2 :] < 255).astype(np.uint8), _AROUND)
            np.copyto(crisp, frame[: size.height], where=outside.astype(bool))
        return kept[0]

    return through(frames, change)


_AROUND = np.ones((7, 7), np.uint8)
"""As far as the blur reaches."""


def _crisp(luma: Plane, curve: Plane, out: Plane) -> Plane:
    soft = cv2.GaussianBlur(luma, (7, 7), _RADIUS, borderType=cv2.BORDER_REPLICATE)
    detail = cv2.addWeighted(luma, 1, soft, -1, 128, dst=soft)
    cv2.addWeighted(luma, 1, cv2.LUT(detail, curve), 1, -128, dst=out)
    return out


@functools.cache
def _curve(strength: float) -> Plane:
    """What is added for each level of detail, both around 128: nothing for little, ever less for much."""
    detail = np.arange(256, dtype=np.float64) - 128
    beyond = np.sign(detail) * np.maximum(np.abs(detail) - _NOISE, 0)
    added = _MOST * np.tanh(strength * beyond / _MOST)
    curve: Plane = np.rint(128 + added).astype(np.uint8)
    return curve
