"""Lips that are painted stay on the face, rest in silence, match the portrait, and show nowhere else."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from talking.engines.lips.gate import at_rest, speaking
from talking.engines.lips.match import Match
from talking.engines.lips.patch import Painted, around, blend
from talking.engines.lips.stage import LipStage
from talking.engines.mesh import MeshEngine, MeshStage
from talking.engines.mesh.follow import Region
from talking.engines.mesh.planar import views
from talking.face.detect import find_portrait
from talking.media import image
from talking.types import BLENDSHAPES, CHANNEL, Frame, Image, Motion, Speech

SILENT = Speech(np.zeros(8000, np.float32), 8000)


def motion_of(frames: int, **channels: float | list[float]) -> Motion:
    """A motion with these blendshapes and, for names of Motion's own fields, those rows."""
    blendshapes = np.zeros((frames, len(BLENDSHAPES)), np.float32)
    for name, value in channels.items():
        blendshapes[:, CHANNEL[name]] = value
    nothing = np.zeros(frames, np.float32)
    return Motion(blendshapes, np.zeros((frames, 3), np.float32), np.zeros((frames, 2), np.float32), nothing)


def turning(frames: int) -> Motion:
    """A head that turns, nods, leans and drifts while it says something."""
    moved = motion_of(frames, mouthFunnel=0.5, mouthSmileLeft=0.6, mouthSmileRight=0.6)
    swing = np.linspace(-1, 1, frames, dtype=np.float32)[:, None]
    return replace(moved, pose=swing * (6, 9, -5), shift=swing * (0.03, -0.02), breath=swing[:, 0])


class Echo:
    """Paints the portrait's own pixels over its lower face, moved by `shift` levels."""

    notes = ("It echoes.",)

    def __init__(self, picture: Image, region: Region, shift: int = 0) -> None:
        self.region, self.closed = region, False
        part = picture[region.rows, region.columns].astype(int) + shift
        mask = np.zeros((region.height, region.width), np.uint8)
        mask[8:-8, 8:-8] = 255
        self.painted = Painted(np.clip(part, 0, 255).astype(np.uint8), mask)

    def paint(
        self, motion: Motion, speech: Speech, wanted: NDArray[np.bool_], *, seed: int
    ) -> Generator[Painted | None, None, None]:
        assert (motion.num_frames, speech, seed) == (len(wanted), SILENT, 0)
        try:
            for want in wanted:
                yield self.painted if want else None
        finally:
            self.closed = True


@pytest.fixture(scope="module")
def mesh(small_portrait: Path) -> Iterator[MeshStage]:
    picture = image.load(small_portrait).image
    with closing(MeshEngine(workers=0)) as engine:
        yield engine.prepare(find_portrait(picture))


@pytest.fixture(scope="module")
def region(mesh: MeshStage) -> Region:
    portrait = mesh.known.portrait
    x0, y0, x1, y1 = portrait.face.box.tolist()
    height, width = portrait.image.shape[:2]
    return around(x0, (y0 + y1) / 2, x1, y1, width, height)


def frames_of(stage: MeshStage | LipStage, motion: Motion, speech: Speech | None = SILENT) -> list[Frame]:
    return [frame.copy() for frame in stage.animate(motion, speech)]


def test_own_pixels_laid_on_a_still_head_change_nothing(mesh: MeshStage, region: Region) -> None:
    stage = LipStage(mesh, Echo(mesh.known.portrait.image, region))
    talking = motion_of(2, mouthFunnel=0.5)
    for frame in frames_of(stage, talking):
        assert np.array_equal(frame, mesh.state.planes.source)
    assert stage.notes[-1] == "It echoes."


def test_what_is_painted_goes_where_the_known_pose_takes_the_face(mesh: MeshStage, region: Region) -> None:
    stage = LipStage(mesh, Echo(mesh.known.portrait.image, region))
    talking = turning(5)
    resting = frames_of(mesh, at_rest(talking))
    assert all(np.abs(views(frame)[0].astype(int) - views(resting[2])[0]).mean() > 0.5 for frame in resting[:2])
    for frame, under in zip(frames_of(stage, talking), resting, strict=True):
        off = np.abs(views(frame)[0].astype(int) - views(under)[0])
        # Half a pixel astray would leave ten times as much: this is what two ways of sampling differ by.
        assert off.mean() < 0.25 and np.percentile(off, 99) <= 8
        for plane, below in zip(views(frame)[1:], views(under)[1:], strict=True):
            assert np.abs(plane.astype(int) - below).mean() < 0.2


def test_silence_leaves_the_mouth_at_rest_and_fades_in_and_out(mesh: MeshStage, region: Region) -> None:
    stage = LipStage(mesh, Echo(mesh.known.portrait.image, region, shift=-100))
    talk = [0.0] * 15 + [0.5] * 10 + [0.0] * 15
    talking = motion_of(40, mouthFunnel=talk, jawOpen=talk)
    frames = frames_of(stage, talking)
    source = mesh.state.planes.source
    dark = [float(source.astype(int).sum() - frame.astype(int).sum()) for frame in frames]
    assert dark[0] == dark[9] == dark[-1] == 0.0
    assert 0 < dark[11] < dark[12] < dark[13] <= dark[20] and dark[29] < dark[27] < dark[20]
    assert not any(np.any(frame != source) for frame in frames_of(stage, talking, speech=None))


