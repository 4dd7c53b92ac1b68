"""Where networks run, in which precision, and how much memory there is."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from talking.errors import InvalidRequest, TalkingError, Unavailable

Kind: TypeAlias = Literal["cuda", "mps", "cpu"]
Precision: TypeAlias = Literal["bfloat16", "float16", "float32"]

GIB = 1 << 30
NEEDS_TORCH = 'Neural engines need packages that are not installed: run `pip install "talking[neural]"`.'

_DRIVERS = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/kfd", "/dev/dxg")
"""What the drivers of NVIDIA, of AMD and of Windows below Linux leave."""

_PATIENCE = 120.0
_OLDEST_BFLOAT16, _OLDEST_FLOAT16 = (8, 0), (7, 0)
"""Compute capability from which arithmetic in this precision is faster than in float32 (tensor cores)."""


@dataclass(frozen=True)
class Device:
    """`kind` and `index` of it; `name` for people; `precision` that it is best at; `memory` in bytes, of which `free`
    are free.
    """

    kind: Kind
    name: str
    precision: Precision
    memory: int
    free: int
    index: int = 0

    @property
    def place(self) -> str:
        """Its name in torch, such as "cuda:0"."""
        return f"cuda:{self.index}" if self.kind == "cuda" else self.kind

    @property
    def torch(self) -> Any:
        """The `torch.device`."""
        import torch

        return torch.device(self.place)

    @property
    def dtype(self) -> Any:
        """The `torch.dtype` of its precision."""
        import torch

        return getattr(torch, self.precision)

    @property
    def half(self) -> bool:
        """Whether a number takes two bytes."""
        return self.precision != "float32"


def has_torch() -> bool:
    """Whether torch is installed, without importing it."""
    return importlib.util.find_spec("torch") is not None


def choose(wanted: str = "auto") -> Device:
    """The device `wanted`: "auto" (a GPU before the CPU), "cpu", "mps", "cuda" or "cuda:1".

    Imports torch where there may be a GPU. Raises InvalidRequest for a name that is none, and Unavailable when torch
    or the device is missing.
    """
    kind, _, number = wanted.strip().lower().partition(":")
    if kind not in ("auto", "cpu", "cuda", "mps") or (number and (kind != "cuda" or not number.isdecimal())):
        raise InvalidRequest(f"'{wanted[:40]}' is no device: write auto, cpu, mps, cuda or cuda:0.")
    if not has_torch():
        raise Unavailable(NEEDS_TORCH)
    if kind == "cpu" or (kind == "auto" and not _may_have_gpu()):
        return Device("cpu", "CPU", "float32", machine_memory(), free_memory())
    import torch

    if kind in ("auto", "cuda") and torch.cuda.is_available() and int(number or 0) < torch.cuda.device_count():
        return _cuda(int(number or 0))
    if kind in ("auto", "mps") and torch.backends.mps.is_available():
        return Device("mps", "Apple GPU", "float16", machine_memory(), free_memory())
    if kind == "auto":
        return Device("cpu", "CPU", "float32", machine_memory(), free_memory())
    raise Unavailable(f"This machine has no device '{wanted[:40]}' that torch can use: choose auto or cpu.")


def _cuda(index: int) -> Device:
    import torch

    free, memory = torch.cuda.mem_get_info(index)
    capability = torch.cuda.get_device_capability(index)
    precision: Precision = "float32"
    if capability >= _OLDEST_FLOAT16:
        precision = "bfloat16" if capability >= _OLDEST_BFLOAT16 else "float16"
    return Device("cuda", torch.cuda.get_device_name(index), precision, memory, free, index)


def require(device: Device, need: int, what: str) -> None:
    """Raise Unavailable when `need` bytes, which the engine `what` takes, do not fit into the memory of `device`."""
    if need <= device.memory:
        return
    raise Unavailable(
        f"The engine {what} takes {need / GIB:.0f} GB of memory and this machine's {device.name} has "
        f"{device.memory / GIB:.1f} GB: choose the engine mesh, or a larger device."
    )


def fitting(device: Device, wanted: int, base: int, each: int) -> int:
    """How many items at once fit: `wanted`, or fewer, at least one, when `base` bytes and `each` bytes for an item
    would not fit into what is free.
    """
    room = max(0, device.free - base)
    return max(1, min(wanted, room // max(each, 1)))


def machine_memory() -> int:
    """Bytes of memory of this machine, or of the container that this runs in; 0 where the system does not tell."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 0
    limit = container_limit()
    return min(whole, limit) if limit else whole


def free_memory() -> int:
    """Bytes that can be taken without swapping, as far as the system tells, else all there are."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        told = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return machine_memory()
    return min(told, machine_memory() or told)


def container_limit() -> int | None:
    """Bytes that the control group of this process may use; None for as many as there are."""
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            return int(Path(file).read_text())
        except (OSError, ValueError):
            continue
    return None


@functools.cache
def glance(wanted: str = "auto") -> Device:
    """What `choose` says, without torch staying in this process: a process of its own is asked, once. Raises as it."""
    if "torch" in sys.modules or not _may_have_gpu():
        return choose(wanted)
    code = "import sys; from talking.engines import device; print(device.told(sys.argv[1]))"
    asked = subprocess.run(
        [sys.executable, "-c", code, wanted], capture_output=True, text=True, check=False, timeout=_PATIENCE
    )
    answer = json.loads(asked.stdout.strip().splitlines()[-1]) if asked.returncode == 0 else {}
    if "device" in answer:
        return Device(**answer["device"])
    raise Unavailable(answer.get("error", "torch is installed and cannot be used: reinstall it."))


def told(wanted: str) -> str:
    """What `choose` says, as one line of JSON: for a process that is asked by `glance`."""
    try:
        return json.dumps({"device": asdict(choose(wanted))})
    except TalkingError as error:
        return json.dumps({"error": str(error)})


def _may_have_gpu() -> bool:
    """Whether there may be a GPU: on Linux each kind of driver leaves a file, elsewhere only torch knows."""
    return not sys.platform.startswith("linux") or any(Path(file).exists() for file in _DRIVERS)
