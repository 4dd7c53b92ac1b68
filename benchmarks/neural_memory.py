"""How much memory the neural engines take at full size, counted without taking it: for machines of any size.

    python benchmarks/neural_memory.py                  # every engine, as films are made on a GPU and on a CPU
    python benchmarks/neural_memory.py --frames 4       # clips and batches of four frames

Networks and pictures are tensors with a shape and no values, so every one that torch makes between input and output is
counted for as long as it is held. Not counted: what CUDA takes for itself, about half a GiB, and what libraries use
while they compute a product. Weights are held once; the peak of each stage is what is held on top of all weights.
"""

from __future__ import annotations

import argparse
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

sys.path.append(str(Path(__file__).parents[1] / "tests" / "nets"))
from synthetic import load_config

from talking.nets import unet, vae, whisper
from talking.nets.unet3d import UNet3DParams, empty_unet3d

GIB = 1 << 30


class Held(TorchDispatchMode):
    """Counts the bytes of all tensors made while it is on, as long as anything holds them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._known: dict[int, int] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for each in tree_leaves(made):
            if isinstance(each, torch.Tensor):
                self._hold(each.untyped_storage())
        return made

    def _hold(self, storage: Any) -> None:
        key = id(storage)
        if key in self._known:
            return
        self._known[key] = storage.nbytes()
        self.now += storage.nbytes()
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._let_go, key)

    def _let_go(self, key: int) -> None:
        self.now -= self._known.pop(key)


@dataclass(frozen=True)
class Networks:
    """`ear`, `coder` and `painter` of an engine whose pictures are `side` px."""

    ear: Any
    coder: Any
    painter: Any
    side: int


@contextmanager
def shapes_only(engine: str, dtype: torch.dtype) -> Iterator[Networks]:
    """The networks of an engine at full size, while tensors have no values."""
    painter = unet.empty_unet(load_config("unet")) if engine == "musetalk" else empty_unet3d(UNet3DParams())
    ear, coder = whisper.empty_encoder(load_config("whisper_tiny_encoder")), vae.empty_vae(load_config("sd_vae_ft_mse"))
    with FakeTensorMode(allow_non_fake_inputs=True), torch.inference_mode():
        for network in (ear, coder, painter):
            network.load_state_dict(
                {
                    key: torch.empty(value.shape, dtype=dtype if value.is_floating_point() else value.dtype)
                    for key, value in network.state_dict().items()
                },
                assign=True,
            )
        yield Networks(ear, coder, painter, {"musetalk": 256, "latentsync": 512, "latentsync-1.5": 256}[engine])


def weights(networks: Networks) -> int:
    """Bytes of all weights."""
    parts = (networks.ear, networks.coder, networks.painter)
    return sum(each.nbytes for part in parts for each in part.state_dict().values())


def stages(networks: Networks, engine: str, frames: int, dtype: torch.dtype) -> dict[str, Callable[[], object]]:
    """What a film does with the networks, by name: one piece of sound, the portrait, and `frames` at once."""
    side, small = networks.side, networks.side // 8

    def of(*shape: int) -> torch.Tensor:
        return torch.empty(shape, dtype=dtype)

    def paint() -> object:
        if engine == "musetalk":
            return unet.paint(networks.painter, of(frames, 8, small, small), of(frames, 50, 384))
        # Both halves of guidance at once.
        return networks.painter.predict(of(2, 13, frames, small, small), of(2), of(2 * frames, 50, 384))

    decoded = frames if engine == "musetalk" else min(frames, 8)
    return {
        "hear": lambda: whisper.hidden_states(networks.ear, of(1, 80, 3000), normed=True),
        "look": lambda: vae.encode(networks.coder, of(1, 3, side, side)),
        "paint": paint,
        "decode": lambda: vae.decode(networks.coder, of(decoded, 4, small, small)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=16, help="in a batch or clip; 16")
    frames = parser.parse_args().frames
    sys.stdout.write(
        "engine           precision  weights  " + "".join(f"{name:>8}" for name in _STAGES) + "     most, GiB\n"
    )
    for engine in ("musetalk", "latentsync", "latentsync-1.5"):
        for dtype in (torch.bfloat16, torch.float32):
            with shapes_only(engine, dtype) as networks:
                base, peaks = weights(networks), []
                for stage in stages(networks, engine, frames, dtype).values():
                    with Held() as held:
                        stage()
                    peaks.append(held.peak)
            told = "".join(f"{peak / GIB:8.2f}" for peak in peaks)
            name = str(dtype).removeprefix("torch.")
            sys.stdout.write(f"{engine:<16} {name:<9} {base / GIB:8.2f}  {told} {(base + max(peaks)) / GIB:9.2f}\n")
            sys.stdout.flush()


_STAGES = ("hear", "look", "paint", "decode")

if __name__ == "__main__":
    main()
