"""Everything about a portrait that does not change from frame to frame, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from talking.engines.mesh import interior
from talking.engines.mesh.cut import cut
from talking.engines.mesh.faceframe import FaceFrame, face_frame
from talking.engines.mesh.fields import mouth_fields
from talking.engines.mesh.glasses import BareSkin, bare_skin
from talking.engines.mesh.grid import Grid, covering, power_of_two
from talking.engines.mesh.lids import Lid, lids
from talking.engines.mesh.lips import LipPatch, lip_patch
from talking.engines.mesh.matte import Layers, separate
from talking.engines.mesh.mouth import Mouth, find_mouth
from talking.engines.mesh.paint import cover_map
from talking.engines.mesh.planar import Plane, Planes, cut_planes, opacity, planes, to_i420, views
from talking.engines.mesh.relief import MARGIN, Relief, relief
from talking.engines.mesh.spot import Spot
from talking.engines.mesh.warp import Sheet, sheet
from talking.errors import FaceError
from talking.types import Cutout, Floats, Frame, Image, Portrait

_DENSITY, _FINEST = 18, 4
"""Nodes per IOD over the whole picture, and the smallest step between them in px."""

_UNCLEAR = 0.12
"""Share of undecided pixels around the face that gets a note: .02 to .08 on portraits that cut well."""


@dataclass(frozen=True)
class MeshState:
    """A portrait ready to be drawn in any expression and pose; picklable, tens of MB.

    `cells` the output cells of the whole picture, one more on every side; `cover` what covers each node of `body`;
    `ground` what lies under a moving head, as the source: the background where anything may move, the source elsewhere;
    `skin` what lies behind glasses, None without; `lip_points` float32 (2, 3, len(MOVEMENTS)) the displacement at
    coefficient 1 of the upper and the lower lip's inner edge in the middle, in IOD of face coordinates.
    """

    frame: FaceFrame
    mouth: Mouth
    planes: Planes
    body: Sheet
    cells: Grid
    cover: Plane
    ground: Frame | Cutout
    lips: LipPatch
    lids: tuple[Lid, Lid]
    skin: BareSkin | None
    interior: interior.Interior
    lip_points: Floats
    layered: bool


@dataclass(frozen=True)
class Study:
    """What is known of a portrait, whatever it shall be drawn before: its face, its layers and its relief."""

    portrait: Portrait
    frame: FaceFrame
    mouth: Mouth
    layers: Layers
    relief: Relief

    @cached_property
    def cut(self) -> Layers:
        """The layers with an outline fit for any background."""
        return cut(self.portrait.image, self.layers, self.frame)


def study(portrait: Portrait) -> Study:
    """Look at a portrait. Raises Unavailable when mediapipe cannot be used here."""
    frame = face_frame(portrait.face.landmarks)
    layers = separate(portrait.image, frame)
    return Study(portrait, frame, find_mouth(frame), layers, relief(frame, layers))


def prepare(portrait: Portrait) -> MeshState:
    """The state of a portrait before its own background. Raises Unavailable when mediapipe cannot be used here."""
    return own_state(study(portrait))


def own_state(known: Study) -> MeshState:
    """The state of a portrait before its own background."""
    return _state(known, planes(known.portrait.image, known.layers))


def cut_state(known: Study, backdrop: Image | None) -> MeshState:
    """The state of a portrait before `backdrop`, a picture of its own size, or without any background when None.

    Raises FaceError as `check_cut` does.
    """
    check_cut(known)
    return _state(known, cut_planes(known.cut, None if backdrop is None else to_i420(backdrop)))


def check_cut(known: Study) -> None:
    """Raise FaceError when the background cannot be told from the person."""
    if not known.layers.layered:
        raise FaceError(
            "The background of this picture cannot be told from the person. Keep the background, or take a picture in "
            "which the person stands out from it."
        )


def cut_notes(known: Study) -> tuple[str, ...]:
    """What a user should know of a portrait that is cut out."""
    if known.layers.uncertain <= _UNCLEAR:
        return ()
    return ("The outline of the person is not clear in this picture: parts of the old background may show around it.",)


def _state(known: Study, flat: Planes) -> MeshState:
    portrait, frame, mouth, shape = known.portrait, known.frame, known.mouth, known.relief
    height, width = portrait.image.shape[:2]
    step = power_of_two(frame.iod / _DENSITY, least=_FINEST)
    margin = MARGIN * frame.iod
    nodes = covering(step, -margin, -margin, width - 1 + margin, height - 1 + margin)
    body = sheet(frame, mouth, shape, nodes, above=True)
    cells = _even(covering(step, -step, -step, width - 1 + step, height - 1 + step))
    return MeshState(
        frame=frame,
        mouth=mouth,
        planes=flat,
        body=body,
        cells=cells,
        cover=cover_map(flat, nodes),
        ground=_ground(flat, body),
        lips=lip_patch(frame, mouth, shape, flat),
        lids=lids(portrait.image, frame, flat),
        skin=bare_skin(portrait.image, frame, flat),
        interior=interior.prepare(portrait.image, frame),
        lip_points=_lip_points(frame, mouth),
        layered=known.layers.layered,
    )


def _even(cells: Grid) -> Grid:
    return Grid(cells.step, cells.column, cells.row, cells.columns + cells.columns % 2, cells.rows + cells.rows % 2)


def _ground(flat: Planes, body: Sheet) -> Frame | Cutout:
    """The source, with the background in its place wherever the head or the chest may move."""
    moving = (body.head[3:].max(axis=0) > 0).astype(np.uint8)
    moving = cv2.dilate(moving, np.ones((3, 3), np.uint8))
    step = body.grid.step
    large = np.repeat(np.repeat(moving, step, axis=0), step, axis=1)
    top, left = -body.grid.row * step, -body.grid.column * step
    mask = np.ascontiguousarray(large[top : top + flat.height, left : left + flat.width])
    ground = flat.source.copy()
    colours = views(ground[: flat.height * 3 // 2])
    for out, background, part in zip(
        colours, views(flat.background), (mask, mask[::2, ::2], mask[::2, ::2]), strict=True
    ):
        np.copyto(out, background, where=part.astype(bool))
    alpha = opacity(ground, flat.height)
    if alpha is not None:
        np.copyto(alpha, 0, where=mask.astype(bool))
    return ground


def _lip_points(frame: FaceFrame, mouth: Mouth) -> Floats:
    x = np.array([float(frame.points[[13, 14], 0].mean())])
    upper, lower = mouth.inner(x)
    found = []
    for y, above in ((upper, True), (lower, False)):
        z = frame.points[[13 if above else 14], 2]
        spot = Spot(x, y, z, np.zeros(1))
        found.append(mouth_fields(frame, mouth, spot, above=above)[..., 0].T)
    return np.array(found, np.float32)
