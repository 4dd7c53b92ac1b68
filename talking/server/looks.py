"""What the child process of `talking.server.eye` does: it looks at a file, and answers in plain numbers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from talking.media import audio, image
from talking.media.confined import Piece
from talking.request import parse_options
from talking.types import Speech

PREVIEW_SIDE = 960
"""Longest side of a picture as the page shows it, px."""

COPY_RATE = 16_000
"""Of the WAV that is made of a sound, Hz: what the hosted service keeps of an upload."""

_JPEG_QUALITY = 82


def learn(_data: bytes) -> Iterator[Piece]:
    """Load what finds faces."""
    from talking.face.detect import find_faces

    find_faces(np.zeros((256, 256, 3), np.uint8))
    yield Piece({})


def see(data: bytes, faces: bool) -> Iterator[Piece]:
    """The sides of a picture, and the boxes of its faces if they are wanted."""
    picture = image.load(data)
    yield Piece(_facts(picture, faces=faces))


def show(data: bytes) -> Iterator[Piece]:
    """The same with faces, and the picture as a JPEG for a page."""
    picture = image.load(data)
    preview = Image.fromarray(picture.image)
    preview.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    yield Piece(_facts(picture, faces=True), (_jpeg(preview),))


def glimpse(data: bytes, face: int) -> Iterator[Piece]:
    """The portrait with its mouth closed and open, as JPEGs."""
    from talking.pipeline.glimpse import glimpse

    yield Piece({}, tuple(_jpeg(Image.fromarray(drawn)) for drawn in glimpse(data, face)))


def outlook(data: bytes, options: dict[str, Any]) -> Iterator[Piece]:
    """What a film of the portrait with these options would be."""
    from talking.pipeline.preview import outlook

    yield Piece(asdict(outlook(data, parse_options(options))))


def hear(data: bytes, max_seconds: float) -> Iterator[Piece]:
    """How long a sound lasts."""
    yield Piece({"seconds": audio.load(data, max_seconds=max_seconds).duration})


def listen(data: bytes, max_seconds: float) -> Iterator[Piece]:
    """The same, and the sound as a WAV at COPY_RATE."""
    sound = audio.load(data, max_seconds=max_seconds)
    file = io.BytesIO()
    audio.write_wav(Speech(audio.resample(sound.samples, sound.rate, COPY_RATE), COPY_RATE), file)
    yield Piece({"seconds": sound.duration}, (_bytes(file),))


def _facts(picture: image.Picture, *, faces: bool) -> dict[str, Any]:
    width, height = picture.size
    if not faces:
        return {"size": [width, height], "faces": []}
    from talking.face.detect import find_faces

    scale = np.tile([width / picture.image.shape[1], height / picture.image.shape[0]], 2)
    boxes = [[round(float(side)) for side in face.box * scale] for face in find_faces(picture.image)]
    return {"size": [width, height], "faces": boxes}


def _jpeg(picture: Image.Image) -> NDArray[np.uint8]:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=_JPEG_QUALITY)
    return _bytes(file)


def _bytes(file: io.BytesIO) -> NDArray[np.uint8]:
    return np.frombuffer(file.getvalue(), np.uint8)
