"""Where networks run, in which precision, and how much fits."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from talking.engines import device
from talking.engines.device import Device
from talking.errors import InvalidRequest, Unavailable

GIB = 1 << 30


@pytest.mark.parametrize("name", ["", "gpu", "cuda:x", "cpu:1", "cuda:-1", "auto:0"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(InvalidRequest, match="is no device: write auto, cpu, mps, cuda or cuda:0"):
        device.choose(name)


def test_without_torch_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "has_torch", lambda: False)
    with pytest.raises(Unavailable, match=r'run `pip install "talking\[neural\]"`'):
        device.choose("auto")


def test_the_cpu_is_known_without_importing_torch() -> None:
    pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
    code = (
        "import sys; from talking.engines import device; found = device.choose('cpu'); device.glance('cpu');"
        "print(found.kind, found.precision, found.memory > 0, 0 < found.free <= found.memory, 'torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "cpu float32 True True False\n"


def test_a_gpu_that_is_not_there() -> None:
    torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
    if torch.cuda.is_available():
        assert device.choose("cuda").kind == "cuda"
        assert '"kind": "cuda"' in device.told("cuda")
    with pytest.raises(Unavailable, match="no device 'cuda:99' that torch can use"):
        device.choose("cuda:99")
    assert "no device 'cuda:99'" in device.told("cuda:99")


def test_a_device_in_torchs_words() -> None:
    torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
    gpu = Device("cuda", "GPU", "bfloat16", 8 * GIB, 8 * GIB, 1)
    assert (gpu.place, gpu.torch, gpu.dtype, gpu.half) == ("cuda:1", torch.device("cuda:1"), torch.bfloat16, True)


@pytest.mark.parametrize(("free", "size"), [(100 * GIB, 16), (6 * GIB, 8), (3 * GIB, 2), (2 * GIB, 1), (0, 1)])
def test_a_batch_is_as_large_as_memory_allows(free: int, size: int) -> None:
    small = Device("cuda", "GPU", "float16", 100 * GIB, free)
    assert device.fitting(small, 16, 2 * GIB, GIB // 2) == size


def test_memory_of_this_machine() -> None:
    assert 0 < device.free_memory() <= device.machine_memory()
