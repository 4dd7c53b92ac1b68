"""The frames of an engine as the film shows them: the part that is wanted, at its place and in its size."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from talking.compose.framing import Box, Framing
from talking.compose.planes import Plane, Size, blank, to_frame, views
from talking.compose.steps import through
from talking.types import Cutout, Frame, Frames, Image


def crop_frames(frames: Frames, framing: Framing) -> Frames:
    """The frames, or cut-outs, of `framing.portrait` as frames or cut-outs of `framing.size`.

    A cut-out has nothing in it where the picture does not reach. Frames come through untouched where the framing
    changes nothing.
    """
    if framing.is_whole:
        return frames
    height, width = framing.portrait.image.shape[:2]
    return through(frames, _Cropper(framing, Size(width, height)))


def with_backdrop(framing: Framing, backdrop: Image) -> tuple[Image, Framing]:
    """What to draw `framing.portrait` before, and how to frame that, so that the film has `backdrop` behind it all.

    `backdrop` is RGB uint8 (H, W, 3) of the film's size, what is given back of the size of the portrait's picture.
    """
    place, crop = framing.place, framing.crop
    height, width = framing.portrait.image.shape[:2]
    part = backdrop[place.y : place.y + place.height, place.x : place.x + place.width]
    if (place.width, place.height) != (crop.width, crop.height):
        how = cv2.INTER_AREA if place.width > crop.width else cv2.INTER_CUBIC
        part = np.asarray(cv2.resize(part, (crop.width, crop.height), interpolation=how), np.uint8)
    below, right = height - crop.y - crop.height, width - crop.x - crop.width
    drawn = cv2.copyMakeBorder(part, crop.y, below, crop.x, right, cv2.BORDER_REPLICATE)
    surroundings = None if framing.surroundings is None else backdrop
    return np.asarray(drawn, np.uint8), replace(framing, surroundings=surroundings)


class _Cropper:
    """Puts the wanted part of each frame into one frame of its own."""

    def __init__(self, framing: Framing, drawn: Size) -> None:
        self._framing, self._drawn = framing, drawn
        self._frame: Frame | Cutout | None = None

    def __call__(self, _index: int, frame: Frame | Cutout) -> Frame | Cutout:
        framing, size = self._framing, self._framing.size
        is_cutout = frame.shape == self._drawn.cutout
        if self._frame is None:
            if framing.surroundings is not None and not is_cutout:
                self._frame = to_frame(framing.surroundings)
            else:
                self._frame = blank(size.cutout if is_cutout else size.frame, size)
        pairs = zip(views(frame, self._drawn), views(self._frame, size), strict=True)
        for source, target in pairs:
            is_half = source.shape[1] < self._drawn.width
            _fit(_part(source, framing.crop, is_half), _part(target, framing.place, is_half))
        return self._frame


def _part(plane: Plane, box: Box, is_half: bool) -> Plane:
    x, y, width, height = (side // 2 if is_half else side for side in (box.x, box.y, box.width, box.height))
    return plane[y : y + height, x : x + width]


def _fit(source: Plane, target: Plane) -> None:
    if source.shape == target.shape:
        np.copyto(target, source)
        return
    how = cv2.INTER_AREA if target.size < source.size else cv2.INTER_CUBIC
    target[:] = cv2.resize(source, target.shape[::-1], interpolation=how)
