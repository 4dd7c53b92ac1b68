"""Which engine films, and why: checkpoints, packages, licence and device, one after the other."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from talking.checkpoints import CHECKPOINTS
from talking.engines import ENGINES, Means, choose, statuses, tuned
from talking.engines.device import Device
from talking.errors import CheckpointMissing, InvalidRequest, Unavailable, Unknown

EXTRA = ("torch", "diffusers", "transformers")
GIB = 1 << 30
CPU = Device("cpu", "CPU", "float32", 32 * GIB, 16 * GIB)
GPU = Device("cuda", "GPU of a test", "bfloat16", 24 * GIB, 20 * GIB)
SMALL = Device("cuda", "GPU of a test", "float16", 2 * GIB, 2 * GIB)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where the extra `neural` is installed."""
    found: Any = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: name in EXTRA or found(name, *more))


def put(folder: Path, *names: str) -> None:
    """Checkpoints with files of the right names."""
    for name in names:
        for slot in CHECKPOINTS[name].slots:
            path = folder / name / slot[0].path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"weights")


def put_engine(folder: Path, *engines: str) -> None:
    for engine in engines:
        put(folder, *ENGINES[engine].checkpoints)


def test_without_checkpoints_it_is_mesh_and_nothing_is_said(tmp_path: Path) -> None:
    def never(_name: str) -> Device:
        raise AssertionError("no device is needed")

    chosen = choose("auto", Means(tmp_path), never)
    assert (chosen.name, chosen.notes) == ("mesh", ())
    assert chosen.because == "no checkpoints of another engine are here"


def test_without_checkpoints_torch_is_never_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from talking.engines import Means, choose, statuses;"
        f"means = Means(Path({str(tmp_path)!r})); choose('auto', means); statuses(means);"
        "print([name for name in ('torch', 'diffusers', 'transformers', 'huggingface_hub') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.usefixtures("installed")
def test_a_gpu_with_checkpoints_gets_the_best_engine(tmp_path: Path) -> None:
    put_engine(tmp_path, "latentsync")
    chosen = choose("auto", Means(tmp_path), lambda _: GPU)
    assert chosen.name == "latentsync"
    put_engine(tmp_path, "musetalk")
    chosen = choose("auto", Means(tmp_path), lambda _: GPU)
    assert chosen.name == "musetalk" and "on GPU of a test" in chosen.because
    assert chosen.notes == (f"Engine: musetalk, because {chosen.because}.",)


@pytest.mark.usefixtures("installed")
def test_a_cpu_gets_mesh_unless_another_one_is_asked_for(tmp_path: Path) -> None:
    put_engine(tmp_path, "musetalk")
    chosen = choose("auto", Means(tmp_path), lambda _: CPU)
    assert chosen.name == "mesh"
    assert chosen.notes == ("Engine: mesh. Musetalk takes about 4 minutes for each second of film without a GPU.",)
    asked = choose("musetalk", Means(tmp_path), lambda _: CPU)
    assert asked.name == "musetalk" and asked.notes[0].startswith("Without a GPU the engine musetalk takes")
    assert choose("mesh", Means(tmp_path)).because == "it was asked for"


@pytest.mark.usefixtures("installed")
def test_a_device_that_is_too_small_is_refused_with_both_figures(tmp_path: Path) -> None:
    put_engine(tmp_path, "musetalk")
    with pytest.raises(Unavailable, match=r"musetalk takes 3 GB of memory and this machine's GPU of a test has 2.0 GB"):
        choose("musetalk", Means(tmp_path), lambda _: SMALL)
    chosen = choose("auto", Means(tmp_path), lambda _: SMALL)
    assert chosen.name == "mesh" and "takes 3 GB" in chosen.notes[0]


@pytest.mark.usefixtures("installed")
def test_a_licence_that_forbids_it_is_named_with_what_to_use_instead(tmp_path: Path) -> None:
    put_engine(tmp_path, "wav2lip")
    with pytest.raises(
        InvalidRequest, match=r"any form of commercial use .* use musetalk or mesh, or set TALKING_ALLOW"
    ):
        choose("wav2lip", Means(tmp_path), lambda _: GPU)
    assert choose("wav2lip", Means(tmp_path, allow_noncommercial=True), lambda _: GPU).name == "wav2lip"
    assert choose("auto", Means(tmp_path, allow_noncommercial=True), lambda _: GPU).name == "mesh"


@pytest.mark.usefixtures("installed")
def test_missing_checkpoints_are_named_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(
        CheckpointMissing, match=r"\(musetalk, sd-vae-ft-mse, whisper-tiny\) .* run `talking checkpoints pull m"
    ):
        choose("musetalk", Means(tmp_path), lambda _: GPU)
    put(tmp_path, "musetalk", "whisper-tiny")
    with pytest.raises(
        CheckpointMissing,
        match=r"checkpoints \(sd-vae-ft-mse\) that are not on this machine: run `talking checkpoints pull musetalk`",
    ):
        choose("musetalk", Means(tmp_path), lambda _: GPU)


def test_missing_packages_are_named_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_engine(tmp_path, "musetalk")
    found: Any = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name in EXTRA else found(name, *more))
    told = r'packages \(torch, diffusers, transformers\) that .* run `pip install "talking\[neural\]"`, or'
    with pytest.raises(Unavailable, match=told):
        choose("musetalk", Means(tmp_path), lambda _: GPU)
    assert choose("auto", Means(tmp_path), lambda _: GPU).name == "mesh"
    with pytest.raises(CheckpointMissing, match="and put your files where `talking checkpoints path wav2lip` says"):
        choose("wav2lip", Means(tmp_path, allow_noncommercial=True), lambda _: GPU)


def test_what_auto_stands_for_can_be_set(tmp_path: Path) -> None:
    assert choose("auto", Means(tmp_path, preferred="mesh")).because == "it was asked for"
    with pytest.raises(Unavailable):
        choose("auto", Means(tmp_path, preferred="musetalk"), lambda _: GPU)
    with pytest.raises(Unknown, match=r"no engine called 'mish'\. Did you mean mesh"):
        choose("mish", Means(tmp_path))


@pytest.mark.usefixtures("installed")
def test_every_engine_says_how_it_stands(tmp_path: Path) -> None:
    put_engine(tmp_path, "musetalk")
    told = {each.name: each for each in statuses(Means(tmp_path), lambda _: GPU)}
    assert list(told) == list(ENGINES)
    assert [name for name, each in told.items() if each.ready] == ["mesh", "musetalk"]
    assert [name for name, each in told.items() if each.automatic] == ["musetalk"]
    assert "talking checkpoints pull latentsync" in told["latentsync"].says


def test_numbers_of_an_engine_are_checked_by_name() -> None:
    assert tuned("mesh", ()) == {}
    with pytest.raises(Unknown, match=r"no number of the engine mesh called 'steps'\. It has none"):
        tuned("mesh", (("steps", 20.0),))
    for name, card in ENGINES.items():
        for key, number in card.tuning.items():
            assert tuned(name, ((key, number.default),)) == {key: number.default}
            with pytest.raises(InvalidRequest, match=f"'{key}' of the engine {name} is a"):
                tuned(name, ((key, number.high + 1),))


def test_every_card_names_checkpoints_that_exist() -> None:
    for card in ENGINES.values():
        for name in card.checkpoints:
            assert name in CHECKPOINTS
