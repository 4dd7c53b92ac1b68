"""What a request would come to, found out without filming: refused early, or what would be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from talking import engines
from talking.compose import backdrop
from talking.compose.framing import plan_framing
from talking.engines import device
from talking.errors import InvalidRequest, TalkingError
from talking.face.detect import find_portrait
from talking.media import image
from talking.media.formats import find_format
from talking.media.source import Source
from talking.motion import drivers
from talking.motion.facts import portrait_facts
from talking.pipeline.limits import Limits
from talking.pipeline.scene import BLUR, TRANSPARENT
from talking.pipeline.script import check_words
from talking.request import FORMATS, Options, Request


@dataclass(frozen=True)
class Outlook:
    """A portrait as it would be filmed: `width` and `height` in px of the film, `faces` in the picture, the `face_box`
    of the one that would speak as (left, top, right, bottom) in px of the film and its `face_score` in [0, 1]; the
    `driver` of the bank that would move it, empty for a video of somebody; `notes` for the user.
    """

    width: int
    height: int
    faces: int
    face_box: tuple[float, float, float, float]
    face_score: float
    driver: str
    notes: tuple[str, ...]


def check(request: Request) -> None:
    """Raise, before anything is fetched, what making the film of a request would raise for its words, engine, driver
    and format: BadScript, InvalidRequest and Unknown. Whether its engine is ready is known only where films are made.
    """
    options = request.options
    check_words(request.text, request.audio, request.voice, options)
    if drivers.is_bank_name(options.driver) and not _is_automatic(options.driver):
        drivers.resolve(options.driver)
    find_format(options.result_format or FORMATS[0], transparent=options.background.strip().casefold() == TRANSPARENT)
    engines.check_name(options.engine)
    if options.tuning:
        if options.engine == "auto":
            raise InvalidRequest("The option 'tuning' belongs to one engine: name it in the option 'engine'.")
        engines.tuned(options.engine, options.tuning)


def engine_here(name: str, limits: Limits) -> tuple[str, list[str]]:
    """The engine that a request for `name` would get if its film were made on this machine, and notes on that; one
    that is asked for and not ready here may still be ready where films are made.
    """
    try:
        chosen = engines.choose(name, limits.means, device.glance)
    except TalkingError as error:
        return name, [str(error)]
    return chosen.name, list(chosen.notes)


def is_file(background: str) -> bool:
    """Whether a background is a picture or a video. Raises InvalidRequest for a colour that is none."""
    spec = background.strip()
    return bool(spec) and spec.casefold() not in (TRANSPARENT, BLUR) and backdrop.colour(spec) is None


def outlook(portrait: Source, options: Options) -> Outlook:
    """What a film of `portrait` would be. Raises BadImage, NoFace, FaceError and InvalidRequest as making it does."""
    picture = image.load(portrait)
    who = find_portrait(picture.image, picture.notes, face=options.face, size=picture.size)
    framing = plan_framing(
        who, stitch=options.stitch, align_expand_factor=options.align_expand_factor, aspect=options.aspect,
        output_resolution=options.output_resolution, grounded=bool(options.background.strip()),
    )  # fmt: skip
    left, top, right, bottom = (round(float(side), 1) for side in framing.face.box)
    key = crc32(framing.portrait.image.tobytes())
    driver, notes = "", (*who.notes, *framing.notes)
    if _is_automatic(options.driver):
        driver = drivers.auto(portrait_facts(framing.portrait), key)
    elif drivers.is_bank_name(options.driver):
        _, driver, more = drivers.resolve(options.driver, key)
        notes = (*notes, *more)
    score = round(float(who.face.score), 4)
    size = framing.size
    return Outlook(size.width, size.height, who.num_faces, (left, top, right, bottom), score, driver, notes)


def _is_automatic(driver: str) -> bool:
    return driver.strip().casefold() in ("", "auto")
