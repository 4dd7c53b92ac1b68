"""What a decoder does that a hostile file has got hold of, for the child of test_confined.py."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator

import numpy as np

from talking.media.confined import Piece


def crash(_data: bytes) -> Iterator[Piece]:
    ctypes.string_at(0)
    yield Piece({})


def hoard(_data: bytes, *, size: int) -> Iterator[Piece]:
    yield Piece({}, (np.ones(size, np.uint8),))


def spin(_data: bytes) -> Iterator[Piece]:
    while len(_data) >= 0:
        pass
    yield Piece({})


def lie(data: bytes) -> Iterator[Piece]:
    """Say something that is no message, past the one that says it properly."""
    for number in range(3, 12):
        try:
            with open(number, "wb", closefd=False) as file:
                file.write(data)
        except OSError:
            continue
    sys.stdout.flush()
    yield Piece({})


def misname(_data: bytes) -> Iterator[Piece]:
    class Oddity(Exception):
        pass

    yield Piece({})
    raise Oddity("with a path: /etc/passwd")
