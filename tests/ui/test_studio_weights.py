"""Weights fetched from the page: a hub of this machine, and a person who presses the button."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from house import House, needs_browser
from hub_server import Hub, serving
from studio import Visit

from talking.checkpoints import CHECKPOINTS, is_here

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
