"""The receipt of a film: what it was made of and with, by hash and version, so that anybody can check it later."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from talking.jobs.inputs import Input, references, sha256, with_files
from talking.jobs.job import STORED, Job, now_ms
from talking.request import parse_request

_MADE_WITH = ("talking", "mediapipe", "av", "numpy", "opencv-contrib-python", "espeakng-loader", "edge-tts")


def receipt(job: Job, report: Mapping[str, Any], inputs: Sequence[Input], files: Mapping[str, Path]) -> dict[str, Any]:
    """The receipt of `job`, JSON-safe; `files` are its artefacts by kind, the receipt itself not among them."""
    return {
        "id": job.id,
        "request": _in_words(job, inputs),
        "seed": report["seed"],
        "engine": report["engine"],
        "voice": report["voice"],
        "driver": report["driver"],
        "versions": {**_versions(), "python": platform.python_version()},
        "inputs": [asdict(each) for each in inputs],
        "results": {
            kind: {"name": file.name, "sha256": sha256(file), "size": file.stat().st_size}
            for kind, file in files.items()
        },
        "attempts": job.attempts,
        "created_ms": job.created_ms,
        "started_ms": job.started_ms,
        "written_ms": now_ms(),
        "seconds": report["seconds"],
    }


def _in_words(job: Job, inputs: Sequence[Input]) -> Mapping[str, Any]:
    """The request as its asker may read it: uploads by what is in them, not by where they were kept here."""
    request = parse_request(job.request)
    stored = {name for name, source in references(request) if source.startswith(STORED)}
    words = {each.name: f"uploaded file, SHA-256 {each.sha256}" for each in inputs if each.name in stored}
    return with_files(request, words).document() if words else job.request


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _MADE_WITH:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # run from a checkout that is not installed, or another build of the package
            continue
    return found
