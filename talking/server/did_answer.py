"""A job as D-ID's GET /talks/{id} tells of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from talking.jobs.job import Job, Status
from talking.motion import drivers
from talking.request import Logo, Request, parse_request
from talking.server.service import Service
from talking.server.sound_track import SOUND_NAME

STATUSES: Mapping[Status, str] = {
    "created": "created",
    "started": "started",
    "done": "done",
    "error": "error",
    "canceled": "error",
    "timed_out": "error",
}
"""Clients raise on any other word, or wait for ever."""

OBJECTS = {"did": "talk", "animation": "animation"}
"""What the jobs of a dialect are called."""

NOBODY = "anonymous"
_KINDS = {
    "BadImage": "SourceError",
    "NoFace": "FaceError",
    "FaceTooSmall": "FaceError",
    "FaceError": "FaceError",
    "Internal": "UnknownError",
    "": "UnknownError",
}
_ENDED = {"canceled": "The job was canceled.", "timed_out": "The job took longer than it was given."}
_NO_MASK = -1


def created(job: Job) -> dict[str, Any]:
    """The answer to a request that was taken in."""
    who = job.owner or NOBODY
    return {
        "id": job.id,
        "created_at": moment(job.created_ms),
        "created_by": who,
        "status": "created",
        "object": OBJECTS[job.dialect],
    }


def whole(job: Job, service: Service, base: str) -> dict[str, Any]:
    """All that is known of a job. `result_url` is there when it is done, `error` when it failed, and neither before:
    clients look no further than whether the key is there.
    """
    request = parse_request(job.request)
    who = job.owner or NOBODY
    told: dict[str, Any] = {
        "id": job.id,
        "object": OBJECTS[job.dialect],
        "status": STATUSES[job.status],
        "created_at": moment(job.created_ms),
        "modified_at": moment(job.finished_ms or job.started_ms or job.created_ms),
        "created_by": who,
        "user_id": who,
        "source_url": service.shown(base, request.portrait),
        "config": config(request),
        "script": job.extra.get("script", {}),
        "subtitles": request.options.captions == "soft",
    }
    if job.started_ms is not None:
        told["started_at"] = moment(job.started_ms).removesuffix("Z")  # as it comes from the hosted service
    for name, value in (("user_data", request.user_data), ("name", request.name), ("webhook", request.webhook)):
        if value:
            told[name] = value
    if request.options.driver != "auto":
        told["driver_url"] = _driver(service.shown(base, request.options.driver))
    if job.status == "done":
        told |= _result(job, request, service, base)
    elif job.finished:
        told["error"] = {
            "kind": _KINDS.get(job.error_kind, "BadRequestError"),
            "description": job.error or _ENDED.get(job.status, "The job failed."),
        }
    return told


def _result(job: Job, request: Request, service: Service, base: str) -> dict[str, Any]:
    report = service.reports.of(job)
    film = job.artefacts["video"]
    told: dict[str, Any] = {
        "result_url": service.link(base, film),
        "audio_url": service.link(base, f"{film.rpartition('/')[0]}/{SOUND_NAME}"),
        "duration": math.ceil(job.facts["duration"]),
        "metadata": _metadata(job, request, report),
    }
    box = report.get("face_in_picture")
    if box:
        told["face"] = _face(box, report["face_score"])
    if request.options.driver == "auto":
        told["driver_url"] = f"{report['driver'].rsplit('/driver-', 1)[0]}/"
    for name in ("srt", "vtt"):
        if name in job.artefacts:
            told[f"{name}_url"] = service.link(base, job.artefacts[name])
    return told


def _metadata(job: Job, request: Request, report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "driver_url": report["driver"],
        "mouth_open": report["mouth_open"],
        "num_faces": report["faces"],
        "num_frames": job.facts["num_frames"],
        "processing_fps": report["frames_per_second"],
        "resolution": [job.facts["width"], job.facts["height"]],
        "size_kib": job.facts["bytes"] / 1024,
        "engine": report["engine"],
        "voice": report["voice"],
        "quality": report["quality"],
        "notes": job.facts["notes"],
        "not_applied": list(request.not_applied),
    }


def _face(box: list[float], score: float) -> dict[str, Any]:
    """The face by its box in the picture that was sent, and the square around it, as a request may name it again."""
    left, top, right, bottom = (round(side) for side in box)
    size = max(right - left, bottom - top)
    return {
        "mask_confidence": _NO_MASK,
        "detection": [left, top, right, bottom],
        "overlap": "no",
        "size": size,
        "top_left": [(left + right - size) // 2, (top + bottom - size) // 2],
        "face_id": 0,
        "detect_confidence": score,
    }


def config(request: Request) -> dict[str, Any]:
    """The configuration that takes effect, what was not asked for filled in."""
    options = request.options
    logo = options.logo or Logo("")
    told: dict[str, Any] = {
        "stitch": options.stitch,
        "pad_audio": _plain(options.pad_audio),
        "align_driver": options.align_driver,
        "sharpen": options.sharpen,
        "auto_match": options.auto_match,
        "normalization_factor": _plain(options.normalization_factor),
        "logo": {"url": logo.url, "position": list(logo.position)},
        "motion_factor": _plain(options.motion_factor),
        "result_format": f".{options.result_format or 'mp4'}",
        "fluent": options.fluent,
        "align_expand_factor": _plain(options.align_expand_factor),
        "reduce_noise": options.reduce_noise,
    }
    if options.output_resolution:
        told["output_resolution"] = options.output_resolution
    if options.mute:
        told["mute"] = True
    if options.expressions:
        told["driver_expressions"] = {
            "expressions": [vars(cue) | {"intensity": _plain(cue.intensity)} for cue in options.expressions],
            "transition_frames": options.transition_frames,
        }
    return told


def script(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is told again of a script: of its text only the length."""
    given = body.get("script")
    given = given if isinstance(given, Mapping) else {}
    told = {key: given[key] for key in ("type", "ssml", "subtitles", "provider") if key in given}
    if isinstance(given.get("input"), str) and given.get("type", "text") == "text":
        told["length"] = len(given["input"])
    return {"type": "text", **told}


def moment(ms: int) -> str:
    """A time as "2023-03-22T16:38:49.723Z"."""
    return f"{datetime.fromtimestamp(ms / 1000, timezone.utc):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def _driver(name: str) -> str:
    return name if not drivers.is_bank_name(name) or name.startswith("bank://") else f"bank://{name}"


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number
