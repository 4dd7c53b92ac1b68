"""The Studio as different visitors meet it: with many tabs, on a phone, by night and in German, without motion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from house import House, needs_browser
from studio import Visit, faults

from talking.ui.words import table

pytestmark = needs_browser

IDLE = 8
"""Tabs; a browser has six connections to a server for all of them."""


def test_idle_tabs_leave_room_for_one_more_and_its_film(visit: Callable[..., Visit], small_portrait: Path) -> None:
    tab = visit()
    idle = [Visit(tab.page.context.new_page(), tab.address).open() for _ in range(IDLE)]
    tab.page.bring_to_front()
    tab.portrait(small_portrait)
    tab.write("There is room for me.")
    tab.make()
    tab.says("Done:")
    assert all(each.page.locator("#make").is_enabled() for each in idle)
    assert [fault for each in idle for fault in each.faults] == []


def test_on_a_phone_the_stage_comes_into_view_with_the_film(visit: Callable[..., Visit], small_portrait: Path) -> None:
    tab = visit(has_touch=True, is_mobile=True)
    tab.page.set_viewport_size({"width": 390, "height": 844})
    tab.portrait(small_portrait)
    tab.write("Scrolled away, and back.")
    tab.page.get_by_role("button", name="Picture and file").click()
    tab.page.get_by_label("Seed").scroll_into_view_if_needed()
    top = "document.querySelector('#stage').getBoundingClientRect().top"
    assert tab.page.evaluate(top) < 0
    tab.make()
    tab.page.wait_for_function(f"{top} >= -1 && {top} < innerHeight / 2")
    assert tab.page.locator("#make").is_visible()
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
    tab.says("Done:")


def test_by_night_in_german_and_without_motion(browser: Any, house: House, small_portrait: Path) -> None:
    words = table()["de"]
    context = browser.new_context(color_scheme="dark", locale="de-DE", reduced_motion="reduce")
    tab = Visit(context.new_page(), house.address)
    tab.page.goto(tab.address)
    tab.says(words["face_one"])
    assert tab.page.evaluate("document.body.classList.contains('dark')")
    tab.page.get_by_role("button", name=words["acting"]).click()
    driver = tab.page.locator("#drivers [role=radio]").nth(1)
    driver.hover()
    driver.focus()
    assert faults(tab.page) == []  # which takes longer than a clip would need to begin
    assert tab.page.locator("#drivers video").count() == 0
    tab.page.locator("#text textarea").fill("🙂🙂")
    tab.page.locator("#make").click()
    tab.says(words["fault_text"])
    tab.page.locator("#stage .notes").get_by_text("no words to speak").wait_for()
    tab.portrait(small_portrait)
    tab.page.locator("#text textarea").fill("Guten Abend.")
    tab.make()
    tab.says(words["done"].partition("{")[0])
    assert tab.job()["request"]["text"] == "Guten Abend."
    assert tab.faults == []
    context.close()


def test_each_example_is_seen_and_its_face_found(visit: Callable[..., Visit]) -> None:
    tab = visit()
    tiles = tab.page.locator("#examples [role=radio]")
    shown = {tab.page.locator("#stage .still").get_attribute("src")}
    for index in range(1, tiles.count()):
        tiles.nth(index).click()
        tab.page.wait_for_function(
            "known => { const now = document.querySelector('#stage .still').src;"
            " return !known.includes(now) && document.querySelectorAll('#stage .faces rect').length === 1 }",
            arg=list(shown),
        )
        tab.says("Face found")
        shown.add(tab.page.locator("#stage .still").get_attribute("src"))
        assert tiles.nth(index).get_attribute("aria-checked") == "true"
    assert len(shown) == tiles.count() >= 3


def test_expressions_are_added_changed_and_removed(visit: Callable[..., Visit]) -> None:
    tab = visit()
    tab.write("One. Two. Three. " * 6)
    tab.page.get_by_role("button", name="How does it act?").click()
    tab.page.locator("#timeline .lane").dblclick()
    tab.page.locator("#timeline .rows li").first.wait_for()
    tab.page.get_by_role("button", name="Add an expression").click()
    rows = tab.page.locator("#timeline .rows li")
    assert rows.count() == 2
    rows.nth(1).locator("select").select_option("fear")
    rows.nth(1).locator("input[type=range]").fill("0.4")
    rows.nth(1).locator("input[type=number]").fill("2.2")
    rows.nth(1).locator("input[type=number]").blur()
    at = [float(rows.nth(index).locator("input[type=number]").input_value()) for index in range(2)]
    assert at == sorted(at) and 2.2 in at
    other = 1 - at.index(2.2)
    rows.nth(other).get_by_role("button").click()
    assert rows.count() == 1
    tab.page.wait_for_timeout(700)  # the last field is told of with a little delay
    tab.make()
    assert tab.job()["request"]["options"]["expressions"] == [
        {"start_frame": 55, "expression": "fear", "intensity": 0.4}
    ]
    tab.page.locator("#stage").get_by_role("button", name="Cancel").click()
    tab.says("Canceled.")
