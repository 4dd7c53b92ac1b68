"""A small run of the chaos program: its big ones are told of in the documentation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "benchmarks" / "chaos.py"


@pytest.mark.skipif(not Path("/proc").exists(), reason="left out: processes are found in /proc, which Linux has")
def test_jobs_outlive_workers_that_are_killed(tmp_path: Path) -> None:
    command = [sys.executable, str(PROGRAM), "--jobs", "5", "--kills", "3", "--haste", "2", "--spare-webs"]
    done = subprocess.run(
        [*command, "--folder", str(tmp_path / "run"), "--json", str(tmp_path / "found.json")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    found = {each["name"]: each for each in json.loads((tmp_path / "found.json").read_text())["findings"]}
    assert found["kill -9"]["facts"]["kills"] == {"worker of web-0": 3}
    assert sum(found["acknowledged jobs"]["facts"]["ends"].values()) == 5
    assert {"films", "webhooks", "queue", "storage", "one more job", "processes", "left over"} <= set(found)
