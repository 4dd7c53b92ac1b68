"""What a person stands before instead of the portrait's own background: a colour, a picture or a video."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import ImageColor

from talking.compose.footage import check_footage, looped
from talking.compose.planes import BLACK, Plane, Size, views
from talking.errors import BadImage, InvalidRequest
from talking.media import image
from talking.media.content import identify
from talking.media.source import Source
from talking.types import Cutout, Cutouts, Frame, Frames, Image

VIDEO_KINDS = frozenset({"mp4", "mov", "webm", "avi", "mpeg", "gif", "flv", "asf"})
"""Kinds of content, as `talking.media.content` names them, that are read as videos."""

BLUR = 0.02
"""Of the picture's longer side: the deviation of a blurred background. Eyes and letters are no longer to be read."""

_FILLED = "Transparent parts of the background's picture were filled with white."

_HEAD = 4096  # bytes that tell what a file is
_COLOUR_MARKS = ("#", "rgb(", "rgba(", "hsl(", "hsv(", "hwb(")


def colour(spec: Source) -> tuple[int, int, int] | None:
    """R, G and B, 0 to 255, of a colour as CSS writes it ("#1e90ff", "white", "rgb(30, 144, 255)"); None for others.

    Raises InvalidRequest for what begins like a colour and is none, and for one that is not opaque.
    """
    if not isinstance(spec, str):
        return None
    text = spec.strip()
    try:
        red, green, blue, *alpha = ImageColor.getrgb(text)
    except ValueError:
        if text.lower().startswith(_COLOUR_MARKS):
            raise InvalidRequest(
                f"'{text[:40]}' is not a colour. Write it like #1e90ff, or by its name, like dodgerblue."
            ) from None
        return None
    if alpha and alpha[0] != 255:
        raise InvalidRequest("A background colour must be opaque: write it with six digits, like #1e90ff.")
    return red, green, blue


def is_video(spec: Source) -> bool:
    """Whether `spec` is a video by its content: the name of a file, or its bytes. False for what cannot be read."""
    if isinstance(spec, bytes):
        return identify(spec[:_HEAD]).kind in VIDEO_KINDS
    try:
        if colour(spec) is not None or not Path(spec).is_file():
            return False
        with Path(spec).open("rb") as file:
            return identify(file.read(_HEAD)).kind in VIDEO_KINDS
    except (OSError, ValueError, InvalidRequest):
        return False


def still(spec: Source, width: int, height: int) -> tuple[Image, tuple[str, ...]]:
    """A backdrop that stands still, uint8 (height, width, 3): a colour, or a picture that covers all of it; and what a
    user should know of it: that it was transparent.

    A picture keeps its proportions and its middle. Raises InvalidRequest for a colour that is none, and BadImage for
    a picture that cannot be read.
    """
    plain = colour(spec)
    if plain is not None:
        return np.full((height, width, 3), plain, np.uint8), ()
    try:
        picture = image.load(spec, min_side=2)  # a swatch or a gradient need not be as large as a face
    except BadImage as error:
        raise BadImage(f"The background cannot be used. {error}") from error
    notes = (_FILLED,) if image.FILLED in picture.notes else ()
    return covering(picture.image, width, height), notes


def blurred(background: Image) -> Image:
    """A background out of focus, such as the portrait's own with the person taken out; of the same size."""
    sigma = BLUR * max(background.shape[:2])
    return np.asarray(cv2.GaussianBlur(background, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.uint8)


def covering(picture: Image, width: int, height: int) -> Image:
    """The middle of a picture, scaled so that it just covers `width` x `height` px."""
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(picture, size, interpolation=how)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.ascontiguousarray(scaled[top : top + height, left : left + width], np.uint8)


def check_video(spec: str | Path | bytes) -> tuple[str, ...]:
    """What a user should know of the video `spec`: that it breaks off, or has transparent parts.

    Raises InvalidRequest when it is not a video that can be read, before any work is done for it.
    """
    return check_footage(spec)


def moving(spec: str | Path | bytes, width: int, height: int) -> Frames:
    """A video as a backdrop without end: 25 frames per second that cover `width` x `height` px, from the start again
    when it is over, without its sound.

    Raises InvalidRequest, at once, when it is not a video that can be read.
    """
    return looped(spec, width, height)


def over(cutouts: Cutouts, backdrop: Frames) -> Frames:
    """Frames of the person before a backdrop, which gives at least as many frames of the same width and height.

    Each is valid until the next is asked for. Both sources are closed with it.
    """
    out: Frame | None = None
    try:
        for cutout, behind in zip(cutouts, backdrop, strict=False):
            if out is None:
                out = np.empty_like(behind)
            _lay(cutout, behind, out)
            yield out
    finally:
        for source in (cutouts, backdrop):
            close: Callable[[], None] | None = getattr(source, "close", None)
            if close:
                close()


def _lay(cutout: Cutout, behind: Frame, out: Frame) -> None:
    """Lay a cutout (H * 5 / 2, W) over a frame, into `out`.

    Its black is taken away again where it is not opaque, exactly as it was put there: the rest is the subject alone.
    """
    size = Size(behind.shape[1], len(behind) * 2 // 3)
    *subjects, alpha = views(cutout, size)
    clear = cv2.bitwise_not(alpha)
    # A colour sample sits on the left column of its two and averages what lies around that: 1/4, 1/2, 1/4.
    low = cv2.resize(clear, (size.width, size.height // 2), interpolation=cv2.INTER_AREA)
    half = np.ascontiguousarray(cv2.GaussianBlur(low, (3, 1), 0, borderType=cv2.BORDER_REPLICATE)[:, ::2])
    planes = zip(subjects, views(behind, size), views(out, size), (clear, half, half), BLACK, strict=True)
    for subject, ground, target, share, black in planes:
        light = cv2.subtract(subject, cv2.LUT(share, _dark(black)))
        cv2.add(light, cv2.multiply(ground, share, scale=1 / 255), dst=target)


@functools.cache
def _dark(black: int) -> Plane:
    """What is left of `black` behind each alpha from 255 down to 0, rounded as the engines round."""
    shares = np.arange(256, dtype=np.uint8)
    return np.asarray(cv2.multiply(np.full(256, black, np.uint8), shares, scale=1 / 255), np.uint8).ravel()
