"""Networks without memory for weights that are thrown away again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def empty(make: Callable[[], Network]) -> Network:
    """The network of `make` with shapes and no values, ready to take weights over as they are."""
    with torch.device("meta"):
        return make().eval().requires_grad_(False)
