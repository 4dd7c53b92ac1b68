"""The Studio in a browser: a server for all tests that leave it alone, and tabs that must stay without a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from house import House, chromium
from studio import Visit


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server that nobody kills."""
    with House(tmp_path_factory.mktemp("studio")) as house:
        yield house
    assert "Traceback" not in house.log.read_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for the tests of a file."""
    with chromium("--host-resolver-rules=MAP studio.test 127.0.0.1") as browser:
        yield browser


@pytest.fixture
def visit(browser: Any, house: House) -> Iterator[Callable[..., Visit]]:
    """visit(fragment, address, **context): a tab on the Studio, of a browser that knows nothing of others. What is
    forgiven of its faults has to be taken out of them.
    """
    visits: list[Visit] = []

    def make(fragment: str = "", address: str = house.address, **facts: Any) -> Visit:
        context = browser.new_context(viewport={"width": 1280, "height": 860}, **facts)
        visits.append(Visit(context.new_page(), address))
        return visits[-1].open(fragment)

    yield make
    for each in visits:
        each.page.context.close()
    faults = [fault for each in visits for fault in each.faults]
    if any("ERR_CACHE_WRITE_FAILURE" in fault for fault in faults):
        # A private window's cache is small, and Chromium gives up what it reads when it cannot write it there.
        faults = [fault for fault in faults if "ERR_CACHE_WRITE_FAILURE" not in fault and fault != "Failed to fetch"]
    assert faults == []


@pytest.fixture(scope="session")
def two_faces(small_portrait: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people side by side, the left one larger."""
    import PIL.Image

    path = tmp_path_factory.mktemp("faces") / "two.png"
    with PIL.Image.open(small_portrait) as one:
        picture = PIL.Image.new("RGB", (480, 300), "#88aacc")
        picture.paste(one, (0, 0))
        picture.paste(one.resize((205, 240)), (266, 40))
        picture.save(path)
    return path
