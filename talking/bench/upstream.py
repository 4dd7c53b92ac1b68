"""The published code of MuseTalk, run as it stands, from a folder that the user has it in: to compare with."""

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

_NEEDED = ("musetalk/models/vae.py", "musetalk/models/unet.py", "musetalk/utils/blending.py")
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
    if not all((folder / name).is_file() for name in _NEEDED):
        raise InvalidRequest("The folder does not hold the code of MuseTalk: give one that it was cloned into.")
    before, place = list(sys.path), Path.cwd()
    sys.path.insert(0, str(folder))
    with tempfile.TemporaryDirectory() as work:
        try:
            _lay_out(Path(work), parser)
            os.chdir(work)
            yield _loaded(checkpoints, parser is not None)
        except ImportError as error:
            raise InvalidRequest(f"The code of MuseTalk needs the package {error.name}: install it.") from error
        finally:
            os.chdir(place)
            sys.path[:] = before


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
    from diffusers.models.autoencoders import vae as posteriors

    posteriors.DiagonalGaussianDistribution.sample = posteriors.DiagonalGaussianDistribution.mode
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
