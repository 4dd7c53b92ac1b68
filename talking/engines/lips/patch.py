"""A painted part of the portrait, laid on a frame where the head has taken it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from talking.engines.mesh.follow import Place, Region
from talking.engines.mesh.planar import Plane, lean_left, views, yuv
from talking.types import Cutout, Floats, Frame, Image


@dataclass(frozen=True)
class Painted:
    """A region of the picture as it was painted: `picture` uint8 (h, w, 3) RGB, and `mask` uint8 (h, w), how much of
    each pixel counts."""

    picture: Image
    mask: Plane


def around(x0: float, y0: float, x1: float, y1: float, width: int, height: int) -> Region:
    """The smallest region of a picture, `width` x `height` px, both even, that holds a box as far as it lies in it."""
    left, top = max(int(np.floor(x0)), 0) // 2 * 2, max(int(np.floor(y0)), 0) // 2 * 2
    right, bottom = min(-(-int(np.ceil(x1)) // 2) * 2, width), min(-(-int(np.ceil(y1)) // 2) * 2, height)
    return Region(left, top, max(right - left, 0), max(bottom - top, 0))


def lost(frames: int) -> tuple[str, ...]:
    """What a user is told when so many frames came out as no picture."""
    return (f"{frames} frames could not be painted and show the mouth at rest.",) if frames else ()


def blend(under: Plane, over: Floats, share: Floats) -> Plane:
    """`over` laid on `under`, (h, w) or (h, w, n), as far as `share` float32 (h, w) in [0, 1] says, rounded."""
    part = share if under.ndim == 2 else share[..., None]
    base = under.astype(np.float32)
    return np.rint(base + (over - base) * part).astype(np.uint8)


def lay(
    frame: Frame | Cutout, painted: Painted, region: Region, place: Place | None, *, share: float, height: int
) -> None:
    """Lay what was painted of `region` on a frame or cut-out `height` px high, at its `place`, where it is in the
    picture when None.

    `share` in [0, 1] is how much of it shows. What is transparent stays so.
    """
    luma, chroma = _layers(painted, share)
    seen = region if place is None else place.seen
    if place is None:
        chroma = np.asarray(cv2.resize(chroma, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)
    else:
        luma, chroma = _moved(luma, place.luma, region), _moved(chroma, place.chroma, region)
    y, u, v = views(frame[: height * 3 // 2])
    _mix(y, seen.rows, seen.columns, luma[..., 0], luma[..., 1])
    rows, columns = (slice(part.start // 2, part.stop // 2) for part in (seen.rows, seen.columns))
    for index, plane in enumerate((u, v)):
        _mix(plane, rows, columns, chroma[..., index], chroma[..., 2])


def _layers(painted: Painted, share: float) -> tuple[Floats, Floats]:
    """Y and its share, float32 (h, w, 2), and U, V and their share, float32 (h, w, 3), each the mean of a pixel and
    its left neighbour."""
    part = painted.mask.astype(np.float32) * np.float32(share / 255)
    luma, u, v = yuv(painted.picture)
    return np.stack([luma, part], axis=-1), np.stack([u, v, lean_left(part)], axis=-1)


def _moved(layer: Floats, where: Floats, region: Region) -> Floats:
    """A layer of a region as it is seen from points `where` of the picture; its last channel is 0 beyond it."""
    x, y = where[0] - np.float32(region.x), where[1] - np.float32(region.y)
    edge = layer.copy()
    edge[0, :, -1] = edge[-1, :, -1] = 0.0
    edge[:, 0, -1] = edge[:, -1, -1] = 0.0
    return np.asarray(cv2.remap(edge, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _mix(plane: Plane, rows: slice, columns: slice, over: Floats, share: Floats) -> None:
    plane[rows, columns] = blend(plane[rows, columns], over, share)
