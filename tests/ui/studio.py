"""What the tests of the Studio share: tabs that tell of every fault."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

_EVERY_RULE = """async () => {
  const fading = document.getAnimations().filter((each) => each instanceof CSSTransition);
  await Promise.allSettled(fading.map((each) => each.finished));
  const options = {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}};
  const {violations} = await axe.run(document, options);
  return violations.flatMap((fault) => fault.nodes.map((node) => `${fault.id}: ${node.html.slice(0, 160)}`));
}"""

WORDS = "What should it say?"
SECONDS = 90_000
"""Milliseconds for which a test waits: machines that build are busy."""


def faults(tab: Any) -> list[str]:
    """What axe finds wrong on a page: all its rules, and also that targets are large enough."""
    axe = pytest.importorskip("axe_playwright_python", reason="left out: axe is not installed")
    if not tab.evaluate("'axe' in window"):
        tab.evaluate((Path(axe.__path__[0]) / "axe.min.js").read_text(encoding="utf-8"))
    return [str(each) for each in tab.evaluate(_EVERY_RULE)]


class Visit:
    """A tab on the Studio. What goes wrong in it is in `faults`: console errors, and requests to anywhere else."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.faults: list[str] = []
        page.set_default_timeout(SECONDS)
        page.on("console", lambda message: self._heard(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._heard(str(error)))
        page.on("request", lambda request: self._asked(request.url))

    def _heard(self, text: str) -> None:
        self.faults.append(text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.faults.append(url)

    def open(self, fragment: str = "") -> Visit:
        """Go to the page, until it is filled in."""
        self.page.goto(f"{self.address}/{fragment}")
        self.page.get_by_role("textbox", name=WORDS).wait_for()
        if not fragment:
            self.says("Face found")
        return self

    def says(self, text: str) -> None:
        """Wait until the Stage says this."""
        self.page.locator("#stage .status").get_by_text(text).wait_for()

    def portrait(self, path: Path | str) -> None:
        """Choose a picture, and wait until the Stage speaks of it."""
        turn = self.page.locator("#stage .status").inner_text()
        self.page.set_input_files("#portrait input[type=file]", str(path))
        self.page.wait_for_function("document.querySelector('#portrait img')")
        self.page.locator("#examples [aria-checked=true]").wait_for(state="detached")
        assert turn

    def write(self, text: str) -> None:
        """Fill in the words."""
        self.page.get_by_role("textbox", name=WORDS).fill(text)

    def make(self) -> str:
        """Press the button; the id of the film."""
        self.page.locator("#make").click()
        self.page.wait_for_function("location.hash.startsWith('#tlk_')")
        return self.id

    @property
    def id(self) -> str:
        """The film on the Stage."""
        found = re.search(r"#(tlk_[\w-]+)$", self.page.url)
        assert found is not None, self.page.url
        return found.group(1)

    def job(self, id: str = "") -> dict[str, Any]:
        """What the server tells of a film."""
        told: dict[str, Any] = self.page.request.get(f"{self.address}/api/talks/{id or self.id}").json()
        return told

    def film(self, fact: str) -> Any:
        """A fact of the video element."""
        return self.page.evaluate(f"(film => film.{fact})(document.querySelector('#stage video'))")

    def wait(self, condition: str) -> None:
        """Wait until this is true of `film`, the video element."""
        found = "const film = document.querySelector('#stage video');"
        self.page.wait_for_function(f"(() => {{ {found} return Boolean(film && ({condition})); }})()")
