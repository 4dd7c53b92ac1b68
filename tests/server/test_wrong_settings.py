"""A server or a worker that is set up wrongly says what to change, in a sentence, before it takes anything in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from talking.__main__ import main
from talking.errors import InvalidRequest
from talking.jobs.lease import only_one
from talking.settings import Settings


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker",)])
def test_a_data_folder_that_cannot_be_made_is_told(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main([*command, "--data", str(tmp_path / "file" / "data")]) == 2
    said = capsys.readouterr().err
    assert "data folder cannot be made or written" in said
    assert "TALKING_DATA" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker",)])
def test_a_database_file_that_is_none_is_told(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "talking.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 100)
    assert main([*command, "--data", str(tmp_path)]) == 2
    assert "database in the data folder cannot be opened" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker",)])
def test_an_engine_that_does_not_exist_is_told_before_anybody_asks_for_it(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--data", str(tmp_path), "--engine", "mash"]) == 2
    said = capsys.readouterr().err
    assert "TALKING_ENGINE" in said
    assert "mesh" in said


@pytest.mark.parametrize("place", ["ftp://films", "https://films.example.org", "memory://films"])
def test_a_storage_of_another_kind_is_told_with_the_other_faults(place: str) -> None:
    with pytest.raises(InvalidRequest, match=r"TALKING_PORT must .*; TALKING_STORAGE_URL must be a folder") as told:
        Settings.from_env({"TALKING_PORT": "a", "TALKING_STORAGE_URL": place})
    assert place not in str(told.value)  # there may be a password in it


def test_folders_and_buckets_are_storages() -> None:
    for place in ("films", "/srv/films", "file:///srv/films", "s3://films/kept", ""):
        assert Settings.from_env({"TALKING_STORAGE_URL": place}).storage_url == place


def test_a_second_server_on_the_same_data_folder_is_refused_until_the_first_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holding = "from talking.jobs.lease import only_one; import sys, pathlib, time\n"
    holding += "with only_one(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    first = subprocess.Popen([sys.executable, "-c", holding, tmp_path / "server.lock"], stdout=subprocess.PIPE)
    try:
        assert first.stdout is not None and first.stdout.readline() == b"held\n"
        assert main(["serve", "--port", "0", "--data", str(tmp_path)]) == 2
        said = capsys.readouterr().err
        assert "Another server uses this data folder" in said and "TALKING_DATA" in said and str(tmp_path) not in said
        with only_one(tmp_path / "work" / "local-1.lock"):  # a worker's place is another one
            pass
    finally:
        first.kill()
        first.wait()
        first.stdout.close()
    with only_one(tmp_path / "server.lock"):  # the system let go of it
        pass
