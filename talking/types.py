"""The values that flow from a portrait and words to a video. Frozen, numpy only."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FPS = 25
"""Frames per second of every video. Frame `i` shows the time `i / FPS`."""

Image: TypeAlias = NDArray[np.uint8]
"""A picture: uint8 (H, W, 3), RGB, H and W even once it has passed the intake."""

Frame: TypeAlias = NDArray[np.uint8]
"""A video frame: uint8 (H * 3 / 2, W), planar I420 (all of Y, then U, then V at half size), BT.709 limited range."""

Frames: TypeAlias = Iterator[Frame]
"""Frames come from generators and are never collected. Closing the generator frees what it holds."""

Cutout: TypeAlias = NDArray[np.uint8]
"""A video frame with transparency: uint8 (H * 5 / 2, W), the subject premultiplied over black as I420, then alpha."""

Cutouts: TypeAlias = Iterator[Cutout]

Floats: TypeAlias = NDArray[np.float32]

BLENDSHAPES = (
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthFunnel",
    "mouthLeft",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
    "tongueUp",
)
"""The 52 ARKit names in alphabetical order, then `tongueUp` (tip behind the upper teeth), which ARKit lacks."""

CHANNEL = {name: index for index, name in enumerate(BLENDSHAPES)}


MarkKind: TypeAlias = Literal["word", "phone", "event", "stress"]


@dataclass(frozen=True)
class Mark:
    """A stretch of speech: `start` and `end` in seconds.

    `text` is a word, an IPA phoneme (empty for a pause), the name of an event that the script marks (no length), or
    how strongly a stretch is stressed: "strong", "moderate" or "reduced".
    """

    start: float
    end: float
    text: str
    kind: MarkKind


@dataclass(frozen=True)
class Speech:
    """Sound to lip-sync to.

    `samples` float32 (N,), mono, in [-1, 1]; `rate` in hertz, the rate it came with; `marks` in time order,
    of all kinds mixed; `text` what is said, empty when unknown; `language` a BCP 47 tag, empty when unknown;
    `notes` what a user should know (a damaged file, a fall-back voice); `spelled` words and phones in their
    order, at times that mean nothing, where `text` alone does not tell them (a date in figures, two languages).
    """

    samples: Floats
    rate: int
    marks: tuple[Mark, ...] = ()
    text: str = ""
    language: str = ""
    notes: tuple[str, ...] = ()
    spelled: tuple[Mark, ...] = ()

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate

    @property
    def num_frames(self) -> int:
        """Video frames that cover the sound: ceil(duration x FPS), at least one."""
        return max(1, math.ceil(len(self.samples) * FPS / self.rate))

    def of_kind(self, kind: MarkKind) -> tuple[Mark, ...]:
        """The marks of one kind, in time order."""
        return tuple(mark for mark in self.marks if mark.kind == kind)


@dataclass(frozen=True)
class Face:
    """A face in a picture.

    `box` float32 (4,) x0 y0 x1 y1 in px; `score` in [0, 1]; `landmarks` float32 (478, 3) in px, the mediapipe
    face mesh with irises, z growing away from the viewer in the same scale as x.
    """

    box: Floats
    score: float
    landmarks: Floats


@dataclass(frozen=True)
class Portrait:
    """A picture and the face in it that shall speak.

    `image` uint8 (H, W, 3) RGB, H and W even; `num_faces` how many were found; `notes` what a user should know.
    """

    image: Image
    face: Face
    num_faces: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Motion:
    """What the head does, one row for each of T video frames; the language between speech and engines.

    `blendshapes` float32 (T, 53) in [0, 1], columns as in BLENDSHAPES; `pose` float32 (T, 3) pitch (down +), yaw
    (towards the right picture edge +), roll (clockwise in the picture +) in degrees, relative to the portrait;
    `shift` float32 (T, 2) right and down in face widths; `breath` float32 (T,) chest lift in [-1, 1], up
    to twice that when it is turned up.
    """

    blendshapes: Floats
    pose: Floats
    shift: Floats
    breath: Floats

    @property
    def num_frames(self) -> int:
        return len(self.pose)

    def channel(self, name: str) -> Floats:
        """One blendshape over time, float32 (T,)."""
        column: Floats = self.blendshapes[:, CHANNEL[name]]
        return column


@dataclass(frozen=True)
class ExpressionCue:
    """A facial expression from `start_frame` on, until the next cue: a name of EXPRESSIONS, `intensity` 0 to 1."""

    start_frame: int
    expression: str
    intensity: float = 1.0


EXPRESSIONS = ("neutral", "happy", "surprise", "serious", "sad", "angry", "disgust", "fear")


@dataclass(frozen=True)
class Knobs:
    """How strongly each part of a performance is played: factors from 0 to 2, 1 as planned.

    Each changes only its own part: `mouth` the speech movements of lips and jaw, `head` its pose and shift, `blink`
    how often the lids close, `gaze` how far the eyes wander, `breathing` the chest, `expression` the facial
    expressions and brows.
    """

    mouth: float = 1.0
    head: float = 1.0
    blink: float = 1.0
    gaze: float = 1.0
    breathing: float = 1.0
    expression: float = 1.0


@dataclass(frozen=True)
class Video:
    """A finished file.

    `width`, `height` in px; `duration` in seconds; `size` in bytes; `notes` what a user should know (a fall-back
    voice, a scaled picture); `captions` as SubRip text, empty when no words are known; `files` what was written beside
    it (captions); `report` what was done and measured, by name.
    """

    path: Path
    width: int
    height: int
    num_frames: int
    duration: float
    size: int
    notes: tuple[str, ...] = ()
    captions: str = ""
    files: tuple[Path, ...] = ()
    report: dict[str, Any] = field(default_factory=dict)
