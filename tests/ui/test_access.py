"""The page for those who hear it, use keys, or read it by night: axe finds no fault, whatever the Stage shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from house import WITHOUT_WORKER, House, needs_browser
from studio import SECONDS, Visit, faults

from talking.ui.words import LANGUAGES, table

ADDRESS = re.compile(r"/api/talks/tlk_test-(\w+)$")

pytestmark = needs_browser

FAR = "studio.test"
"""A name under which the server is reached as from another machine."""

MIDDLE = (0.5, 0.515)
"""Of the face in the first portrait, as parts of the picture's width."""

_PLACES = """() => {
  const at = (element) => (({x, y, width, height}) => ({x, y, width, height}))(element.getBoundingClientRect());
  const rect = document.querySelector("#stage .faces rect"), still = document.querySelector("#stage .still");
  const shown = at(still), across = still.naturalWidth, down = still.naturalHeight;
  const sides = ["x", "y", "width", "height"];
  const truth = Object.fromEntries(sides.map((name) => [name, Number(rect.getAttribute(name))]));
  return [at(rect), {...shown, across, down, scale: Math.min(shown.width / across, shown.height / down)}, truth];
}"""

STATES: dict[str, tuple[int, dict[str, Any]]] = {
    "queued": (200, {"status": "created", "queue_position": 2, "links": {}}),
    "speaking": (200, {"status": "started", "stage": "speech", "done": 0, "total": 0, "links": {}}),
    "filming": (
        200,
        {
            "status": "started", "stage": "film", "done": 61, "total": 150, "eta_seconds": 4, "render_fps": 38,
            "links": {},
        },
    ),
    "failed": (200, {"status": "error", "error": {"detail": "The face is too small."}, "links": {}}),
    "late": (200, {"status": "timed_out", "links": {}}),
    "canceled": (200, {"status": "canceled", "links": {}}),
    "gone": (404, {"detail": "There is no such film."}),
    "offline": (0, {}),
}  # fmt: skip
"""What the server may say of a film: they are told to the page in its place, since each lasts but a moment."""


