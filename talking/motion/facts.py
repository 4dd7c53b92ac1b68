"""What a portrait allows: how its head is turned, and how much room there is around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from talking.types import Portrait

_LEFT, _RIGHT = (33, 133, 234, 61), (263, 362, 454, 291)  # eye corners, temple and mouth corner of either side
_FOREHEAD, _CHIN = 10, 152
_UPRIGHT = 10.0  # degrees of pitch that the face mesh finds in a face that looks straight ahead; median of portraits

_ROOMY, _LEAST = 0.6, 0.45
_TURNED, _FAR, _FAR_SHARE = 15.0, 30.0, 0.6


@dataclass(frozen=True)
class PortraitFacts:
    """How the head is turned in the picture, `yaw` (to the picture's right +) and `pitch` (down +) in degrees, and
    `room`, the least distance between the face and an edge of the picture beside or above it, over its width.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    room: float = 1.0


def portrait_facts(portrait: Portrait) -> PortraitFacts:
    """The facts of a portrait."""
    points = portrait.face.landmarks.astype(np.float64)
    x = points[list(_RIGHT)].sum(axis=0) - points[list(_LEFT)].sum(axis=0)
    x /= np.linalg.norm(x)
    y = points[_CHIN] - points[_FOREHEAD]
    y -= x * (y @ x)
    away = np.cross(x, y / np.linalg.norm(y))
    (x0, y0), (x1, _) = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    room = min(x0, portrait.image.shape[1] - x1, y0) / (x1 - x0)
    return PortraitFacts(
        yaw=float(np.degrees(np.arctan2(-away[0], away[2]))),
        pitch=float(np.degrees(np.arctan2(-away[1], away[2]))) - _UPRIGHT,
        room=max(0.0, float(room)),
    )


def allowance(facts: PortraitFacts | None) -> float:
    """The share of a driver's head motion that suits a portrait, in [0.27, 1].

    Less where the head nearly fills the frame, whose edge would give the motion away, and where it is turned so far
    that its far side cannot be shown.
    """
    if facts is None:
        return 1.0
    tight = np.interp(facts.room, (0.0, _ROOMY), (_LEAST, 1.0))
    turned = np.interp(abs(facts.yaw), (_TURNED, _FAR), (1.0, _FAR_SHARE))
    return float(tight * turned)
