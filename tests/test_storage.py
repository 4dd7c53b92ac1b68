"""Stored files are whole or not there, never outside their folder, and the same in a bucket as in a folder."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from talking.errors import InvalidRequest, NotFound, OutputError, TalkingError, Unavailable
from talking.storage import Storage

BESIDE = Path(__file__).parents[1] / ".moto/bin/moto_server"
"""The server has an environment of its own: next to ours, pip would try years of releases to make both fit."""

SERVER = str(BESIDE) if BESIDE.exists() else shutil.which("moto_server")
NO_BUCKETS = SERVER is None or importlib.util.find_spec("s3fs") is None


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of a local server that speaks S3."""
    if NO_BUCKETS and not os.environ.get("NOTHING_LEFT_OUT"):
        pytest.skip("left out: s3fs and moto's server are not installed here")
    assert SERVER is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([SERVER, "-H", "127.0.0.1", "-p", str(port)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def bucket(endpoint: str) -> Iterator[str]:
    """The address of an empty bucket on that server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        import s3fs

        name = f"films-{secrets.token_hex(4)}"
        s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name)
        yield f"s3://{name}/kept"


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "bucket":
        return Storage(request.getfixturevalue("bucket"))
    return Storage(str(tmp_path / "kept"))


def file_with(folder: Path, data: bytes) -> Path:
    path = folder / "source.bin"
    path.write_bytes(data)
    return path


def test_what_is_put_comes_back_whole_and_in_ranges(storage: Storage, tmp_path: Path) -> None:
    data = bytes(range(256)) * 9000
    key = storage.put(file_with(tmp_path, data), "results/job-1/talking.mp4")
    assert (key, storage.size(key), storage.has(key)) == ("results/job-1/talking.mp4", len(data), True)
    assert storage.fetch(key, tmp_path / "copy.bin").read_bytes() == data
    with storage.open(key) as file:
        file.seek(1_000_000)
        assert file.read(10) == data[1_000_000:1_000_010]


def test_putting_again_replaces(storage: Storage, tmp_path: Path) -> None:
    for data in (b"first, and longer", b"second"):
        storage.put(file_with(tmp_path, data), "uploads/a.png")
    with storage.open("uploads/a.png") as file:
        assert file.read() == b"second"


def test_deleting_takes_all_that_begins_so_and_nothing_else(storage: Storage, tmp_path: Path) -> None:
    source = file_with(tmp_path, b"x")
    for key in ("results/a/1.mp4", "results/a/2.srt", "results/ab/1.mp4"):
        storage.put(source, key)
    storage.delete("results/a")
    storage.delete("results/never")
    assert [storage.has(key) for key in ("results/a/1.mp4", "results/a/2.srt", "results/ab/1.mp4")] == [
        False, False, True,
    ]  # fmt: skip


def test_a_missing_file_is_told_without_a_path(storage: Storage, tmp_path: Path) -> None:
    for attempt in (storage.size, storage.open, lambda key: storage.fetch(key, tmp_path / "copy")):
        with pytest.raises(NotFound) as caught:
            attempt("results/nobody/talking.mp4")
        assert "/" not in str(caught.value)


@pytest.mark.parametrize(
    "key",
    ["", "name", "../etc/passwd", "results/../../etc", "/etc/passwd", "a//b", "a/.hidden", "a/b\x00", "a/b\n", "ä/b"],
)
def test_keys_cannot_lead_out(tmp_path: Path, key: str) -> None:
    storage = Storage(str(tmp_path / "kept"))
    for attempt in (storage.open, storage.delete, storage.path, lambda name: storage.put(Path(__file__), name)):
        with pytest.raises(NotFound):
            attempt(key)


def test_a_folder_tells_where_its_files_lie_and_a_bucket_gives_addresses(storage: Storage, tmp_path: Path) -> None:
    key = storage.put(file_with(tmp_path, b"x"), "results/job/a.mp4")
    if storage.local:
        path = storage.path(key)
        assert path is not None
        assert path.read_bytes() == b"x"
        assert storage.url(key) is None
    else:
        address = storage.url(key, seconds=60)
        assert storage.path(key) is None
        assert address is not None
        assert "/kept/results/job/a.mp4?" in address


def test_nothing_is_left_of_what_could_not_be_stored(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "kept"))
    (tmp_path / "kept" / "results").mkdir(parents=True)
    (tmp_path / "kept" / "results" / "job").write_bytes(b"a file where a folder must be")
    with pytest.raises((Unavailable, OutputError)):
        storage.put(file_with(tmp_path, b"x"), "results/job/a.mp4")
    assert [path.name for path in (tmp_path / "kept").rglob("*")] == ["results", "job"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = Storage(str(tmp_path / "kept"))
    monkeypatch.setattr("os.fsync", lambda _: os.write(os.open("/dev/full", os.O_WRONLY), b"x"))
    with pytest.raises(OutputError, match="no room"):
        storage.put(file_with(tmp_path, b"x"), "results/job/a.mp4")
    assert not any(path.is_file() for path in (tmp_path / "kept").rglob("*"))


def test_a_bucket_that_is_away_is_told_as_such(bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(Unavailable, match="cannot be reached"):
        Storage(bucket.replace("films", "elsewhere")).put(file_with(tmp_path, b"x"), "results/job/a.mp4")


def test_other_kinds_of_storage_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="s3://"):
        Storage("gopher://films/kept")
    with pytest.raises(TalkingError):
        Storage("s4://films")
