"""What was made, how and how fast: the report of a film, JSON-safe."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from talking.engines import Choice
from talking.evaluate.figures import PARTED
from talking.evaluate.quality import Quality
from talking.motion.expressions import cues_of
from talking.pipeline.cast import Cast
from talking.pipeline.scene import Scene
from talking.pipeline.script import Script
from talking.request import Options
from talking.types import Face, Video

logger = logging.getLogger(__name__)

_INNER_LIPS = (13, 14)
_EYE_CORNERS = ((33, 133), (263, 362))
"""Points of the face mesh."""


class Clock:
    """Seconds spent in each stage, and one log line for each."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[stage] = time.perf_counter() - start
        logger.info("%s took %.2f s", stage, self.seconds[stage])


def report(
    video: Video, scene: Scene, script: Script, performance: Cast, engine: Choice, options: Options, quality: Quality,
    seconds: dict[str, float],
) -> dict[str, Any]:  # fmt: skip
    """The report of `video`."""
    cues = (*performance.acting.expressions, *cues_of(script.sound))
    return {
        "engine": engine.name,
        "engine_because": engine.because,
        "voice": script.voice,
        "driver": performance.driver,
        "expressions": [asdict(cue) for cue in sorted(cues, key=lambda cue: cue.start_frame)],
        "lips_known_from": script.articulation.known_from,
        "seed": options.seed,
        "width": video.width,
        "height": video.height,
        "num_frames": video.num_frames,
        "duration": video.duration,
        "bytes": video.size,
        "faces": scene.portrait.num_faces,
        "face_box": [round(float(value), 1) for value in scene.framing.face.box],
        "face_in_picture": [round(side, 1) for side in scene.face_in_picture],
        "face_score": round(float(scene.portrait.face.score), 4),
        "mouth_open": _is_open(scene.portrait.face),
        "loudness": {name: round(value, 2) for name, value in asdict(script.loudness).items()}
        if script.loudness
        else None,
        "quality": quality.document(),
        "seconds": {
            **{name: round(value, 3) for name, value in seconds.items()},
            "total": round(sum(seconds.values()), 3),
        },
        "frames_per_second": round(video.num_frames / max(seconds["film"], 1e-6), 1),
        "version": _version(),
    }


def _is_open(face: Face) -> bool:
    """Whether the portrait's lips are parted, measured between their inner edges and in distances of its eyes."""
    points = face.landmarks[:, :2]
    apart = np.linalg.norm(points[_INNER_LIPS[0]] - points[_INNER_LIPS[1]])
    eyes = [points[list(corners)].mean(axis=0) for corners in _EYE_CORNERS]
    return bool(apart > PARTED * np.linalg.norm(eyes[0] - eyes[1]))


def _version() -> str:
    try:
        return version("talking")
    except PackageNotFoundError:
        return "unknown"
