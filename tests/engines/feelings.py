"""How feelings show in rendered frames, looked at with the face mesh again.

`python -m tests.engines.feelings picture...` prints the tables that the documentation shows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

try:
    from acceptance import VISEMES, aperture, eye_openness, frames, mouth_width, seen
except ModuleNotFoundError:  # run as a module
    from tests.engines.acceptance import VISEMES, aperture, eye_openness, frames, mouth_width, seen
from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.faceframe import FaceFrame
from talking.engines.mesh.planar import i420_to_rgb
from talking.engines.mesh.render import lip_gap
from talking.engines.mesh.setup import MeshState, prepare
from talking.face.detect import find_portrait
from talking.motion.expressions import blend, mood, tracks
from talking.types import BLENDSHAPES, CHANNEL, EXPRESSIONS, ExpressionCue, Floats, Image, Motion, Portrait

FIGURES = ("inner brow", "outer brow", "knit", "corners", "lids", "width", "nose")
"""Heights over the line of the eye corners in hundredths of IOD: the inner and the outer end of the brows, the wings of
the nose over the nose's bridge; how near the inner ends of the brows are; the corners of the mouth over the middle of
the lips; the opening of the eyes over their width and the mouth's width, in hundredths."""


def face_of(expression: str, intensity: float) -> Floats:
    """The blendshapes of an expression, float32 (53,)."""
    return mood(tracks([ExpressionCue(0, expression, intensity)], 0, 1)).face[0]


def moved(rows: Iterable[Floats]) -> Motion:
    """A motion of rows of blendshapes with a still head."""
    shapes = np.array(list(rows), np.float32)
    still = np.zeros((len(shapes), 3), np.float32)
    return Motion(shapes, still, still[:, :2].copy(), still[:, 0].copy())


def look(face: FaceFrame) -> Floats:
    """The figures of FIGURES of a measured face."""
    p = face.points
    inner = p[[55, 107, 285, 336], 1].mean()
    outer = p[[46, 70, 53, 63, 276, 300, 283, 293], 1].mean()
    knit = p[[285, 336], 0].mean() - p[[55, 107], 0].mean()
    corners = p[[0, 13, 14, 17], 1].mean() - p[[61, 291], 1].mean()
    nose = p[[lm.WING_A, lm.WING_B], 1].mean() - p[168, 1]
    return 100 * np.array([-inner, -outer, -knit, corners, eye_openness(face), mouth_width(face), -nose])


def responses(portrait: Portrait, state: MeshState, amounts: Sequence[float] = (0.0, 0.5, 1.0)) -> dict[str, Floats]:
    """What each expression changes against neutral, (amounts, FIGURES), seen in rendered frames."""
    names = EXPRESSIONS[1:]
    rows = [face_of(name, amount) for name in names for amount in amounts]
    faces = seen(portrait, state, moved([np.zeros(len(BLENDSHAPES), np.float32), *rows]))
    rest = look(faces[0])
    changes = np.array([look(face) - rest for face in faces[1:]])
    return dict(zip(names, changes.reshape(len(names), len(amounts), -1), strict=True))


def brows_by_pixels(portrait: Portrait, state: MeshState, rows: Sequence[Floats]) -> Floats:
    """How far the inner and the outer part of the brows have risen in frames of blendshapes, (n, 2), hundredths of IOD.

    Found by looking for what surrounds them in the picture, since the face mesh believes in no unusual brows.
    """
    iod = state.frame.iod
    source = cv2.cvtColor(portrait.image, cv2.COLOR_RGB2GRAY)
    rises = []
    for frame in frames(state, moved(rows)):
        luma = cv2.cvtColor(i420_to_rgb(frame), cv2.COLOR_RGB2GRAY)
        found = [_risen(source, luma, state.frame.pixels[index, :2], iod) for index in (107, 336, 63, 293)]
        rises.append((np.mean(found[:2]), np.mean(found[2:])))
    return 100 * np.array(rises)


