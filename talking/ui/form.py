"""What the page's fields hold, and the request that it means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

from talking.errors import InvalidRequest
from talking.request import MAX_SEED
from talking.types import FPS, Knobs

PRESETS: Mapping[str, Mapping[str, float]] = {
    "calm": {"head": 0.6, "gaze": 0.7, "breathing": 0.8, "expression": 0.6},
    "natural": {},
    "lively": {"head": 1.4, "gaze": 1.2, "breathing": 1.2, "expression": 1.4},
}
"""Where each preset puts the knobs; those that are not named stay at 1."""

BACKGROUNDS = ("keep", "blur", "colour", "transparent", "file")
FRAMES = ("whole", "face")
TABS = ("text", "audio")

_KNOBS = tuple(each.name for each in fields(Knobs))
_DEFAULT_VOICE = "auto"
_DEFAULT_DRIVER = "auto"


class Form(NamedTuple):
    """The fields in the order in which the page hands them over; files are paths in Gradio's own folder."""

    portrait: str | None
    face: float | None
    tab: str
    text: str
    language: str
    voice: str
    captions: str
    sound: str | None
    transcript: str
    reduce_noise: bool
    driver: str
    own_driver: str | None
    expressions: Sequence[Mapping[str, Any]] | None
    mouth: float
    head: float
    blink: float
    gaze: float
    breathing: float
    expression: float
    rate: float
    pitch: float
    pad: float
    frame: str
    shape: str
    background: str
    colour: str
    background_file: str | None
    logo: str | None
    result_format: str
    sharpen: bool
    seed: float | None
    engine: str


_RGBA = re.compile(r"rgba?\(\s*([\d.]{1,8})\s*,\s*([\d.]{1,8})\s*,\s*([\d.]{1,8})\s*(?:,\s*[\d.]{1,8}\s*)?\)")
_LONGEST = 200_000
_PATHS = ("portrait", "sound", "own_driver", "background_file", "logo")
_NUMBERS = ("face", *(each.name for each in fields(Knobs)), "rate", "pitch", "pad", "seed")
_FLAGS = ("reduce_noise", "sharpen")


