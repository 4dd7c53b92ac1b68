"""The page in Chromium: what it weighs, how soon it opens, and whether many tabs at once get on with each other.

    python benchmarks/tabs.py [--visits 5] [--idle 8] [--filming 4] [--rounds 2] [--json FILE] [--check]

Starts a server of its own. All tabs are of one browser, which has six connections for them. Prints a table; with
--check the exit code is 1 when a goal is missed. Times hold whatever else the machine does: its load stands below.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from load_rig.report import report
from load_rig.server import AUTH, Server
from load_rig.trials import Figure

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WORDS = "What should it say?"
SENTENCE = "Each of these tabs films a sentence of its own, while others look on and do nothing. "
PATIENCE = 240_000
"""Milliseconds after which something does not come any more."""

QUIET_SECONDS = 20
MOST_BYTES, MOST_SECONDS = 900_000, 3.0

_NOTES = """
new MutationObserver((_, watcher) => {
  if (!document.querySelector("#stage .faces rect")) return;
  window.opened = performance.now() / 1000;
  watcher.disconnect();
}).observe(document, {subtree: true, childList: true});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#make")) window.pressed = performance.now();
}, true);
document.addEventListener("first-picture", () => {
  window.pictured ??= (performance.now() - window.pressed) / 1000;
}, true);
"""


class Tab:
    """A page, with the requests that it has sent and the bytes that came for them."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.add_init_script(_NOTES)
        self.requests, self.bytes = 0, 0
        self.faults: list[str] = []
        self._line = context.new_cdp_session(self.page)
        self._line.send("Network.enable")
        self._line.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._line.on("Network.requestWillBeSent", self._asked)
        self._line.on("Network.loadingFinished", self._came)
        self.page.on("console", lambda told: self.faults.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _asked(self, event: dict[str, Any]) -> None:
        self.requests += event["request"]["url"].startswith("http")

    def _came(self, event: dict[str, Any]) -> None:
        self.bytes += round(event["encodedDataLength"])

    def open(self, address: str) -> float:
        """Go to the page; seconds until it is filled in and has found the face."""
        self.page.goto(address)
        self.page.wait_for_function("window.opened")
        return float(self.page.evaluate("window.opened"))

    def spent(self) -> float:
        """Seconds of processor that the page's own thread has taken."""
        told = self._line.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in told if each["name"] == "TaskDuration"))

    def film(self, text: str) -> None:
        """Press the button, without waiting."""
        self.page.evaluate("window.pictured = undefined")
        self.page.get_by_role("textbox", name=WORDS).fill(text)
        self.page.locator("#make").click()
        self.page.wait_for_function("location.hash.startsWith('#tlk_')")

    def done(self) -> float:
        """Wait for the end of the film; seconds from the click to the first picture."""
        self.page.locator("#stage .status").get_by_text("Done:").wait_for()
        return float(self.page.evaluate("window.pictured") or -1)


def visits(browser: Any, server: Server, address: str, count: int) -> Iterator[Figure]:
    """A first visit, and others by browsers that have never been there; then one by a browser that has."""
    first = _context(browser)
    _visit(first, address)  # what the server does once is not measured
    again = _visit(first, address)
    first.close()
    seen: list[tuple[Tab, float, float]] = []
    before = server.cpu()
    for _ in range(count):
        context = _context(browser)
        seen.append(_visit(context, address))
        context.close()
    times = [took for _, took, _ in seen]
    yield Figure(
        "first visit: bytes over the line", max(tab.bytes for tab, _, _ in seen) / 1000, "kB", MOST_BYTES / 1000
    )
    yield Figure("first visit: requests", max(tab.requests for tab, _, _ in seen), "")
    yield Figure("first visit: until the face is found, median", statistics.median(times), "s", MOST_SECONDS)
    yield Figure("first visit: until the face is found, slowest", max(times), "s")
    yield Figure("first visit: processor of the page", statistics.median(spent for *_, spent in seen), "s")
    yield Figure("first visit: processor of the web process", (server.cpu() - before) / count, "s")
    yield Figure("another visit: bytes over the line", again[0].bytes / 1000, "kB")
    yield Figure("another visit: until the face is found", again[1], "s")


