"""What the neural engines cost at full size, with made-up weights where there are none: speed only, for a GPU.

    python benchmarks/neural_speed.py                        # musetalk in batches of 1 to 64, latentsync in clips of 16
    python benchmarks/neural_speed.py --checkpoints FOLDER   # with weights that were pulled
    python benchmarks/neural_speed.py --musetalk MuseTalk --latentsync LatentSync   # beside the published code

The column "share" is how much of the device's measured peak the arithmetic reaches: 100 % is its floor. Made-up weights
need 9 GB of disk in the folder for temporary files. The device and its precision are chosen as for films.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

sys.path.append(str(Path(__file__).parents[1] / "tests" / "nets"))
from synthetic import load_config

from talking.bench import neural_bench, neural_table
from talking.engines import Means
from talking.nets import unet, vae, whisper
from talking.nets.unet3d import UNet3DParams, empty_unet3d

BATCHES = {"musetalk": (1, 4, 16, 32, 64), "latentsync": (16,), "latentsync-1.5": (16,)}


def make_up(folder: Path) -> None:
    """Write the checkpoints of all engines measured here into `folder`, as they are pulled, weights by chance."""
    shape = load_config("unet")
    painter = folder / "musetalk" / "musetalkV15"
    painter.mkdir(parents=True)
    (painter / "musetalk.json").write_text(json.dumps(shape))
    torch.save(_by_chance(unet.empty_unet(shape)), painter / "unet.pth")
    clips = _by_chance(empty_unet3d(UNet3DParams()))
    first = folder / "latentsync-1.6" / "latentsync_unet.pt"
    first.parent.mkdir()
    torch.save({"global_step": 0, "state_dict": clips}, first)
    second = folder / "latentsync-1.5" / first.name
    second.parent.mkdir()
    second.hardlink_to(first)
    _with_config(folder / "sd-vae-ft-mse", vae.empty_vae, "sd_vae_ft_mse", "diffusion_pytorch_model.safetensors", "")
    ear = folder / "whisper-tiny"
    _with_config(ear, whisper.empty_encoder, "whisper_tiny_encoder", "model.safetensors", "model.encoder.")


def _with_config(place: Path, build: Any, name: str, file: str, prefix: str) -> None:
    shape = load_config(name)
    place.mkdir()
    (place / "config.json").write_text(json.dumps(shape))
    save_file({prefix + key: value for key, value in _by_chance(build(shape)).items()}, place / file)


def _by_chance(empty: Any) -> dict[str, torch.Tensor]:
    """Small weights for a network, so that nothing overflows."""
    return {
        key: torch.randn(value.shape).mul_(0.02).to(value.dtype)
        if value.is_floating_point()
        else torch.zeros(value.shape, dtype=value.dtype)
        for key, value in empty.state_dict().items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("checkpoints", "musetalk", "latentsync"):
        parser.add_argument(f"--{name}", type=Path, metavar="FOLDER")
    parser.add_argument("--engine", action="append", choices=BATCHES, help="only this one, repeatable")
    parser.add_argument("--device", default="auto")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.checkpoints
        if folder is None:
            folder = Path(scratch) / "checkpoints"
            make_up(folder)
        means = Means(checkpoints=folder.resolve(), device=arguments.device)
        for engine in arguments.engine or BATCHES:
            theirs = arguments.musetalk if engine == "musetalk" else arguments.latentsync
            upstream = theirs.resolve() if theirs else None
            result = neural_bench(engine, means, batches=BATCHES[engine], upstream=upstream)
            sys.stdout.write(neural_table(result) + "\n\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
