"""The mouth of one portrait, painted by Wav2Lip for frame after frame."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from talking.engines.batches import Batch
from talking.engines.device import Device, fitting
from talking.engines.lips.box import Box, fitted, placed
from talking.engines.lips.gate import opening
from talking.engines.lips.jaw import lowered, meshed
from talking.engines.lips.mask import JawMasks, soft, square
from talking.engines.lips.patch import Painted, around, lost
from talking.engines.mesh.follow import Region
from talking.engines.mesh.planar import Plane
from talking.engines.mesh.setup import MeshState
from talking.engines.wav2lip.sound import Ear
from talking.nets.wav2lip import SIDE
from talking.types import Face, Floats, Image, Motion, Portrait, Speech

_AT_ONCE = {"cuda": 64, "mps": 16, "cpu": 8}
"""Frames in a batch, where there is memory for them."""

_EACH = 40 << 20
"""Bytes that a frame takes on its way through the network."""

_BELOW = 0.05
"""How far the crop goes on below the chin, in heights of the face: what the published code's ten pixels are on faces
of the size that it was trained with."""


class MouthPainter:
    """Paints the lower face of a `portrait`, whose mesh is `state`, with a `network` that it does not own: in a `box`,
    else in that of the mesh.
    """

    def __init__(
        self, network: Any, device: Device, state: MeshState, portrait: Portrait, box: Box | None = None
    ) -> None:  # fmt: skip
        self._network, self._state, self._portrait = network, state, portrait
        height, width = portrait.image.shape[:2]
        self._box = box = box or face_box(portrait.face, width, height)
        self.region: Region = around(box.x0, box.y0, box.x1, box.y1, width, height)
        self._batch = Batch(fitting(device, _AT_ONCE[device.kind], 0, _EACH))
        self._mask = JawMasks(self._made)
        self._shown = seen(portrait.image, box)
        self._lost = 0

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self._batch.notes, *lost(self._lost))

    def paint(
        self, motion: Motion, speech: Speech, wanted: NDArray[np.bool_], *, seed: int
    ) -> Generator[Painted | None, None, None]:
        """For each frame its region, in order; None where it is not `wanted`, bool (T,), or came out as no picture.

        Nothing is left to chance. Holds one batch.
        """
        del seed
        ear = Ear(speech)
        open_by, box = opening(motion), self._box
        under = self._portrait.image[self.region.rows, self.region.columns]

        def work(indices: Sequence[int]) -> list[tuple[Image, bool]]:
            return faces(self._network, self._shown, [ear.heard(index) for index in indices])

        squares = self._batch.over(np.flatnonzero(wanted).tolist(), work)
        for index, want in enumerate(wanted):
            if not want:
                yield None
                continue
            face, is_picture = next(squares)
            if not is_picture:
                self._lost += 1
                yield None
                continue
            yield Painted(placed(under, self.region, box, fitted(face, box)), self._mask(float(open_by[index])))

    def _made(self, jaw: float) -> Plane:
        """What of the region counts when the jaw is open so far: jaw and mouth, down with the chin."""
        region, box = self.region, self._box
        place = square(box)
        hard = meshed(self._portrait.face.landmarks, place)
        if jaw:
            hard = np.maximum(hard, meshed(lowered(self._portrait.face.landmarks, jaw, self._state), place))
        kept = soft(hard, box, place)
        kept[: box.height // 2] = 0  # above, the network was shown the face as it is
        return placed(np.zeros((region.height, region.width), np.uint8), region, box, kept)


def face_box(face: Face, width: int, height: int) -> Box:
    """The box of a face in a picture of `width` x `height` px: that of its mesh, and a little below the chin."""
    left, top, right, bottom = (float(side) for side in face.box)
    low = bottom + _BELOW * (bottom - top)
    return Box(max(round(left), 0), max(round(top), 0), min(round(right), width), min(round(low), height))


def seen(image: Image, box: Box) -> Tensor:
    """What the network sees of a picture RGB: [6, 96, 96] in [0, 1], BGR, the face with its lower half black, then the
    whole face. The same for every frame of a still portrait.
    """
    part = np.ascontiguousarray(image[box.y0 : box.y1, box.x0 : box.x1, ::-1])
    small = cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    whole = torch.from_numpy(np.asarray(small, np.float32) / 255).permute(2, 0, 1)
    masked = whole.clone()
    masked[:, SIDE // 2 :] = 0
    return torch.cat([masked, whole])


def faces(network: Any, shown: Tensor, heard: Sequence[Floats]) -> list[tuple[Image, bool]]:
    """Faces uint8 (96, 96, 3) RGB of what is `shown` [6, 96, 96] saying what is `heard`, each (80, 16); and whether
    each is a picture at all.
    """
    weight = network.output_block[1].weight
    sound = torch.from_numpy(np.stack(heard))[:, None].to(weight)
    with torch.inference_mode():
        painted = network(sound, shown.to(weight).expand(len(heard), -1, -1, -1)).float().cpu()
    right = torch.isfinite(painted).flatten(1).all(dim=1).tolist()
    levels = (painted.nan_to_num() * 255).to(torch.uint8).permute(0, 2, 3, 1).flip(-1).numpy()
    return list(zip(levels, right, strict=True))
