"""A picture with transparency as planes that are laid over frames, in the region it covers and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from talking.compose.planes import Plane, Size, halved, to_bytes, views, yuv
from talking.compose.steps import through
from talking.types import Cutout, Frame, Frames


@dataclass(frozen=True)
class Patch:
    """A picture at (`x`, `y`), both even, px of the film.

    `colours` Y (h, w), U and V (h / 2, w / 2), times what covers them; `clear` for each of them 255 - alpha, uint8,
    h and w even.
    """

    x: int
    y: int
    colours: tuple[Plane, Plane, Plane]
    clear: tuple[Plane, Plane, Plane]


def make_patch(picture: NDArray[np.uint8], x: int, y: int, size: Size) -> Patch | None:
    """The part of `picture`, RGBA uint8 (h, w, 4) with straight alpha, that lies in a film of `size` with its corner
    at (x, y); None when nothing of it shows there.
    """
    seen = picture[max(0, -y) : max(0, size.height - y), max(0, -x) : max(0, size.width - x)]
    rows, columns = seen[..., 3].any(axis=1).nonzero()[0], seen[..., 3].any(axis=0).nonzero()[0]
    if not len(rows):
        return None
    left, top = max(x, 0) + int(columns[0]), max(y, 0) + int(rows[0])
    seen = seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    right, bottom = left + seen.shape[1], top + seen.shape[0]
    # A sample of colour is a mixture around its column: one whose column is beyond the right edge may have a share.
    last = min(size.width, right + 2 - right % 2)
    seen = np.pad(seen, ((top % 2, bottom % 2), (left % 2, last - right), (0, 0)))
    alpha = seen[..., 3].astype(np.float32) / 255
    luma, u, v = yuv(seen[..., :3])
    colours = to_bytes(luma * alpha), to_bytes(halved(u * alpha)), to_bytes(halved(v * alpha))
    near, far = to_bytes(255 - 255 * alpha), to_bytes(255 - 255 * halved(alpha))
    return Patch(left - left % 2, top - top % 2, colours, (near, far, far))


def lay(patch: Patch, frame: Frame | Cutout, size: Size) -> None:
    """Lay a patch over a frame, or over a cut-out, which becomes as opaque there as the patch is."""
    planes = views(frame, size)
    for plane, colour, clear in zip(planes, patch.colours, patch.clear, strict=False):
        share = 2 if plane.shape[1] < size.width else 1
        y, x = patch.y // share, patch.x // share
        target = plane[y : y + colour.shape[0], x : x + colour.shape[1]]
        cv2.add(cv2.multiply(target, clear, scale=1 / 255), colour, dst=target)
    if len(planes) == 4:
        height, width = patch.clear[0].shape
        target = planes[3][patch.y : patch.y + height, patch.x : patch.x + width]
        cv2.add(cv2.multiply(target, patch.clear[0], scale=1 / 255), cv2.bitwise_not(patch.clear[0]), dst=target)


def laid(frames: Frames, size: Size, patch_at: Callable[[int], Patch | None]) -> Frames:
    """The frames, or cut-outs, of a film of `size`, each with the patch for its number; as it is without one."""
    kept: list[Frame | Cutout] = []

    def change(index: int, frame: Frame | Cutout) -> Frame | Cutout:
        patch = patch_at(index)
        if patch is None:
            return frame
        if not kept:
            kept.append(np.empty_like(frame))
        np.copyto(kept[0], frame)
        lay(patch, kept[0], size)
        return kept[0]

    return through(frames, change)
