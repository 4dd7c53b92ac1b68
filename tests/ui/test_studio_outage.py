"""The Studio and a server that goes away in the middle of a film, and comes back."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from house import House, needs_browser
from studio import Visit

pytestmark = needs_browser


def test_a_film_outlives_its_server(visit: Callable[..., Visit], small_portrait: Path, tmp_path: Path) -> None:
    with House(tmp_path) as house:
        tab = visit(address=house.address)
        tab.portrait(small_portrait)
        tab.write("This film is made by two servers, one after the other. " * 40)
        id = tab.make()
        tab.wait("film.readyState >= 2 && !film.hidden")
        house.end(signal.SIGKILL)
        tab.says("Connection lost.")
        house.start()
        tab.wait("!document.querySelector('#stage .status').textContent.startsWith('Connection')")
        tab.wait("film.readyState >= 2 && !film.hidden")
        assert tab.id == id
        tab.page.locator("#stage").get_by_role("button", name="Cancel").click()
        tab.says("Canceled.")
        tab.write("Guten Tag.")
        voice = tab.page.get_by_label("Voice", exact=True)
        voice.click()
        voice.fill("espeak:de+adam")
        voice.press("Enter")
        tab.make()
        tab.says("Done:")
        assert tab.job()["report"]["voice"] == "espeak:de+adam"
        tab.page.close()
        # What browsers say of a server that is away, and of parts of Gradio that it did not hand over then.
        away = ("ERR_CONNECTION", "ERR_INCOMPLETE", "ERR_SOCKET", "ERR_EMPTY", "Unable to preload")
        tab.faults[:] = [fault for fault in tab.faults if not any(each in fault for each in away)]
