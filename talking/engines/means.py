"""What an engine has to work with on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Means:
    """`checkpoints` is the folder with weights, None for the usual one; `device` "auto", "cpu", "cuda", "cuda:1" or
    "mps"; `allow_noncommercial` whether weights may be used that are not for commercial use; `preferred` the engine
    that "auto" stands for, "auto" to take the best one; `processes` that draw when no network does, 0 for as
    many as suit the machine.
    """

    checkpoints: Path | None = None
    device: str = "auto"
    allow_noncommercial: bool = False
    preferred: str = "auto"
    processes: int = 0
