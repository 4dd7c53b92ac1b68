"""The house's floors: who may import whom, and what a mere import may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import talking

PACKAGE = Path(talking.__file__).parent

FLOORS: dict[str, set[str]] = {
    "types": set(),
    "errors": set(),
    "request": {"errors", "types"},
    "media": {"types", "errors"},
    "net": {"errors"},
    "examples": {"errors", "types"},
    "settings": {"errors"},
    "logs": set(),
    "recent": set(),
    "checkpoints": {"errors"},
    "nets": set(),
    "storage": {"errors"},
    "speech": {"types", "errors", "media", "checkpoints"},
    "face": {"types", "errors", "media"},
    "motion": {"types", "errors", "media"},
    "compose": {"types", "errors", "media"},
    "engines": {"types", "errors", "media", "face", "checkpoints", "nets", "recent"},
    "articulation": {"types", "errors", "media", "speech", "motion"},
    "driver": {"types", "errors", "media", "net", "face", "motion"},
    "pipeline": {
        *("types", "errors", "request", "media", "net", "speech", "face", "motion", "compose", "engines"),
        *("articulation", "driver", "evaluate", "checkpoints", "recent"),
    },
    "evaluate": {"types", "errors", "media", "face", "motion", "articulation"},
    "jobs": {"types", "errors", "logs", "request", "media", "net", "storage", "motion", "pipeline"},
    "bench": {
        *("types", "errors", "media", "speech", "face", "motion", "engines", "articulation", "examples"),
        *("checkpoints", "nets"),
    },
    "server": {
        *("recent", "types", "errors", "logs", "request", "media", "net", "storage", "examples", "settings"),
        *("speech", "face", "motion", "checkpoints", "engines", "pipeline", "jobs", "ui"),
    },
    "ui": {"types", "errors", "request", "speech", "motion", "examples"},
    "cli": {
        *("errors", "logs", "request", "media", "speech", "pipeline", "evaluate", "bench", "settings", "server"),
        *("doctor", "engines", "checkpoints"),
    },
    "doctor": {"errors", "speech", "checkpoints", "engines", "pipeline", "examples", "jobs"},
    "__main__": {"cli"},
    "__init__": {"errors", "types", "request", "pipeline", "speech"},
}
"""Each part of the package and the parts it may import; every part may import itself."""

ONLY_IN = {
    "gradio": {"ui", "server"},
    "fastapi": {"server"},
    "starlette": {"server"},
    "uvicorn": {"server"},
    "spaces": {"server"},
    "mediapipe": {"face", "doctor"},
    "edge_tts": {"speech"},
    "espeakng_loader": {"speech"},
    "py3langid": {"speech"},
    "huggingface_hub": {"checkpoints"},
    "onnxruntime": {"speech", "face"},
    "onnx": {"speech"},
    "piper": {"speech"},
    "moviepy": {"driver"},
    "dbos": {"jobs"},
    "sqlalchemy": {"jobs"},
    "fsspec": {"storage"},
    "tqdm": {"cli"},
    "matplotlib": {"evaluate", "examples"},
    "torch": {"nets", "engines", "bench"},
    "diffusers": {"nets", "engines", "bench"},
    "transformers": {"nets", "engines", "bench"},
    "safetensors": {"engines"},
    "librosa": set(),
    "insightface": set(),
}

FILES = sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down_the_floors(path: Path) -> None:
    part = part_of(path)
    allowed = FLOORS[part] | {part}
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("talking.")}
    assert ours <= allowed, f"{part} may not import {sorted(ours - allowed)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_packages_stay_in_their_rooms(path: Path) -> None:
    tops = {name.split(".")[0] for name in imported(path)}
    for package, rooms in ONLY_IN.items():
        assert package not in tops or part_of(path) in rooms, f"{package} belongs to {rooms}"


def reads_environment(path: Path) -> bool:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return any(isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") for node in nodes)


def test_only_settings_reads_the_environment() -> None:
    assert {part_of(path) for path in FILES if reads_environment(path)} == {"settings"}


def test_importing_talking_loads_nothing_heavy() -> None:
    heavy = (
        "torch",
        "gradio",
        "mediapipe",
        "cv2",
        "av",
        "scipy",
        "librosa",
        "edge_tts",
        "py3langid",
        "matplotlib",
        "moviepy",
        "PIL",
        "dbos",
        "sqlalchemy",
        "fsspec",
        "fastapi",
        "uvicorn",
    )
    code = f"import sys, talking; print([name for name in {heavy!r} if name in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_exports_are_sorted_and_exist() -> None:
    assert talking.__all__ == sorted(talking.__all__)
    for name in talking.__all__:
        assert getattr(talking, name) is not None


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_hold_one_idea(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 400
