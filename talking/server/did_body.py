"""The body of D-ID's POST /talks, put into a request of ours.

Every field of that call is honoured, refused by name, or named in `Request.not_applied`; docs/did-fields.md lists
which. Unknown keys are named there too, because real clients send them and the hosted service ignores them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from talking.errors import InvalidRequest, TalkingError, Unknown
from talking.motion import drivers
from talking.request import Logo, Options, Request
from talking.server.coerce import Faults, Reading
from talking.server.did_script import read_script
from talking.types import EXPRESSIONS, ExpressionCue

HOSTED_FORMATS = ("mp4", "mov", "gif", "webm")
MAX_USER_DATA = 1000
_SIDES = ("left", "right", "top", "bottom")
_FACE_FACTS = ("face_id", "overlap", "detect_confidence", "mask_confidence")


class ValidationError(InvalidRequest):
    """A body that cannot be used; `faults` holds a sentence for each path ("body.script")."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__(
            "The request cannot be used: "
            + "; ".join(dict.fromkeys(fault.rstrip(".") for fault in self.faults.values()))
            + "."
        )


@dataclass(frozen=True)
class Defaults:
    """What a server puts in where a body says nothing: `portrait`, and `stitch`, which clients disagree about."""

    portrait: str
    stitch: bool = False


def read_talk(body: Any, defaults: Defaults) -> Request:
    """The request in a JSON body. Raises ValidationError that names every fault at once."""
    faults = Faults()
    if not isinstance(body, Mapping):
        raise ValidationError({"body": "the body must be a JSON object"})
    top = Reading(body, "body", faults)
    config = top.inner("config")
    script = top.inner("script")
    if top.raw("script") is None:
        faults.add("body.script", "'script' is required")
        raise ValidationError(faults.found)
    spoken = read_script(script)
    options, skipped = _options(top, config, spoken.options, defaults)
    user_data = top.text("user_data")
    if len(user_data) > MAX_USER_DATA or (user_data and not user_data.strip()):
        faults.add("body.user_data", f"'user_data' must be 1 to {MAX_USER_DATA} characters and not blank")
    # `persist` belongs to the top; one client sends it in the config.
    persist = top.flag("persist", False) or config.flag("persist", False)
    request_parts = {
        "portrait": top.text("source_url") or defaults.portrait,
        "name": top.text("name"),
        "webhook": _address(top, "webhook", ("https", "http")),
        "result_url": _address(top, "result_url", ("https", "http", "s3")),
    }
    ignored = [
        f"{path}: not a field of this call"
        for reading in (top, config, script)
        for path in reading.leftovers()
        if path not in spoken.leftovers
    ]
    if faults.found:
        raise ValidationError(faults.found)
    return Request(
        **request_parts, text=spoken.text, audio=spoken.audio, voice=spoken.voice, options=options, user_data=user_data,
        persist=persist, not_applied=(*spoken.not_applied, *skipped, *ignored),
    )  # fmt: skip


def _address(top: Reading, key: str, schemes: Sequence[str]) -> str:
    address = top.text(key).strip()
    if address and not address.casefold().startswith(tuple(f"{scheme}://" for scheme in schemes)):
        top.faults.add(f"body.{key}", f"'{key}' must be a web address ({', '.join(schemes)})")
    return address


def _options(top: Reading, config: Reading, spoken: Options, defaults: Defaults) -> tuple[Options, list[str]]:
    skipped: list[str] = []
    expressions, transition = _expressions(config.inner("driver_expressions"))
    values: dict[str, Any] = {
        "driver": _driver(top, skipped),
        "face": _face(top.inner("face"), skipped),
        "stitch": config.flag("stitch", defaults.stitch),
        "result_format": _format(config, skipped),
        "fluent": config.flag("fluent", False),
        "pad_audio": config.number("pad_audio", 0.0, 0.0, 60.0),
        "expressions": expressions,
        "transition_frames": transition,
        "logo": _logo(config, skipped),
        "align_driver": config.flag("align_driver", True),
        "align_expand_factor": config.number("align_expand_factor", 0.3, 0.0, 2.0),
        "auto_match": config.flag("auto_match", True),
        "motion_factor": config.number("motion_factor", 1.0, 0.0, 2.0),
        "normalization_factor": config.number("normalization_factor", 1.0, 0.0, 1.0),
        "sharpen": config.flag("sharpen", True),
        "output_resolution": _resolution(config),
        "mute": config.flag("mute", False),
        # The hosted service takes this in the script, and tells it in the config of its answer.
        "reduce_noise": spoken.reduce_noise or config.flag("reduce_noise", False),
    }
    _animations(config, skipped)
    if top.faults.found:
        return spoken, skipped
    try:
        return replace(spoken, **values), skipped
    except TalkingError as error:
        top.faults.add("body.config", str(error))
        return spoken, skipped


