"""A cut-out as video containers want it: colours as they are behind the edge, and how much of them to show."""

from __future__ import annotations

import av
import numpy as np
from numpy.typing import NDArray

from talking.media.streams import BT709, LIMITED
from talking.types import Cutout, Floats

_BLACK = (16, 128, 128)
_TOP = (235, 240, 240)
"""BT.709 limited range: what Y, U and V are without light, and at most."""

_COARSE = 4
"""Pixels of a side that one value of the spread colours stands for."""

_REACH = 9
"""Coarse pixels, an odd number: how far a subject's colours spread past its edge. Two boxes make a soft slope."""

_NOTHING = np.float32(1e-3)
"""Alpha to which the spread colour fades into black, so that it has no edge of its own."""

_FAINT, _CLEAR = 4, 28
"""Alphas of 255 up to which the colour is that of the surroundings, and from which on it is the pixel's own: what eight
bits of a product leave of a faint pixel's colour is noise. In two drawn portraits it took half of the film's bits."""

_OWN = np.clip((np.arange(256, dtype=np.float32) - _FAINT) / (_CLEAR - _FAINT), 0, 1)
_SHARE = np.arange(256, dtype=np.float32) / np.float32(255)


def straight(cutout: Cutout) -> av.VideoFrame:
    """The picture of a cut-out, yuva420p with straight alpha: a player's `alpha * colour` gives the cut-out again.

    What hardly shows takes the colour of what is around it. Colours past the subject's edge are those of the edge,
    smoothly fading to black: a codec that blurs would otherwise mix black into it, which shows as a dark fringe over
    a bright background.
    """
    height, width = cutout.shape[0] * 2 // 5, cutout.shape[1]
    alpha = cutout[height * 3 // 2 :]
    chroma = cutout[height : height * 3 // 2].reshape(2, height // 2, width // 2)
    frame = av.VideoFrame(width, height, "yuva420p")
    frame.color_range = LIMITED
    frame.colorspace = frame.color_primaries = frame.color_trc = BT709  # ProRes says so in every frame
    small = _halved(alpha)
    veils = (alpha, small, small)
    for index, (plane, veil) in enumerate(zip((cutout[:height], *chroma), veils, strict=True)):
        _write(frame, index, _uncovered(plane, veil, _BLACK[index], _TOP[index]))
    _write(frame, 3, alpha)
    return frame


def _uncovered(plane: NDArray[np.uint8], veil: NDArray[np.uint8], black: int, top: int) -> NDArray[np.uint8]:
    """The plane without the alpha that was multiplied into it; unchanged where that is 255."""
    if veil.min() == 255:
        return plane
    light = plane.astype(np.float32)
    light -= black
    share = _SHARE[veil]
    around = _spread(light)
    around /= _spread(share) + _NOTHING
    light /= np.maximum(share, _SHARE[1])
    light -= around
    light *= _OWN[veil]
    light += around
    light += np.float32(black + 0.5)
    np.clip(light, 16, top + 0.5, out=light)
    return np.where(veil == 255, plane, light.astype(np.uint8))


def _spread(plane: Floats) -> Floats:
    """The plane blurred so widely that it reaches far past the subject."""
    import cv2

    height, width = plane.shape
    size = (max(1, width // _COARSE), max(1, height // _COARSE))
    coarse = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    for _ in range(2):
        coarse = cv2.blur(coarse, (_REACH, _REACH), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _halved(alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The alpha of each pixel of the colour planes: the mean of four."""
    height, width = alpha.shape
    quads = alpha.reshape(height // 2, 2, width // 2, 2).astype(np.uint16)
    means: NDArray[np.uint16] = (quads[:, 0, :, 0] + quads[:, 0, :, 1] + quads[:, 1, :, 0] + quads[:, 1, :, 1] + 2) // 4
    return means.astype(np.uint8)


def _write(frame: av.VideoFrame, index: int, values: NDArray[np.uint8]) -> None:
    plane = frame.planes[index]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    rows[:, : plane.width] = values
