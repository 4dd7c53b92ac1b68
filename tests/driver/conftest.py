"""Clips to be driven by: one drawn by the mesh engine, of which every movement is known, and pictures of faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from driver_films import BLINKS, Played, film

from talking.face.detect import find_portrait
from talking.media import image
from talking.types import BLENDSHAPES, CHANNEL, FPS, Image, Motion, Portrait

FRAMES = 100
PORTRAITS = Path(__file__).parents[2] / "examples" / "portraits"


@pytest.fixture(scope="session")
def drawn() -> Portrait:
    """A drawn portrait, small."""
    with PIL.Image.open(PORTRAITS / "kenji.jpg") as picture:
        small = picture.convert("RGB").resize((320, 320), PIL.Image.Resampling.LANCZOS)
    return find_portrait(np.asarray(small))


@pytest.fixture(scope="session")
def photographed(small_portrait: Path) -> Portrait:
    return find_portrait(image.load(small_portrait).image)


@pytest.fixture(scope="session")
def known() -> Motion:
    """Four seconds in which a head moves about all axes, blinks three times, glances aside, and speaks."""
    seconds = np.arange(FRAMES) / FPS
    axes = ((5.0, 0.6, 0.0), (7.0, 0.45, 1.0), (4.0, 0.8, 2.0))  # degrees, hertz, phase
    pose = np.stack([size * np.sin(2 * np.pi * hertz * seconds + phase) for size, hertz, phase in axes], axis=1)
    shapes = np.zeros((FRAMES, len(BLENDSHAPES)), np.float32)
    shapes[:, CHANNEL["jawOpen"]] = 0.25 - 0.25 * np.cos(2 * np.pi * 3.5 * seconds)
    for start in BLINKS:
        for name in ("eyeBlinkLeft", "eyeBlinkRight"):
            shapes[start : start + 6, CHANNEL[name]] = (0.5, 1.0, 1.0, 0.7, 0.35, 0.1)
    for name in ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"):
        shapes[45:75, CHANNEL[name]] = np.sin(np.linspace(0, np.pi, 30))
    zeros = np.zeros((FRAMES, 2), np.float32)
    return Motion(shapes, pose.astype(np.float32), zeros, zeros[:, 0])


@pytest.fixture(scope="session")
def played(drawn: Portrait, known: Motion, tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Played(film(drawn, known, tmp_path_factory.mktemp("driver") / "somebody nods.mp4"), known)


@pytest.fixture(scope="session")
def still(photographed: Portrait) -> Image:
    """A small picture of a person."""
    return photographed.image
