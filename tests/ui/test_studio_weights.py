"""Weights fetched from the page: a hub of this machine, and a person who presses the button."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from house import House, needs_browser
from hub_server import Hub, serving
from studio import Visit

from talking.checkpoints import CHECKPOINTS, is_here
from talking.engines import ENGINES

pytestmark = needs_browser

NEEDED = ("musetalk", "sd-vae-ft-mse", "whisper-tiny")


@pytest.fixture
def hub() -> Iterator[Hub]:
    wanted = {name: {slot[0].path: bytes(2000) for slot in CHECKPOINTS[name].slots} for name in NEEDED}
    with serving(Hub({CHECKPOINTS[name].repo: [files] for name, files in wanted.items()})) as running:
        yield running


def test_the_page_fetches_weights_and_says_what_is_wrong_with_them(
    visit: Callable[..., Visit], hub: Hub, tmp_path: Path
) -> None:
    weights = tmp_path / "weights"
    with House(tmp_path, HF_ENDPOINT=hub.address, TALKING_CHECKPOINTS=str(weights)) as house:
        tab = visit(address=house.address)
        page = tab.page
        page.get_by_role("button", name="Picture and file").click()
        page.get_by_role("button", name="All engines, and what each needs").click()
        fetch = page.locator("#machines .fetch:visible").first
        fetch.get_by_text("more than 334.6 MB").wait_for()
        fetch.get_by_role("button", name="Fetch its weights").click()
        fetch.get_by_text("is not the one that talking knows").wait_for()  # the hub here has another file
        assert is_here("musetalk", weights) and is_here("whisper-tiny", weights)
        assert not is_here("sd-vae-ft-mse", weights)
        assert fetch.get_by_role("button", name="Fetch its weights").is_enabled(), "it can be tried again"
        page.locator("#examples [role=radio]").first.hover()
        page.locator("#examples video").wait_for(state="attached")
        page.close()  # before its server, which it would miss


def test_an_engine_is_marked_anew_when_its_weights_have_come(
    visit: Callable[..., Visit], hub: Hub, tmp_path: Path
) -> None:
    weights = tmp_path / "weights"
    for slot in CHECKPOINTS["sd-vae-ft-mse"].slots:  # the only ones whose true size is known here
        file = weights / "sd-vae-ft-mse" / slot[0].path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    with House(tmp_path, HF_ENDPOINT=hub.address, TALKING_CHECKPOINTS=str(weights)) as house:
        tab = visit(address=house.address)
        page = tab.page
        page.get_by_role("button", name="Picture and file").click()
        page.get_by_role("button", name="All engines, and what each needs").click()
        title = page.locator("#machines dt", has_text="musetalk")
        told, fetch = (title.locator(f"xpath=following-sibling::dd[{place}]") for place in (1, 4))
        told.get_by_text("checkpoints (musetalk, whisper-tiny)").wait_for()
        assert "not ready here" in title.inner_text() and _offered(tab, "musetalk") == "musetalk ✕"
        fetch.get_by_role("button", name="Fetch its weights").click()
        told.get_by_text("checkpoints (", exact=False).wait_for(state="detached")
        fetch.wait_for(state="hidden")
        if all(find_spec(package) for package in ENGINES["musetalk"].packages):
            title.get_by_text("ready", exact=True).wait_for()
            while _offered(tab, "musetalk") != "musetalk":  # the list of engines follows
                page.wait_for_timeout(200)
        else:  # its weights are no longer what it lacks
            told.get_by_text("needs packages").wait_for()
            assert _offered(tab, "musetalk") == "musetalk ✕"
        page.close()


def _offered(tab: Visit, engine: str) -> str:
    """How the list of engines names this one."""
    box = tab.page.get_by_label("Engine", exact=True)
    box.click()
    label = tab.page.get_by_role("option").filter(has_text=engine).first.get_attribute("aria-label")
    tab.page.keyboard.press("Escape")
    tab.page.locator("h1").click()
    return str(label)
