"""A first look at how a portrait would speak: its mouth closed and open, before anything is filmed."""

from __future__ import annotations

import av
import cv2
import numpy as np
from av.video.reformatter import Colorspace

from talking.engines.mesh import MeshEngine
from talking.face.detect import find_portrait
from talking.media import image
from talking.media.source import Source
from talking.types import BLENDSHAPES, CHANNEL, Frame, Image, Motion

SIDE = 640
"""Longest side of what is looked at, in px: enough to judge by, and drawn at once."""

_OPEN = {"jawOpen": 0.6, "mouthUpperUpLeft": 0.3, "mouthUpperUpRight": 0.3, "mouthLowerDownLeft": 0.2,
         "mouthLowerDownRight": 0.2}  # fmt: skip


def glimpse(portrait: Source, face: int = 0) -> tuple[Image, Image]:
    """The portrait as the embedded engine draws it with its mouth at rest and open wide: two uint8 RGB images.

    `face` is the number of the one that speaks, the largest being 0. Raises BadImage, NoFace, FaceError, Unavailable.
    """
    picture = image.load(portrait)
    small = _within(picture.image)
    who = find_portrait(small, picture.notes, face=face or None)
    engine = MeshEngine(workers=0)
    try:
        stage = engine.prepare(who)
        closed, opened = (_rgb(frame.copy()) for frame in stage.animate(_rest_and_open()))
    finally:
        engine.close()
    return closed, opened


def _within(picture: Image) -> Image:
    """The picture at SIDE px, both sides even; one that is smaller as it is."""
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    if scale >= 1:
        return picture
    size = (round(width * scale / 2) * 2, round(height * scale / 2) * 2)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _rest_and_open() -> Motion:
    blendshapes = np.zeros((2, len(BLENDSHAPES)), np.float32)
    for name, value in _OPEN.items():
        blendshapes[1, CHANNEL[name]] = value
    still = np.zeros((2, 3), np.float32)
    return Motion(blendshapes, still, np.zeros((2, 2), np.float32), np.zeros(2, np.float32))


def _rgb(frame: Frame) -> Image:
    picture = av.VideoFrame.from_ndarray(frame, format="yuv420p")
    shown = picture.reformat(format="rgb24", src_colorspace=Colorspace.ITU709, dst_colorspace=Colorspace.ITU709)
    return np.asarray(shown.to_ndarray(), np.uint8)
