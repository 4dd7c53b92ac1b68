"""Which part of a face each pixel belongs to: BiSeNet with a ResNet-18 in it, for 19 classes.

Written from the paper (Yu et al. 2018, 10.1007/978-3-030-01261-8_20) and from the names and shapes of the published
weights, which leave the spatial path out: the features at an eighth of the size take its place.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from talking.nets.assembly import empty

CLASSES = 19

SKIN, NOSE, MOUTH, UPPER_LIP, LOWER_LIP, NECK = 1, 10, 11, 12, 13, 14
"""Classes that a mask of the lower face is made from (CelebAMask-HQ)."""

SIDE = 512
"""Px of the square that it was trained on."""

_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, in RGB


def empty_parser() -> FaceParser:
    """The network without values."""
    return empty(FaceParser)


def classes(network: FaceParser, picture: Tensor) -> Tensor:
    """The class of each pixel, long [B, H, W], of pictures [B, 3, H, W], RGB in [0, 1]."""
    mean, spread = (torch.tensor(values).to(picture)[:, None, None] for values in (_MEAN, _SPREAD))
    return network((picture - mean) / spread)[0].argmax(dim=1)


class Convolution(nn.Module):
    """Convolution, normalisation, ReLU."""

    def __init__(self, entering: int, leaving: int, size: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(entering, leaving, size, padding=size // 2, bias=False)
        self.bn = nn.BatchNorm2d(leaving)

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(self.bn(self.conv(features)))


class Residual(nn.Module):
    """Two convolutions and a way around them."""

    def __init__(self, entering: int, leaving: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(entering, leaving, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(leaving)
        self.conv2 = nn.Conv2d(leaving, leaving, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(leaving)
        self.downsample: nn.Module | None = None
        if stride != 1 or entering != leaving:
            self.downsample = nn.Sequential(
                nn.Conv2d(entering, leaving, 1, stride, bias=False), nn.BatchNorm2d(leaving)
            )

    def forward(self, features: Tensor) -> Tensor:
        inner = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(features)))))
        around = features if self.downsample is None else self.downsample(features)
        return functional.relu(around + inner)


class Trunk(nn.Module):
    """ResNet-18 without its head."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1, self.layer2 = _level(64, 64, 1), _level(64, 128, 2)
        self.layer3, self.layer4 = _level(128, 256, 2), _level(256, 512, 2)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features at an eighth, a sixteenth and a thirty-second of the size."""
        features = functional.max_pool2d(functional.relu(self.bn1(self.conv1(picture))), 3, 2, 1)
        eighth = self.layer2(self.layer1(features))
        sixteenth = self.layer3(eighth)
        return eighth, sixteenth, self.layer4(sixteenth)


def _level(entering: int, leaving: int, stride: int) -> nn.Sequential:
    return nn.Sequential(Residual(entering, leaving, stride), Residual(leaving, leaving, 1))


class Refinement(nn.Module):
    """Features, each channel weighted by what the whole picture says of it."""

    def __init__(self, entering: int, leaving: int) -> None:
        super().__init__()
        self.conv = Convolution(entering, leaving)
        self.conv_atten = nn.Conv2d(leaving, leaving, 1, bias=False)
        self.bn_atten = nn.BatchNorm2d(leaving)

    def forward(self, features: Tensor) -> Tensor:
        inner = self.conv(features)
        return inner * torch.sigmoid(self.bn_atten(self.conv_atten(_overall(inner))))


class Context(nn.Module):
    """What is seen from afar, brought back to an eighth and a sixteenth of the size."""

    def __init__(self) -> None:
        super().__init__()
        self.resnet = Trunk()
        self.arm16, self.arm32 = Refinement(256, 128), Refinement(512, 128)
        self.conv_head32, self.conv_head16 = Convolution(128, 128), Convolution(128, 128)
        self.conv_avg = Convolution(512, 128, 1)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The trunk's features at an eighth, and context at an eighth and at a sixteenth of the size."""
        eighth, sixteenth, last = self.resnet(picture)
        far = self.arm32(last) + self.conv_avg(_overall(last))
        far = self.conv_head32(_as_large_as(sixteenth, far))
        near = self.conv_head16(_as_large_as(eighth, self.arm16(sixteenth) + far))
        return eighth, near, far


class Fusion(nn.Module):
    """Details and context as one, weighted by channel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convblk = Convolution(width, width, 1)
        self.conv1 = nn.Conv2d(width, width // 4, 1, bias=False)
        self.conv2 = nn.Conv2d(width // 4, width, 1, bias=False)

    def forward(self, details: Tensor, context: Tensor) -> Tensor:
        both = self.convblk(torch.cat([details, context], dim=1))
        weight = torch.sigmoid(self.conv2(functional.relu(self.conv1(_overall(both)))))
        return both * weight + both


class Head(nn.Module):
    """Features to scores of classes."""

    def __init__(self, entering: int, inner: int) -> None:
        super().__init__()
        self.conv = Convolution(entering, inner)
        self.conv_out = nn.Conv2d(inner, CLASSES, 1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        return self.conv_out(self.conv(features))


class FaceParser(nn.Module):
    """The whole network. Attribute names are those of the published weights."""

    def __init__(self) -> None:
        super().__init__()
        self.cp = Context()
        self.ffm = Fusion(256)
        self.conv_out = Head(256, 256)
        self.conv_out16, self.conv_out32 = Head(128, 64), Head(128, 64)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scores [B, 19, H, W] of a normalised picture [B, 3, H, W], and those of two helpers that training used."""
        eighth, near, far = self.cp(picture)
        heads = ((self.conv_out, self.ffm(eighth, near)), (self.conv_out16, near), (self.conv_out32, far))
        size = picture.shape[2:]
        best, second, third = (
            functional.interpolate(head(features), size, mode="bilinear", align_corners=True)
            for head, features in heads
        )
        return best, second, third


def _overall(features: Tensor) -> Tensor:
    """The mean of each channel, [B, C, 1, 1]."""
    return features.mean(dim=(2, 3), keepdim=True)


def _as_large_as(other: Tensor, features: Tensor) -> Tensor:
    return functional.interpolate(features, other.shape[2:], mode="nearest")