class Missing(InvalidRequest):
    """A field that has to be filled in first; `key` is what the page's table of words has to say of it."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def read(values: Sequence[Any]) -> Form:
    """The form that a page sent, each field of its type; empty ones as they are left out. Raises InvalidRequest for
    what no page sends.
    """
    if len(values) != len(Form._fields):
        raise InvalidRequest(_UNREADABLE)
    return Form(**{name: _value(name, value) for name, value in zip(Form._fields, values, strict=True)})


_UNREADABLE = "The page sent something that cannot be read. Reload it, and try again."


def _value(name: str, value: Any) -> Any:
    if name in _FLAGS:
        return value is True
    if name in _NUMBERS:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_SEED:
            raise InvalidRequest(f"'{name}' must be a number, and not so large a one.")
        return value
    if name == "expressions":
        if value is not None and not isinstance(value, list | tuple):
            raise InvalidRequest(_UNREADABLE)
        return value or ()
    if value is None:
        return None if name in _PATHS else ""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise InvalidRequest(_UNREADABLE if not isinstance(value, str) else f"'{name}' is too long.")
    return value


def document(form: Form) -> dict[str, Any]:
    """The request document of a form, options that have their default left out; its files are paths still.

    Raises Missing for a portrait, words or a sound that is not there yet.
    """
    if not form.portrait:
        raise Missing("need_portrait", "There is no portrait yet: choose a picture of a face first.")
    told: dict[str, Any] = {"portrait": form.portrait}
    if form.tab == "audio":
        if not form.sound:
            raise Missing("need_sound", "There is no sound yet: upload or record one, or type the words instead.")
        told["audio"] = form.sound
    else:
        if not (form.text or "").strip():
            raise Missing("need_words", "The text is empty: write what the portrait should say.")
        told["text"] = form.text
        if form.voice and form.voice != _DEFAULT_VOICE:
            told["voice"] = form.voice
    options = {**_speech(form), **_acting(form), **_picture(form)}
    return {**told, "options": options} if options else told


def split(told: Mapping[str, Any], form: Form) -> tuple[dict[str, Any], dict[str, Path]]:
    """A document without its files, and the files by their field."""
    named = {
        "portrait": form.portrait,
        "audio": form.sound if "audio" in told else None,
        "driver": form.own_driver,
        "background": form.background_file if form.background == "file" else None,
        "logo": form.logo,
    }
    files = {name: Path(path) for name, path in named.items() if path}
    options = {name: value for name, value in told.get("options", {}).items() if name not in files}
    plain = {name: value for name, value in told.items() if name not in files and name != "options"}
    return {**plain, "options": options} if options else plain, files


def _speech(form: Form) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if form.tab == "audio":
        if (form.transcript or "").strip():
            told["transcript"] = form.transcript
        if form.reduce_noise:
            told["reduce_noise"] = True
    else:
        if form.language and (form.voice or _DEFAULT_VOICE) == _DEFAULT_VOICE:
            told["language"] = form.language
        told |= _unless({"rate": form.rate}, 1) | _unless({"pitch": form.pitch}, 0)
    if form.captions and form.captions != "files":
        told["captions"] = form.captions
    return told | _unless({"pad_audio": form.pad}, 0)


def _acting(form: Form) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if form.own_driver:
        told["driver"] = form.own_driver
    elif form.driver and form.driver != _DEFAULT_DRIVER:
        told["driver"] = form.driver
    cues = [_cue(cue) for cue in form.expressions or ()]
    if cues:
        told["expressions"] = cues
    knobs = _unless({name: getattr(form, name) for name in _KNOBS}, 1)
    return {**told, "knobs": knobs} if knobs else told


def _cue(cue: Mapping[str, Any]) -> dict[str, Any]:
    """A cue in seconds as one in frames. Raises InvalidRequest for what is none: pages may be made to send anything."""
    if not isinstance(cue, Mapping):
        raise InvalidRequest("An expression needs a second, a name and a strength.")
    second = cue.get("second")
    if isinstance(second, bool) or not isinstance(second, int | float) or not 0 <= second <= 36_000:
        raise InvalidRequest("The second from which an expression holds must be a number from 0 on.")
    return {
        "start_frame": round(second * FPS),
        "expression": cue.get("expression"),
        "intensity": cue.get("intensity", 1.0),
    }


def _picture(form: Form) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if form.face:
        told["face"] = int(form.face)
    if form.frame == "face":
        told["stitch"] = False
    if form.shape and form.shape != "source":
        told["aspect"] = form.shape
    background = _background(form)
    if background:
        told["background"] = background
    if form.logo:
        told["logo"] = {"url": form.logo}
    if form.result_format and form.result_format != "mp4":
        told["result_format"] = form.result_format
    if form.sharpen:
        told["sharpen"] = True
    if form.engine and form.engine != "auto":
        told["engine"] = form.engine
    return told | _unless({"seed": int(form.seed or 0)}, 0)


def _background(form: Form) -> str:
    if form.background == "colour":
        return _hex(form.colour)
    if form.background == "file":
        if not form.background_file:
            raise InvalidRequest("There is no background yet: choose a picture or a video, or keep the one there is.")
        return form.background_file
    return "" if form.background in ("", "keep") else form.background


def _hex(colour: str) -> str:
    """A colour as six digits: the browser's own picker writes "rgba(17.3, 94, 89, 1)"."""
    parts = _RGBA.fullmatch(colour.strip())
    if parts is None:
        return colour.strip()
    return "#" + "".join(f"{min(255, round(float(part))):02x}" for part in parts.groups())


def _unless(values: Mapping[str, Any], default: float) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != default}
