"""Weights made up from the keys and shapes of published ones, the same on every machine.

Each tensor has a generator of its own, PCG64 seeded with the CRC-32 of its key, so any of them can be made alone.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

FIXTURES = Path(__file__).parent / "fixtures"

Manifest = Mapping[str, tuple[Sequence[int], str]]
"""Shape and torch's name of the number type by key."""


def load_manifest(name: str) -> dict[str, tuple[Sequence[int], str]]:
    """The keys in fixtures/`name`.json.gz."""
    state: dict[str, tuple[Sequence[int], str]] = _document(name)["state_dict"]
    return state


def load_config(name: str) -> dict[str, Any]:
    """The configuration in fixtures/`name`.json.gz."""
    config: dict[str, Any] = _document(name)["config"]
    return config


def _document(name: str) -> dict[str, Any]:
    with gzip.open(FIXTURES / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        document: dict[str, Any] = json.load(file)
    return document


def load_parity(name: str) -> dict[str, NDArray[Any]]:
    """The arrays in fixtures/`name`.npz."""
    with np.load(FIXTURES / f"{name}.npz") as arrays:
        return dict(arrays)


def seeded_normal(seed: int, shape: Sequence[int]) -> NDArray[np.float32]:
    """Standard normal numbers, which parity files are fed with."""
    return np.random.Generator(np.random.PCG64(seed)).standard_normal(tuple(shape), dtype=np.float32)


def synthetic_array(key: str, shape: Sequence[int]) -> NDArray[np.float32]:
    """The values of one tensor: matrices keep the size of what they multiply, scales lie a little above 1, the rest
    near 0. `freqs` are the rates of a rotary table, and `_u`, `_v` unit vectors of a spectral norm.
    """
    if key.endswith("freqs"):
        return (10000.0 ** (-np.arange(shape[0]) / shape[0])).astype(np.float32)
    normal = np.asarray(seeded_normal(zlib.crc32(key.encode()), shape), np.float32)
    if len(shape) == 1 and key.endswith(("_u", "_v")):
        return (normal / np.linalg.norm(normal.astype(np.float64))).astype(np.float32)
    if len(shape) >= 2:
        return (normal / np.float32(math.sqrt(math.prod(shape[1:])))).astype(np.float32)
    if len(shape) == 1 and key.endswith(("weight", "running_var")):
        return (1 + 0.1 * np.abs(normal)).astype(np.float32)
    return (0.1 * normal).astype(np.float32)


def synthetic_state(manifest: Manifest) -> dict[str, Any]:
    """All tensors of a manifest. A `weight_v` becomes the unit vector along the transposed weight times `weight_u`, so
    that the norm it estimates is near 1.
    """
    torch = pytest.importorskip("torch")
    state: dict[str, Any] = {}
    for key, (shape, kind) in manifest.items():
        dtype = getattr(torch, kind)
        values = synthetic_array(key, shape) if dtype.is_floating_point else np.zeros(shape, np.float32)
        state[key] = torch.from_numpy(values).to(dtype)
    for key in [key for key in state if key.endswith("weight_v")]:
        stem = key.removesuffix("weight_v")
        if stem + "weight_orig" in state and stem + "weight_u" in state:
            weight = state[stem + "weight_orig"].double()
            direction = weight.reshape(weight.shape[0], -1).T @ state[stem + "weight_u"].double()
            state[key] = (direction / direction.norm()).to(state[key].dtype)
    return state
