"""Networks of the lip painters, read from their checkpoints, each in a process once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from torch import Tensor, nn

from talking.checkpoints import paths
from talking.engines.device import Device
from talking.engines.means import Means
from talking.engines.models import MODELS
from talking.engines.state import fill, load_state
from talking.errors import Unavailable

Build: TypeAlias = Callable[[dict[str, Any]], Any]
"""Makes an empty network from its configuration."""

Describe: TypeAlias = Callable[[Mapping[str, Tensor]], dict[str, Any]]
"""Tells the configuration of a network by its weights, where no file has it."""

Rename: TypeAlias = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]
"""Brings the names of a file's weights to those of the network."""


def _nothing(_state: Mapping[str, Tensor]) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class _How:
    """The ways from files to a network."""

    build: Build
    rename: Rename
    describe: Describe
    member: str


class Shelf:
    """Takes networks for one engine on one device, and gives all of them back when it is closed."""

    def __init__(self, means: Means, device: Device) -> None:
        self._means, self.device = means, device
        self._held = ExitStack()

    def network(
        self, checkpoint: str, build: Build, rename: Rename = dict, *, describe: Describe = _nothing, member: str = ""
    ) -> Any:
        """The network of a checkpoint whose first file has its weights and whose second, if there is one, its
        configuration, which is what `describe` tells otherwise: on the device and in its precision. `member` is where
        in that file the weights are, if it has more.

        Raises CheckpointMissing, and Unavailable when a file is damaged or of another network.
        """
        files = paths(checkpoint, self._means.checkpoints)
        key = (checkpoint, str(files[0]), self.device.place, self.device.precision)
        how = _How(build, rename, describe, member)
        network = MODELS.take(key, lambda: _read(files, checkpoint, how, self.device))
        self._held.callback(MODELS.give_back, key)
        return network

    @property
    def folder(self) -> Path | None:
        """Where checkpoints are looked for; None for the usual place."""
        return self._means.checkpoints

    def close(self) -> None:
        """Give the networks back."""
        self._held.close()


def _read(files: tuple[Path, ...], checkpoint: str, how: _How, device: Device) -> Any:
    state = how.rename(load_state(files[0], member=how.member))
    try:
        config = json.loads(files[1].read_text(encoding="utf-8")) if len(files) > 1 else how.describe(state)
        network = how.build(config)
    except (OSError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise Unavailable(
            f"The file '{files[-1].name}' of the checkpoint '{checkpoint}' does not describe a network that is known: "
            f"run `talking checkpoints verify {checkpoint}`."
        ) from error
    fill(network, state, checkpoint)
    # By the method of every module: that of diffusers warns users of modules that these networks do not have.
    return nn.Module.to(network, device.torch, device.dtype)
