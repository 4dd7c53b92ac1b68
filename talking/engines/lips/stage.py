"""A portrait whose head is moved by the mesh and whose lips are painted by a network."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from talking.engines.lips.gate import at_rest, speaking
from talking.engines.lips.match import Match
from talking.engines.lips.patch import Painted, lay
from talking.engines.mesh import MeshStage
from talking.engines.mesh.follow import Region, place
from talking.engines.mesh.setup import MeshState
from talking.types import Cutouts, Floats, Frame, Frames, Image, Motion, Speech


class Painter(Protocol):
    """Paints the lower face of one still portrait."""

    @property
    def region(self) -> Region:
        """The part of the picture that it paints."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know."""

    def paint(
        self, motion: Motion, speech: Speech, wanted: NDArray[np.bool_], *, seed: int
    ) -> Generator[Painted | None, None, None]:
        """For each frame in order its region; None where it is not `wanted`, bool (T,), or could not be painted.

        A generator: it works a window at a time and holds one.
        """


@dataclass(frozen=True)
class LipStage:
    """A portrait ready to speak: the `stage` that moves its head, and the `painter` of its mouth."""

    stage: MeshStage
    painter: Painter

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.stage.notes, *self.painter.notes)

    @property
    def background(self) -> Image:
        """As the mesh's."""
        return self.stage.background

    def animate(self, motion: Motion, speech: Speech | None = None, *, seed: int = 0) -> Frames:
        """The frames of a motion, each valid until the next is asked for; a silent mouth rests."""
        resting = at_rest(motion)
        frames = self.stage.animate(resting)
        if speech is None:
            return frames
        known = self.stage.known
        alpha = known.layers.alpha if self.stage.backdrop is None else known.cut.alpha
        return self._with_lips(frames, self.stage.state, (motion, resting), speech, seed, alpha)

    def cutout(self, motion: Motion, speech: Speech | None = None, *, seed: int = 0) -> Cutouts:
        """The frames of a motion without their background. Raises FaceError, at once, when it cannot be told from the
        person."""
        resting = at_rest(motion)
        frames = self.stage.cutout(resting)
        if speech is None:
            return frames
        return self._with_lips(frames, self.stage.bare, (motion, resting), speech, seed, self.stage.known.cut.alpha)

    def _with_lips(
        self,
        frames: Frames,
        state: MeshState,
        motions: tuple[Motion, Motion],
        speech: Speech,
        seed: int,
        alpha: Floats,
    ) -> Frames:
        """`frames`, of the second of `motions`, with lips by the first, as far as the person's `alpha` float32 (H, W)
        lets them be seen."""
        motion, resting = motions
        shown, region, height = speaking(motion), self.painter.region, state.planes.height
        cover = alpha[region.rows, region.columns]
        match = Match(self.stage.known.portrait.image[region.rows, region.columns])
        mouths = self.painter.paint(motion, speech, shown > 0, seed=seed)
        own: Frame | None = None
        with closing(mouths), closing(cast(Generator[Frame, None, None], frames)) as drawn:
            for index, (frame, painted) in enumerate(zip(drawn, mouths, strict=True)):
                if painted is None:
                    yield frame
                    continue
                own = np.empty_like(frame) if own is None else own
                np.copyto(own, frame)
                where = place(state, resting, index, region)
                share = float(shown[index])
                lay(own, match(_within(painted, cover)), region, where, share=share, height=height)
                yield own


def _within(painted: Painted, cover: Floats) -> Painted:
    """What was painted, as far as `cover` float32 (h, w) lets it be seen."""
    return Painted(painted.picture, np.rint(painted.mask * cover).astype(np.uint8))
