"""The published code of MuseTalk and of LatentSync, run as it stands, from a folder that the user has it in: to compare
with."""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talking.errors import InvalidRequest

_MUSETALK = ("musetalk/models/vae.py", "musetalk/models/unet.py", "musetalk/utils/blending.py")
_LATENTSYNC = ("latentsync/pipelines/lipsync_pipeline.py", "configs/unet/stage2.yaml")
_PARSER = Path("models") / "face-parse-bisent"


@dataclass(frozen=True)
class Upstream:
    """The published objects: `vae`, `unet` and its `places`, `audio` that turns a file into what frames hear, `parser`
    of faces, None without its weights, and `paste` that lays a face on a picture.
    """

    vae: Any
    unet: Any
    places: Any
    audio: Any
    parser: Any
    paste: Any


@contextmanager
def musetalk(
    folder: Path, checkpoints: dict[str, tuple[Path, ...]], parser: dict[str, Any] | None
) -> Iterator[Upstream]:
    """The code in `folder` with the files of `checkpoints`, by name, and the weights of a face `parser`.

    One thing is changed: latents are the most likely ones and not drawn by chance, since else nothing could be
    compared. Raises InvalidRequest when the folder is another, or packages that the code needs are missing.
    """
    with _opened(folder, "MuseTalk", _MUSETALK), tempfile.TemporaryDirectory() as work, _within(Path(work)):
        _lay_out(Path(work), parser)
        yield _loaded(checkpoints, parser is not None)


@contextmanager
def latentsync(folder: Path, painter: Any, coder: Any, hearing: Any = None) -> Iterator[Any]:
    """The pipeline of the code in `folder` with the weights of our `painter` and `coder`, as precise and on the same
    device, and `hearing` as its audio encoder.

    Latents are the most likely ones, as above. Raises InvalidRequest as `musetalk`.
    """
    with _opened(folder, "LatentSync", _LATENTSYNC), _within(folder):
        yield _pipeline(painter, coder, hearing)


@contextmanager
def _opened(folder: Path, name: str, needed: tuple[str, ...]) -> Iterator[None]:
    """With the code in `folder` to be imported. Raises InvalidRequest when it is another, or needs what is missing."""
    if not all((folder / file).is_file() for file in needed):
        raise InvalidRequest(f"The folder does not hold the code of {name}: give one that it was cloned into.")
    before = list(sys.path)
    sys.path.insert(0, str(folder))
    try:
        yield
    except ImportError as error:
        raise InvalidRequest(f"The code of {name} needs the package {error.name}: install it.") from error
    finally:
        sys.path[:] = before


@contextmanager
def _within(folder: Path) -> Iterator[None]:
    """In `folder`, where the code looks for its files."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _pipeline(painter: Any, coder: Any, hearing: Any) -> Any:
    import torch
    import yaml
    from diffusers import AutoencoderKL, DDIMScheduler, DiffusionPipeline

    assert DiffusionPipeline is not None  # imported before the pipeline is, which fails on newer releases otherwise
    _no_chance()
    code = importlib.import_module("latentsync.pipelines.lipsync_pipeline")
    model = importlib.import_module("latentsync.models.unet").UNet3DConditionModel
    shape = yaml.safe_load(Path(_LATENTSYNC[1]).read_text())["model"]
    params = painter.params
    shape |= {"norm_eps": 1e-5, "block_out_channels": list(params.widths), "cross_attention_dim": params.context}
    unet, vae = model.from_config(shape), AutoencoderKL.from_config(dict(coder.config))
    for theirs, ours in ((unet, painter), (vae, coder)):
        torch.nn.Module.load_state_dict(theirs, ours.state_dict(), strict=True)
        torch.nn.Module.to(theirs.eval(), next(ours.parameters()).device, next(ours.parameters()).dtype)
    vae.register_to_config(scaling_factor=0.18215, shift_factor=0)
    schedule = DDIMScheduler.from_pretrained("configs")
    return code.LipsyncPipeline(vae=vae, audio_encoder=hearing, unet=unet, scheduler=schedule)


def _no_chance() -> None:
    from diffusers.models.autoencoders import vae as posteriors

    posteriors.DiagonalGaussianDistribution.sample = lambda self, **_: self.mode()


def _lay_out(work: Path, parser: dict[str, Any] | None) -> None:
    """The files where the code looks for them."""
    import torch
    from transformers import WhisperFeatureExtractor

    WhisperFeatureExtractor().save_pretrained(work / "whisper")
    if parser is not None:
        (work / _PARSER).mkdir(parents=True)
        torch.save(parser, work / _PARSER / "79999_iter.pth")
        trunk = {name.removeprefix("cp.resnet."): value for name, value in parser.items() if "cp.resnet." in name}
        torch.save(trunk, work / _PARSER / "resnet18-5c106cde.pth")


def _loaded(checkpoints: dict[str, tuple[Path, ...]], parsing: bool) -> Upstream:
    _no_chance()
    weights, config = checkpoints["musetalk"]
    shape = {name: value for name, value in json.loads(config.read_text()).items() if not name.startswith("_")}
    plain = Path("musetalk.json")
    plain.write_text(json.dumps(shape))
    vae = importlib.import_module("musetalk.models.vae").VAE(model_path=str(checkpoints["sd-vae-ft-mse"][0].parent))
    models = importlib.import_module("musetalk.models.unet")
    unet = models.UNet(unet_config=str(plain), model_path=str(weights))
    audio = importlib.import_module("musetalk.utils.audio_processor").AudioProcessor("whisper")
    parser = None
    if parsing:
        faces = importlib.import_module("musetalk.utils.face_parsing")
        parser = faces.FaceParsing(left_cheek_width=90, right_cheek_width=90)
    blending = importlib.import_module("musetalk.utils.blending")
    return Upstream(vae, unet.model.eval(), models.PositionalEncoding(d_model=384), audio, parser, blending.get_image)


def bgr(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture as that code has it, or back."""
    return np.ascontiguousarray(picture[..., ::-1])
