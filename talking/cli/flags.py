"""The flags of `talking generate` that set an option of the request, under the option's own name."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from talking.errors import InvalidRequest
from talking.request import ASPECTS, CAPTIONS, FORMATS, Options, parse_options

_NO_OBJECT = 'The options are not a JSON object. Write them like {"seed": 7}.'

_TEXT = {
    "language": ("L", "language of the words, such as de; guessed if absent"),
    "style": ("S", "speaking style, such as cheerful"),
    "transcript": ("T", "what the audio says, for exact lips and captions"),
    "engine": ("E", "auto (default) or a name of `talking engines`"),
    "driver": ("D", "who the head moves like: auto (default), a name such as lively/driver-03, or a video of somebody"),
    "background": ("B", "a colour, a picture, a video, blur or transparent, in place of the portrait's background"),
}
_NUMBERS: dict[str, tuple[type, str, str]] = {
    "seed": (int, "N", "another seed, another performance (default 0)"),
    "rate": (float, "R", "speed of speech, 0.5 to 2 (default 1)"),
    "pitch": (float, "P", "semitones up or down, -7 to 7 (default 0)"),
    "pad-audio": (float, "S", "seconds of silence at the end, 0 to 60"),
    "loudness": (float, "LUFS", "loudness of the sound by EBU R128, such as -16"),
    "motion-factor": (float, "F", "how far the head moves, 0 to 2 (default 1)"),
    "normalization-factor": (float, "F", "how much of a driver's resting pose is taken out, 0 to 1 (default 1)"),
    "transition-frames": (int, "N", "frames in which an expression is reached (default 12)"),
    "align-expand-factor": (float, "F", "how far --no-stitch grows the square around the face (default 0.3)"),
    "output-resolution": (int, "PX", "longest side of the film"),
    "min-quality": (float, "Q", "fail when the film's quality score, 0 to 1, is lower"),
}
_SWITCHES = {
    "ssml": "the text is SSML",
    "reduce-noise": "take noise out of the audio file",
    "align-driver": "start at the portrait's own pose (default)",
    "auto-match": "fit the driver's range to the portrait (default)",
    "fluent": "the last frame meets the first, for loops",
    "stitch": "the whole picture (default); --no-stitch for a square around the face",
    "sharpen": "sharpen the picture",
    "mute": "leave the sound out",
}
_CHOICES = {
    "aspect": (ASPECTS, "shape of the film (default source)"),
    "captions": (CAPTIONS, "files beside the film (default), also a soft track in it, or burnt into the picture"),
    "result-format": (FORMATS, "kind of file (default: by the output's name)"),
}


def add_flags(command: argparse.ArgumentParser) -> None:
    """Add every flag; one that is not given leaves its option alone."""
    for name, (metavar, text) in _TEXT.items():
        command.add_argument(f"--{name}", metavar=metavar, help=text)
    for name, (kind, metavar, text) in _NUMBERS.items():
        command.add_argument(f"--{name}", type=kind, metavar=metavar, help=text)
    for name, text in _SWITCHES.items():
        command.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=None, help=text)
    for name, (known, text) in _CHOICES.items():
        command.add_argument(f"--{name}", choices=known, help=text)
    command.add_argument(
        "--expression",
        action="append",
        metavar="FRAME:NAME[:INTENSITY]",
        help="an expression from a frame on, repeatable",
    )
    command.add_argument(
        "--knob",
        action="append",
        metavar="NAME=0..2",
        help="mouth, head, blink, gaze, breathing or expression, repeatable",
    )
    command.add_argument(
        "--tuning", action="append", metavar="NAME=VALUE", help="a number of the engine, such as steps=30, repeatable"
    )
    command.add_argument("--face", metavar="N|X,Y", help="which face: a number, 0 for the first, or a point on it")
    command.add_argument("--logo", metavar="PICTURE", help="a picture laid over the film")
    command.add_argument("--logo-position", metavar="X,Y", help="its corner, negative from the right or lower edge")
    command.add_argument(
        "--options", metavar="JSON", help="options as a JSON document or the name of a file with one; flags win over it"
    )


def read_flags(arguments: argparse.Namespace) -> Options:
    """The options that the flags ask for. Raises InvalidRequest and Unknown, naming what is wrong."""
    document: dict[str, Any] = _document(arguments.options)
    for name in (*_TEXT, *_NUMBERS, *_SWITCHES, *_CHOICES):
        key = name.replace("-", "_")
        value = getattr(arguments, key)
        if value is not None:
            document[key] = value
    if arguments.expression:
        document["expressions"] = [_expression(text) for text in arguments.expression]
    if arguments.knob:
        document["knobs"] = dict(_assigned(text, "knob", "head=0.5") for text in arguments.knob)
    if arguments.tuning:
        document["tuning"] = dict(_assigned(text, "number of an engine", "steps=30") for text in arguments.tuning)
    if arguments.face is not None:
        document["face"] = _numbers("--face", arguments.face) if "," in arguments.face else _whole(arguments.face)
    if arguments.logo is not None:
        document["logo"] = {"url": arguments.logo}
        if arguments.logo_position:
            document["logo"]["position"] = _numbers("--logo-position", arguments.logo_position)
    elif arguments.logo_position:
        raise InvalidRequest("A position for the logo was given, and no logo. Name its picture with --logo.")
    return parse_options(document)


def _document(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    if not text.lstrip().startswith("{"):
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            if _is_json(text):
                raise InvalidRequest(_NO_OBJECT) from error
            raise InvalidRequest(f"The options file '{text[:80]}' could not be read. Check its name.") from error
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        raise InvalidRequest(f"The options are not a JSON document: {error}.") from error
    if not isinstance(document, dict):
        raise InvalidRequest(_NO_OBJECT)
    return document


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a document. Raises InvalidRequest for a key that is there twice: one would be ignored."""
    found = dict(pairs)
    for key in found:
        if sum(key == name for name, _ in pairs) > 1:
            raise InvalidRequest(f"The options give '{key[:40]}' twice. Leave one of them.")
    return found


def _expression(text: str) -> dict[str, Any]:
    start, _, rest = text.partition(":")
    name, _, intensity = rest.partition(":")
    try:
        cue: dict[str, Any] = {"start_frame": int(start), "expression": name}
        if intensity:
            cue["intensity"] = float(intensity)
    except ValueError as error:
        raise InvalidRequest(f"'{text[:40]}' is no expression: write it like 25:happy:0.7.") from error
    return cue


def _assigned(text: str, kind: str, example: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError as error:
        raise InvalidRequest(f"'{text[:40]}' is no {kind}: write it like {example}.") from error


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise InvalidRequest("--face takes a number such as 0, or a point such as 320,180.") from error


def _numbers(flag: str, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise InvalidRequest(f"{flag} takes two numbers such as 320,180.") from error
