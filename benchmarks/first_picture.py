"""From the click on the page to the first picture of the film that grows, in Chromium.

    python benchmarks/first_picture.py [--films 6] [--json FILE] [--check]

Starts a server of its own. A portrait is chosen, and some seconds later its first film is asked for; then more films of
it, each with words that were never spoken before, begun while the last one is made and canceled, or after it is done.
Prints a table; with --check the exit code is 1 when the goal is missed. Times hold whatever else the machine does: its
load stands below.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from load_rig.report import report
from load_rig.server import AUTH
from load_rig.trials import Figure
from PIL import Image
from tabs import PATIENCE, WORDS, browsing, line

from talking import examples

GOAL_SECONDS = 0.8
"""For 512 x 512 px."""

CHOOSING_SECONDS = 4.0
"""Between the choice of a portrait and the first film of it, at least: nobody is faster."""

_SIZES = ((512, 512), (1920, 1080))
_NOTES = """
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#make")) window.pressed = performance.now();
}, true);
const told = (name) => document.addEventListener(name, (event) => {
  if (event.target.id === "stage" || event.target.closest?.("#stage")) {
    window[name] ??= (performance.now() - window.pressed) / 1000;
  }
}, true);
told("first-picture");
told("playing");
"""


def portrait(folder: Path, width: int, height: int) -> Path:
    """A portrait of the project in a picture of that size."""
    with Image.open(examples.portraits()[0].path) as picture:
        side = min(picture.size)
        face = picture.convert("RGB").crop((0, 0, side, side)).resize((height, height))
    canvas = Image.new("RGB", (width, height), "#998877")
    canvas.paste(face, ((width - height) // 2, 0))
    path = folder / f"{width}x{height}.png"
    canvas.save(path)
    return path


def films(page: Any, picture: Path, count: int) -> Iterator[tuple[str, float, float]]:
    """How each film was begun, and the seconds from the click to its first picture and to its playing."""
    shown = page.locator("#stage .still").get_attribute("src")
    page.set_input_files("#portrait input[type=file]", picture)
    page.wait_for_function(
        "(before) => { const now = document.querySelector('#stage .still').src; "
        "return now && now !== before && document.querySelector('#stage .faces rect'); }", arg=shown,
    )  # fmt: skip
    page.wait_for_timeout(CHOOSING_SECONDS * 1000)
    how = "first film of the portrait"
    for number in range(count):
        page.get_by_role("textbox", name=WORDS).fill(
            f"Good morning, everybody. This is film {number} of {time.time() % 1000:.0f}, read to you by a picture."
        )
        page.evaluate("window['first-picture'] = window.playing = undefined")
        page.wait_for_function("!document.getElementById('make').disabled")
        page.locator("#make").click()
        page.wait_for_function("window['first-picture']")
        page.wait_for_function("window.playing")
        yield how, page.evaluate("window['first-picture']"), page.evaluate("window.playing")
        cancel = page.locator("#stage").get_by_role("button", name="Cancel")
        if number % 2 and cancel.count():
            how = "begun while the one before was canceled"
            cancel.click()
        else:
            how = "begun when the one before was done"
            page.locator("#stage .status").get_by_text("Done:").wait_for()


def figures(page: Any, folder: Path, count: int) -> Iterator[Figure]:
    """All films, and what they come to."""
    for width, height in _SIZES:
        goal = GOAL_SECONDS if width == height else None
        name = f"{width} x {height}"
        found = []
        for how, pictured, playing in films(page, portrait(folder, width, height), count):
            found.append(pictured)
            yield Figure(f"{name}: {how}: picture", pictured, "s", goal)
            yield Figure(f"{name}: {how}: plays", playing, "s")
        yield Figure(f"{name}: picture, median", statistics.median(found), "s", goal)
        yield Figure(f"{name}: picture, slowest", max(found), "s", goal)


def main() -> int:
    """Run, print and check."""
    arguments = _arguments()
    return report(_figures(arguments), line, arguments.json, check=arguments.check)


def _figures(arguments: argparse.Namespace) -> Iterator[Figure]:
    with browsing("first-picture") as (browser, server, folder):
        page = browser.new_page(viewport={"width": 1280, "height": 860}, extra_http_headers=AUTH)
        page.set_default_timeout(PATIENCE)
        page.add_init_script(_NOTES)
        page.goto(f"http://{server.host}:{server.port}")
        page.locator("#stage .faces rect").first.wait_for(state="attached")
        page.wait_for_timeout(arguments.warm * 1000)
        yield from figures(page, folder, arguments.films)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=6, help="of each size")
    parser.add_argument("--warm", type=float, default=10.0, help="seconds that the server is given after its start")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--check", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
