"""A worker with one engine more, "waiting": a frame takes time and no computing, as when a GPU of its own draws.

With it, workers of one machine do not take cores from each other, as if each had a machine of its own.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from talking.engines import ENGINES, Card, Means
from talking.jobs.__main__ import main
from talking.types import Cutouts, Frame, Frames, Image, Motion, Portrait, Speech

FRAME_SECONDS = 0.04
"""As long as it is seen: an engine that just keeps up with playing."""


@dataclass(frozen=True)
class WaitingStage:
    """A portrait that shows a bar at the height that its jaw would have."""

    picture: Frame
    background: Image
    notes: tuple[str, ...] = ()

    def animate(self, motion: Motion, speech: Speech | None = None, *, seed: int = 0) -> Frames:
        """The frames of a motion."""
        del speech, seed
        for jaw in motion.channel("jawOpen"):
            time.sleep(FRAME_SECONDS)
            frame = self.picture.copy()
            frame[round(40 * float(jaw)) :][:4] = 235
            yield frame

    def cutout(self, motion: Motion, speech: Speech | None = None, *, seed: int = 0) -> Cutouts:
        """There is nothing to cut out."""
        raise NotImplementedError


class WaitingEngine:
    """Makes such stages."""

    name = "waiting"

    def prepare(
        self,
        portrait: Portrait,
        backdrop: Image | None = None,
        *,
        cutout: bool = False,
        tuning: Mapping[str, float] | None = None,
    ) -> WaitingStage:
        """A stage of the portrait."""
        del backdrop, cutout, tuning
        planar = cv2.cvtColor(np.ascontiguousarray(portrait.image), cv2.COLOR_RGB2YUV_I420)
        return WaitingStage(np.asarray(planar, np.uint8), portrait.image)

    def close(self) -> None:
        """There is nothing to free."""


def make(_name: str, _means: Means) -> WaitingEngine:
    """The engine as a request gets it."""
    return WaitingEngine()


ENGINES["waiting"] = Card("__main__:make", "waits and draws nothing", framewise=True)

if __name__ == "__main__":
    sys.exit(main())
