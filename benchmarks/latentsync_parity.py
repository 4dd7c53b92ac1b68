"""Our LatentSync 1.5 against the published code: same weights, picture, points of the face and sound; how far the
pasted frames are apart.

    python benchmarks/latentsync_parity.py --upstream LatentSync --checkpoints FOLDER --portrait P.jpg --sound S.wav

`--upstream` is a clone of bytedance/LatentSync, which needs torchvision, einops, kornia, imageio, decord, soundfile and
insightface (no weights of it); `--checkpoints` has latentsync-1.5, sd-vae-ft-mse and whisper-tiny. Its pipeline runs
whole, on the CPU in float32; only the detector, its files and chance are taken out. Exit code 0 when the frames agree
to 50 dB or better where what was painted shows fully, else 1.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from talking.bench import upstream
from talking.checkpoints import paths
from talking.engines import Means, device
from talking.engines.latentsync.align import anchors
from talking.engines.latentsync.networks import Networks, read
from talking.engines.latentsync.painter import ClipPainter
from talking.engines.latentsync.sampler import Recipe
from talking.engines.latentsync.sound import spectrum
from talking.engines.lips.load import Shelf
from talking.engines.lips.sound import Ear
from talking.engines.mesh import MeshEngine
from talking.face.detect import find_portrait
from talking.media import audio, image
from talking.media.audio import resample
from talking.types import BLENDSHAPES, Motion, Portrait, Speech

LEAST = 50.0
"""dB of the pasted frames."""

SEED, GUIDANCE, RESOLUTION = 7, 1.5, 256


def theirs(folder: Path, networks: Networks, portrait: Portrait, speech: Speech, steps: int) -> NDArray[np.uint8]:
    """Frames uint8 (n, H, W, 3) by the published pipeline."""
    ear = Ear(networks.ear, speech, normed=False, held=True, spectrum=spectrum)
    hearing = _Heard(list(ear.tokens(0, speech.num_frames)))
    made: list[NDArray[np.uint8]] = []
    with upstream.latentsync(folder, networks.painter, networks.coder, hearing) as pipeline:
        _without_files(importlib.import_module(type(pipeline).__module__), portrait, made)
        pipeline(
            video_path="", audio_path="", video_out_path="", num_frames=16, num_inference_steps=steps,
            guidance_scale=GUIDANCE, weight_dtype=torch.float32, width=RESOLUTION, height=RESOLUTION,
            generator=torch.Generator().manual_seed(SEED),
        )  # fmt: skip
    return made[0]


class _Heard:
    """In place of the published audio encoder: what ours heard."""

    def __init__(self, tokens: list[torch.Tensor]) -> None:
        self._tokens = tokens

    def audio2feat(self, _path: str) -> None:
        """There is no file."""

    def feature2chunks(self, **_: Any) -> list[torch.Tensor]:
        return self._tokens


def _without_files(code: Any, portrait: Portrait, made: list[NDArray[np.uint8]]) -> None:
    """Give the pipeline the picture and the points of its face, and keep its frames."""
    faces = importlib.import_module("latentsync.utils.image_processor")
    restore = importlib.import_module("latentsync.utils.affine_transform").AlignRestore
    points, mask = anchors(portrait.face.landmarks), faces.load_fixed_mask(RESOLUTION).float()

    class Processor(faces.ImageProcessor):  # type: ignore[misc, name-defined]
        def __init__(self, resolution: int, **_: Any) -> None:
            super().__init__(resolution, "cpu", mask)
            self.restorer = restore(resolution=resolution, device="cpu", dtype=torch.float32)

        def affine_transform(self, picture: NDArray[np.uint8]) -> tuple[Any, list[int], Any]:
            face, matrix = self.restorer.align_warp_face(picture.copy(), landmarks3=points, smooth=True)
            box = [0, 0, face.shape[1], face.shape[0]]
            square = cv2.resize(face, (self.resolution, self.resolution), interpolation=cv2.INTER_LANCZOS4)
            return torch.from_numpy(square).permute(2, 0, 1), box, matrix

    code.ImageProcessor, code.load_fixed_mask = Processor, lambda *_: mask
    code.check_ffmpeg_installed = lambda: None
    code.read_audio = lambda _path: torch.zeros(16_000)
    code.read_video = lambda _path, **_: np.repeat(portrait.image[None], 2, axis=0)
    code.write_video = lambda _path, frames, **_: made.append(frames)
    code.sf = SimpleNamespace(write=lambda *_: None)
    code.subprocess = SimpleNamespace(run=lambda *_, **__: None)
    code.shutil = SimpleNamespace(rmtree=lambda *_: None)


def compare(arguments: argparse.Namespace) -> float:
    """The dB of the worst frame."""
    means = Means(checkpoints=arguments.checkpoints.resolve(), device="cpu")
    portrait = find_portrait(image.load(arguments.portrait).image)
    heard = audio.load(arguments.sound)
    samples = resample(heard.samples, heard.rate, 16_000)[: arguments.frames * 640]
    speech, folder = Speech(samples, 16_000), arguments.upstream.resolve()
    count = speech.num_frames
    paths("latentsync-1.5", means.checkpoints)
    with closing(Shelf(means, device.choose("cpu"))) as shelf, closing(MeshEngine(0)) as mesh:
        networks = read(shelf, "latentsync-1.5")
        recipe, state = Recipe(arguments.steps, GUIDANCE), mesh.prepare(portrait).state
        painter = ClipPainter(networks, state, portrait, recipe, overlap=0)
        still = np.zeros((count, 3), np.float32)
        motion = Motion(np.zeros((count, len(BLENDSHAPES)), np.float32), still, still[:, :2], still[:, 0])
        ours = list(painter.paint(motion, speech, np.ones(count, bool), seed=SEED))
        published = theirs(folder, networks, portrait, speech, arguments.steps)
    region, shown = painter.region, painter._placing.share > 0.999
    worst = 99.0
    for mine, frame in zip(ours, published, strict=True):
        assert mine is not None
        apart = mine.picture[shown].astype(float) - frame[region.rows, region.columns][shown]
        worst = min(worst, float(10 * np.log10(255**2 / max(np.square(apart).mean(), 1e-9))))
    return worst


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("upstream", "checkpoints", "portrait", "sound"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--steps", type=int, default=2)
    worst = compare(parser.parse_args())
    sys.stdout.write(f"worst pasted frame {worst:.1f} dB\n")
    return 0 if worst >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
