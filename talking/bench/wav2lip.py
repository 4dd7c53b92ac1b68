"""The stages of Wav2Lip, measured one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import torch

from talking import examples
from talking.bench.neural import Work
from talking.engines import device
from talking.engines.choice import choose
from talking.engines.lips.box import fitted
from talking.engines.lips.load import Shelf
from talking.engines.lips.mask import soft, square
from talking.engines.lips.patch import blend
from talking.engines.means import Means
from talking.engines.wav2lip.networks import read
from talking.engines.wav2lip.painter import face_box, faces, seen
from talking.engines.wav2lip.sound import COLUMNS, MELS, RATE, spectrum
from talking.errors import InvalidRequest
from talking.face.detect import find_portrait
from talking.media import image
from talking.types import Portrait


@contextmanager
def works(means: Means, batch: int, upstream: Path | None) -> Iterator[Sequence[Work]]:
    """The stages on the device of `means`. Raises as `choose` where the licence forbids it, and InvalidRequest for a
    folder `upstream`: the published code has no licence to be run by."""
    choose("wav2lip", means)
    if upstream is not None:
        raise InvalidRequest("The published code of Wav2Lip has no licence and is not measured: leave --upstream away.")
    with closing(Shelf(means, device.choose(means.device))) as shelf, torch.inference_mode():
        yield _stages(read(shelf).generator, find_portrait(image.load(examples.portraits()[0].path).image), batch)


def _stages(network: torch.nn.Module, portrait: Portrait, batch: int) -> list[Work]:
    height, width = portrait.image.shape[:2]
    box = face_box(portrait.face, width, height)
    shown, sound = seen(portrait.image, box), np.zeros(RATE, np.float32)
    heard = [np.zeros((MELS, COLUMNS), np.float32)] * batch
    painted = faces(network, shown, heard)[0][0]
    mask = soft(np.full((512, 512), 255, np.uint8), box, square(box)).astype(np.float32) / 255
    part = portrait.image[box.y0 : box.y1, box.x0 : box.x1]
    return [
        Work("look at the portrait", "portrait", 1, lambda: seen(portrait.image, box)),
        Work("hear", "frame", 1, lambda: spectrum(sound, 0, COLUMNS)),
        Work("paint", "frame", batch, lambda: faces(network, shown, heard)),
        Work("lay on the picture", "frame", 1, lambda: blend(part, fitted(painted, box).astype(np.float32), mask)),
    ]