def test_nothing_is_painted_beside_the_person(mesh: MeshStage) -> None:
    picture = mesh.known.portrait.image
    height, width = picture.shape[:2]
    green = np.full_like(picture, (0, 200, 0))
    everything = Region(0, 0, width, height)
    with closing(MeshEngine(workers=0)) as engine:
        cut = engine.prepare(mesh.known.portrait, green, cutout=True)
        stage = LipStage(cut, Echo(np.full_like(picture, 255), everything))
        (frame,) = frames_of(stage, motion_of(1, mouthFunnel=0.5))
        beside = cut.known.cut.alpha < 0.004
        assert beside.any() and np.array_equal(frame[:height][beside], cut.state.planes.source[:height][beside])
        assert frame[height // 2, width // 2] > 220
        (cutout,) = [part.copy() for part in stage.cutout(motion_of(1, mouthFunnel=0.5), SILENT)]
        (bare,) = [part.copy() for part in cut.cutout(motion_of(1))]
        assert np.array_equal(cutout[height * 3 // 2 :], bare[height * 3 // 2 :])
        assert cutout[:height][beside].max() <= 18 and cutout[height // 2, width // 2] > 220


def test_a_film_that_is_given_up_ends_the_painter(mesh: MeshStage, region: Region) -> None:
    painter = Echo(mesh.known.portrait.image, region)
    frames = LipStage(mesh, painter).animate(motion_of(9, mouthFunnel=0.5), SILENT)
    next(frames)
    assert isinstance(frames, Generator) and not painter.closed
    frames.close()
    assert painter.closed


def test_pauses_are_held_or_rest_as_in_speech() -> None:
    talk = np.zeros(80, np.float32)
    talk[20:30] = talk[36:40] = talk[60:62] = 0.4
    shown = speaking(motion_of(80, tongueUp=talk.tolist()))
    assert shown.dtype == np.float32 and shown[:15].max() == shown[67:].max() == 0.0
    assert (shown[18:42] == 1.0).all() and (shown[58:64] == 1.0).all()
    assert shown[48:54].max() == 0.0
    assert np.abs(np.diff(shown)).max() <= 0.26
    assert not speaking(motion_of(9, mouthSmileLeft=1.0, mouthPressLeft=0.3, jawOpen=0.15)).any()
    assert speaking(motion_of(9, mouthPucker=0.1)).all()


def test_rest_keeps_what_is_felt() -> None:
    talking = motion_of(3, jawOpen=0.8, mouthPucker=0.4, mouthSmileLeft=0.5, eyeBlinkLeft=1.0)
    calm = at_rest(talking)
    assert calm.channel("jawOpen").max() == calm.channel("mouthPucker").max() == 0.0
    assert (calm.channel("mouthSmileLeft") == 0.5).all() and (calm.channel("eyeBlinkLeft") == 1.0).all()
    assert (talking.channel("jawOpen") > 0.7).all()


def test_colours_and_grain_come_near_the_portrait_and_the_mouth_stays() -> None:
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:180, :160]
    skin = np.stack([150 + 0.2 * x, 110 + 0.1 * y, 90 + 0 * x], axis=-1)
    source = np.clip(skin + rng.normal(0, 4, skin.shape[:2])[..., None], 0, 255).astype(np.uint8)
    off = skin + np.array([9, -6, 5])
    mouth = (np.abs(x - 80) < 25) & (np.abs(y - 100) < 12)
    off[mouth] = (40, 10, 10)
    hard = np.zeros((180, 160), np.uint8)
    hard[40:160, 20:140] = 255
    mask = np.asarray(cv2.GaussianBlur(hard, (0, 0), 4.0), np.uint8)
    matched = Match(source)(Painted(off.astype(np.uint8), mask)).picture.astype(float)
    edge = (mask > 40) & (mask < 210)
    assert np.abs((matched - skin)[edge].mean(axis=0)).max() < 1.5
    assert np.abs((off - skin)[edge].mean(axis=0)).max() > 5
    inside = (mask == 255) & ~mouth
    assert 2.5 < (matched - skin)[inside].std(axis=0).mean() < 5.5
    assert matched[mouth].mean() < 45


def test_regions_are_even_and_within_the_picture() -> None:
    assert around(3.2, 5.9, 20.1, 31.0, 100, 60) == Region(2, 4, 20, 28)
    assert around(-9.0, -1.0, 200.0, 99.0, 100, 60) == Region(0, 0, 100, 60)


def test_blending_rounds_to_nearest() -> None:
    under, over = np.full((2, 2), 10, np.uint8), np.full((2, 2), 20, np.float32)
    share = np.array([[0.0, 0.26], [0.74, 1.0]], np.float32)
    assert blend(under, over, share).tolist() == [[10, 13], [17, 20]]
