"""Weights from files, without ever running what a file says."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talking.errors import Unavailable

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

logger = logging.getLogger(__name__)


def load_state(path: Path, *, member: str = "", prefix: str = "module.") -> dict[str, Tensor]:
    """The tensors of a file by their keys, on the CPU: safetensors by its name, else torch's own format as data only.

    `member` is the key that holds them when the file holds more; a `prefix` that all keys have, as those of networks
    that were trained on several GPUs do, is taken off. Raises Unavailable when the file is damaged, or holds anything
    but data.
    """
    try:
        state = _read(path)
    except MemoryError:
        raise
    except Exception as error:  # each format has its own errors, and for damage a dozen of them
        logger.info("%s cannot be read: %s: %s", path.name, type(error).__name__, error)
        raise Unavailable(_damaged(path)) from error
    if member and isinstance(state.get(member), Mapping):
        state = dict(state[member])
    if prefix and state and all(key.startswith(prefix) for key in state):
        state = {key[len(prefix) :]: value for key, value in state.items()}
    if not state or not all(hasattr(value, "shape") for value in state.values()):
        raise Unavailable(_damaged(path))
    return state


def fill(network: Module, state: Mapping[str, Any], name: str) -> None:
    """Put `state` into `network`, taking its tensors as they are, strictly: every key and shape must agree.

    Raises Unavailable, saying how many do not, when it is of another network; `name` is the checkpoint's.
    """
    own = network.state_dict()
    missing, foreign = own.keys() - state.keys(), state.keys() - own.keys()
    other = [key for key in own.keys() & state.keys() if own[key].shape != state[key].shape]
    if missing or foreign or other:
        raise Unavailable(
            f"The checkpoint '{name}' is of another network: of {len(own)} tensors {len(missing)} are missing, "
            f"{len(other)} have another shape and {len(foreign)} are unknown. Fetch the file that its page names."
        )
    network.load_state_dict(state, strict=True, assign=True)


def _read(path: Path) -> dict[str, Any]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        tensors: dict[str, Any] = load_file(path, device="cpu")
        return tensors
    import torch

    loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return loaded


def _damaged(path: Path) -> str:
    return (
        f"The file '{path.name}' is damaged, or holds more than weights, and was not used: "
        f"run `talking checkpoints verify {path.parent.name}`."
    )
