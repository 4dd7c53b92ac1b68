"""The figures of a neural engine: every stage once, arithmetic counted, and refusals in plain words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
pytest.importorskip("diffusers", reason="diffusers comes with the extra 'neural'")

from small_networks import write_musetalk  # noqa: E402

from talking.bench import neural, neural_bench, neural_json, neural_table  # noqa: E402
from talking.engines.means import Means  # noqa: E402
from talking.errors import CheckpointMissing, InvalidRequest  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")


def test_every_stage_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neural, "_SECONDS", 0.0)
    monkeypatch.setattr(neural, "_LEAST_RUNS", 1)
    write_musetalk(tmp_path)
    steps: list[tuple[int, int]] = []
    means = Means(checkpoints=tmp_path, device="cpu")
    result = neural_bench("musetalk", means, batches=(1, 2), on_progress=lambda *step: steps.append(step))
    named = {(row.stage, row.batch): row for row in result.rows}
    assert {stage for stage, _ in named} == {
        "hear", "look at the portrait", "paint latents", "decode", "lay on the picture",
    }  # fmt: skip
    assert named["decode", 1].gflop == pytest.approx(named["decode", 2].gflop)
    for (stage, _), row in named.items():
        assert row.ms > 0 and row.upstream_ms is None
        assert (row.gflop > 0) == (stage != "lay on the picture")
        assert row.share == pytest.approx(row.gflop / row.ms / result.peak)
    assert steps[-1][0] == steps[-1][1] and set(result.fps) == set(result.share) == {1, 2}
    assert not result.upstream_times
    frames = [row for row in result.rows if row.unit == "frame" and row.batch == 2]
    assert result.fps[2] == pytest.approx(1000 / sum(row.ms for row in frames))
    assert min(row.share for row in frames) < result.share[2] < max(row.share for row in frames)
    assert json.loads(neural_json(result))["engine"] == "musetalk"
    table = neural_table(result)
    assert "speed only" in table and "frames a second in batches of 2" in table


def test_what_cannot_be_measured_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neural, "_SECONDS", 0.0)
    means = Means(checkpoints=tmp_path, device="cpu")
    with pytest.raises(InvalidRequest, match="mesh has no networks"):
        neural_bench("mesh", means)
    with pytest.raises(InvalidRequest, match="one frame or more"):
        neural_bench("musetalk", means, batches=(0,))
    with pytest.raises(CheckpointMissing, match="pull"):
        neural_bench("musetalk", means, batches=(1,))


def test_a_folder_without_the_published_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neural, "_SECONDS", 0.0)
    write_musetalk(tmp_path)
    with pytest.raises(InvalidRequest, match="does not hold the code of MuseTalk"):
        neural_bench("musetalk", Means(checkpoints=tmp_path, device="cpu"), batches=(1,), upstream=tmp_path)