def _visit(context: Any, address: str) -> tuple[Tab, float, float]:
    tab = Tab(context)
    took = tab.open(address)
    tab.page.wait_for_timeout(2000)
    spent = tab.spent()
    tab.page.close()
    return tab, took, spent


def crowd(browser: Any, server: Server, address: str, size: argparse.Namespace) -> Iterator[Figure]:
    """Idle tabs beside tabs that film, all of one browser, round after round."""
    context = _context(browser)
    idle = [Tab(context) for _ in range(size.idle)]
    opened = [tab.open(address) for tab in idle]
    yield Figure(f"{size.idle} tabs opened one after the other: slowest", max(opened), "s")
    filming = [Tab(context) for _ in range(size.filming)]
    opened = [tab.open(address) for tab in filming]
    yield Figure(f"{size.filming} tabs more: slowest", max(opened), "s")
    kept: list[tuple[float, int]] = []
    for number in range(1, size.rounds + 1):
        for tab in filming:
            tab.film(SENTENCE * 2)
        pictured = [tab.done() for tab in filming]
        yield Figure(f"round {number}: films done of {size.filming}", len(pictured), "", size.filming, most=False)
        yield Figure(f"round {number}: click to picture, slowest", max(pictured), "s")
        kept.append((server.megabytes(), server.handles()))
        yield Figure(f"round {number}: memory of the web process", kept[-1][0], "MB")
        yield Figure(f"round {number}: its open files and lines", kept[-1][1], "")
    everyone = [*idle, *filming]
    filming[0].page.wait_for_timeout(6000)  # reports come after the film, and what is put away then
    before, spent = sum(tab.requests for tab in everyone), server.cpu()
    filming[0].page.wait_for_timeout(QUIET_SECONDS * 1000)
    yield Figure(
        f"requests of all tabs in {QUIET_SECONDS} s at rest", sum(tab.requests for tab in everyone) - before, "", 1
    )
    yield Figure("processor of the web process meanwhile", (server.cpu() - spent) / QUIET_SECONDS * 100, "%")
    yield Figure("errors in the tabs' consoles", sum(len(tab.faults) for tab in everyone), "", 1)
    context.close()
    yield Figure("open files and lines after the tabs are closed", _settled(browser, server), "")


def _settled(browser: Any, server: Server) -> int:
    waiting = browser.new_page()
    waiting.wait_for_timeout(8000)  # idle lines are kept for five seconds
    waiting.close()
    return server.handles()


def _context(browser: Any) -> Any:
    return browser.new_context(viewport={"width": 1280, "height": 860}, extra_http_headers=AUTH)


@contextmanager
def browsing(name: str) -> Iterator[tuple[Any, Server, Path]]:
    """A browser, a server of its own, and a folder, which are all gone afterwards."""
    from playwright.sync_api import sync_playwright

    chromium = next((path for each in BROWSERS if (path := shutil.which(each))), None)
    with (
        tempfile.TemporaryDirectory(prefix=f"talking-{name}-") as folder,
        Server(Path(folder) / "server") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--mute-audio"])
        yield browser, server, Path(folder)
        browser.close()


def main() -> int:
    """Run, print and check."""
    arguments = _arguments()
    return report(_figures(arguments), line, arguments.json, check=arguments.check)


def _figures(arguments: argparse.Namespace) -> Iterator[Figure]:
    with browsing("tabs") as (browser, server, _):
        address = f"http://{server.host}:{server.port}"
        yield from visits(browser, server, address, arguments.visits)
        yield from crowd(browser, server, address, arguments)


def line(figure: Figure) -> str:
    """A row of the table."""
    verdict = {None: "", True: "ok", False: "MISSED"}[figure.met]
    goal = "" if figure.goal is None else f"{'<' if figure.most else '>='} {figure.goal:g}"
    return f"{figure.name:58}{figure.value:>10.2f} {figure.unit:4}{goal:>10} {verdict}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=5, help="by browsers that have never been there")
    parser.add_argument("--idle", type=int, default=8, help="tabs that do nothing")
    parser.add_argument("--filming", type=int, default=4, help="tabs that make films")
    parser.add_argument("--rounds", type=int, default=2, help="films of each of those")
    parser.add_argument("--json", type=Path, default=None, help="file for the figures")
    parser.add_argument("--check", action="store_true", help="exit code 1 when a goal is missed")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
