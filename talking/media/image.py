"""A portrait as the engines want it: upright sRGB of even size, read safely from a stranger's file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageCms

from talking.errors import BadImage
from talking.media import confined
from talking.media.content import identify, picture_size
from talking.media.source import Source, read
from talking.types import Image

MAX_BYTES = 25_000_000
MAX_PIXELS = 50_000_000
"""A phone's best camera; decoded it takes 150 to 200 MB for a moment."""

MAX_SIDE = 1920
"""Longest side in px of a video; larger pictures are scaled down."""

MIN_SIDE = 64
"""Shortest side in px in which a face can be tracked at all."""

ADVISED_SIDE = 256
"""A shorter side in px below this gets a note: the video will look coarse."""

FILLED = "Transparent parts of the picture were filled with white."
"""The note on a transparent picture."""

_FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}

_SECONDS = 60.0
"""For decoding one picture in a child."""

_MAX_SCANS = 500
"""Scans of a progressive JPG. Real ones have about ten; each one more costs a pass over all pixels."""


@dataclass(frozen=True)
class Picture:
    """A picture that has passed the intake.

    `image` uint8 (H, W, 3) RGB in sRGB, H and W even, `min_side` to 1920 px; `notes` what was changed, in the user's
    words; `digest` the SHA-256 of the bytes that were given, as hex; `size` (width, height) px of what was given,
    upright, before it was scaled: what a user who points at something in the picture counts in.
    """

    image: Image
    notes: tuple[str, ...]
    digest: str
    size: tuple[int, int]


def load(
    source: Source, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS, min_side: int = MIN_SIDE
) -> Picture:
    """Read a JPG, PNG or WebP picture from a path, bytes or base64 text.

    The content decides, not the name. Size limits are checked before anything is decoded (`max_pixels` no higher
    than the 89 million at which Pillow suspects a bomb). The picture is turned as its EXIF says, laid over
    white where transparent, converted to sRGB by its colour profile, and scaled down to MAX_SIDE; an odd row or
    column is dropped. Of an animation the first frame is taken. A shorter side below `min_side` px, 2 at least, is
    refused. Raises BadImage.
    """
    data = read(source, max_bytes=max_bytes, error=BadImage, noun="picture")
    children = confined.active()
    if children is None:
        (piece,) = flat_pieces(data, max_pixels=max_pixels, min_side=min_side)
    else:
        piece = children.ask(_task("flat_pieces", data, max_pixels=max_pixels, min_side=min_side))
    facts = piece.facts
    size = int(facts["size"][0]), int(facts["size"][1])
    return Picture(piece.arrays[0], tuple(facts["notes"]), hashlib.sha256(data).hexdigest(), size)


