"""The portrait of a request on its stage: found, framed, and put before what shall stand behind it."""

from __future__ import annotations

from dataclasses import dataclass

from talking import engines
from talking.compose import backdrop
from talking.compose.crop import crop_frames, with_backdrop
from talking.compose.framing import Framing, plan_framing
from talking.engines import Engine, Stage
from talking.errors import BadImage
from talking.face.detect import find_portrait
from talking.media import image
from talking.media.source import Source, read
from talking.pipeline.found import Finding, Found
from talking.pipeline.limits import Limits
from talking.request import Options
from talking.types import Cutouts, Frames, Motion, Portrait, Speech

TRANSPARENT, BLUR = "transparent", "blur"

MAX_BACKGROUND_BYTES = 200_000_000


@dataclass(frozen=True)
class Scene:
    """A portrait ready to be filmed.

    `portrait` as the engine has it, on its `stage`, and as it was `found` in the picture, whose (width, height) px was
    `given`; `framing` of its frames; `footage` a video that runs behind it; `cut` whether frames come without a
    background; `told` to the user about the request itself.
    """

    portrait: Portrait
    found: Portrait
    given: tuple[int, int]
    stage: Stage
    framing: Framing
    footage: Source | None
    cut: bool
    told: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know: with what was met while filming, such as frames that could not be painted, once
        the film is drawn."""
        return (*self.told, *self.stage.notes)

    @property
    def face_in_picture(self) -> tuple[float, ...]:
        """Left, top, right and bottom of the face in px of the picture as it was given."""
        height, width = self.found.image.shape[:2]
        across, down = self.given[0] / width, self.given[1] / height
        return tuple(float(side) for side in self.found.face.box * (across, down, across, down))

    @property
    def transparent(self) -> bool:
        """Whether the film's own frames have transparency."""
        return self.cut and self.footage is None

    def frames(self, motion: Motion, speech: Speech, seed: int) -> Frames | Cutouts:
        """The frames of the film, before anything is laid over them."""
        if not self.cut:
            return crop_frames(self.stage.animate(motion, speech, seed=seed), self.framing)
        cutouts = crop_frames(self.stage.cutout(motion, speech, seed=seed), self.framing)
        if self.footage is None:
            return cutouts
        size = self.framing.size
        return backdrop.over(cutouts, backdrop.moving(self.footage, size.width, size.height))


def set_scene(
    portrait: Source | Portrait, options: Options, engine: Engine, limits: Limits, known: Found | None = None
) -> Scene:
    """The scene that a request asks for, of a portrait that is still to be found in its picture, or was found; `known`
    keeps what was.

    Raises BadImage, NoFace, FaceError and FetchError for pictures that cannot be used, and InvalidRequest for a
    background that is none.
    """
    if isinstance(portrait, Portrait):
        who, given = _as_found(portrait)
    else:
        who, given = _found(portrait, options, limits, known or Found())
    behind = _background(options.background, limits)
    framing = plan_framing(
        who,
        stitch=options.stitch,
        align_expand_factor=options.align_expand_factor,
        aspect=options.aspect,
        output_resolution=options.output_resolution,
        grounded=behind is not None,
    )
    footage = behind if behind not in (None, TRANSPARENT, BLUR) and backdrop.is_video(behind) else None
    tuning = engines.tuned(engine.name, options.tuning)
    told = (
        _of_lips(engine.name, options)
        + _of_others(who, behind)
        + (backdrop.check_video(footage) if footage is not None else ())
    )
    if behind == TRANSPARENT or footage is not None:
        stage = engine.prepare(framing.portrait, cutout=True, tuning=tuning)
    elif behind == BLUR:
        own = engine.prepare(framing.portrait, cutout=True, tuning=tuning).background
        stage = engine.prepare(framing.portrait, backdrop.blurred(own), tuning=tuning)
    elif behind is not None:
        ground, more = backdrop.still(behind, framing.size.width, framing.size.height)
        told += more
        still, framing = with_backdrop(framing, ground)
        stage = engine.prepare(framing.portrait, still, tuning=tuning)
    else:
        stage = engine.prepare(framing.portrait, tuning=tuning)
    notes = (*who.notes, *framing.notes, *told)
    cut = behind == TRANSPARENT or footage is not None
    return Scene(framing.portrait, who, given, stage, framing, footage, cut, notes)


def _as_found(portrait: Portrait) -> tuple[Portrait, tuple[int, int]]:
    height, width = portrait.image.shape[:2]
    return portrait, (width, height)


def _found(portrait: Source, options: Options, limits: Limits, known: Found) -> Finding:
    """The portrait in a picture, and the picture's width and height."""
    most = min(image.MAX_BYTES, limits.max_bytes)
    source = limits.opened(portrait, "portrait", max_bytes=image.MAX_BYTES)
    data = read(source, max_bytes=most, error=BadImage, noun="picture")

    def find() -> Finding:
        picture = image.load(data, max_bytes=most)
        return find_portrait(picture.image, picture.notes, face=options.face, size=picture.size), picture.size

    return known.get(data, options.face, find)


def _of_lips(engine: str, options: Options) -> tuple[str, ...]:
    """The note that a network decides how far lips open, when the request wants more or less of that."""
    if not engines.ENGINES[engine].neural or options.knobs.mouth in (0, 1):
        return ()
    return (
        f"The knob 'mouth' does nothing with the engine {engine}, whose network decides how far lips open; only 0 "
        "closes them.",
    )


def _of_others(who: Portrait, behind: Source | None) -> tuple[str, ...]:
    """The note that only one of several people keeps their place when the background changes."""
    if behind is None or who.num_faces < 2:
        return ()
    if behind == BLUR:
        return ("Only the person who speaks stays sharp: the others in the picture are blurred with its background.",)
    return ("Only the person who speaks is shown: the others in the picture go with its background.",)


def _background(spec: str, limits: Limits) -> Source | None:
    """What was asked for: None to keep the portrait's own, TRANSPARENT, BLUR, a colour, or what can be read."""
    spec = spec.strip()
    if not spec:
        return None
    if spec.casefold() in (TRANSPARENT, BLUR):
        return spec.casefold()
    if backdrop.colour(spec) is not None:
        return spec
    return limits.opened(spec, "background", max_bytes=MAX_BACKGROUND_BYTES)
