"""Faces found by a pack of insightface, buffalo_l: a detector and 106 points, run by onnxruntime alone.

Its models are for non-commercial use only, so whoever makes one of these has made sure of that. How they want pictures
and what their answers mean is from the published code (deepinsight/insightface, MIT).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np

from talking.errors import Unavailable
from talking.face.points import FacePoints
from talking.types import Floats, Image

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_SIDE = 640
_STRIDES = (8, 16, 32)
_PER_CELL = 2
_LEAST_SCORE, _MOST_OVERLAP = 0.5, 0.4
_MEAN, _SPREAD = 127.5, 128.0

_POINTS_SIDE, _POINTS = 192, 106
_ROOM = 1.5
"""Side of the square that the points are looked for in, in lengths of the face's box."""


class InsightFinder:
    """Finds faces with the models `detector` (SCRFD, det_10g.onnx) and `points` (2d106det.onnx), which it holds.

    Raises Unavailable when onnxruntime is missing or a file is no such model.
    """

    def __init__(self, detector: Path, points: Path) -> None:
        self._detector, self._points = _session(detector), _session(points)

    def __call__(self, image: Image) -> list[FacePoints]:
        """The faces in a picture, uint8 (H, W, 3) RGB, largest first, each with 106 points."""
        boxes, scores = self._boxes(image)
        order = np.argsort(-np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), kind="stable")
        return [FacePoints(boxes[i], float(scores[i]), self._found(image, boxes[i])) for i in order]

    def _boxes(self, image: Image) -> tuple[Floats, Floats]:
        """Boxes float32 (N, 4) px and their scores (N,), each face once."""
        height, width = image.shape[:2]
        scale = min(_SIDE / height, _SIDE / width)
        size = int(width * scale), int(height * scale)
        square = np.zeros((_SIDE, _SIDE, 3), np.uint8)
        square[: size[1], : size[0]] = cv2.resize(image, size)
        answers = _run(self._detector, (square.astype(np.float32) - _MEAN) / _SPREAD)
        if len(answers) < 2 * len(_STRIDES):
            raise _wrong()
        boxes, scores = [], []
        for index, stride in enumerate(_STRIDES):
            score, apart = answers[index].ravel(), answers[index + len(_STRIDES)].reshape(-1, 4) * stride
            middles = _middles(stride)
            if len(score) != len(middles) or len(apart) != len(middles):
                raise _wrong()
            likely = score >= _LEAST_SCORE
            scores.append(score[likely])
            boxes.append(np.hstack([(middles - apart[:, :2])[likely], (middles + apart[:, 2:])[likely]]))
        found, sure = np.concatenate(boxes) / (size[1] / height), np.concatenate(scores)
        kept = _each_once(found, sure)
        return found[kept].astype(np.float32), sure[kept]

    def _found(self, image: Image, box: Floats) -> Floats:
        """The points of the face in a box, float32 (106, 2) px."""
        middle, longest = (box[:2] + box[2:]) / 2, float((box[2:] - box[:2]).max())
        scale = _POINTS_SIDE / (longest * _ROOM)
        matrix = np.array([[scale, 0, 0], [0, scale, 0]], np.float64)
        matrix[:, 2] = _POINTS_SIDE / 2 - scale * middle
        crop = cv2.warpAffine(image, matrix, (_POINTS_SIDE, _POINTS_SIDE), borderValue=(0, 0, 0))
        (answer, *_) = _run(self._points, crop.astype(np.float32))
        if answer.size != 2 * _POINTS:
            raise _wrong()
        points = (answer.reshape(_POINTS, 2) + 1) * (_POINTS_SIDE // 2)
        return ((points - matrix[:, 2]) / scale).astype(np.float32)


def _each_once(boxes: Floats, scores: Floats) -> list[int]:
    """Indices of boxes, the surest first, without those that overlap a surer one."""
    left = list(np.argsort(-scores, kind="stable"))
    kept: list[int] = []
    areas = np.prod(boxes[:, 2:] - boxes[:, :2] + 1, axis=1)
    while left:
        best, *rest = left
        kept.append(int(best))
        shared = np.minimum(boxes[best, 2:], boxes[rest, 2:]) - np.maximum(boxes[best, :2], boxes[rest, :2]) + 1
        common = np.prod(np.maximum(shared, 0), axis=1)
        overlap = common / (areas[best] + areas[rest] - common)
        left = [index for index, much in zip(rest, overlap, strict=True) if much <= _MOST_OVERLAP]
    return kept


def _middles(stride: int) -> Floats:
    """The points that boxes are told from, (N, 2) px of the square: each cell's corner, twice."""
    steps = np.arange(_SIDE // stride) * stride
    corners = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    return np.repeat(corners, _PER_CELL, axis=0).astype(np.float32)


def _session(model: Path) -> InferenceSession:
    try:
        import onnxruntime
    except ImportError as error:
        raise Unavailable("Packs of insightface run on onnxruntime: pip install onnxruntime brings it.") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class for every kind of damage, all of them bare
        raise _wrong() from error


def _run(session: InferenceSession, picture: Floats) -> list[Floats]:
    """All answers to a picture (S, S, 3) RGB."""
    try:
        answers = session.run(
            None, {session.get_inputs()[0].name: np.ascontiguousarray(picture.transpose(2, 0, 1)[None])}
        )
    except Exception as error:  # the same
        raise _wrong() from error
    return [np.asarray(cast(Any, answer), np.float32) for answer in answers]


def _wrong() -> Unavailable:
    return Unavailable(
        "A model of the checkpoint 'buffalo_l' is damaged or is another one: put det_10g.onnx and 2d106det.onnx of "
        "that pack into the folder that `talking checkpoints path buffalo_l` prints."
    )
