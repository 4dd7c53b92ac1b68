"""The request document as a JSON Schema: every field with what it means, its range and what it is when left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from talking.request import checks
from talking.request.options import CHOICES, RANGES, Options
from talking.request.request import MAX_USER_DATA, Request
from talking.types import EXPRESSIONS, Knobs

_TYPES: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}

_POINT: dict[str, Any] = {
    "type": "array",
    "items": {"type": "number", "minimum": -checks.MAX_OFFSET, "maximum": checks.MAX_OFFSET},
    "minItems": 2,
    "maxItems": 2,
}

_REQUEST = {
    "portrait": "The picture of who shall speak: a web address, or an uploaded file.",
    "text": "What is said. Either this or `audio` is given.",
    "audio": "A recording to speak: a web address, or an uploaded file.",
    "voice": "Who speaks the text: an id or name out of /api/voices, a language, female, male or auto.",
    "options": "Everything else; what is left out keeps its default.",
    "name": "The film's title.",
    "user_data": "Anything of your own; it comes back as it is.",
    "webhook": "An address that is called when the film is made.",
    "result_url": "An address that the film is put to when it is made.",
    "persist": "Keep the film until it is deleted.",
    "not_applied": "What another service's request asked for and cannot be done here, each with the reason.",
}

_OPTIONS = {
    "engine": "How the picture is moved: auto or a name out of /api/engines.",
    "tuning": "Numbers of that engine by name, as /api/engines lists them.",
    "seed": "Another seed, another performance.",
    "language": "Language of the words as a BCP 47 tag; guessed when empty.",
    "ssml": "The text is SSML.",
    "rate": "Speed of the voice.",
    "pitch": "Pitch of the voice, in semitones.",
    "style": "Speaking style, such as cheerful.",
    "transcript": "What a recording says, for exact lips and captions.",
    "reduce_noise": "Take noise out of a recording.",
    "pad_audio": "Seconds of silence at the end.",
    "loudness": "Loudness of the sound in LUFS (EBU R128); null leaves it as it is.",
    "driver": "Who the head moves like: auto, a name out of /api/drivers, or a video of somebody.",
    "motion_factor": "Scales the head's motion, never the mouth's.",
    "align_driver": "Start and end at the portrait's own pose.",
    "auto_match": "Fit the driver's range to the portrait and its frame.",
    "normalization_factor": "How much of a driver's resting pose is taken out.",
    "fluent": "The last frame leads on to the first, for loops.",
    "expressions": "Expressions on a timeline of 25 frames a second; each holds until the next.",
    "transition_frames": "Frames in which an expression is reached.",
    "knobs": "How strongly each part of the performance is played, 1 as planned.",
    "face": "Which face speaks: null for the largest, a number from 0, or a point [x, y] in pixels of the picture.",
    "stitch": "The whole picture; false for a square around the face.",
    "align_expand_factor": "How far that square is grown.",
    "aspect": "Shape of the film.",
    "output_resolution": "Longest side in pixels; null keeps the picture's.",
    "sharpen": "Sharpen the face.",
    "logo": "A picture laid over the film; negative positions count from the right or lower edge.",
    "background": "A colour, a picture or a video (web address or upload), blur or transparent; empty keeps it.",
    "result_format": "Kind of file; empty for mp4.",
    "mute": "Leave the sound out.",
    "captions": "Files beside the film, also a soft track in it, or also burnt into the picture.",
    "min_quality": "Fail a film whose quality score is lower.",
}

_KNOBS = {
    "mouth": "Speech movements of lips and jaw.",
    "head": "Pose and shift of the head.",
    "blink": "How often the lids close.",
    "gaze": "How far the eyes wander.",
    "breathing": "The chest.",
    "expression": "Facial expressions and brows.",
}


def request_schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12) of what `parse_request` reads; that of the options is inside it."""
    properties = {each.name: _told(each, _REQUEST, _REQUEST_SHAPES) for each in fields(Request)}
    return _object(properties, required=["portrait"], title="Request")


def _options() -> dict[str, Any]:
    properties = {each.name: _told(each, _OPTIONS, _OPTION_SHAPES) for each in fields(Options)}
    for name, (low, high) in RANGES.items():
        properties[name] |= {"minimum": low, "maximum": high}
    for name, known in CHOICES.items():
        properties[name]["enum"] = list(known)
    return _object(properties)


def _told(each: Field[Any], meanings: Mapping[str, str], shapes: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """One field: its shape, meaning and default."""
    shape = shapes.get(each.name) or {"type": _TYPES[type(each.default)]}
    told = {"description": meanings[each.name], **shape}
    if each.default is not MISSING and (each.default is None or isinstance(each.default, checks.SCALARS)):
        told["default"] = each.default
    return told


def _object(properties: dict[str, Any], required: list[str] | None = None, **more: Any) -> dict[str, Any]:
    told = {"type": "object", **more, "properties": properties, "additionalProperties": False}
    return {**told, "required": required} if required else told


def _expressions() -> dict[str, Any]:
    cue = {
        "start_frame": {"type": "integer", "minimum": 0, "maximum": 90_000},
        "expression": {"type": "string", "enum": list(EXPRESSIONS)},
        "intensity": {"type": "number", "minimum": 0.0, "maximum": 1.0, "default": 1.0},
    }
    items = _object(cue, required=["start_frame", "expression"])
    return {"type": "array", "items": items, "maxItems": checks.MAX_CUES, "default": []}


def _knobs() -> dict[str, Any]:
    played = {"type": "number", "minimum": 0.0, "maximum": 2.0, "default": 1.0}
    return _object({each.name: {"description": _KNOBS[each.name], **played} for each in fields(Knobs)})


def _logo() -> dict[str, Any]:
    logo = _object({"url": {"type": "string", "minLength": 1}, "position": {**_POINT, "default": [0, 0]}}, ["url"])
    return {"anyOf": [logo, {"type": "null"}]}


_OPTION_SHAPES: dict[str, dict[str, Any]] = {
    "tuning": {"type": "object", "additionalProperties": {"type": "number"}, "default": {}},
    "expressions": _expressions(),
    "knobs": _knobs(),
    "logo": _logo(),
    "face": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 99}, _POINT, {"type": "null"}]},
    "output_resolution": {"type": ["integer", "null"]},
    "loudness": {"type": ["number", "null"]},
}

_REQUEST_SHAPES: dict[str, dict[str, Any]] = {
    "portrait": {"type": "string", "minLength": 1},
    "text": {"type": ["string", "null"]},
    "audio": {"type": ["string", "null"]},
    "user_data": {"type": "string", "maxLength": MAX_USER_DATA},
    "options": _options(),
    "not_applied": {"type": "array", "items": {"type": "string"}, "default": []},
}
