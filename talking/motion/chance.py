"""Repeatable chance: one generator per purpose, so that more of one thing never shifts another."""

from __future__ import annotations

from zlib import crc32

import numpy as np


def generator(seed: int, purpose: str) -> np.random.Generator:
    """The random generator of one purpose under a seed >= 0; the same pair gives the same numbers everywhere."""
    return np.random.default_rng((seed, crc32(purpose.encode())))
