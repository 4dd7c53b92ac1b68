"""Lips for a face of 96 pixels from a fifth of a second of sound: the generator of Wav2Lip.

Written from the paper (Prajwal et al. 2020, 10.1145/3394171.3413532) and from the names and shapes of the published
weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from talking.nets.assembly import empty

SIDE = 96
"""Px of the square face."""

MELS, COLUMNS = 80, 16
"""Bands and columns of the spectrogram that a frame sees."""

_FACE = ((16, 0), (32, 2), (64, 3), (128, 2), (256, 2), (512, 1))
"""Width of each stage of the face's encoder, and how many residual convolutions follow its first one."""

_SOUND = ((32, 1, 2), (64, (3, 1), 2), (128, 3, 2), (256, (3, 2), 1))
"""The same of the sound's encoder, with the stride of its first convolution between."""

_PICTURE = ((512, 1), (512, 2), (384, 2), (256, 2), (128, 2), (64, 2))
"""The same of the decoder, after its first convolution."""


def empty_generator() -> Generator:
    """The network without values."""
    return empty(Generator)


class Block(nn.Module):
    """Convolution, normalisation, ReLU, with a way around them when `residual`, to a larger picture when `larger`."""

    def __init__(
        self,
        entering: int,
        leaving: int,
        size: int = 3,
        stride: int | tuple[int, int] = 1,
        padding: int = 1,
        *,
        residual: bool = False,
        larger: bool = False,
    ) -> None:
        super().__init__()
        convolution: nn.Module
        if larger:
            convolution = nn.ConvTranspose2d(entering, leaving, size, stride, padding, output_padding=int(stride != 1))
        else:
            convolution = nn.Conv2d(entering, leaving, size, stride, padding)
        self.conv_block = nn.Sequential(convolution, nn.BatchNorm2d(leaving))
        self.residual = residual

    def forward(self, features: Tensor) -> Tensor:
        found = self.conv_block(features)
        return functional.relu(found + features if self.residual else found)


class Generator(nn.Module):
    """Faces [B, 3, 96, 96] in [0, 1], BGR, of `sound` [B, 1, 80, 16] and `faces` [B, 6, 96, 96]: the face with its
    lower half black, then the whole face.
    """

    def __init__(self) -> None:
        super().__init__()
        self.face_encoder_blocks = nn.ModuleList(_face_stages())
        self.audio_encoder = nn.Sequential(*_sound_stages())
        self.face_decoder_blocks = nn.ModuleList(_picture_stages())
        self.output_block = nn.Sequential(Block(_PICTURE[-1][0] + _FACE[0][0], 32), nn.Conv2d(32, 3, 1))

    def forward(self, sound: Tensor, faces: Tensor) -> Tensor:
        seen = []
        for stage in self.face_encoder_blocks:
            faces = stage(faces)
            seen.append(faces)
        picture = self.audio_encoder(sound)
        for stage in self.face_decoder_blocks:
            picture = torch.cat([stage(picture), seen.pop()], dim=1)
        return torch.sigmoid(self.output_block(picture))


def _residuals(width: int, count: int) -> list[nn.Module]:
    return [Block(width, width, residual=True) for _ in range(count)]


def _face_stages() -> list[nn.Module]:
    stages: list[nn.Module] = []
    before = 6
    for width, more in _FACE:
        first = Block(before, width, 3, 2) if stages else Block(before, width, 7, 1, 3)
        stages.append(nn.Sequential(first, *_residuals(width, more)))
        before = width
    return [*stages, nn.Sequential(Block(before, before, 3, 1, 0), Block(before, before, 1, 1, 0))]


def _sound_stages() -> list[nn.Module]:
    blocks: list[nn.Module] = []
    before = 1
    for width, stride, more in _SOUND:
        blocks += [Block(before, width, 3, stride), *_residuals(width, more)]
        before = width
    return [*blocks, Block(before, 2 * before, 3, 1, 0), Block(2 * before, 2 * before, 1, 1, 0)]


def _picture_stages() -> list[nn.Module]:
    stages: list[nn.Module] = [nn.Sequential(Block(512, 512, 1, 1, 0))]
    widths = [512, *(width for width, _ in _FACE[::-1])]
    before = 512
    for (width, more), seen in zip(_PICTURE, widths, strict=False):
        stride, padding = (1, 0) if len(stages) == 1 else (2, 1)
        grown = Block(before + seen, width, 3, stride, padding, larger=True)
        stages.append(nn.Sequential(grown, *_residuals(width, more)))
        before = width
    return stages
