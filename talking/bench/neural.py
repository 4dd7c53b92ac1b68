"""What the networks of an engine cost on this machine: time, arithmetic, and how much of the device that uses.

It is about speed alone: made-up weights cost what trained ones do, and paint nothing that anybody wants to see.
"""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from talking.engines import ENGINES, Means, check_name, device
from talking.errors import InvalidRequest

OnProgress: TypeAlias = Callable[[int, int], None]

WORKS: dict[str, str] = {
    "musetalk": "talking.bench.musetalk:works",
    "latentsync": "talking.bench.latentsync:works",
    "latentsync-1.5": "talking.bench.latentsync:works_256",
    "wav2lip": "talking.bench.wav2lip:works",
}
"""For each engine "module:attribute" of its Works."""

_SECONDS = 1.0
"""How long each stage is repeated for, at least."""

_LEAST_RUNS = 2

_SIDE = {"cuda": 8192, "mps": 4096, "cpu": 1024}
"""Of the square matrices whose product is taken for the most that a device can do."""


@dataclass(frozen=True)
class Work:
    """A stage: `run` does it for `items` things at once ("frame", "portrait", "30 s of sound"), which are counted per
    `unit`; `theirs` does the same by the published code, where that is at hand, for `their_items`, as many when 0.
    """

    stage: str
    unit: str
    items: int
    run: Callable[[], Any]
    theirs: Callable[[], Any] | None = None
    their_items: int = 0


@dataclass(frozen=True)
class NeuralRow:
    """A stage in figures for one `unit`: `ms`, `gflop` of arithmetic (two for a multiplication and an addition) and the
    `share` of the device's measured peak that is; `upstream_ms` by the published code, None where it is not at hand.
    """

    stage: str
    unit: str
    batch: int
    ms: float
    gflop: float
    share: float
    upstream_ms: float | None = None


@dataclass(frozen=True)
class NeuralBench:
    """`engine` on `device` in `precision`, whose product of matrices reaches `peak` TFLOP/s; `fps` of the stages that
    every frame goes through, by batch, which share of the device's peak they reach together, and how many times as long
    the published code takes for those of them that were measured beside it; `memory_mb` at most.
    """

    engine: str
    device: str
    precision: str
    peak: float
    rows: tuple[NeuralRow, ...]
    fps: dict[int, float]
    share: dict[int, float]
    upstream_times: dict[int, float]
    memory_mb: float


Works: TypeAlias = "Callable[[Means, int, Path | None], AbstractContextManager[Sequence[Work]]]"
"""Given the means, the frames in a batch and the folder of the published code or None: a context, in it the stages."""


def neural_bench(
    engine: str,
    means: Means,
    *,
    batches: Sequence[int] = (1, 4),
    upstream: Path | None = None,
    on_progress: OnProgress = lambda _done, _total: None,
) -> NeuralBench:
    """Measure a neural engine at each size of batch, beside the published code where `upstream` is its folder.

    Raises Unknown, InvalidRequest for an engine that cannot be measured so, and what preparing the engine raises.
    """
    check_name(engine)
    if engine not in WORKS:
        known = ", ".join(WORKS)
        raise InvalidRequest(f"The engine {engine} has no networks that are measured one by one. There are: {known}.")
    if not batches or min(batches) < 1:
        raise InvalidRequest("A batch has one frame or more.")
    found = device.choose(means.device)
    half, full = ENGINES[engine].memory
    device.require(found, half if found.half else full, engine)
    clock = _Clock(found)
    peak = _peak(clock)
    module, attribute = WORKS[engine].split(":")
    works: Works = getattr(importlib.import_module(module), attribute)
    rows: list[NeuralRow] = []
    for index, batch in enumerate(batches):
        with works(means, batch, upstream) as stages:
            # What is done once for a portrait or a stretch of sound does not depend on the batch.
            wanted = [work for work in stages if work.unit == "frame" or not index]
            for number, work in enumerate(wanted):
                rows.append(replace(_measured(work, clock, peak), batch=batch if work.unit == "frame" else 1))
                on_progress(index * len(wanted) + number + 1, len(batches) * len(wanted))
    fps, share, times = {}, {}, {}
    for batch in batches:
        each = [row for row in rows if row.unit == "frame" and row.batch == batch]
        ms, both = sum(row.ms for row in each), [row for row in each if row.upstream_ms is not None]
        fps[batch], share[batch] = 1000 / ms, sum(row.gflop for row in each) / ms / peak
        if both:
            times[batch] = sum(row.upstream_ms or 0.0 for row in both) / sum(row.ms for row in both)
    return NeuralBench(engine, found.name, found.precision, peak, tuple(rows), fps, share, times, clock.memory_mb())


