"""The other way round: the form that a stored request came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from talking.motion.drivers import DRIVERS
from talking.types import FPS, Knobs
from talking.ui.form import BACKGROUNDS, PRESETS, Form

_COLOUR = "#115e59"


def filled(told: Mapping[str, Any], files: Mapping[str, Path]) -> Form:
    """The form of a stored request document, with its `files` by field; what the form has no field for is left out."""
    options: Mapping[str, Any] = told.get("options", {})
    paths = {name: str(path) for name, path in files.items()}
    background = str(options.get("background", ""))
    kind = _background(background, "background" in files)
    driver = str(options.get("driver", "auto"))
    face = options.get("face")
    knobs = options.get("knobs", {})
    return Form(
        portrait=paths.get("portrait"),
        face=face if isinstance(face, int) else 0,
        tab="text" if told.get("text") is not None else "audio",
        text=told.get("text") or "",
        language=options.get("language", ""),
        voice=told.get("voice", "auto"),
        captions=options.get("captions", "files"),
        sound=paths.get("audio"),
        transcript=options.get("transcript", ""),
        reduce_noise=bool(options.get("reduce_noise", False)),
        driver=driver if driver in DRIVERS else "auto",
        own_driver=paths.get("driver"),
        expressions=[_cue(cue) for cue in options.get("expressions", ())],
        **{each.name: knobs.get(each.name, 1.0) for each in fields(Knobs)},
        rate=options.get("rate", 1.0),
        pitch=options.get("pitch", 0.0),
        pad=options.get("pad_audio", 0.0),
        frame="whole" if options.get("stitch", True) else "face",
        shape=options.get("aspect", "source"),
        background=kind,
        colour=background if kind == "colour" else _COLOUR,
        background_file=paths.get("background"),
        logo=paths.get("logo"),
        result_format=options.get("result_format") or "mp4",
        sharpen=bool(options.get("sharpen", False)),
        seed=options.get("seed", 0),
        engine=options.get("engine", "auto"),
    )


def preset_of(form: Form) -> str | None:
    """The preset that has put the knobs where they are; None when a hand has."""
    knobs = {each.name: getattr(form, each.name) for each in fields(Knobs)}
    for name, moved in PRESETS.items():
        if knobs == {knob: moved.get(knob, 1.0) for knob in knobs}:
            return name
    return None


def _background(told: str, is_file: bool) -> str:
    if is_file:
        return "file"
    if told in BACKGROUNDS[1:] and told not in ("colour", "file"):
        return told
    return "colour" if told.startswith("#") else "keep"


def _cue(cue: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "second": round(cue["start_frame"] / FPS, 2),
        "expression": cue["expression"],
        "intensity": cue.get("intensity", 1.0),
    }