def answer(route: Any) -> None:
    """What a server would say of a film that is named by a state."""
    status, told = STATES[ADDRESS.search(route.request.url)[1]]  # type: ignore[index]
    if status:
        route.fulfill(status=status, json=told)
    else:
        route.abort()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose films nobody makes."""
    with House(tmp_path_factory.mktemp("access"), *WITHOUT_WORKER, TALKING_PUBLIC_URL=f"http://{FAR}") as house:
        yield house.address


@pytest.fixture(scope="module")
def tab(browser: Any, address: str) -> Iterator[Any]:
    """The page by day, with its face found."""
    yield opened(browser, address)


def opened(browser: Any, address: str, theme: str = "light", **facts: Any) -> Any:
    tab = browser.new_context(viewport={"width": 1280, "height": 860}, **facts).new_page()
    tab.set_default_timeout(SECONDS)
    tab.goto(f"{address}/?__theme={theme}")
    tab.locator("#stage .faces rect").wait_for(state="attached")
    return tab


def unfold(tab: Any) -> None:
    """Open every fold, and those within them."""
    for _ in range(2):
        for name in tab.locator(".label-wrap[aria-expanded=false]:visible").all_inner_texts():
            tab.get_by_role("button", name=name.replace("▼", "").strip(), exact=False).first.click()
    tab.locator("#timeline .add").click()
    tab.locator("#machines dt").first.wait_for()


def test_axe_finds_nothing_on_the_page_with_folds_closed_and_open(tab: Any) -> None:
    assert faults(tab) == []
    unfold(tab)
    assert faults(tab) == []
    tab.locator("[role=tab]:visible").nth(1).click()
    tab.locator("#sound").wait_for()
    assert faults(tab) == []


def test_axe_finds_nothing_by_night(browser: Any, address: str) -> None:
    tab = opened(browser, address, "dark")
    unfold(tab)
    assert faults(tab) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state_of_the_stage(browser: Any, address: str, theme: str) -> None:
    tab = opened(browser, address, theme)
    tab.route(ADDRESS, answer)
    status = tab.locator("#stage .status")
    seen = {status.inner_text()}
    for name in STATES:
        tab.evaluate("id => { location.hash = id }", f"tlk_test-{name}")
        # Beside what the last one said, a film is told of as sent until the server has said how it stands.
        known = [*seen, table()["en"]["sent"]]
        tab.wait_for_function(
            "known => !known.includes(document.querySelector('#stage .status').textContent)", arg=known
        )
        seen.add(status.inner_text())
        assert faults(tab) == [], name
    assert len(seen) == len(STATES) + 1
    tab.unroute(ADDRESS)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_first_look_and_where_something_is_missing(
    browser: Any, address: str, theme: str, spoken_file: Path
) -> None:
    tab = opened(browser, address, theme)
    status = tab.locator("#stage .status")
    tab.get_by_role("button", name="First look").click()
    status.get_by_text("First look:").wait_for()
    assert faults(tab) == []
    tab.set_input_files("#portrait input[type=file]", str(spoken_file))
    tab.locator(".wrong-file").wait_for()
    tab.locator("#text textarea").fill("")
    tab.locator("#make").click()
    status.get_by_text("Write what it should say.").wait_for()
    assert faults(tab) == []
    tab.locator("#portrait .icon-button").click()
    tab.locator("#stage .hint").get_by_text("Choose a portrait").wait_for()
    tab.locator("#make").click()
    status.get_by_text("Choose a portrait first.").wait_for()
    assert tab.locator("#stage .hint").is_visible() and faults(tab) == []
    tab.get_by_label("Voice", exact=True).click()
    tab.wait_for_function(
        "(list => list && getComputedStyle(list).opacity === '1')(document.querySelector('[role=listbox]'))"
    )
    assert faults(tab) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_beside_a_finished_film(
    visit: Callable[..., Visit], small_portrait: Path, theme: str
) -> None:
    tab = visit(color_scheme=theme)
    tab.portrait(small_portrait)
    tab.write("Hi there.")
    tab.make()
    tab.says("Done:")
    tab.page.locator("#report svg").wait_for()
    assert faults(tab.page) == []
    for name, shown in (("Captions", "text=Download WebVTT"), ("As an API call", "#api-code .cm-content")):
        tab.page.get_by_role("tab", name=name, exact=True).click()
        tab.page.locator(shown).first.wait_for()
        assert faults(tab.page) == []


def test_axe_finds_nothing_while_portraits_are_chosen(
    browser: Any, address: str, two_faces: Path, tmp_path: Path
) -> None:
    tab = opened(browser, address)
    status = tab.locator("#stage .status")
    for picture, told in ((two_faces, "2 faces found."), (_without_a_face(tmp_path), "No face found")):
        tab.set_input_files("#portrait input[type=file]", str(picture))
        status.get_by_text(told).wait_for()
        assert faults(tab) == []
    tab.locator("#portrait .icon-button").click()
    tab.locator("#stage .hint").get_by_text("Choose a portrait").wait_for()
    assert faults(tab) == []


def _without_a_face(folder: Path) -> Path:
    path = folder / "empty.png"
    PIL.Image.new("RGB", (300, 300), "#557799").save(path)
    return path


def test_without_https_there_is_no_camera_and_the_page_says_why(browser: Any, address: str) -> None:
    told = table()["en"]["insecure"]
    tab = opened(browser, address.replace("127.0.0.1", FAR))
    assert tab.evaluate("isSecureContext") is False
    tab.get_by_text(told).first.wait_for()
    tab.get_by_role("tab", name="Use my sound").click()
    tab.locator("#sound input[type=file]").wait_for(state="attached")
    assert tab.locator(".source-selection:visible").count() == 0
    assert tab.get_by_text(told).nth(1).is_visible()
    assert faults(tab) == []
    near = opened(browser, address)
    assert near.locator("#portrait .source-selection").is_visible() and near.get_by_text(told).first.is_hidden()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (1280, 860), (1280, 700)])
def test_the_box_lies_over_the_face(tab: Any, width: int, height: int) -> None:
    """The picture is fitted into the Stage by one rule of browsers, the boxes by another."""
    tab.set_viewport_size({"width": width, "height": height})
    box, shown, truth = tab.evaluate(_PLACES)
    left = shown["x"] + (shown["width"] - shown["scale"] * shown["across"]) / 2
    top = shown["y"] + (shown["height"] - shown["scale"] * shown["down"]) / 2
    for side, length in (("x", "width"), ("y", "height")):
        start = left if side == "x" else top
        assert box[side] == pytest.approx(start + truth[side] * shown["scale"], abs=2)
        assert box[length] == pytest.approx(truth[length] * shown["scale"], abs=2)
    # Of the shipped portrait that the page opens with: eyes, nose and mouth are in the middle of its box.
    middle = [(truth[side] + truth[length] / 2) / shown["across"] for side, length in (("x", "width"), ("y", "height"))]
    assert middle == pytest.approx(MIDDLE, abs=0.04)


@pytest.mark.parametrize(("code", "language"), [("ar-EG", "ar"), ("de-DE", "de")])
def test_the_page_says_its_language_and_speaks_it(browser: Any, address: str, code: str, language: str) -> None:
    assert language in LANGUAGES
    tab = opened(browser, address, locale=code)
    tab.get_by_text(table()[language]["who"]).wait_for()
    facts = tab.evaluate("() => [document.documentElement.lang, document.documentElement.dir]")
    assert facts == [language, "rtl" if language == "ar" else "ltr"]
    assert tab.locator("#text textarea").input_value() == table()[language]["sentence"]
    assert faults(tab) == []
    tab.locator("#text textarea").fill("…")
    tab.locator("#make").click()
    tab.locator("#stage .status.wrong").wait_for()
    assert tab.locator("#stage .status").inner_text() == table()[language]["fault_text"]
    said = tab.locator("#stage .notes li")
    assert said.evaluate("told => told.matches(':dir(ltr)')"), "what the server says is English"
    for width in (1280, 390):
        tab.set_viewport_size({"width": width, "height": 844})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "height"), [(1280, 860), (1280, 700), (1920, 1080), (390, 844)])
def test_stage_and_button_are_seen_without_scrolling(tab: Any, width: int, height: int) -> None:
    tab.set_viewport_size({"width": width, "height": height})
    tab.evaluate("scrollTo(0, 0)")
    stage, button = tab.locator("#stage").bounding_box(), tab.locator("#make").bounding_box()
    assert stage["y"] + stage["height"] <= button["y"] < button["y"] + button["height"] <= height
    if width < 760:
        assert stage["height"] <= 0.44 * height + 1
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_keys_reach_the_button_and_walk_along_the_strips(browser: Any, address: str) -> None:
    tab = opened(browser, address)
    tab.keyboard.press("Tab")
    skip = tab.locator(".skip")
    assert skip.evaluate("link => link === document.activeElement && link.getBoundingClientRect().x >= 0")
    assert skip.get_attribute("href") == "#make"
    tiles = tab.locator("#examples [role=radio]")
    tiles.first.focus()
    tab.keyboard.press("ArrowRight")
    assert tiles.nth(1).evaluate("tile => tile === document.activeElement && tile.tabIndex === 0")
    assert [tile.get_attribute("aria-checked") for tile in tiles.all()[:2]] == ["false", "true"]
    assert float(tiles.nth(1).evaluate("tile => parseFloat(getComputedStyle(tile).outlineWidth)")) == 3
    assert tab.evaluate("[...document.querySelectorAll('#examples [tabindex=\"0\"]')].length") == 1
