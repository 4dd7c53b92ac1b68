"""The guide for people: what it tells them to run runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from talking import examples
from talking.checkpoints import CHECKPOINTS

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs/guide.md").read_text(encoding="utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with our examples, small so that the films are made fast."""
    import PIL.Image

    folder = tmp_path_factory.mktemp("guide")
    (folder / "examples/portraits").mkdir(parents=True)
    (folder / "examples/speech").symlink_to(ROOT / "examples/speech")
    for example in examples.portraits():
        if example.path.is_relative_to(ROOT):
            with PIL.Image.open(example.path) as picture:
                picture.resize((256, 256)).save(folder / "examples/portraits" / example.path.name)
    return folder


def run(command: list[str], text: str, desk: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, input=text, cwd=desk, env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_commands_run(desk: Path) -> None:
    assert len(SHELL) == 6
    told = run(["bash", "-euo", "pipefail"], "\n".join(SHELL), desk)
    films = {"first", "second", "close", "lively", "like-maya", "burnt"}
    assert {path.stem for path in desk.glob("*.mp4")} >= films
    assert "musetalk" in told and "burnt.vtt" in told


def test_its_program_runs(desk: Path) -> None:
    (program,) = PYTHON
    told = run([sys.executable, "-"], program, desk)
    assert [line.split()[0] for line in told.splitlines()] == ["film-0.mp4", "film-1.mp4"]


def test_its_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", GUIDE):
        assert (ROOT / "docs" / link).is_file(), link


def test_a_space_installs_what_the_package_needs() -> None:
    def packages(lines: list[str]) -> set[str]:
        bare = (line.partition("#")[0].strip() for line in lines)
        return {re.sub(r"\s", "", line).replace("'", '"') for line in bare if line}

    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = [
        re.search(rf"^{name} = \[\n(.*?)^\]", project, re.DOTALL | re.MULTILINE) for name in ("dependencies", "neural")
    ]
    wanted = packages(
        [name for found in lists if found for name in re.findall(r'^    "([^"]+)"', found[1], re.MULTILINE)]
    )
    assert len(wanted) > 25
    assert packages((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()) == wanted


def test_a_space_finds_what_it_must_know() -> None:
    _, front, _ = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    facts = dict(line.split(": ", 1) for line in front.splitlines() if ": " in line)
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert facts["sdk"] == "gradio" and f"gradio=={facts['sdk_version']}" in requirements
    assert (ROOT / facts["app_file"]).is_file() and facts["python_version"] == '"3.11"'
    assert len(facts["short_description"]) <= 60
    models = set(re.findall(r"^  - (\S+)$", front, re.MULTILINE))
    assert models and models <= {each.repo for each in CHECKPOINTS.values()}
