"""The page behind the routes: nothing that is not its own may be had through it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", [
    "/etc/passwd", "/etc/hostname", str(ROOT / "pyproject.toml"), str(Path(httpx.__file__)), "/proc/self/environ",
])  # fmt: skip
def test_no_file_of_the_server_is_had_through_the_page(client: httpx.Client, server_folder: Path, path: str) -> None:
    """Mounted as its manual says, Gradio copies whatever file a caller names to where callers may read."""
    portrait = {"path": path, "meta": {"_type": "gradio.FileData"}}
    event = client.post("/gradio_api/call/generate", json={"data": [portrait, "Hello.", None, "espeak", {}]})
    assert event.status_code == 200
    told = client.get(f"/gradio_api/call/generate/{event.json()['event_id']}").text
    assert "event: error" in told and "/gradio/" not in told
    assert not list((server_folder / "gradio").rglob(Path(path).name))
    assert client.get(f"/gradio_api/file={path}").status_code == 403


def test_the_page_keeps_the_servers_own_data_to_itself(client: httpx.Client, server_folder: Path) -> None:
    secret = server_folder / "data" / "secret.key"
    assert secret.is_file()
    test_no_file_of_the_server_is_had_through_the_page(client, server_folder, str(secret))


def test_what_a_caller_uploads_to_the_page_is_taken(client: httpx.Client, small_portrait: Path) -> None:
    sent = client.post("/gradio_api/upload", files={"files": ("a.png", small_portrait.read_bytes(), "image/png")})
    portrait = {"path": sent.json()[0], "meta": {"_type": "gradio.FileData"}}
    event = client.post("/gradio_api/call/generate", json={"data": [portrait, "Hello.", None, "espeak", {}]})
    told = client.get(f"/gradio_api/call/generate/{event.json()['event_id']}").text
    assert "event: complete" in told
    film = json.loads(told.rpartition("data: ")[2])[0]
    assert client.get(f"/gradio_api/file={film['path']}").content[4:8] == b"ftyp"


def test_who_asks_the_page_for_what_it_does_not_make_is_told_to_the_end(client: httpx.Client) -> None:
    for _ in range(3):
        told = client.get("/gradio_api/call/generate/no-such-event")
        assert told.status_code == 200 and "404" in told.text


def test_the_page_is_behind_the_keys_and_works_with_them(client: httpx.Client, server: str) -> None:
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/file=/etc/passwd", "/gradio_api/upload"):
        assert httpx.get(server + path).status_code == 401, path
    assert client.get("/").status_code == 200
    assert "/generate" in client.get("/gradio_api/info").json()["named_endpoints"]


def test_health_needs_no_key(server: str) -> None:
    assert httpx.get(f"{server}/healthz").json() == {"status": "ok"}
    assert set(httpx.get(f"{server}/readyz", timeout=60).json()) == {"status", "checks"}


def test_small_clips_are_files_that_browsers_keep(client: httpx.Client, server: str) -> None:
    shown = client.get("/").text
    for path in re.findall(r"tiles/[\w.?=-]+", shown):
        file = client.get(f"/{path}")
        assert (file.status_code, "immutable" in file.headers["cache-control"]) == (200, True), path
    assert len(re.findall(r"tiles/[\w-]+\.mp4\?v=\w{8}", shown)) >= 18
    part = client.get("/tiles/natural-1.mp4", headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    for path in ("/tiles/", "/tiles/nothing.mp4", "/tiles/%2e%2e/page.css", "/tiles/..%2fpage.css"):
        assert client.get(path).status_code == 404, path
    assert httpx.get(f"{server}/tiles/natural-1.mp4").status_code == 401


def test_what_the_page_is_made_of_is_sent_small(client: httpx.Client) -> None:
    document = client.get("/", headers={"accept-encoding": "gzip"})
    assert document.headers["content-encoding"] == "gzip"
    assert int(document.headers["content-length"]) < len(document.content) / 2
    script = re.search(r'src="\.?(/assets/[\w.-]+\.js)"', document.text)
    assert script is not None
    asset = client.get(script[1], headers={"accept-encoding": "gzip, br"})
    assert asset.headers["content-encoding"] in ("br", "gzip") and "immutable" in asset.headers["cache-control"]
    assert "import" in asset.text or "export" in asset.text, "squeezed once"
    health = client.get("/healthz", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in health.headers
