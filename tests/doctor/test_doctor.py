"""What the doctor finds, in good health and in bad."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from talking.cli import main
from talking.doctor import Finding, as_json, as_table, examine, machine
from talking.doctor.service import database, service
from talking.jobs import Database, Terms, sqlite_url
from talking.jobs.lease import Leases
from talking.jobs.store import Store
from talking.request import Request


def test_a_healthy_machine_makes_a_film(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["doctor", "--json", "--data", str(tmp_path / "data")]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["ok"] is True
    found = {each["name"]: each for each in told["findings"]}
    wanted = ["python", "packages", "opencv", "memory", "cache", "data", "service", "engines", "voices", "render"]
    assert list(found) == wanted
    assert found["engines"]["facts"]["auto"] == "mesh"
    assert found["voices"]["facts"]["voices"]["espeak"] > 100
    assert found["render"]["facts"]["frames_per_second"] > 0
    assert 1.5 < found["render"]["facts"]["duration"] < 4
    assert not (tmp_path / "data").exists()


def test_without_opengl_it_says_what_to_install_and_makes_no_film(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    findings = list(examine(cache=None, voices=None, data=None))
    assert findings[-1].name == "cache" and findings[-1].state == "note"
    (opencv,) = [each for each in findings if each.name == "opencv"]
    assert opencv.state == "fail"
    assert machine.HEADLESS in opencv.says
    assert as_table(findings).splitlines()[-1].startswith("Does not work: opencv")
    assert json.loads(as_json(findings))["ok"] is False


def test_folders_are_tried_and_not_made(tmp_path: Path) -> None:
    good = machine.folder("cache", tmp_path / "a" / "b")
    assert good.state in ("ok", "note") and good.facts["free_bytes"] > 0
    assert list(tmp_path.iterdir()) == []
    assert machine.folder("cache", Path("/proc/nowhere")).state == "fail"


def test_jobs_that_nobody_makes_are_a_fault(tmp_path: Path) -> None:
    assert service(tmp_path).state == "note"
    assert list(tmp_path.iterdir()) == []
    store = Store(Database(sqlite_url(tmp_path)))
    store.prepare()
    assert service(tmp_path).state == "note"
    store.add(Request("face.png", text="Hello."), Terms())
    lost = service(tmp_path)
    assert lost.state == "fail" and "waiting: 1" in lost.says
    Leases(store.database).beat("local-0")
    assert service(tmp_path).state == "ok"
    store.database.close()
    away = database("postgresql://somebody:password@127.0.0.1:9/nothing")
    assert away.state == "fail"
    assert "password" not in away.says


def test_a_finding_is_a_line() -> None:
    lines = as_table([Finding("memory", "ok", "8.0 GB."), Finding("voices", "note", "Few.")]).splitlines()
    assert lines == ["ok   memory     8.0 GB.", "note voices     Few.", "All that is needed works."]
