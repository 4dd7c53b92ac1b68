"""The mouth of one portrait, painted for frame after frame."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import cached_property
from typing import TypeAlias, TypeVar

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from talking.engines.batches import Batch
from talking.engines.device import fitting
from talking.engines.lips.box import fitted, placed
from talking.engines.lips.exact import exact, is_exact
from talking.engines.lips.gate import opening
from talking.engines.lips.jaw import lowered, meshed
from talking.engines.lips.mask import JawMasks, soft, square
from talking.engines.lips.patch import Painted, around, lost
from talking.engines.lips.sound import Ear
from talking.engines.mesh.follow import Region
from talking.engines.mesh.planar import Plane
from talking.engines.mesh.setup import MeshState
from talking.engines.musetalk.crop import crop, face_box
from talking.engines.musetalk.mask import looked_at, parsed
from talking.engines.musetalk.networks import Networks, faces, labels, seen
from talking.types import Image, Motion, Portrait, Speech

logger = logging.getLogger(__name__)

T = TypeVar("T")

_Work: TypeAlias = Callable[[Sequence[int]], Sequence[tuple[Tensor, Tensor]]]
"""Frames by number to their painted squares, and whether each is a picture."""

_AT_ONCE = {"cuda": 16, "mps": 4, "cpu": 4}
"""Frames in a batch, where there is memory for them."""

_EACH = 400 << 20
"""Bytes that a frame takes on its way through painter and coder in full precision; measured, with some to spare."""

_FADE = 0.06
"""Over what share of the box the mask fades out towards its border, where what was painted ends."""


class MouthPainter:
    """Paints the lower face of a `portrait`, whose mesh is `state`, with networks that it does not own."""

    def __init__(self, networks: Networks, state: MeshState, portrait: Portrait) -> None:
        self._networks, self._state, self._portrait = networks, state, portrait
        height, width = portrait.image.shape[:2]
        self._box = face_box(portrait.face, width, height)
        box = self._box
        self.region: Region = around(box.x0, box.y0, box.x1, box.y1, width, height)
        kind, each = networks.device.kind, _EACH if is_exact(networks) else _EACH // 2
        self._batch = Batch(fitting(networks.device, _AT_ONCE[kind], 0, each))
        self._ahead = 0 if kind == "cpu" else self._batch.size
        self._mask = JawMasks(self._made)
        self._exact: Networks | None = None
        self._lost = 0

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self._batch.notes, *lost(self._lost))

    def paint(
        self, motion: Motion, speech: Speech, wanted: NDArray[np.bool_], *, seed: int
    ) -> Generator[Painted | None, None, None]:
        """For each frame its region, in order; None where it is not `wanted`, bool (T,), or came out as no picture.

        Nothing is left to chance. Holds two batches: one that the device works on while the other is laid on frames.
        """
        del seed
        ear = Ear(self._networks.ear, speech, normed=True)
        open_by, box = opening(motion), self._box
        under = self._portrait.image[self.region.rows, self.region.columns]
        squares = _ahead(self._batch.over(np.flatnonzero(wanted).tolist(), self._work(ear)), self._ahead)
        for index, want in enumerate(wanted):
            if not want:
                yield None
                continue
            painted, is_picture = next(squares)
            face = painted.cpu().numpy() if bool(is_picture) else self._again(ear, index)
            if face is None:
                yield None
                continue
            yield Painted(placed(under, self.region, box, fitted(face, box)), self._mask(float(open_by[index])))

    def _work(self, ear: Ear) -> _Work:
        def work(indices: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
            tokens = torch.cat([ear.tokens(index, index + 1) for index in indices])
            return list(zip(*faces(self._networks, self._shown, tokens), strict=True))

        return work

    def _again(self, ear: Ear, index: int) -> Image | None:
        """A frame that came out as no picture, in full precision; None when it still does."""
        if not is_exact(self._networks):
            if self._exact is None:
                logger.warning(
                    "a frame came out as no picture in %s: again in float32", self._networks.device.precision
                )
                self._exact = exact(self._networks)
            painted, is_picture = faces(self._exact, self._shown, ear.tokens(index, index + 1))
            if bool(is_picture[0]):
                again: Image = painted[0].cpu().numpy()
                return again
        self._lost += 1
        return None

    @cached_property
    def _shown(self) -> Tensor:
        """What the networks see of the portrait, once for all frames."""
        return seen(self._networks, crop(self._portrait.image, self._box))

    def _made(self, jaw: float) -> Plane:
        """What of the region counts when the jaw is open so far: the mask goes down with the chin."""
        region, box = self.region, self._box
        place = square(box)
        resting = meshed(self._portrait.face.landmarks, place)
        hard = resting if self._parsed is None else self._parsed
        if jaw:
            dropped = meshed(lowered(self._portrait.face.landmarks, jaw, self._state), place)
            dropped[resting > 0] = 0
            hard = np.maximum(np.asarray(cv2.resize(hard, dropped.shape, interpolation=cv2.INTER_LINEAR)), dropped)
        faded = np.rint(soft(hard, box, place) * _border(box.height, box.width))
        return placed(np.zeros((region.height, region.width), np.uint8), region, box, faded.astype(np.uint8))

    @cached_property
    def _parsed(self) -> Plane | None:
        """Jaw and mouth as the parser of faces finds them; None without one, or where it finds no skin."""
        if self._networks.parser is None:
            return None
        found = parsed(labels(self._networks, looked_at(self._portrait.image, square(self._box))))
        return found if found.any() else None


def _border(height: int, width: int) -> NDArray[np.float32]:
    """1 inside a box and a slope to 0 at its sides and its lower border, float32 (height, width)."""
    reach = max(2.0, _FADE * max(height, width))
    across = np.minimum(np.arange(width), np.arange(width)[::-1]) / reach
    below = np.arange(height)[::-1] / reach
    return np.minimum(1.0, np.minimum(across[None, :], below[:, None])).astype(np.float32)


def _ahead(source: Iterator[T], count: int) -> Iterator[T]:
    """The same, `count` items ahead of who asks: the device works while the last batch is used."""
    waiting: deque[T] = deque()
    for item in source:
        waiting.append(item)
        while len(waiting) > count:
            yield waiting.popleft()
    yield from waiting
