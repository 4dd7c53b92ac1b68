"""Weights from files: data only, strictly of the network that they are put into."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
safetensors: Any = pytest.importorskip("safetensors.torch", reason="safetensors comes with the extra 'neural'")

from talking.engines.state import fill, load_state  # noqa: E402
from talking.errors import Unavailable  # noqa: E402

TENSORS = {"a.weight": torch.ones(2, 3), "a.bias": torch.zeros(2)}


class Trap:
    """What a file of a stranger might do."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("shape", ["bare", "member", "prefix"])
def test_torchs_own_files(tmp_path: Path, zipped: bool, shape: str) -> None:
    state: dict[str, Any] = TENSORS
    if shape != "bare":
        start = "module." if shape == "prefix" else ""
        state = {"state_dict": {start + key: value for key, value in TENSORS.items()}, "step": 7}
    torch.save(state, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    found = load_state(tmp_path / "w.pth", member="state_dict")
    assert list(found) == list(TENSORS) and torch.equal(found["a.weight"], TENSORS["a.weight"])


def test_safetensors(tmp_path: Path) -> None:
    safetensors.save_file(TENSORS, tmp_path / "w.safetensors")
    assert set(load_state(tmp_path / "w.safetensors")) == set(TENSORS)


@pytest.mark.parametrize("writer", ["torch", "old", "pickle"])
def test_nothing_in_a_file_is_run(tmp_path: Path, writer: str) -> None:
    trap, path = {"a": Trap(str(tmp_path / "sprung"))}, tmp_path / "w.pth"
    if writer == "pickle":
        path.write_bytes(pickle.dumps(trap))
    else:
        torch.save(trap, path, _use_new_zipfile_serialization=writer == "torch")
    with pytest.raises(Unavailable, match=r"'w.pth' is damaged, or holds more than weights, and was not used"):
        load_state(path)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
@pytest.mark.parametrize("content", [b"", b"not weights at all", bytes(2000)])
def test_damaged_files(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unavailable, match="run `talking checkpoints verify"):
        load_state(tmp_path / name)


def test_weights_go_into_their_own_network_only() -> None:
    network = torch.nn.ModuleDict({"a": torch.nn.Linear(3, 2)})
    fill(network, TENSORS, "test")
    assert torch.equal(network["a"].weight, TENSORS["a.weight"])
    for state in ({"a.weight": torch.ones(2, 3)}, TENSORS | {"b": torch.ones(1)}, TENSORS | {"a.bias": torch.ones(3)}):
        with pytest.raises(Unavailable, match="The checkpoint 'test' is of another network: of 2 tensors"):
            fill(network, state, "test")
