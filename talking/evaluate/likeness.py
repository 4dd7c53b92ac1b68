"""Whether the face in a film is still the portrait's: as sharp around the mouth, and of the same build."""

from __future__ import annotations

import cv2
import numpy as np

from talking.evaluate.tracks import measure
from talking.face.identity import Embedder
from talking.types import Floats, Image, Portrait

RIGID = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 98, 327, 127, 356, 10, 67, 297, 109, 338, 116, 345, 123, 352)
"""Landmarks on bone, which no expression moves much: eye corners, nose, temples, forehead, cheekbones."""

EMBED_EVERY = 12
"""Frames from one embedding to the next: the model takes longer than all else."""

_EYES = ((33, 133), (263, 362))
_MOUTH_CORNERS = (61, 291)
_PATCH = (1.2, 0.9)  # width and height around the mouth, interocular distances
_FINE = 1.2  # px, sigma of the gaussian below which detail counts as sharpness
_RESTING = 0.05  # aperture up to which a mouth can be compared with the one at rest in the portrait


class Likeness:
    """Compares the frames of a film with its portrait, one at a time.

    `portrait` as the engine got it: the same build in any size. With an `embedder`, every EMBED_EVERY-th frame is
    compared by it, too.
    """

    def __init__(self, portrait: Portrait, embedder: Embedder | None = None) -> None:
        self._embedder = embedder
        self._own = embedder.embed(portrait.image, portrait.face.landmarks) if embedder else None
        self._alike: list[float] = []
        self._mesh = portrait.face.landmarks
        self._patch = _mouth_patch(portrait.image, self._mesh)
        self._drift: list[float] = []
        self._sharpness: list[tuple[float, float]] = []

    def observe(self, image: Image, mesh: Floats) -> None:
        """Look at one frame, uint8 RGB, and its mesh float32 (478, 3) px."""
        if self._embedder and self._own is not None and len(self._drift) % EMBED_EVERY == 0:
            self._alike.append(float(self._own @ self._embedder.embed(image, mesh)))
        self._drift.append(misfit(mesh, self._mesh))
        patch = _mouth_patch(image, mesh)
        if min(patch.shape) >= 8 and min(self._patch.shape) >= 8:
            source = cv2.resize(self._patch, patch.shape[::-1], interpolation=cv2.INTER_AREA)
            ratio = _detail(patch) / max(_detail(np.asarray(source, np.float32)), 1e-3)
            self._sharpness.append((float(measure(mesh)[0]), ratio))

    @property
    def drift(self) -> float:
        """How far the bones' landmarks lie from the portrait's after the head's turn is taken out: the median over
        the frames of the root mean square, interocular distances; NaN without a frame.
        """
        return float(np.median(self._drift)) if self._drift else float("nan")

    @property
    def similarity(self) -> float:
        """The median cosine between the embeddings of frames and portrait; NaN without an embedder or a frame."""
        return float(np.median(self._alike)) if self._alike else float("nan")

    @property
    def sharpness(self) -> float:
        """Fine detail around the mouth against the portrait's: the median over frames with the mouth at rest, or over
        all when there are few; 1 is as sharp, NaN without a frame.
        """
        resting = [ratio for aperture, ratio in self._sharpness if aperture < _RESTING]
        ratios = resting if len(resting) >= 5 else [ratio for _, ratio in self._sharpness]
        return float(np.median(ratios)) if ratios else float("nan")


def misfit(mesh: Floats, other: Floats) -> float:
    """Root mean square distance between two meshes' rigid landmarks after the best similarity transform (Umeyama 1991),
    in interocular distances.
    """
    a, b = (np.asarray(each[list(RIGID)], np.float64) for each in (mesh, other))
    unit = float(np.linalg.norm(other[list(_EYES[0])].mean(axis=0) - other[list(_EYES[1])].mean(axis=0)))
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    left, stretch, right = np.linalg.svd(b.T @ a)
    sign = np.ones(3)
    sign[2] = np.sign(np.linalg.det(left @ right))
    rotation = left @ np.diag(sign) @ right
    scale = float((stretch * sign).sum() / max(float((a * a).sum()), 1e-9))
    rest = b - scale * a @ rotation.T
    return float(np.sqrt((rest * rest).sum(axis=1).mean())) / max(unit, 1e-6)


def _mouth_patch(image: Image, mesh: Floats) -> Floats:
    """The luma around the mouth, float32 (h, w); empty when it lies outside of the picture."""
    eyes = [mesh[list(pair), :2].mean(axis=0) for pair in _EYES]
    unit = float(np.linalg.norm(eyes[0] - eyes[1]))
    x, y = mesh[list(_MOUTH_CORNERS), :2].mean(axis=0)
    left, right = (int(np.clip(x + side * _PATCH[0] * unit / 2, 0, image.shape[1])) for side in (-1, 1))
    top, bottom = (int(np.clip(y + side * _PATCH[1] * unit / 2, 0, image.shape[0])) for side in (-1, 1))
    return np.asarray(image[top:bottom, left:right] @ np.array([0.2126, 0.7152, 0.0722], np.float32), np.float32)


def _detail(patch: Floats) -> float:
    return float(np.std(patch - cv2.GaussianBlur(patch, (0, 0), _FINE)))
