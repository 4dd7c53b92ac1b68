"""The mouth of one portrait, painted clip after clip."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Generator, Iterator, Sequence
from functools import cached_property

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from talking.engines.batches import Batch, release, tried
from talking.engines.device import fitting
from talking.engines.latentsync.align import Matrix, anchors, cut_face, face_matrix, nudge
from talking.engines.latentsync.clips import CLIP, SHORTEST, melted
from talking.engines.latentsync.networks import Networks, pictures, seen, start
from talking.engines.latentsync.place import Placing
from talking.engines.latentsync.sampler import Recipe, denoise
from talking.engines.latentsync.sound import spectrum
from talking.engines.lips.exact import exact, is_exact
from talking.engines.lips.gate import opening
from talking.engines.lips.jaw import Square, lowered, meshed
from talking.engines.lips.mask import JawMasks
from talking.engines.lips.patch import Painted, lost
from talking.engines.lips.sound import Ear
from talking.engines.mesh.follow import Region
from talking.engines.mesh.planar import Plane
from talking.engines.mesh.setup import MeshState
from talking.errors import Unavailable
from talking.types import Image, Motion, Portrait, Speech

logger = logging.getLogger(__name__)

_SOFT = 0.02
"""Spread of the jaw's soft edge, as a share of the region's width."""

_DECODED = {"cuda": 8, "mps": 2, "cpu": 2}
"""Faces that are made of latents at once, where there is memory for them."""


class ClipPainter:
    """Paints the lower face of a `portrait`, whose mesh is `state`, with networks that it does not own.

    `recipe` is how; `overlap` the frames that clips share, at most SHORTEST; `points` the brows and the nose (3, 2) px
    that the face is aligned by, those of the mesh when None.
    """

    def __init__(
        self,
        networks: Networks,
        state: MeshState,
        portrait: Portrait,
        recipe: Recipe,
        *,
        overlap: int,
        points: Matrix | None = None,
    ) -> None:
        self._networks, self._state, self._portrait = networks, state, portrait
        self._recipe, self._overlap = recipe, overlap
        height, width = portrait.image.shape[:2]
        points, resolution = anchors(portrait.face.landmarks) if points is None else points, networks.resolution
        self._matrix = face_matrix(points, resolution)
        self._matrix[:, 2] += nudge(points, resolution)
        self._placing = Placing(self._matrix, resolution, width, height)
        self.region: Region = self._placing.region
        self._mask = JawMasks(self._made)
        self._batch = Batch(_DECODED[networks.device.kind])
        self._together, self._size = _room(networks, recipe)
        self._exact: Networks | None = None
        self._lost = 0
        self._short = False

    @property
    def notes(self) -> tuple[str, ...]:
        short = (f"Memory ran short, so clips were made of {self._size} frames.",) if self._short else ()
        return (*self._batch.notes, *short, *lost(self._lost))

    def paint(
        self, motion: Motion, speech: Speech, wanted: NDArray[np.bool_], *, seed: int
    ) -> Generator[Painted | None, None, None]:
        """For each frame its region, in order; None where it is not `wanted`, bool (T,), or came out as no picture.

        `seed` tells the noise that all frames start from. Holds one clip.
        """
        ear = Ear(self._networks.ear, speech, normed=False, held=True, spectrum=spectrum)
        noise, open_by = start(self._networks, seed), opening(motion)
        index = 0
        for speaks, frames in itertools.groupby(wanted):
            stop = index + len(list(frames))
            if not speaks:
                yield from itertools.repeat(None, stop - index)
                index = stop
                continue
            for picture in self._stretch(ear, noise, index, stop):
                self._lost += picture is None
                yield None if picture is None else Painted(picture, self._mask(float(open_by[index])))
                index += 1

    def _stretch(self, ear: Ear, noise: Tensor, first: int, stop: int) -> Iterator[Image | None]:
        """The painted region in frames that speak without a break; None where no picture came out."""

        def make(begin: int, end: int) -> Tensor:
            return self._latents(ear.tokens(begin, end), noise)

        for latents in melted(first, stop, make, size=lambda: self._size, overlap=self._overlap):
            yield from self._batch.over(list(latents), self._decoded)

    def _latents(self, tokens: Tensor, noise: Tensor) -> Tensor:
        """The latents of a clip, or of as many of its first frames as there is memory for."""
        while True:
            latents = tried(lambda audio: self._denoised(self._networks, audio, noise), tokens[: self._size])
            if latents is not None:
                break
            self._save()
        if not bool(torch.isfinite(latents).all()) and not is_exact(self._networks):
            logger.warning("a clip came out as no picture in %s: again in float32", self._networks.device.precision)
            latents = self._denoised(self._full, tokens[: len(latents)], noise)
        return latents

    def _denoised(self, networks: Networks, audio: Tensor, noise: Tensor) -> Tensor:
        dtype = networks.coder.dtype
        shown = self._shown.to(dtype).expand(-1, -1, len(audio), -1, -1)
        with torch.inference_mode():
            clip = denoise(networks.painter, self._recipe, noise, shown, audio.to(dtype), together=self._together)
        return clip[0].transpose(0, 1)

    def _save(self) -> None:
        """Go on with less memory: first what gives the same film, then shorter clips."""
        release()
        if self._together and self._recipe.guidance > 1:
            self._together = False
        elif self._size > SHORTEST:
            self._size, self._short = max(SHORTEST, self._size // 2), True
        else:
            raise Unavailable(
                "The device has too little free memory for four frames: end what else uses it, or choose the engine "
                "musetalk or mesh."
            )
        logger.warning("out of memory, going on with clips of %d frames", self._size)

    def _decoded(self, latents: Sequence[Tensor]) -> list[Image | None]:
        clip = torch.stack(list(latents))
        found = pictures(self._networks, clip)
        if not bool(torch.isfinite(found).all()) and bool(torch.isfinite(clip).all()) and not is_exact(self._networks):
            found = pictures(self._full, clip)
        whole = torch.isfinite(found).flatten(1).all(dim=1).tolist()
        placed = self._placing.back(found.nan_to_num()).cpu().numpy()
        return [picture if is_whole else None for picture, is_whole in zip(placed, whole, strict=True)]

    @property
    def _full(self) -> Networks:
        """The networks in full precision."""
        if self._exact is None:
            self._exact = exact(self._networks)
        return self._exact

    @cached_property
    def _shown(self) -> Tensor:
        """What the networks see of the portrait, once for all frames."""
        return seen(self._networks, cut_face(self._portrait.image, self._matrix, self._networks.resolution))

    def _made(self, jaw: float) -> Plane:
        """What of the region counts when the jaw is open so far: the mask goes down with the chin."""
        region, landmarks = self.region, self._portrait.face.landmarks
        place = Square(region.x, region.y, max(region.width, region.height))
        hard = np.maximum(meshed(landmarks, place), meshed(lowered(landmarks, jaw, self._state), place))
        hard = hard[: region.height, : region.width]
        soft = cv2.GaussianBlur(hard, (0, 0), max(1.0, _SOFT * region.width))
        return np.asarray(np.rint(soft * self._placing.share), np.uint8)


def _room(networks: Networks, recipe: Recipe) -> tuple[bool, int]:
    """Whether both halves of guidance are made together, and of how many frames clips are, by the memory there is.

    Most is taken by the widest layer of the uppermost attention: eight times its width, about three times at once.
    """
    pixels, width = (networks.resolution // 8) ** 2, networks.painter.params.widths[0]
    each = 3 * pixels * 8 * width * (4 if is_exact(networks) else 2)
    halves = 2 if recipe.guidance > 1 else 1
    if fitting(networks.device, CLIP, 0, halves * each) == CLIP:
        return True, CLIP
    return False, max(SHORTEST, fitting(networks.device, CLIP, 0, each))