def _animations(config: Reading, skipped: list[str]) -> None:
    """What belongs to animations, and what only the hosted service's own answers contain."""
    if config.flag("overlay", False):
        skipped.append("config.overlay: belongs to animations of several faces, and one face speaks here")
    if config.number("max_animated_faces", 1, 1, 5) > 1:
        skipped.append("config.max_animated_faces: one face speaks here")
    if config.raw("show_watermark") is not None:
        skipped.append("config.show_watermark: there is no watermark; use a logo")


def _format(config: Reading, skipped: list[str]) -> str:
    name = config.text("result_format", "mp4").strip().removeprefix(".").casefold()
    if name in HOSTED_FORMATS:
        return name
    config.faults.add(f"{config.path}.result_format", f"'result_format' must be one of {', '.join(HOSTED_FORMATS)}")
    skipped.append("config.result_format")
    return "mp4"


def _resolution(config: Reading) -> int | None:
    side = config.number("output_resolution", 0, 64, 4096)
    return round(side) or None


def _expressions(reading: Reading) -> tuple[tuple[ExpressionCue, ...], int]:
    rows = reading.raw("expressions")
    transition = round(reading.number("transition_frames", Options.transition_frames, 0, 250))
    if rows is None:
        return (), transition
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        reading.faults.add(f"{reading.path}.expressions", "'expressions' must be a list")
        return (), transition
    cues = []
    for index, row in enumerate(rows):
        inner = Reading(row if isinstance(row, Mapping) else {}, f"{reading.path}.expressions.{index}", reading.faults)
        name = inner.text("expression").casefold()
        if name not in EXPRESSIONS:
            reading.faults.add(f"{inner.path}.expression", f"'expression' must be one of {', '.join(EXPRESSIONS)}")
        start = round(inner.number("start_frame", 0, 0, 90_000))
        cues.append(ExpressionCue(start, name, inner.number("intensity", 1.0, 0.0, 1.0)))
    return tuple(cues), transition


def _logo(config: Reading, skipped: list[str]) -> Logo | None:
    reading = config.inner("logo")
    url = reading.text("url").strip()
    position = reading.raw("position")
    if not url:
        return None
    if url == "ai":  # the hosted service's own mark, which its answers name as the default
        skipped.append("config.logo: the hosted service's own logo is not ours to draw")
        return None
    pair = position if isinstance(position, Sequence) and len(position) == 2 else (0, 0)
    corner = Reading({"x": pair[0], "y": pair[1]}, reading.path, reading.faults)
    if position is not None and pair is not position:
        reading.faults.add(f"{reading.path}.position", "'position' must be two numbers, [x, y]")
    return Logo(url, (round(corner.number("x", 0, -8192, 8192)), round(corner.number("y", 0, -8192, 8192))))


def _driver(top: Reading, skipped: list[str]) -> str:
    """The driver by its name or address; a name of the bank that does not exist is left to our own choice."""
    name = top.text("driver_url").strip()
    if not name:
        return "auto"
    if not drivers.is_bank_name(name):
        return name
    if name.casefold() == "auto":
        return name
    try:
        drivers.resolve(name)
        return name  # a group stays one: the portrait decides which of it
    except Unknown:
        skipped.append(f"driver_url: there is no driver '{name[:80]}'; one was chosen for the portrait")
        return "auto"


def _face(reading: Reading, skipped: list[str]) -> tuple[float, float] | None:
    """The middle of the face that a body picks: by its detection box, else by corner and size."""
    skipped += [f"face.{key}: tells of a face, and picks none" for key in _FACE_FACTS if reading.raw(key) is not None]
    box = reading.inner("detection")
    if all(box.raw(side) is not None for side in _SIDES):
        left, right, top, bottom = (box.number(side, 0.0, -8192.0, 8192.0) for side in _SIDES)
        return (left + right) / 2, (top + bottom) / 2
    if box.values:
        skipped.append(f"face.detection: a box has {', '.join(_SIDES)}")
    corner = reading.raw("top_left")
    size = reading.number("size", 0.0, 0.0, 8000.0)
    if corner is None:
        if size:
            skipped.append("face.size: picks no face without top_left")
        return None
    if not isinstance(corner, Sequence) or isinstance(corner, str) or len(corner) != 2:
        reading.faults.add(f"{reading.path}.top_left", "'top_left' must be two numbers, [x, y]")
        return None
    place = Reading({"x": corner[0], "y": corner[1]}, f"{reading.path}.top_left", reading.faults)
    return place.number("x", 0, 0, 8000) + size / 2, place.number("y", 0, 0, 8000) + size / 2
