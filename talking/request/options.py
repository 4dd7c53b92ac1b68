"""What a request may ask for beyond portrait, words and voice; every key is honoured or refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from talking.errors import InvalidRequest, Unknown
from talking.request import checks
from talking.request.checks import Logo
from talking.types import ExpressionCue, Knobs

MAX_SEED = 999_999_999

ASPECTS = ("source", "16:9", "9:16", "1:1")
CAPTIONS = ("files", "soft", "burnt")
FORMATS = ("mp4", "mov", "webm", "gif")

RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, MAX_SEED),
    "rate": (0.5, 2.0),
    "pitch": (-7.0, 7.0),
    "motion_factor": (0.0, 2.0),
    "normalization_factor": (0.0, 1.0),
    "transition_frames": (0, 250),
    "align_expand_factor": (0.0, 2.0),
    "output_resolution": (64, 4096),
    "pad_audio": (0.0, 60.0),
    "loudness": (-40.0, -8.0),
    "min_quality": (0.0, 1.0),
}
"""The least and the most of every option that is a number."""

_AS_PLANNED = Knobs()

CHOICES = {"aspect": ASPECTS, "captions": CAPTIONS, "result_format": ("", *FORMATS)}
"""The words of every option that is one of a few."""


@dataclass(frozen=True)
class Options:
    """What a request may ask for beyond portrait, words and voice. Values are checked and refused by name.

    General: `engine` "auto" or a name of ENGINES; `tuning` numbers of that engine by name ({"steps": 20}); `seed` >= 0
    makes head, lids and brows repeatable.

    Speech: `language` BCP 47 of the words, guessed when empty; `ssml` the text is SSML; `rate` of speech, 0.5 to 2;
    `pitch` in semitones, -7 to 7; `style` of the voice ("cheerful"), mapped to rate and pitch; `transcript` what an
    audio file says, for exact lips and captions; `reduce_noise` in an audio file; `pad_audio` seconds of silence at
    the end, 0 to 60; `loudness` in LUFS (EBU R128), -40 to -8, None to leave the sound as it is.

    Acting: `driver` "auto", a name of the bank ("lively/driver-03"), or a video to take the head's motion from, a
    path or a web address; `motion_factor` scales head motion, 0 to 2; `align_driver` starts a driver at the
    portrait's own pose; `auto_match` fits the driver's range to the portrait; `normalization_factor` 0 to 1, how
    far a driver's resting pose is taken out; `fluent` makes the last frame meet the first; `expressions` on a
    timeline, each over `transition_frames`; `knobs` for the parts of the performance.

    Picture: `face` None for the largest, a number, or a point (x, y) in px of the picture; `stitch` False for a
    square crop around the face, grown by `align_expand_factor`; `aspect` one of ASPECTS; `output_resolution` longest
    side in px; `sharpen`; `logo`; `background` "" to keep it, a colour, a picture or a video (path or web address),
    "blur" or "transparent".

    File: `result_format` one of FORMATS, by the output's name when empty; `mute` leaves the sound out; `captions`
    one of CAPTIONS: files beside the video, also a soft track in it, or also drawn into the picture; `min_quality`
    fails a film whose quality score is lower, 0 to 1.
    """

    engine: str = "auto"
    tuning: tuple[tuple[str, float], ...] = ()
    seed: int = 0
    language: str = ""
    ssml: bool = False
    rate: float = 1.0
    pitch: float = 0.0
    style: str = ""
    transcript: str = ""
    reduce_noise: bool = False
    pad_audio: float = 0.0
    loudness: float | None = None
    driver: str = "auto"
    motion_factor: float = 1.0
    align_driver: bool = True
    auto_match: bool = True
    normalization_factor: float = 1.0
    fluent: bool = False
    expressions: tuple[ExpressionCue, ...] = ()
    transition_frames: int = 12
    knobs: Knobs = _AS_PLANNED
    face: int | tuple[float, float] | None = None
    stitch: bool = True
    align_expand_factor: float = 0.3
    aspect: str = "source"
    output_resolution: int | None = None
    sharpen: bool = False
    logo: Logo | None = None
    background: str = ""
    result_format: str = ""
    mute: bool = False
    captions: str = "files"
    min_quality: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values of the wrong type or out of range, by name."""
        for field in fields(self):
            object.__setattr__(self, field.name, _READERS[field.name](field.name, getattr(self, field.name)))
        for name, (low, high) in RANGES.items():
            if getattr(self, name) is not None:
                checks.between(name, getattr(self, name), low, high)
        for name, known in CHOICES.items():
            checks.one_of(name, getattr(self, name), known)


_READERS: dict[str, checks.Reader] = {
    **{
        field.name: checks.reader(type(field.default))
        for field in fields(Options)
        if type(field.default) in checks.SCALARS
    },
    "expressions": checks.expressions,
    "knobs": checks.knobs,
    "tuning": checks.numbers,
    "logo": checks.logo,
    "face": checks.face,
    "output_resolution": checks.optional(checks.reader(int)),
    "loudness": checks.optional(checks.reader(float)),
}


def parse_options(document: Mapping[str, Any] | None) -> Options:
    """The options in a JSON object; a key that is missing or null keeps its default.

    Raises Unknown for a key that does not exist and InvalidRequest for a value of the wrong type or range.
    """
    if document is None:
        return Options()
    if not isinstance(document, Mapping):
        raise InvalidRequest('The options are not a JSON object. Write them like {"seed": 7}.')
    known = [field.name for field in fields(Options)]
    for key in document:
        if key not in known:
            raise Unknown.name("option", str(key), known)
    return Options(**{key: value for key, value in document.items() if value is not None})


def options_document(options: Options) -> dict[str, Any]:
    """The options as a JSON object that `parse_options` reads back, without those that have their default."""
    plain = asdict(options)
    plain["expressions"] = list(plain["expressions"])
    plain["tuning"] = dict(options.tuning)
    plain["face"] = list(options.face) if isinstance(options.face, tuple) else options.face
    if options.logo:
        plain["logo"]["position"] = list(options.logo.position)
    return {field.name: plain[field.name] for field in fields(Options) if getattr(options, field.name) != field.default}
