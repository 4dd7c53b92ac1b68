"""How well the mesh engine does what it is told, measured by looking at its frames with the face mesh again.

`python -m tests.engines.acceptance picture...` prints a table. The figures are those docs/mesh.md promises.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.expression import coefficients, keep_looking
from talking.engines.mesh.faceframe import Array, FaceFrame, face_frame
from talking.engines.mesh.fields import mouth_fields
from talking.engines.mesh.lips import move_lips, paint_lips
from talking.engines.mesh.paint import Palette, canvas
from talking.engines.mesh.planar import i420_to_rgb, views
from talking.engines.mesh.pose import pose_matrix
from talking.engines.mesh.render import Renderer, lip_gap
from talking.engines.mesh.setup import MeshState, prepare
from talking.engines.mesh.spot import Spot
from talking.engines.mesh.warp import drive
from talking.face.detect import find_portrait, mesh_near
from talking.types import BLENDSHAPES, CHANNEL, Floats, Frame, Image, Motion, Portrait

Row = dict[str, float]

_INNER = [point for point in range(468) if point not in lm.OVAL]
"""Landmarks off the outline, where flow mixes the head with what is behind."""


SEALED = 0.01
"""Lips closer than this are closed, IOD."""


def both(**amounts: float) -> Row:
    """The same amount on the left and on the right."""
    return {f"{name}{side}": amount for name, amount in amounts.items() for side in ("Left", "Right")}


VISEMES: dict[str, Row] = {
    "rest": {},
    "AA": {"jawOpen": 0.85, **both(mouthStretch=0.1, mouthUpperUp=0.35, mouthLowerDown=0.15)},
    "EH": {"jawOpen": 0.55, **both(mouthStretch=0.35, mouthUpperUp=0.3, mouthLowerDown=0.3)},
    "EE": {"jawOpen": 0.2, **both(mouthStretch=0.8, mouthUpperUp=0.5, mouthLowerDown=0.6)},
    "OH": {"jawOpen": 0.6, "mouthPucker": 0.63},
    "OO": {"jawOpen": 0.18, "mouthPucker": 1.0},
    "MBP": both(mouthPress=0.9),
    "FV": {"mouthRollLower": 1.0, "jawOpen": 0.03, **both(mouthUpperUp=0.62, mouthStretch=0.18)},
    "TH": {"jawOpen": 0.28, "tongueOut": 1.0, **both(mouthUpperUp=0.3, mouthLowerDown=0.4, mouthStretch=0.2)},
    "L": {"jawOpen": 0.4, "tongueUp": 1.0, **both(mouthUpperUp=0.35, mouthLowerDown=0.2)},
    "SS": {"jawOpen": 0.1, **both(mouthStretch=0.45, mouthUpperUp=0.5, mouthLowerDown=0.6)},
    "SH": {"jawOpen": 0.15, "mouthFunnel": 1.0},
}


def motion(rows: Iterable[Row], pose: Iterable[tuple[float, float, float]] | None = None, shift: float = 0.0) -> Motion:
    """A motion of the named blendshapes, one row each."""
    rows = list(rows)
    shapes = np.zeros((len(rows), len(BLENDSHAPES)), np.float32)
    for i, row in enumerate(rows):
        for name, amount in row.items():
            shapes[i, CHANNEL[name]] = amount
    turned = np.zeros((len(rows), 3), np.float32) if pose is None else np.array(list(pose), np.float32)
    moved = np.zeros((len(rows), 2), np.float32)
    moved[:, 0] = shift
    return Motion(shapes, turned, moved, np.zeros(len(rows), np.float32))


def sentence(num_frames: int = 125, seed: int = 3) -> Motion:
    """A made-up sentence: visemes of 60 to 180 ms that melt into each other."""
    rng = np.random.default_rng(seed)
    names = [name for name in VISEMES if name != "rest"]
    track = motion(VISEMES[names[i]] for i in rng.integers(len(names), size=400)).blendshapes * 0.8
    lengths = rng.uniform(6, 18, 400)
    fine = np.repeat(track, lengths.astype(int), axis=0)[: num_frames * 4]
    smooth = _smoothed(fine, 4.2)
    still = np.zeros((num_frames, 3), np.float32)
    return Motion(smooth[::4], still, still[:, :2].copy(), still[:, 0].copy())


def closures(state: MeshState) -> Motion:
    """The frames of longer sentences in which M, B or P are to seal the lips of a portrait, some 30."""
    rows = np.concatenate([sentence(1000, seed).blendshapes for seed in range(3)])
    sealed = rows[[lip_gap(state, row) <= SEALED for row in rows]]
    return Motion(sealed, *(np.zeros((len(sealed), *shape), np.float32) for shape in ((3,), (2,), ())))


def _smoothed(track: Floats, sigma: float) -> Floats:
    reach = np.arange(-15, 16)
    kernel = np.exp(-((reach / sigma) ** 2) / 2)
    kernel /= kernel.sum()
    columns = [np.convolve(np.pad(column, 15, mode="edge"), kernel, mode="valid") for column in track.T]
    return np.stack(columns, axis=1).astype(np.float32)


def frames(state: MeshState, moves: Motion) -> Iterator[Frame]:
    """All frames of a motion, drawn here."""
    renderer = Renderer(state)
    out = np.empty_like(state.planes.source)
    for i in range(moves.num_frames):
        renderer.draw(moves, i, out)
        yield out


def seen(portrait: Portrait, state: MeshState, moves: Motion) -> list[FaceFrame]:
    """The faces that the face mesh finds in the frames of a motion."""
    found = (mesh_near(i420_to_rgb(frame), portrait.face.box) for frame in frames(state, moves))
    return [face_frame(mesh) for mesh in found if mesh is not None]


def aperture(face: FaceFrame) -> float:
    """Distance of the inner lips in the middle, IOD."""
    return float(np.linalg.norm(face.points[13, :2] - face.points[14, :2]))


def drawn_gaps(state: MeshState, moves: Motion) -> list[float]:
    """How high the opening between the lips is drawn in the middle, IOD, in every frame of a motion without a turn."""
    frame, planes = state.frame, state.planes
    target = canvas(planes, Palette(planes), np.empty_like(planes.source))
    heights = np.arange(-0.3, 0.8, 0.002)
    along = frame.pixels[[13, 14], :2].mean(axis=0) + heights[:, None] * frame.direction_to_pixels(np.eye(3)[1])[:2]
    gaps = []
    for i, row in enumerate(moves.blendshapes):
        mouth = keep_looking(coefficients(row, is_open=state.mouth.is_open), moves.pose[i])
        move = drive(*pose_matrix(frame, moves.pose[i], moves.shift[i]), 0.0, frame.iod, mouth)
        lips = move_lips(state.lips, move, planes.width, planes.height) if mouth.any() else None
        opening = paint_lips(target, state.lips, lips) if lips else None
        if opening is None:
            gaps.append(0.0 if mouth.any() else state.mouth.gap)
            continue
        x, y = (along - (opening.x, opening.y)).astype(np.float32).T[..., None]
        gaps.append(0.002 * float(cv2.remap(opening.mask, x, y, cv2.INTER_LINEAR).sum()))
    return gaps


def mouth_width(face: FaceFrame) -> float:
    """Distance of the corners of the mouth, IOD."""
    return float(np.linalg.norm(face.points[61, :2] - face.points[291, :2]))


def eye_openness(face: FaceFrame) -> float:
    """Mean over both eyes of the largest distance between the lids over the eye's width."""
    ratios = []
    for upper, lower in ((lm.UPPER_LID_A, lm.LOWER_LID_A), (lm.UPPER_LID_B, lm.LOWER_LID_B)):
        top, bottom = face.points[list(upper)], face.points[list(lower)]
        ratios.append(np.linalg.norm(top - bottom, axis=1).max() / np.linalg.norm(top[0] - top[-1]))
    return float(np.mean(ratios))


