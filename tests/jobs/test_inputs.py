"""What a request refers to comes here before work begins, and nothing else of this machine does."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from talking.errors import FetchError, InvalidRequest, TalkingError
from talking.jobs.inputs import gather
from talking.pipeline import Limits
from talking.request import Logo, Options, Request
from talking.storage import Storage


@pytest.fixture
def storage(tmp_path: Path, small_portrait: Path) -> Storage:
    made = Storage(str(tmp_path / "kept"))
    made.put(small_portrait, "uploads/abc/portrait.png")
    made.put(small_portrait, "results/other/one/talking.mp4")
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture
def site(small_portrait: Path) -> Iterator[str]:
    """The address of a server that has the portrait."""

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(small_portrait.parent))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_uploads_and_addresses_become_files_with_their_hashes(
    storage: Storage, folder: Path, site: str, small_portrait: Path
) -> None:
    request = Request(
        "stored:uploads/abc/portrait.png",
        text="Hi",
        options=Options(background=f"{site}/small.png?size=1", logo=Logo("stored:uploads/abc/portrait.png")),
    )
    brought, inputs = gather(request, storage, Limits(local_files=False, private_urls=True), folder)
    assert brought.options.logo is not None
    for path, name in (
        (brought.portrait, "portrait/portrait.png"),
        (brought.options.background, "background/small.png"),
        (brought.options.logo.url, "logo/portrait.png"),
    ):
        assert path == str(folder / name)
        assert Path(path).read_bytes() == small_portrait.read_bytes()
    digest = hashlib.sha256(small_portrait.read_bytes()).hexdigest()
    assert [(each.name, each.sha256, each.size) for each in inputs] == [
        (name, digest, small_portrait.stat().st_size) for name in ("portrait", "background", "logo")
    ]


@pytest.mark.parametrize("driver", ["lively/driver-03", "bank://lively/", "bank://natural/driver-1/flipped", "auto"])
def test_names_and_colours_stay_as_they_are(driver: str, storage: Storage, folder: Path, small_portrait: Path) -> None:
    request = Request(str(small_portrait), text="Hi", options=Options(driver=driver, background="transparent"))
    brought, inputs = gather(request, storage, Limits(), folder)
    assert brought == request
    assert [each.name for each in inputs] == ["portrait"]


@pytest.mark.parametrize(
    "source", ["stored:results/other/one/talking.mp4", "stored:../secret", "stored:uploads/../../etc/passwd", "stored:"]
)
def test_only_uploads_can_be_named(storage: Storage, folder: Path, source: str) -> None:
    with pytest.raises(InvalidRequest, match="upload"):
        gather(Request(source, text="Hi"), storage, Limits(local_files=False), folder)


def test_an_upload_that_is_gone_is_told_as_such(storage: Storage, folder: Path) -> None:
    with pytest.raises(InvalidRequest, match="not there any more"):
        gather(Request("stored:uploads/abc/gone.png", text="Hi"), storage, Limits(), folder)


def test_addresses_in_private_networks_are_not_opened(storage: Storage, folder: Path, site: str) -> None:
    with pytest.raises(FetchError):
        gather(Request(f"{site}/small.png", text="Hi"), storage, Limits(local_files=False), folder)


def test_strangers_may_name_what_was_fetched_for_them_and_nothing_else(folder: Path, small_portrait: Path) -> None:
    limits = Limits(local_files=False, inbox=folder)
    (folder / "mine.png").write_bytes(b"x")
    limits.check(str(folder / "mine.png"), "portrait")
    for name in (str(small_portrait), str(folder / ".." / "other"), "/etc/passwd", "a\0b", "x" * 9000, "."):
        with pytest.raises(TalkingError):
            limits.check(name, "portrait")
