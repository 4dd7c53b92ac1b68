"""A logo over the film: read once, made small enough, laid over every frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from talking.compose.patch import Patch, laid, make_patch
from talking.compose.planes import Size
from talking.errors import BadImage, InvalidRequest
from talking.media.image import load_clear
from talking.media.source import Source
from talking.types import Frames

_SHARE = 0.2
"""Of the film's extent that a logo has at most, as the root of both areas' ratio: a fifth each way if shaped alike."""


@dataclass(frozen=True)
class PlacedLogo:
    """A logo at its place in a film of `size`, and what a user should know of it."""

    patch: Patch
    size: Size
    notes: tuple[str, ...] = ()


def place_logo(source: Source, position: tuple[int, int], size: Size) -> PlacedLogo:
    """The logo of a JPG, PNG or WebP file, placed in a film of `size`.

    `position` (x, y) is its upper left corner in px; a negative x is how far its right edge stays from the film's
    right edge, a negative y the same below. A logo of more than a fifth of the film each way is made smaller, and
    what lies beyond the edges is cut off. Raises BadImage when the file cannot be read, InvalidRequest when nothing
    of the logo would be seen.
    """
    try:
        picture = load_clear(source)
    except BadImage as error:
        raise BadImage(f"The logo cannot be used. {error}") from error
    fitted, notes = _fitted(picture, size)
    height, width = fitted.shape[:2]
    x, y = position
    left = x if x >= 0 else size.width + x - width
    top = y if y >= 0 else size.height + y - height
    patch = make_patch(fitted, left, top, size)
    if patch is None:
        raise _unseen(fitted, position, size)
    if min(left, top) < 0 or left + width > size.width or top + height > size.height:
        notes.append("The logo reaches beyond the edge of the film, where it is cut off.")
    return PlacedLogo(patch, size, tuple(notes))


def lay_logo(frames: Frames, logo: PlacedLogo | None) -> Frames:
    """The frames, or cut-outs, with the logo on all of them; as they are without a logo."""
    if logo is None:
        return frames
    return laid(frames, logo.size, lambda _index: logo.patch)


def _fitted(picture: NDArray[np.uint8], size: Size) -> tuple[NDArray[np.uint8], list[str]]:
    height, width = picture.shape[:2]
    scale = _SHARE * (size.width * size.height / (width * height)) ** 0.5
    scale = min(scale, size.width / width, size.height / height)
    if scale >= 1:
        return picture, []
    target = max(1, round(width * scale)), max(1, round(height * scale))
    small = PIL.Image.fromarray(picture).resize(target, PIL.Image.Resampling.LANCZOS)
    note = (
        f"The logo was scaled from {width} x {height} to {target[0]} x {target[1]} pixels: "
        "it may take a twenty-fifth of the film."
    )
    return np.asarray(small), [note]


def _unseen(picture: NDArray[np.uint8], position: tuple[int, int], size: Size) -> InvalidRequest:
    if not picture[..., 3].any():
        return BadImage("The logo is wholly transparent: there is nothing to show. Give another picture.")
    x, y = position
    return InvalidRequest(
        f"The position ({x}, {y}) of the logo lies outside of the film, which is {size.width} x {size.height} pixels. "
        "Count from the upper left corner, or with negative numbers from the lower right one."
    )
