"""Every set of weights that an engine can use, with its source and its licences.

A size or hash that nobody here has seen is left out: the lock that the first pull writes has it then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from talking.errors import Unknown

Commercial: TypeAlias = Literal["yes", "no", "unclear"]


@dataclass(frozen=True)
class File:
    """A file of a checkpoint: `path` in its repo, and what is known of it: its size in `bytes`, 0 when unknown, and how
    its `sha256` begins, empty when unknown.
    """

    path: str
    bytes: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Checkpoint:
    """A set of weights.

    `name` as it is asked for; `what` it is; `repo` on the hub, empty for one that everybody must bring themselves;
    `slots` of files, of each of which the first that is there serves; `code` and `weights` the SPDX licences of the
    code it came with and of itself, or words where there is no SPDX name; `commercial` whether commercial use is
    allowed, and `source`, who says so; `homepage` where a person reads about it; `revision` 40 hexadecimal digits,
    empty when whatever the first pull finds is taken and locked.
    """

    name: str
    what: str
    repo: str
    slots: tuple[tuple[File, ...], ...]
    code: str
    weights: str
    commercial: Commercial
    source: str
    homepage: str
    revision: str = ""

    @property
    def own(self) -> bool:
        """Whether everybody must bring it themselves: it is never fetched."""
        return not self.repo

    @property
    def bytes(self) -> int:
        """How much is known to be fetched; 0 when no size is known."""
        return sum(slot[0].bytes for slot in self.slots)


_ALL = (
    Checkpoint(
        "musetalk",
        "MuseTalk 1.5: the network that paints lips",
        "TMElyralab/MuseTalk",
        ((File("musetalkV15/unet.pth"),), (File("musetalkV15/musetalk.json"),)),
        "MIT",
        "CreativeML-OpenRAIL-M",
        "yes",
        "its README: for any purpose, even commercially; the model card adds the use restrictions of OpenRAIL-M",
        "https://github.com/TMElyralab/MuseTalk",
    ),
    Checkpoint(
        "sd-vae-ft-mse",
        "pictures to latents and back, for musetalk and latentsync",
        "stabilityai/sd-vae-ft-mse",
        (
            (
                File("diffusion_pytorch_model.safetensors", 334_643_276),
                File("diffusion_pytorch_model.bin", 334_707_217),
            ),
            (File("config.json", 547),),
        ),
        "MIT",
        "MIT",
        "yes",
        "its model card",
        "https://huggingface.co/stabilityai/sd-vae-ft-mse",
    ),
    Checkpoint(
        "whisper-tiny",
        "hears the speech, for musetalk and latentsync; only its encoder is used",
        "openai/whisper-tiny",
        ((File("model.safetensors"), File("pytorch_model.bin")), (File("config.json"),)),
        "MIT",
        "Apache-2.0",
        "yes",
        "its model card; the original release is MIT",
        "https://huggingface.co/openai/whisper-tiny",
    ),
    Checkpoint(
        "latentsync-1.6",
        "LatentSync 1.6: diffusion of lips at 512 pixels",
        "ByteDance/LatentSync-1.6",
        ((File("latentsync_unet.pt", 5_072_222_488, "0a478e89"),),),
        "Apache-2.0",
        "OpenRAIL++",
        "yes",
        "its model card; the use restrictions of OpenRAIL++ must be passed on to whoever uses it",
        "https://huggingface.co/ByteDance/LatentSync-1.6",
    ),
    Checkpoint(
        "latentsync-1.5",
        "LatentSync 1.5: the same at 256 pixels, in less memory",
        "ByteDance/LatentSync-1.5",
        ((File("latentsync_unet.pt"),),),
        "Apache-2.0",
        "OpenRAIL++",
        "yes",
        "its model card; the use restrictions of OpenRAIL++ must be passed on to whoever uses it",
        "https://huggingface.co/ByteDance/LatentSync-1.5",
    ),
    Checkpoint(
        "face-parsing",
        "tells skin from lips and hair, an option of musetalk; without it a mask from the face mesh serves",
        "",
        ((File("79999_iter.pth"),),),
        "MIT",
        "not stated",
        "unclear",
        "its training data, CelebAMask-HQ, which are for research only",
        "https://github.com/zllrunning/face-parsing.PyTorch",
    ),
    Checkpoint(
        "wav2lip",
        "Wav2Lip: lips at 96 pixels",
        "",
        ((File("wav2lip_gan.pth"), File("wav2lip.pth")),),
        "not stated",
        "not stated",
        "no",
        "its README: research, academic and personal use only, any form of commercial use is strictly prohibited",
        "https://github.com/Rudrabha/Wav2Lip",
    ),
    Checkpoint(
        "s3fd",
        "finds the face as the published code of Wav2Lip does, an option of wav2lip; without it the face mesh serves",
        "",
        ((File("s3fd-619a316812.pth"),),),
        "BSD-3-Clause",
        "not stated",
        "unclear",
        "no licence of the weights is stated; they were trained on WIDER FACE",
        "https://github.com/1adrianb/face-alignment",
    ),
    Checkpoint(
        "buffalo_l",
        "insightface's detector and 106 landmarks, instead of the face mesh of mediapipe",
        "",
        ((File("det_10g.onnx"),), (File("2d106det.onnx"),)),
        "MIT",
        "not stated",
        "no",
        "the README of insightface: its models are for non-commercial research only",
        "https://github.com/deepinsight/insightface",
    ),
)

CHECKPOINTS: dict[str, Checkpoint] = {each.name: each for each in _ALL}
"""Every checkpoint by its name."""


def checkpoint(name: str) -> Checkpoint:
    """The checkpoint called `name`. Raises Unknown with near matches."""
    if name not in CHECKPOINTS:
        raise Unknown.name("checkpoint", name, CHECKPOINTS, hint=f"There are: {', '.join(CHECKPOINTS)}.")
    return CHECKPOINTS[name]
