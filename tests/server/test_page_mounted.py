"""The page behind the routes: nothing that is not its own may be had through it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", [
    "/etc/passwd", "/etc/hostname", str(ROOT / "pyproject.toml"), str(Path(httpx.__file__)), "/proc/self/environ",
])  # fmt: skip
def test_no_file_of_the_server_is_had_through_the_page(client: httpx.Client, path: str) -> None:
    portrait = {"path": path, "meta": {"_type": "gradio.FileData"}}
    event = client.post("/gradio_api/call/generate", json={"data": [portrait, "Hello.", None, "espeak", {}]})
    assert event.status_code == 200
    told = client.get(f"/gradio_api/call/generate/{event.json()['event_id']}").text
    assert "event: error" in told and "/gradio/" not in told
    assert client.get(f"/gradio_api/file={path}").status_code == 403


def test_the_page_is_behind_the_keys_and_works_with_them(client: httpx.Client, server: str) -> None:
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/file=/etc/passwd", "/gradio_api/upload"):
        assert httpx.get(server + path).status_code == 401, path
    assert client.get("/").status_code == 200
    assert "/generate" in client.get("/gradio_api/info").json()["named_endpoints"]


def test_health_needs_no_key(server: str) -> None:
    assert httpx.get(f"{server}/healthz").json() == {"status": "ok"}
    assert set(httpx.get(f"{server}/readyz").json()) == {"status", "waiting", "running"}