def _risen(source: Image, luma: Image, point: Floats, iod: float) -> float:
    """How far what surrounds a point has risen, in IOD."""
    half, reach = round(0.10 * iod), round(0.14 * iod)
    x, y = np.round(point).astype(int)
    patch = source[y - half : y + half, x - half : x + half]
    around = luma[y - half - reach : y + half + reach, x - half - reach : x + half + reach]
    match = cv2.matchTemplate(around, patch, cv2.TM_CCOEFF_NORMED)
    return float((reach - np.unravel_index(match.argmax(), match.shape)[0]) / iod)


def viseme(name: str) -> Floats:
    """The blendshapes of a viseme of the acceptance figures, float32 (53,)."""
    row = np.zeros(len(BLENDSHAPES), np.float32)
    for channel, amount in VISEMES[name].items():
        row[CHANNEL[channel]] = amount
    return row


def closures(portrait: Portrait, state: MeshState) -> dict[str, tuple[float, float, float]]:
    """For each expression the lip gap in hundredths of IOD at m, b and p: what the engine commands, and what is seen;
    and what is seen at a wide-open vowel."""
    shapes = [viseme("MBP"), viseme("AA")]
    rows = [blend(shape[None], face_of(name, 1.0)[None])[0] for name in EXPRESSIONS for shape in shapes]
    gaps = [100 * aperture(face) for face in seen(portrait, state, moved(rows))]
    told = [100 * lip_gap(state, row) for row in rows]
    return {name: (told[2 * i], gaps[2 * i], gaps[2 * i + 1]) for i, name in enumerate(EXPRESSIONS)}


def main(paths: list[str]) -> None:
    """Print both tables, the mean over some pictures and each picture's closures."""
    from PIL import Image

    cv2.setNumThreads(1)
    found, sealed, brows = [], [], []
    for path in paths:
        image = np.array(Image.open(path).convert("RGB"))
        height, width = image.shape[:2]
        portrait = find_portrait(np.ascontiguousarray(image[: height // 2 * 2, : width // 2 * 2]))
        state = prepare(portrait)
        found.append(responses(portrait, state))
        sealed.append(closures(portrait, state))
        told = [face_of(name, amount) for name in EXPRESSIONS[1:] for amount in (0.5, 1.0)]
        brows.append(brows_by_pixels(portrait, state, told))
    sys.stdout.write(f"{'':9}{'':>5}" + "".join(f"{name:>18}" for name in FIGURES) + "\n")
    for name in EXPRESSIONS[1:]:
        each = np.array([response[name] for response in found])
        for i, amount in enumerate((0.5, 1.0), start=1):
            cells = (
                f"{m:6.1f} ({low:.1f}..{high:.1f})"
                for m, low, high in zip(
                    each[:, i].mean(axis=0), each[:, i].min(axis=0), each[:, i].max(axis=0), strict=True
                )
            )
            sys.stdout.write(f"{name:9}{amount:5.1f}" + "".join(f"{cell:>18}" for cell in cells) + "\n")
    sys.stdout.write("\nbrows by their pixels, inner and outer, at 0.5 and 1\n")
    for name, each in zip(EXPRESSIONS[1:], np.mean(brows, axis=0).reshape(-1, 2, 2), strict=True):
        sys.stdout.write(f"{name:9}" + "".join(f"{inner:6.1f}{outer:6.1f} |" for inner, outer in each) + "\n")
    sys.stdout.write("\nlip gap at m/b/p, seen (told) | open vowel\n" + " " * 22)
    sys.stdout.write("".join(f"{name:>20}" for name in EXPRESSIONS) + "\n")
    for path, row in zip(paths, sealed, strict=True):
        cells = (f"{gap:5.2f} ({told:.2f}) | {wide:4.1f}" for told, gap, wide in row.values())
        sys.stdout.write(f"{Path(path).stem[:22]:22}" + "".join(f"{cell:>20}" for cell in cells) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
