"""The network as torch trains it, and as numpy runs it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from talking.motion.phonemes import VISEMES

WIDTH = 128
DILATIONS = (1, 2, 4, 1, 2, 4, 8)


class Listener(nn.Module):
    """(B, 2 T, 65) features to (B, T, 15) logits; `prior` (15,) is what it says on average."""

    prior: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.entry = nn.Conv1d(65, WIDTH, 5, stride=2, padding=2)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(WIDTH, WIDTH, 3, padding=dilation, dilation=dilation) for dilation in DILATIONS
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(WIDTH) for _ in DILATIONS)
        self.register_buffer("prior", torch.full((len(VISEMES),), 1 / len(VISEMES)))
        self.exit = nn.Conv1d(WIDTH, len(VISEMES), 1)

    def forward(self, features: Tensor) -> Tensor:
        hidden = self.entry(features.transpose(1, 2))
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            hidden = hidden + torch.relu(norm(convolution(hidden)))
        logits: Tensor = self.exit(hidden).transpose(1, 2)
        return logits


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