def commanded_width(state: MeshState, row: Floats) -> float:
    """Distance of the corners of the mouth, sent through the engine's own displacement, IOD."""
    corners = state.frame.points[[61, 291]]
    spot = Spot(*corners.T, np.zeros(2))
    moved = np.tensordot(
        coefficients(row, is_open=state.mouth.is_open),
        mouth_fields(state.frame, state.mouth, spot, above=True),
        axes=1,
    )
    placed = corners[:, :2].T + moved[:2]
    return float(np.linalg.norm(placed[:, 0] - placed[:, 1]))


def turned(source: FaceFrame, face: FaceFrame) -> tuple[float, float, float]:
    """Pitch, yaw and roll in degrees by which `face` is turned against `source`, with Motion's signs."""
    return angles(source.rotation.T @ face.rotation)


def tracked_turn(source: FaceFrame, before: Image, after: Image) -> tuple[float, float, float]:
    """Pitch, yaw and roll in degrees by which the face `source` of picture `before` is turned in `after`, uint8 RGB.

    The rotation of the source's landmarks that agrees best with where dense optical flow (DIS) takes them.
    """
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (before, after)]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(grey[0], grey[1], None)
    points = source.pixels[_INNER]
    where = points[:, None, :2].astype(np.float32)
    moved = points[:, :2] + cv2.remap(flow, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
    return angles(source.rotation.T @ _rotation(points, moved) @ source.rotation)


def angles(turn: Array) -> tuple[float, float, float]:
    """Pitch, yaw and roll in degrees of a rotation (3, 3) in face coordinates, with Motion's signs."""
    pitch, yaw = np.arctan2(turn[2, 1], turn[2, 2]), np.arctan2(-turn[0, 2], turn[2, 2])
    return tuple(np.degrees([pitch, yaw, np.arctan2(turn[1, 0], turn[0, 0])]))


def _rotation(points: Array, moved: Array) -> Array:
    """The rotation (3, 3) that takes points (N, 3) closest to `moved` (N, 2), seen from far away at any scale."""
    affine = np.linalg.lstsq(points - points.mean(axis=0), moved - moved.mean(axis=0), rcond=None)[0].T
    left, _, right = np.linalg.svd(affine, full_matrices=False)
    across, down = left @ right
    return np.stack([across, down, np.cross(across, down)])


def follow(told: Iterable[float], measured: Iterable[float]) -> tuple[float, float]:
    """Correlation and slope of what was measured against what was told."""
    told, measured = np.array(list(told)), np.array(list(measured))
    if told.std() < 1e-9 or measured.std() < 1e-9:
        return 0.0, 0.0
    return float(np.corrcoef(told, measured)[0, 1]), float(np.polyfit(told, measured, 1)[0])


def sharpness_at_half_a_pixel(portrait: Portrait, state: MeshState) -> float:
    """Laplacian variance of the face moved by half a px against the source's."""
    x0, y0, x1, y1 = np.clip(portrait.face.box, 0, None).astype(int)
    moved = next(frames(state, motion([{}], shift=0.5 / (2.1 * state.frame.iod)))).copy()
    luma = [views(frame)[0][y0:y1, x0:x1].astype(np.float32) for frame in (moved, state.planes.source)]
    ours, source = (float(cv2.Laplacian(part, cv2.CV_32F).var()) for part in luma)
    return ours / source


def background_difference(state: MeshState) -> int:
    """Largest change outside the subject, where it was and where it is, over strong poses, in levels of luma."""
    planes = state.planes
    alone = replace(planes, y=planes.alpha, background=np.zeros_like(planes.background))
    ground = np.zeros_like(state.ground)
    poses = motion([{}] * 4, [(0.0, 8.0, 0.0), (0.0, -8.0, 0.0), (6.0, 0.0, 6.0), (-6.0, 0.0, -6.0)])
    source = views(planes.source)[0].astype(np.int16)
    was = cv2.resize(planes.alpha, (planes.width, planes.height), interpolation=cv2.INTER_AREA)
    reach = int(0.05 * state.frame.iod) * 2 + 1
    kernel = np.ones((reach, reach), np.uint8)
    worst = 0
    covers = frames(replace(state, planes=alone, ground=ground), poses)
    for frame, cover in zip(frames(state, poses), covers, strict=True):
        near = cv2.dilate(np.maximum(was, views(cover)[0]), kernel)
        different = np.abs(views(frame)[0].astype(np.int16) - source)
        worst = max(worst, int(different[near == 0].max(initial=0)))
    return worst


def cost(state: MeshState, count: int = 40) -> float:
    """CPU ms of one frame in which all moves."""
    moves = sentence(count)
    t = np.arange(count) / 25
    shapes = moves.blendshapes.copy()
    shapes[::8, [CHANNEL["eyeBlinkLeft"], CHANNEL["eyeBlinkRight"]]] = 0.6
    pose = np.stack([2 * np.sin(1.7 * t), 4 * np.sin(1.1 * t), 2 * np.sin(0.8 * t)], axis=1).astype(np.float32)
    moves = Motion(shapes, pose, moves.shift, np.sin(1.7 * t).astype(np.float32))
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        for _ in frames(state, moves):
            pass
        best = min(best, time.process_time() - start)
    return best / count * 1000


def figures(portrait: Portrait) -> dict[str, float]:
    """All figures of a portrait by name."""
    start = time.process_time()
    state = prepare(portrait)
    spent = time.process_time() - start
    speech = sentence()
    faces = seen(portrait, state, speech)
    gaps = [lip_gap(state, row) for row in speech.blendshapes]
    drawn = drawn_gaps(state, speech)
    widths = [commanded_width(state, row) for row in speech.blendshapes]
    names = ("AA", "OH", "EE", "OO", "MBP")
    shapes = dict(zip(names, seen(portrait, state, motion(VISEMES[name] for name in names)), strict=True))
    result = {"setup s": spent}
    result["gap r"], result["gap slope"] = follow(gaps, map(aperture, faces))
    result["drawn r"] = follow(gaps, drawn)[0]
    result["width r"], result["width slope"] = follow(widths, map(mouth_width, faces))
    result["AA"] = aperture(shapes["AA"])
    result["MBP"] = aperture(shapes["MBP"])
    result["MBP share"] = float(np.mean([aperture(face) <= SEALED for face in seen(portrait, state, closures(state))]))
    result["MBP drawn"] = drawn_gaps(state, motion([VISEMES["MBP"]]))[0]
    result["EE/OO"] = mouth_width(shapes["EE"]) / mouth_width(shapes["OO"])
    steps = (-8, -5, -3, 0, 3, 5, 8)
    source = seen(portrait, state, motion([{}]))[0]
    for axis, name in enumerate(("pitch", "yaw", "roll")):
        poses = [tuple(float(step) * (axis == k) for k in range(3)) for step in steps]
        pictures = [i420_to_rgb(frame) for frame in frames(state, motion([{}] * len(steps), poses))]
        meshes = [mesh_near(picture, portrait.face.box) for picture in pictures]
        found = [(step, face_frame(mesh)) for step, mesh in zip(steps, meshes, strict=True) if mesh is not None]
        angle = {step: turned(source, face)[axis] for step, face in found}
        result[f"{name} r"], result[f"{name} slope"] = follow(angle.keys(), angle.values())
        tracked = [tracked_turn(state.frame, pictures[steps.index(0)], picture)[axis] for picture in pictures]
        result[f"{name} flow"] = follow(steps, tracked)[1]
    closed = seen(portrait, state, motion([both(eyeBlink=1.0)]))[0]
    result["blink"] = eye_openness(closed) / eye_openness(source)
    result["sharp"] = sharpness_at_half_a_pixel(portrait, state)
    result["backgr"] = background_difference(state)
    result["zero"] = int((next(frames(state, motion([{}]))) != state.planes.source).sum())
    result["ms"] = cost(state)
    return result


def main(paths: list[str]) -> None:
    """Print the table for some pictures."""
    from PIL import Image

    cv2.setNumThreads(1)
    for number, path in enumerate(paths):
        image = np.array(Image.open(path).convert("RGB"))
        height, width = image.shape[:2]
        row = figures(find_portrait(np.ascontiguousarray(image[: height // 2 * 2, : width // 2 * 2])))
        if number == 0:
            sys.stdout.write(" " * 22 + " ".join(f"{name.replace(' ', '')[:6]:>6}" for name in row) + "\n")
        sys.stdout.write(f"{Path(path).stem[:22]:22}" + " ".join(f"{value:6.3f}" for value in row.values()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
