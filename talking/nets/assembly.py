"""Networks put together from their weights, without memory for weights that are thrown away again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)


def assembled(make: Callable[[], Network], state: Mapping[str, Tensor]) -> Network:
    """The network of `make` with the weights of `state`, whose tensors become its own, ready for inference.

    Raises RuntimeError, which lists them, when a name is missing, is too many, or has another shape.
    """
    network = empty(make)
    network.load_state_dict(dict(state), strict=True, assign=True)
    return network.eval().requires_grad_(False)


def empty(make: Callable[[], Network]) -> Network:
    """The network of `make` with shapes and no values."""
    with torch.device("meta"):
        return make()
