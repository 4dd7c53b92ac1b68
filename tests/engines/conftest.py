from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from talking.face.detect import find_portrait
from talking.media import image
from talking.types import Portrait


@pytest.fixture(scope="session")
def hopper(portrait_path: Path) -> Portrait:
    """A real face, 512 x 600 px: closed mouth, thick glasses."""
    return find_portrait(cv2.imread(str(portrait_path))[:, :, ::-1].copy())


@pytest.fixture(scope="session")
def portrait(small_portrait: Path) -> Portrait:
    """The same face at half its size, 256 x 300 px."""
    return find_portrait(image.load(small_portrait).image)
