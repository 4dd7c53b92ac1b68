"""A film that is ready to be drawn as a file, so that other processes can draw stretches of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import av
import numpy as np

from talking.pipeline.shoot import Shoot, letters
from talking.types import Face, Floats, Mark, Motion, Portrait, Speech

_ROWS = ("blendshapes", "pose", "shift", "breath")


@dataclass(frozen=True)
class Reel:
    """What is decided before a film is drawn: nothing of it is looked for or left to chance again.

    `portrait` as it was found in the picture; `motion` of the whole film; `sound`, silent, of its length and with its
    words; `engine` and `form` by name; `letters` the hash of the fonts; `files` what else belongs to it, a file by the
    name of the option that refers to it.
    """

    portrait: Portrait
    motion: Motion
    sound: Speech
    engine: str
    form: str
    letters: str
    files: Mapping[str, str] = field(default_factory=dict)


def maker() -> str:
    """What films are drawn and encoded with, at most 64 characters: stretches by different makers may not fit."""
    try:
        ours = version("talking")
    except PackageNotFoundError:  # run from a checkout that was never installed
        ours = "unknown"
    return f"talking {ours} av {av.__version__} numpy {np.__version__}"[:64]


def write_reel(shoot: Shoot, path: Path, files: Mapping[str, str]) -> None:
    """Write what `shoot` draws from to `path`; of the same film the same bytes. `files` as in Reel."""
    found, sound = shoot.scene.found, shoot.sound
    facts = {
        "score": float(found.face.score),
        "num_faces": found.num_faces,
        "notes": found.notes,
        "samples": len(sound.samples),
        "rate": sound.rate,
        "marks": [[mark.start, mark.end, mark.text, mark.kind] for mark in sound.marks],
        "text": sound.text,
        "language": sound.language,
        "engine": shoot.engine,
        "form": shoot.form,
        "letters": letters(shoot.last),
        "files": dict(sorted(files.items())),
    }
    arrays = {name: getattr(shoot.motion, name) for name in _ROWS}
    with path.open("wb") as file:
        np.savez_compressed(
            file, image=found.image, box=found.face.box, landmarks=found.face.landmarks,
            facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays,
        )  # fmt: skip


def read_reel(path: Path) -> Reel:
    """What `write_reel` wrote. Nothing in the file is run."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    facts = json.loads(arrays["facts"].tobytes())
    face = Face(arrays["box"], facts["score"], arrays["landmarks"])
    portrait = Portrait(arrays["image"], face, facts["num_faces"], tuple(facts["notes"]))
    motion = Motion(**{name: arrays[name] for name in _ROWS})
    return Reel(portrait, motion, _sound(facts), facts["engine"], facts["form"], facts["letters"], facts["files"])


def _sound(facts: Mapping[str, Any]) -> Speech:
    """Silence that takes no memory."""
    silence: Floats = np.broadcast_to(np.float32(0), (facts["samples"],))
    marks = tuple(Mark(*mark) for mark in facts["marks"])
    return Speech(silence, facts["rate"], marks, facts["text"], facts["language"])
