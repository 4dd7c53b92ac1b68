"""What of a portrait the film shows, and how large: planned once, before the engine draws a single frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import PIL.Image

from talking.compose.head import Head, find_head
from talking.compose.planes import Size
from talking.compose.surroundings import blurred
from talking.errors import Unknown
from talking.types import Face, Floats, Image, Portrait

ASPECTS = {"source": None, "16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0}
"""Shapes of a film by name, width over height; None for that of the picture."""

MAX_ENLARGEMENT = 4.0
"""Times that a picture is enlarged at most: more would only blur it further."""

_MIN_CROP, _CROP_ENLARGEMENT = 512, 2.0
"""Px of a crop around a face that nobody gave a size, when enlarging it by no more than this gets there."""

_EYE_LINE = 0.4
"""Where the eyes are put, from the top, in heights of the film: near the upper third, lower only for tall hair."""

_ENOUGH = 0.85
"""Share of the head's room that makes do: then a picture fills the film, else it is extended until the head has all.
Narrower bars than those that come of it would look like a mistake."""

_MARGIN = 0.35
"""Eye distances drawn around what is shown, where the picture has them: what may move into view. With none, a nod shows
hair mirrored at the upper edge; with .25 nothing was seen even at the largest turns."""

_MIN_IOD = 32.0
"""Px between the eyes that a face is drawn with at least; smaller films are made of larger frames."""

_MAX_DRAWN = 1920
"""Px that a portrait is enlarged to for drawing; larger films are made of smaller frames."""


@dataclass(frozen=True)
class Box:
    """A part of a picture: its corner and its size in px, all even."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Framing:
    """How a portrait becomes the frames of a film of `size`.

    `portrait` is what the engine draws, its picture and face cut and scaled; `crop` the part of its frames that is
    shown, at `place` in the film, scaled where both differ in size. Where `place` leaves room, the film shows
    `surroundings`, a picture of the film's size, RGB uint8 (H, W, 3), None when there is no room; cut-outs have
    nothing there. `notes` is what a user should know of all this.
    """

    portrait: Portrait
    crop: Box
    place: Box
    size: Size
    surroundings: Image | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the engine's frames are the film's as they come."""
        height, width = self.portrait.image.shape[:2]
        return self.crop == self.place == Box(0, 0, width, height) and self.size == Size(width, height)

    @property
    def face(self) -> Face:
        """The face in px of the film."""
        scale = np.array([self.place.width / self.crop.width, self.place.height / self.crop.height], np.float32)
        corner = np.array([self.crop.x, self.crop.y], np.float32) - (self.place.x, self.place.y) / scale
        return moved(self.portrait.face, corner, scale)


@dataclass(frozen=True)
class _View:
    """What is shown, in px of the picture, beyond which it may reach."""

    x: float
    y: float
    width: float
    height: float


def plan_framing(
    portrait: Portrait,
    *,
    stitch: bool = True,
    align_expand_factor: float = 0.3,
    aspect: str = "source",
    output_resolution: int | None = None,
    grounded: bool = False,
) -> Framing:
    """How to show `portrait`.

    With `stitch` all of it, cut to the `aspect` where that is not "source"; without, a part around the head, square
    unless an aspect is given, whose shorter side is the head's longer one grown by `align_expand_factor` (0 fits the
    head, .3 leaves room for a neck). The head is kept whole: where the picture has not enough around it, a blurred
    copy fills the rest. `output_resolution` is the longer side in px; without it the picture keeps its scale, though
    a crop of less than 512 px is enlarged up to twice. With `grounded`, where something else shall stand behind the
    person, a picture that ends within the film stands on its lower edge instead of in its middle. Raises Unknown for an
    aspect that is not in ASPECTS.
    """
    if aspect not in ASPECTS:
        raise Unknown.name("aspect", aspect, ASPECTS, hint=f"There are: {', '.join(ASPECTS)}.")
    height, width = portrait.image.shape[:2]
    shape = ASPECTS[aspect] or (width / height if stitch else 1.0)
    head = find_head(portrait.face)
    if stitch and aspect == "source":
        view = _View(0, 0, width, height)
    else:
        view = _view(head, (width, height), shape, None if stitch else align_expand_factor, fill=aspect == "source")
    if grounded and view.height > height:
        view = replace(view, y=height - view.height)
    size, notes = _size(view, shape, output_resolution, is_crop=not stitch)
    return _drawn(portrait, head, view, size, notes)


def _view(head: Head, picture: tuple[int, int], shape: float, grown: float | None, *, fill: bool) -> _View:
    """The view of a shape, width over height, on a picture (width, height): the largest, or one around the head.

    It reaches beyond the picture only where the head needs it, and never with `fill`.
    """
    bounds = np.array(picture, np.float64)
    low, high = np.maximum(head.box[:2], 0), np.minimum(head.box[2:], bounds)
    unit = np.array([shape, 1.0]) / min(shape, 1.0)
    if grown is None:
        size = unit * float((bounds / unit).min())
    else:
        side = float((head.box[2:] - head.box[:2]).max()) * (1 + grown)
        size = unit * min(side, float((bounds / unit).min()))
    lack = float(((high - low) / size).max())
    if lack * _ENOUGH > 1 and not fill:
        size = size * lack
    x = (low[0] + high[0] - size[0]) / 2
    y = float(head.eyes[1]) - _EYE_LINE * size[1]
    y = min(max(y, high[1] - size[1]), low[1]) if size[1] >= high[1] - low[1] else high[1] - size[1]
    corner = [_slid(at, length, bound) for at, length, bound in zip((x, y), size, picture, strict=True)]
    return _View(corner[0], corner[1], float(size[0]), float(size[1]))


def _slid(at: float, length: float, bound: float) -> float:
    """Where a stretch begins so that it lies within the bound, or the bound in its middle."""
    return (bound - length) / 2 if length >= bound else float(min(max(at, 0.0), bound - length))


def _size(view: _View, shape: float, wanted: int | None, *, is_crop: bool) -> tuple[Size, list[str]]:
    """The size of the film, and what to say about it."""
    notes = []
    longest = max(view.width, view.height)
    if wanted is not None:
        target = min(float(wanted), MAX_ENLARGEMENT * longest)
    elif is_crop:
        target = max(longest, min(_MIN_CROP, _CROP_ENLARGEMENT * longest))
    else:
        target = longest
    long = _even(target) if wanted is None else 2 * int(target / 2)
    short = max(16, _even(long * min(shape, 1 / shape)))
    size = Size(long, short) if shape >= 1 else Size(short, long)
    if wanted is not None and long < wanted - 1:
        notes.append(
            f"The film is {long} pixels long where {wanted} were asked for: what it shows is enlarged "
            f"{MAX_ENLARGEMENT:.0f} times at most."
        )
    elif wanted is not None and long != wanted:
        notes.append(f"The film is {long} pixels long: its sides are even numbers.")
    if long > 1.1 * longest and not (wanted is not None and long < wanted - 1):
        notes.append(f"What the film shows was enlarged {long / longest:.1f} times, which adds no detail.")
    return size, notes


def _drawn(portrait: Portrait, head: Head, view: _View, size: Size, notes: list[str]) -> Framing:
    """The part of the portrait that must be drawn for a view, at the scale that suits both engine and film."""
    across, down = _axes(portrait, head, view, size)
    image = _cut(portrait.image, across, down)
    place = Box(across.place, down.place, across.shown, down.shown)
    is_extended = (place.width, place.height) != (size.width, size.height)
    if is_extended:
        sides = f"{place.width} x {place.height} of {size.width} x {size.height} pixels"
        notes = [*notes, f"The picture has too little around the head for this shape: it fills {sides} of the film."]
    if image.shape != portrait.image.shape or not across.scale == down.scale == 1:
        corner, scale = np.array([across.start, down.start]), np.array([across.scale, down.scale])
        drawn = replace(portrait, image=image, face=moved(portrait.face, corner, scale))
    else:
        drawn = portrait
    return Framing(
        portrait=drawn,
        crop=Box(across.before, down.before, across.kept, down.kept),
        place=place,
        size=size,
        surroundings=blurred(portrait.image, size) if is_extended else None,
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Axis:
    """One direction of a framing. In px of the film: `shown` from `place` on. In px of the picture: from `start` to
    `end`, drawn at `scale`. In px as drawn: `kept` after `before`, of `drawn`.
    """

    place: int
    shown: int
    start: float
    end: float
    scale: float
    before: int
    kept: int
    drawn: int


def _axes(portrait: Portrait, head: Head, view: _View, size: Size) -> tuple[_Axis, _Axis]:
    height, width = portrait.image.shape[:2]
    ratio = max(size.width, size.height) / max(view.width, view.height)
    if ratio < 1:
        drawing = max(ratio, min(1.0, _MIN_IOD / head.iod))
    else:
        drawing = min(ratio, max(1.0, _MAX_DRAWN / max(view.width, view.height)))
    margin = _MARGIN * head.iod
    return (
        _axis(view.x, view.width, size.width, width, drawing / ratio, margin),
        _axis(view.y, view.height, size.height, height, drawing / ratio, margin),
    )


def _axis(at: float, length: float, film: int, bound: int, share: float, margin: float) -> _Axis:
    """What to draw of a side of `bound` px for a view from `at` on, `length` px, that is to be `film` px.

    `share` is how much smaller or larger than that it is drawn, `margin` what is drawn around it if there is more.
    """
    ratio = film / length
    if abs(film - length) < 2:  # nothing but rounding to even numbers: the picture keeps its pixels
        ratio, at = 1.0, 2 * (at // 2)
    first = max(0, 2 * math.ceil(-at * ratio / 2))
    last = min(film, 2 * math.floor((bound - at) * ratio / 2))
    start, end = at + first / ratio, at + last / ratio
    kept = last - first if share == 1 else _even((last - first) * share)
    scale = kept / (end - start)
    before, after = (max(0, 2 * int(min(margin, room) * scale / 2)) for room in (start, bound - end))
    return _Axis(
        place=first,
        shown=last - first,
        start=start - before / scale,
        end=end + after / scale,
        scale=scale,
        before=before,
        kept=kept,
        drawn=before + kept + after,
    )


def _cut(image: Image, across: _Axis, down: _Axis) -> Image:
    """The part of a picture that is drawn, at its scale; its own pixels where both scales are 1."""
    if across.scale == down.scale == 1:
        return np.ascontiguousarray(image[int(down.start) : int(down.end), int(across.start) : int(across.end)])
    scaled = PIL.Image.fromarray(image).resize(
        (across.drawn, down.drawn),
        PIL.Image.Resampling.LANCZOS,
        box=(across.start, down.start, across.end, down.end),
    )
    return np.asarray(scaled)


def moved(face: Face, corner: Floats, scale: Floats) -> Face:
    """The face in px that are counted from `corner` (x, y) and of which `scale` (2,) make one of those before."""
    box = (face.box - np.tile(corner, 2)) * np.tile(scale, 2)
    landmarks = (face.landmarks - np.append(corner, 0)) * np.append(scale, scale.mean())
    return replace(face, box=box.astype(np.float32), landmarks=landmarks.astype(np.float32))


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))