def load_clear(source: Source, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Read a picture as `load` does, but of any size and with its transparency: RGBA in sRGB, uint8 (H, W, 4)."""
    data = read(source, max_bytes=max_bytes, error=BadImage, noun="picture")
    children = confined.active()
    if children is None:
        (piece,) = clear_pieces(data, max_pixels=max_pixels)
    else:
        piece = children.ask(_task("clear_pieces", data, max_pixels=max_pixels))
    return piece.arrays[0]


def flat_pieces(data: bytes, *, max_pixels: int, min_side: int) -> Iterator[confined.Piece]:
    """The work of `load`, here or in a child: one piece with the image, its notes and the size before."""
    notes: list[str] = []
    upright, size = _decoded(data, max_pixels, min_side, lambda picture: _decode(picture, notes))
    given = _turned(size, upright.size)
    yield confined.Piece({"notes": notes, "size": given}, (_even(np.asarray(upright)),))


def clear_pieces(data: bytes, *, max_pixels: int) -> Iterator[confined.Piece]:
    """The work of `load_clear`, here or in a child: one piece with the image."""
    yield confined.Piece({}, (np.asarray(_decoded(data, max_pixels, 1, _decode_clear)[0]),))


def _task(work: str, data: bytes, **arguments: int) -> confined.Task:
    return confined.Task(f"{__name__}:{work}", data, arguments, _damaged(), _SECONDS, _SECONDS)


def _decoded(
    data: bytes, max_pixels: int, min_side: int, decode: Callable[[PIL.Image.Image], PIL.Image.Image]
) -> tuple[PIL.Image.Image, tuple[int, int]]:
    """What `decode` makes of the picture in a file once that has been checked, and its size before that."""
    content = identify(data)
    if not content.kind:
        raise BadImage("This is not a picture that can be read. Send a JPG, PNG or WebP.")
    if content.kind not in _FORMATS:
        raise BadImage(f"This is {content.name}. Send a JPG, PNG or WebP picture.")
    _check_size(picture_size(content.kind, data), max_pixels, min_side)
    if content.kind == "jpeg" and data.count(b"\xff\xda") > _MAX_SCANS:
        raise _damaged()
    # Decoders meet hostile bytes here and answer with nearly any exception: all mean that the file is no good.
    try:
        with PIL.Image.open(io.BytesIO(data), formats=(_FORMATS[content.kind],)) as picture:
            size = picture.size
            _check_size(size, max_pixels, min_side)
            return decode(picture), size
    except BadImage:
        raise
    except Exception as error:
        raise _damaged() from error


def _turned(size: tuple[int, int], upright: tuple[int, int]) -> tuple[int, int]:
    """The size of a file's picture once it stands like the `upright` one, which may be smaller."""
    width, height = size
    return (height, width) if (width > height) != (upright[0] > upright[1]) else size


def _damaged() -> BadImage:
    return BadImage("The picture is damaged or cut off. Save it again, or send another one.")


def _check_size(size: tuple[int, int] | None, max_pixels: int, min_side: int) -> None:
    if size is None:
        raise _damaged()
    width, height = size
    limit = min(max_pixels, PIL.Image.MAX_IMAGE_PIXELS or max_pixels)
    if width * height > limit:
        raise BadImage(
            f"The picture has {width} x {height} pixels ({width * height / 1e6:.1f} million); "
            f"at most {limit / 1e6:.1f} million are read. Send a smaller one."
        )
    scale = min(1.0, MAX_SIDE / max(size))
    if min(size) * scale < min_side:
        reason = "too small" if scale == 1 else "too narrow"
        raise BadImage(
            f"The picture is {reason} ({width} x {height} pixels). Send one of at least 512 x 512 that shows a face."
        )


def _decode(picture: PIL.Image.Image, notes: list[str]) -> PIL.Image.Image:
    """The picture as upright sRGB of at most MAX_SIDE; adds what a user should know to `notes`."""
    width, height = picture.size
    if picture.format in ("PNG", "WEBP") and getattr(picture, "n_frames", 1) > 1:
        notes.append("The picture is animated: its first frame is used.")
    picture.draft(None, (2 * MAX_SIDE, 2 * MAX_SIDE))  # a JPG decodes to half size or less when that is enough
    picture.load()
    turned = _orientation(picture)
    flat = _flatten(picture, notes)
    scale = MAX_SIDE / max(width, height)
    if scale < 1:
        target = _nearest_even(width * scale), _nearest_even(height * scale)
        flat = flat.resize(target, PIL.Image.Resampling.LANCZOS)
    rgb = _to_srgb(flat, picture.info.get("icc_profile"))
    upright = rgb.transpose(turned) if turned is not None else rgb
    if scale < 1:
        before = f"{height} x {width}" if flat.size != upright.size else f"{width} x {height}"
        notes.append(f"The picture was scaled from {before} to {upright.width} x {upright.height} pixels.")
    if min(upright.size) < ADVISED_SIDE:
        notes.append(
            f"The picture is small ({upright.width} x {upright.height}): 512 pixels or more per side look better."
        )
    return upright


def _nearest_even(side: float) -> int:
    return 2 * round(side / 2)


def _decode_clear(picture: PIL.Image.Image) -> PIL.Image.Image:
    """The picture as upright sRGB with alpha, of its own size."""
    picture.load()
    turned = _orientation(picture)
    alpha = picture.convert("RGBA").getchannel("A") if _is_clear(picture) else None
    plain = _flatten(picture, []) if alpha is None else picture.convert("RGBA").convert("RGB")
    whole = _to_srgb(plain, picture.info.get("icc_profile")).convert("RGBA")
    if alpha is not None:
        whole.putalpha(alpha)
    return whole.transpose(turned) if turned is not None else whole


_TURNS = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by its EXIF orientation (tag 0x0112)."""


def _orientation(picture: PIL.Image.Image) -> PIL.Image.Transpose | None:
    try:
        return _TURNS.get(picture.getexif().get(0x0112, 1))
    except Exception:  # broken metadata do not spoil a good picture
        return None


def _flatten(picture: PIL.Image.Image, notes: list[str]) -> PIL.Image.Image:
    """The picture in mode L, RGB or CMYK: 16 bits scaled to 8, palettes looked up, transparency laid over white."""
    if picture.mode.startswith("I"):
        deep = np.asarray(picture).astype(np.int64).clip(0, 65535)
        return PIL.Image.fromarray(((deep + 128) // 257).astype(np.uint8))
    if _is_clear(picture):
        clear = picture.convert("RGBA")
        alpha = clear.getchannel("A")
        flat = PIL.Image.new("RGB", clear.size, "white")
        flat.paste(clear.convert("RGB"), mask=alpha)
        lowest = alpha.getextrema()[0]
        if isinstance(lowest, int) and lowest < 255:
            notes.append(FILLED)
        return flat
    return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")


def _is_clear(picture: PIL.Image.Image) -> bool:
    """Whether parts of the picture may be transparent; a deep grey one counts as opaque."""
    return not picture.mode.startswith("I") and ("A" in picture.getbands() or "transparency" in picture.info)


def _to_srgb(picture: PIL.Image.Image, profile: bytes | None) -> PIL.Image.Image:
    """The picture in RGB, its colours converted by its ICC profile unless that is missing, broken or sRGB."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                target = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
                if converted is not None:
                    return converted
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken profile, or one of another colour space, does not spoil a good picture
    return picture.convert("RGB")


def _even(image: Image) -> Image:
    """The picture without its last odd row and column: nothing is resampled for the sake of one pixel."""
    height, width = image.shape[0] & ~1, image.shape[1] & ~1
    return np.ascontiguousarray(image[:height, :width])
