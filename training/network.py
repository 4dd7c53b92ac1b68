"""The network as torch trains it, and as numpy runs it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from talking.motion.phonemes import VISEMES

DILATIONS = (1, 2, 4, 1, 2, 4, 8)


class Listener(nn.Module):
    """(B, 2 T, 65) features to (B, T, 15) logits; `prior` (15,) is what it says on average. `width` channels."""

    prior: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.entry = nn.Conv1d(65, width, 5, stride=2, padding=2)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation) for dilation in DILATIONS
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for _ in DILATIONS)
        self.register_buffer("prior", torch.full((len(VISEMES),), 1 / len(VISEMES)))
        self.exit = nn.Conv1d(width, len(VISEMES), 1)

    def forward(self, features: Tensor) -> Tensor:
        hidden = _convolve(self.entry, _channels_last(features.transpose(1, 2).unsqueeze(2)))
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            hidden = hidden + torch.relu(norm(_convolve(convolution, hidden)))
        logits: Tensor = _convolve(self.exit, hidden).squeeze(2).transpose(1, 2)
        return logits


def widened(network: Listener, width: int) -> Listener:
    """The same network with further channels that nothing listens to yet: its logits stay as they are."""
    wide = Listener(width)
    grown = wide.state_dict()
    with torch.no_grad():
        for name, old in network.state_dict().items():
            new = grown[name]
            if new.dim() == 3 and new.shape[1] > old.shape[1]:
                new[: old.shape[0], old.shape[1] :] = 0
            new[tuple(slice(length) for length in old.shape)] = old
    return wide


def _convolve(convolution: nn.Conv1d, signal: Tensor) -> Tensor:
    """A convolution over the last axis of (B, C, 1, T), channels last, which takes a quarter less time than Conv1d."""
    kernel = _channels_last(convolution.weight.unsqueeze(2))
    pads, stride, dilation = (pair[0] for pair in (convolution.padding, convolution.stride, convolution.dilation))
    return conv2d(signal, kernel, convolution.bias, (1, stride), (0, pads), (1, dilation))


def _channels_last(tensor: Tensor) -> Tensor:
    return tensor.contiguous(memory_format=torch.channels_last)


def export(network: Listener, path: Path) -> None:
    """Write the weights for `talking.motion.listen`: float16, kernels (taps, in, out), norms folded in."""
    arrays: dict[str, Tensor] = {
        "in.weight": network.entry.weight.permute(2, 1, 0),
        "in.bias": _bias(network.entry),
        "out.weight": network.exit.weight[:, :, 0].T,
        "out.bias": _bias(network.exit),
        "prior": network.prior,
    }
    for i, (convolution, norm) in enumerate(zip(network.convolutions, network.norms, strict=True)):
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        arrays[f"{i}.weight"] = (convolution.weight * scale[:, None, None]).permute(2, 1, 0)
        arrays[f"{i}.bias"] = (convolution.bias - norm.running_mean) * scale + norm.bias
    stored = {name: np.ascontiguousarray(array.detach().numpy(), dtype=np.float16) for name, array in arrays.items()}
    np.savez_compressed(path, **stored)


def write_fixture(network: Listener, path: Path) -> None:
    """Write features and what torch makes of them, for the test that numpy makes the same."""
    features = np.random.default_rng(0).normal(0, 0.5, (60, 65)).astype(np.float16)
    with torch.no_grad():
        logits = network(torch.from_numpy(features.astype(np.float32))[None])[0].numpy()
    np.savez_compressed(path, features=features, logits=logits)


def _bias(convolution: nn.Conv1d) -> Tensor:
    assert convolution.bias is not None
    return convolution.bias