def neural_json(result: NeuralBench) -> str:
    """The result as JSON."""
    return json.dumps(asdict(result), indent=2)


def neural_table(result: NeuralBench) -> str:
    """The result for people, one row a line."""
    kind = "processor time" if result.device == "CPU" else "time"
    lines = [
        f"{result.engine} on {result.device} in {result.precision}; a product of matrices reaches {result.peak:.3g} "
        f"TFLOP/s; {result.memory_mb:.0f} MB at most",
        f"{kind}, GFLOP and share of that peak for one of each unit; speed only, whatever the weights are",
        f"{'stage':<28} {'unit':<14} {'batch':>5} {'ms':>10} {'GFLOP':>9} {'share':>6} {'upstream ms':>12}",
    ]
    for row in result.rows:
        theirs = "" if row.upstream_ms is None else f"{row.upstream_ms:.1f}"
        lines.append(
            f"{row.stage:<28} {row.unit:<14} {row.batch:>5} {row.ms:>10.1f} {row.gflop:>9.1f} {row.share:>6.0%} "
            f"{theirs:>12}".rstrip()
        )
    for batch, fps in result.fps.items():
        times = result.upstream_times.get(batch)
        beside = f"; the published code takes {times:.2f} times as long where both were measured" if times else ""
        lines.append(
            f"frames a second in batches of {batch}: {fps:.3g}, {result.share[batch]:.0%} of what the arithmetic allows"
            f"{beside}"
        )
    return "\n".join(lines)


class _Clock:
    """Times work on a device: what the processor spent where that is the device, else what passed until it was done."""

    def __init__(self, found: device.Device) -> None:
        self.device = found
        self._now = time.process_time if found.kind == "cpu" else time.perf_counter

    def seconds(self, run: Callable[[], Any]) -> float:
        """Of one run, the mean of several."""
        self._finish()
        start, runs = self._now(), 0
        while runs < _LEAST_RUNS or self._now() - start < _SECONDS:
            run()
            self._finish()
            runs += 1
        return (self._now() - start) / runs

    def memory_mb(self) -> float:
        """The most that was taken on the device; of the CPU, the most that this process took."""
        import torch

        if self.device.kind == "cuda":
            return float(torch.cuda.max_memory_allocated() / 1e6)
        from talking.bench.film import peak_mb

        return peak_mb() or 0.0

    def _finish(self) -> None:
        import torch

        if self.device.kind == "cuda":
            torch.cuda.synchronize()
        elif self.device.kind == "mps":
            torch.mps.synchronize()


def _measured(work: Work, clock: _Clock, peak: float) -> NeuralRow:
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    with counter:  # the first run also brings everything into memory
        work.run()
    gflop = counter.get_total_flops() / 1e9 / work.items
    ms = 1000 * clock.seconds(work.run) / work.items
    theirs = None
    if work.theirs is not None:
        work.theirs()
        theirs = 1000 * clock.seconds(work.theirs) / (work.their_items or work.items)
    return NeuralRow(work.stage, work.unit, work.items, ms, gflop, gflop / ms / peak, theirs)


def _peak(clock: _Clock) -> float:
    """TFLOP/s of a product of square matrices in the device's precision."""
    import torch

    side = _SIDE[clock.device.kind]
    left, right = (torch.ones(side, side, dtype=clock.device.dtype, device=clock.device.torch) for _ in range(2))
    left @ right
    return 2 * side**3 / clock.seconds(lambda: left @ right) / 1e12
