"""The operator's guide and the files for containers say what the program does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from talking.cli import parser
from talking.jobs.figures import Figures
from talking.server import metrics
from talking.settings import SETTINGS as ALL

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SETTINGS = {each.variable for each in ALL}
NOT_OURS = {"TALKING_BIND"}
"""Read by compose itself."""


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of the compose file, with what they share laid in."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    return found


def test_the_guide_has_a_row_for_every_setting_and_no_other() -> None:
    rows = re.findall(r"^\| `(TALKING_\w+)` \|", GUIDE, re.MULTILINE)
    assert sorted(rows) == sorted(SETTINGS)
    assert set(re.findall(r"TALKING_[A-Z_]+[A-Z]", GUIDE)) <= SETTINGS | NOT_OURS


def test_every_setting_is_a_flag_of_the_commands_that_serve() -> None:
    for command in ("serve", "worker"):
        given = parser().parse_args([command, *(word for each in ALL for word in (each.flag, f"<{each.name}>"))])
        assert set(vars(given).values()) >= {f"<{each.name}>" for each in ALL}


def test_the_guide_names_every_figure() -> None:
    told = metrics.text(Figures({}, 0.0, 0, {}, 0, 0, {}, 0.0, {}, 0))
    names = re.findall(r"^# TYPE (\w+)", told, re.MULTILINE)
    assert len(names) >= 10
    assert [name for name in names if f"`{name}`" not in GUIDE] == []


def test_the_image_sets_what_exists_and_is_not_root() -> None:
    assert set(re.findall(r"\b(TALKING_[A-Z_]+)=", DOCKERFILE)) <= SETTINGS
    assert re.search(r"^USER 10001", DOCKERFILE, re.MULTILINE)
    headless = re.search(r"opencv-contrib-python-headless==\S+", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert headless is not None and headless.group() in DOCKERFILE


def test_the_services_run_commands_that_exist(services: dict[str, Any]) -> None:
    for name in ("web", "worker"):
        service = services[name]
        assert parser().parse_args(service["command"]).run
        assert {key for key in service["environment"] if key.startswith("TALKING_")} <= SETTINGS
        assert service["environment"]["TALKING_DATABASE_URL"].startswith("postgresql://")
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert "TALKING_API_KEYS" in services["web"]["environment"]


def test_what_goes_into_the_image_is_there(services: dict[str, Any]) -> None:
    listed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = [line.removeprefix("!") for line in listed if line.startswith("!")]
    assert "talking" in kept
    assert all((ROOT / name).exists() for name in kept)
    volumes = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["volumes"]
    used = {each.split(":")[0] for service in services.values() for each in service.get("volumes", ())}
    assert {name for name in used if not name.startswith("/")} == set(volumes)
