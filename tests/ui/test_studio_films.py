"""Films on the Stage of the Studio, from the press of the button to the list of films."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from house import needs_browser
from studio import Visit

from talking.media import readback

pytestmark = needs_browser

SENTENCE = "This film is watched while it is being made, and so it is a little longer than others. "

_SILENCE = """const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  if (this.muted || window.touched) return play.call(this);
  return Promise.reject(new DOMException("not yet", "NotAllowedError"));
};
document.addEventListener("click", (event) => { window.touched = event.target.className === "sound"; }, true);"""


def test_one_press_makes_a_film_that_is_seen_before_it_is_done(
    visit: Callable[..., Visit], small_portrait: Path, tmp_path: Path
) -> None:
    tab = visit()
    assert tab.page.request.get(f"{tab.address}/config").json()["connect_heartbeat"] is False
    tab.portrait(small_portrait)
    tab.says("Face found")
    tab.write(SENTENCE * 4)
    tab.page.evaluate("document.addEventListener('first-picture', () => { window.pictured = true }, true)")
    tab.make()
    tab.wait("window.pictured && film.src.startsWith('blob:') && film.currentTime > 0.2")
    assert tab.page.locator("#make").is_disabled()
    tab.says("Done:")
    told = tab.job()
    tab.page.evaluate("document.querySelector('#stage video').playbackRate = 16")
    tab.wait("film.src.includes('/files/results/') && film.ended")
    assert tab.film("duration") == pytest.approx(told["film"]["duration"], abs=0.05)
    assert tab.film("textTracks.length") == 1
    tab.page.evaluate("document.querySelector('#stage video').currentTime = 1")
    tab.wait("!film.seeking && film.currentTime === 1")
    with tab.page.expect_download() as download:
        tab.page.locator("#stage a", has_text="Download").click()
    saved = tmp_path / "saved.mp4"
    download.value.save_as(saved)
    facts = readback.probe(saved)
    assert (facts.num_frames, facts.width, facts.height) == (told["film"]["num_frames"], 256, 300)
    _results_are_shown(tab)
    entry = tab.page.locator("#history li")
    entry.locator("img").wait_for()
    assert SENTENCE[:30] in entry.inner_text()


def _results_are_shown(tab: Visit) -> None:
    tab.page.locator("#report").get_by_text("Lips follow the sound").wait_for()
    assert tab.page.locator("#report svg .plot-mouth").count() >= 1
    tab.page.get_by_role("tab", name="Captions").click()
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="Download WebVTT").click()
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("WEBVTT")


def test_a_film_goes_on_over_a_reload_and_ends_with_cancel(visit: Callable[..., Visit], small_portrait: Path) -> None:
    tab = visit()
    tab.portrait(small_portrait)
    tab.write(SENTENCE * 60)
    id = tab.make()
    tab.wait("film.readyState >= 2 && !film.hidden")
    tab.page.reload()
    tab.wait("film.readyState >= 2 && !film.hidden")
    assert tab.id == id
    other = Visit(tab.page.context.new_page(), tab.address).open()
    other.write("Short.")
    waiting = other.make()
    other.says("1 video before yours.")
    assert other.page.locator("#history li").count() == tab.page.locator("#history li").count() == 2
    other.page.get_by_role("button", name="Cancel").click()
    other.says("Canceled. Nothing was kept.")
    tab.page.get_by_role("button", name="Cancel").click()
    tab.says("Canceled. Nothing was kept.")
    tab.page.locator("#history .none").wait_for()
    assert [tab.job(each)["status"] for each in (id, waiting)] == ["canceled"] * 2
    assert other.faults == []
    assert "#" not in tab.page.url


def test_a_film_that_may_not_sound_yet_plays_without(visit: Callable[..., Visit], small_portrait: Path) -> None:
    tab = visit()
    tab.page.add_init_script(_SILENCE)
    tab.open()
    tab.portrait(small_portrait)
    tab.write("Can you hear me?")
    tab.make()
    tab.wait("film.currentTime > 0.1 && film.muted")
    tab.page.get_by_role("button", name="Tap for sound").click()
    assert tab.film("muted") is False
    tab.says("Done:")


def test_what_cannot_be_filmed_is_told_and_can_be_tried_again(
    visit: Callable[..., Visit], small_portrait: Path
) -> None:
    tab = visit()
    tab.write("")
    tab.page.locator("#make").click()
    tab.says("Write what it should say.")
    tab.write("🙂🙂")
    tab.page.get_by_role("button", name="Try again").click()
    tab.says("The text has no words to speak")
    tab.portrait(small_portrait)
    tab.write("Now it works.")
    tab.make()
    tab.says("Done:")


def test_a_film_that_is_gone_is_told_so_and_forgotten(visit: Callable[..., Visit]) -> None:
    tab = visit("#tlk_0000000000000000000000")
    tab.says("This video is no longer kept here.")
    assert "#" not in tab.page.url
    assert [fault for fault in tab.faults if "404" not in fault] == []
    tab.faults.clear()
    tab.page.get_by_role("button", name="Make the video", exact=False).or_(
        tab.page.get_by_role("button", name="Make another")
    ).first.wait_for()


@pytest.mark.parametrize("kind", ["gif"])
def test_a_film_that_cannot_be_watched_in_the_making_is_shown_when_it_is_done(
    visit: Callable[..., Visit], small_portrait: Path, kind: str
) -> None:
    tab = visit()
    tab.portrait(small_portrait)
    tab.write("Hi.")
    _choose_format(tab, kind)
    tab.make()
    tab.says("Done:")
    assert tab.job()["links"]["live"] is None
    picture = tab.page.locator("#stage img.still")
    assert "/talking.gif" in (picture.get_attribute("src") or "")
    assert tab.page.evaluate("document.querySelector('#stage img.still').naturalWidth") == 256
    assert tab.page.locator("#stage video").is_hidden()


def _choose_format(tab: Visit, kind: str) -> None:
    tab.page.get_by_role("button", name="Picture and file").click()
    tab.page.get_by_label("Format").click()
    tab.page.get_by_role("option", name=kind).click()


def test_a_film_made_more_slowly_than_it_plays_is_held_back(visit: Callable[..., Visit], small_portrait: Path) -> None:
    tab = visit()
    slow = {"on": True}

    def slowed(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]
        told = answer.json()
        if slow["on"] and told.get("status") in ("started", "done"):
            told |= {
                "status": "started",
                "stage": "film",
                "done": 10,
                "total": 750,
                "eta_seconds": 50.0,
                "report": None,
            }
        route.fulfill(response=answer, json=told)  # type: ignore[attr-defined]

    tab.page.route("**/api/talks/tlk_*", slowed)
    tab.portrait(small_portrait)
    tab.write(SENTENCE * 2)
    tab.make()
    tab.wait("film.readyState >= 2 && !film.hidden")
    tab.page.locator("#stage .moving").get_by_text("It plays in").wait_for()
    assert tab.film("paused") and tab.film("currentTime") == 0
    slow["on"] = False
    tab.wait("film.currentTime > 0.2")
    tab.says("Done:")
    tab.page.unroute_all(behavior="ignoreErrors")


def test_what_others_wrote_into_the_list_of_films_does_no_harm(visit: Callable[..., Visit]) -> None:
    tab = visit()
    film = {"id": "tlk_0000000000000000000000", "title": "<b>Not bold</b>", "thumb": "javascript:alert(1)"}
    kept = [film, {"id": "../../etc"}, None, 7]
    tab.page.evaluate("kept => localStorage.setItem('talking-films', JSON.stringify(kept))", kept)
    tab.page.reload()
    entry = tab.page.locator("#history li")
    entry.wait_for()
    assert "<b>Not bold</b>" in entry.inner_text()
    assert entry.locator("img").count() == 0
