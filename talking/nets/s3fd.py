"""Faces of all sizes in a picture: the detector S3FD.

Written from the paper (Zhang et al. 2017, 10.1109/ICCV.2017.30) and from the names and shapes of the published weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from talking.nets.assembly import empty

MEAN = (104.0, 117.0, 123.0)
"""What is taken from the levels of a picture RGB."""

_TRUNK = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Width of each stage of the trunk, and how many convolutions it has; each stage sees half the size of the last."""

_HEADS = {
    "conv3_3_norm": 256, "conv4_3_norm": 512, "conv5_3_norm": 512, "fc7": 1024, "conv6_2": 512, "conv7_2": 256,
}  # fmt: skip
"""Where faces are told of, from the smallest to the largest, and the width there."""

_BACKGROUNDS = 3
"""Of the first head, whose faces are so small that one is not enough: the most likely of them counts."""

_SMALL = 1e-10
_SPREAD = (0.1, 0.2)  # of places and of sizes, by which the answers were scaled in training
_SIZE = 4.0  # sides of the boxes that answers start from, in strides


def empty_detector() -> S3FD:
    """The network without values."""
    return empty(S3FD)


class _Norm(nn.Module):
    """Features of length 1, times a learnt factor for each channel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width))

    def forward(self, features: Tensor) -> Tensor:
        whole = features.float()  # the squares are too large for half precision
        length = whole.square().sum(dim=1, keepdim=True).sqrt() + _SMALL
        return (whole / length).to(features.dtype) * self.weight[:, None, None]


class S3FD(nn.Module):
    """The network; its layers have the names of the published ones."""

    def __init__(self) -> None:
        super().__init__()
        entering = 3
        for stage, (width, count) in enumerate(_TRUNK, 1):
            for number in range(1, count + 1):
                self.add_module(f"conv{stage}_{number}", nn.Conv2d(entering, width, 3, padding=1))
                entering = width
        self.fc6, self.fc7 = nn.Conv2d(512, 1024, 3, padding=3), nn.Conv2d(1024, 1024, 1)
        self.conv6_1, self.conv6_2 = nn.Conv2d(1024, 256, 1), nn.Conv2d(256, 512, 3, 2, 1)
        self.conv7_1, self.conv7_2 = nn.Conv2d(512, 128, 1), nn.Conv2d(128, 256, 3, 2, 1)
        for index, (name, width) in enumerate(_HEADS.items()):
            if name.endswith("_norm"):
                self.add_module(name, _Norm(width))
            classes = 2 if index else _BACKGROUNDS + 1
            self.add_module(f"{name}_mbox_conf", nn.Conv2d(width, classes, 3, padding=1))
            self.add_module(f"{name}_mbox_loc", nn.Conv2d(width, 4, 3, padding=1))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """[B, 3, H, W] RGB less the mean: for each head [B, 2, h, w], how much speaks for no face and for one, and
        [B, 4, h, w], its place and size.
        """
        answers: list[Tensor] = []
        for index, (name, features) in enumerate(self._features(pictures)):
            told = self.get_submodule(f"{name}_mbox_conf")(features)
            if not index:
                told = torch.cat([told[:, :_BACKGROUNDS].amax(dim=1, keepdim=True), told[:, _BACKGROUNDS:]], dim=1)
            answers += [told, self.get_submodule(f"{name}_mbox_loc")(features)]
        return answers

    def _features(self, pictures: Tensor) -> list[tuple[str, Tensor]]:
        found, features = [], pictures
        for stage, (_, count) in enumerate(_TRUNK, 1):
            for number in range(1, count + 1):
                features = functional.relu(self.get_submodule(f"conv{stage}_{number}")(features))
            name = f"conv{stage}_{count}_norm"
            if name in _HEADS:
                found.append((name, self.get_submodule(name)(features)))
            features = functional.max_pool2d(features, 2)
        for name in ("fc6", "fc7", "conv6_1", "conv6_2", "conv7_1", "conv7_2"):
            features = functional.relu(self.get_submodule(name)(features))
            if name in _HEADS:
                found.append((name, features))
        return found


def boxes(answers: list[Tensor]) -> tuple[Tensor, Tensor]:
    """What the network's `answers` to one picture mean: boxes [N, 4] x0 y0 x1 y1 px, and how sure it is of each, [N] in
    [0, 1].
    """
    found, sure = [], []
    for index, (told, apart) in enumerate(zip(answers[::2], answers[1::2], strict=True)):
        stride = 4 << index
        rows, columns = torch.meshgrid(*(torch.arange(side) for side in told.shape[2:]), indexing="ij")
        middles = torch.stack([columns, rows]).flatten(1).T * stride + stride / 2
        place, size = apart[0].flatten(1).T.float().cpu().split(2, dim=1)
        middle = middles + place * _SPREAD[0] * _SIZE * stride
        half = torch.exp(size * _SPREAD[1]) * _SIZE * stride / 2
        found.append(torch.cat([middle - half, middle + half], dim=1))
        sure.append(torch.softmax(told[0].float().cpu(), dim=0)[1].flatten())
    return torch.cat(found), torch.cat(sure)
