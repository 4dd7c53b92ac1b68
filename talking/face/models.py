"""The mediapipe models inside its wheel, made quiet, lazy and safe to call from several threads."""

from __future__ import annotations

import functools
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from talking.errors import Unavailable
from talking.types import Floats, Image

_lock = threading.RLock()

_NOISE = re.compile(
    rb"^(?:[IWE]\d{4} \d\d:\d\d:|INFO: Created TensorFlow Lite|WARNING: All log messages before absl)", re.MULTILINE
)


def face_meshes(image: Image, *, max_faces: int) -> list[Floats]:
    """The face meshes found in an RGB image, each float32 (478, 3) in px, irises included, in no fixed order."""
    with _lock, quiet_stderr():
        found = _mesh_model(max_faces).process(image).multi_face_landmarks
    height, width = image.shape[:2]
    scale = np.array([width, height, width], np.float32)
    return [np.array([(p.x, p.y, p.z) for p in mesh.landmark], np.float32) * scale for mesh in found or ()]


def face_boxes(image: Image, *, far: bool) -> list[tuple[Floats, float]]:
    """Face boxes, float32 (4,) x0 y0 x1 y1 in px, with scores in [0, 1]. `far` also finds faces beyond 2 m."""
    with _lock, quiet_stderr():
        found = _box_model(far).process(image).detections
    height, width = image.shape[:2]
    boxes = []
    for detection in found or ():
        box = detection.location_data.relative_bounding_box
        corners = (box.xmin, box.ymin, box.xmin + box.width, box.ymin + box.height)
        boxes.append((np.array(corners, np.float32) * np.tile([width, height], 2), float(detection.score[0])))
    return boxes


def person_mask(image: Image) -> Floats:
    """How likely each pixel of an RGB image belongs to a person, float32 (H, W) in [0, 1]."""
    with _lock, quiet_stderr():
        mask = _person_model().process(image).segmentation_mask
    return np.array(mask, np.float32)


@functools.cache
def _mesh_model(max_faces: int) -> Any:
    return _solutions().face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True, max_num_faces=max_faces)


@functools.cache
def _box_model(far: bool) -> Any:
    return _solutions().face_detection.FaceDetection(model_selection=int(far), min_detection_confidence=0.4)


@functools.cache
def _person_model() -> Any:
    return _solutions().selfie_segmentation.SelfieSegmentation(model_selection=0)


@functools.cache
def _solutions() -> Any:
    """`mediapipe.solutions`, or Unavailable with what to do."""
    try:
        import mediapipe
    except ModuleNotFoundError as error:
        raise Unavailable(
            "Finding faces needs mediapipe 0.10.21, which has wheels for Python 3.10 to 3.12 on Linux x86-64, "
            "macOS and Windows: install it with 'pip install mediapipe==0.10.21' on one of these."
        ) from error
    except ImportError as error:
        raise Unavailable(
            "mediapipe is installed but a system library it needs is missing; on Debian or Ubuntu "
            "'apt-get install libgl1 libglib2.0-0' brings the usual ones."
        ) from error
    if not hasattr(mediapipe, "solutions"):
        raise Unavailable(
            f"mediapipe {mediapipe.__version__} carries no face models; install 'mediapipe==0.10.21' instead."
        )
    return mediapipe.solutions


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Hold back what mediapipe's C++ side writes to stderr, and pass on what anybody else wrote meanwhile.

    No environment variable reaches those lines: they are written before its logging library is set up.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # a process without stderr has nothing to keep quiet
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            others = b"".join(line for line in held if not _NOISE.match(line))
            if others:
                os.write(2, others)
