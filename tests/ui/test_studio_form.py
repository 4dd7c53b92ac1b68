"""The form of the Studio: each of its fields arrives in the film's request, and comes back from it."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from house import House, needs_browser
from studio import Visit

from talking.ui.voices import choices

pytestmark = needs_browser


def test_every_field_arrives_and_comes_back(visit: Callable[..., Visit], two_faces: Path) -> None:
    tab = visit()
    page = tab.page
    page.set_input_files("#portrait input[type=file]", str(two_faces))
    tab.says("2 faces found.")
    page.locator("#stage .faces rect").nth(1).click()
    tab.says("Face 2 will speak.")
    page.locator("#stage .faces rect").nth(0).focus()
    page.keyboard.press("Enter")
    tab.says("Face 1 will speak.")
    page.locator("#stage .faces rect").nth(1).click()
    tab.says("Face 2 will speak.")
    tab.write("Guten Tag.")
    _choose(tab, "Voice", "espeak:de+adam")
    page.get_by_role("button", name="How does it act?").click()
    page.get_by_role("radio", name="Lively", exact=True).click()
    page.locator("#drivers [role=radio]").first.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Add an expression").click()
    page.locator("#timeline select").select_option("sad")
    second = _drag_along_the_lane(tab)
    page.get_by_role("button", name="Picture and file").click()
    _choose(tab, "Shape", "square")
    page.get_by_label("Seed").fill("7")
    page.get_by_label("Sharpen").check()
    page.wait_for_timeout(700)  # the last field is told of with a little delay
    id = tab.make()
    asked = tab.job()["request"]
    assert (asked["text"], asked["voice"]) == ("Guten Tag.", "espeak:de+adam")
    options = asked["options"]
    assert options["knobs"] == {**options["knobs"], "head": 1.4, "gaze": 1.2, "expression": 1.4}
    assert options["expressions"] == [{"start_frame": round(25 * second), "expression": "sad", "intensity": 0.7}]
    told = {"face": 1, "aspect": "1:1", "seed": 7, "sharpen": True, "driver": "natural/driver-1"}
    assert {name: options[name] for name in told} == told
    page.locator("#stage").get_by_role("button", name="Cancel").click()
    tab.says("Canceled.")
    _comes_back(tab, id, asked)


def _drag_along_the_lane(tab: Visit) -> float:
    """Drag the only expression by two fifths of the lane; the second at which it is then."""
    lane, span = tab.page.locator("#timeline .lane"), tab.page.locator("#timeline .span")
    width = lane.bounding_box()["width"]
    grip = span.bounding_box()
    x, y = grip["x"] + 12, grip["y"] + grip["height"] / 2
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x + 0.2 * width, y)
    assert span.bounding_box()["x"] > grip["x"] + 0.1 * width, "it moves along"
    tab.page.mouse.move(x + 0.4 * width, y)
    tab.page.mouse.up()
    assert span.bounding_box()["x"] == pytest.approx(grip["x"] + 0.4 * width, abs=0.05 * width)
    return float(tab.page.locator("#timeline .rows input[type=number]").input_value())


def _comes_back(tab: Visit, id: str, asked: dict[str, Any]) -> None:
    """Use again, in another tab: the form as it was, and the same request."""
    other = Visit(tab.page.context.new_page(), tab.address).open()
    film = {"id": id, "title": "Guten Tag."}
    other.page.evaluate("film => window.talking.films.put(film)", film)
    other.page.get_by_role("button", name="Use again: Guten Tag.").click()
    other.says("2 faces found.")
    assert other.page.locator("#stage .faces rect").nth(1).get_attribute("aria-checked") == "true"
    other.page.wait_for_function("document.querySelector('#text textarea').value === 'Guten Tag.'")
    other.make()
    again = other.job()["request"]
    assert {**again, "portrait": ""} == {**asked, "portrait": ""}
    other.page.locator("#stage").get_by_role("button", name="Cancel").click()
    other.says("Canceled.")
    assert other.faults == []


def _choose(tab: Visit, label: str, value: str) -> None:
    box = tab.page.get_by_label(label, exact=True).first
    box.click()
    box.fill(value)
    box.press("Enter")


def test_pictures_without_a_face_and_files_that_are_none(visit: Callable[..., Visit], tmp_path: Path) -> None:
    import PIL.Image

    empty, wrong = tmp_path / "empty.png", tmp_path / "wrong.jpg"
    PIL.Image.new("RGB", (300, 300), "#557799").save(empty)
    wrong.write_text("This is no picture.")
    tab = visit()
    tab.page.set_input_files("#portrait input[type=file]", str(empty))
    tab.says("No face found in this picture.")
    assert tab.page.locator("#stage .notes li").count() == 3
    tab.page.locator("#examples [role=radio]").nth(1).click()
    tab.says("Face found.")
    drop = """async ([bytes]) => {
      const files = new DataTransfer();
      files.items.add(new File([new Uint8Array(bytes)], "wrong.jpg", {type: "image/jpeg"}));
      const stage = document.querySelector("#stage .screen");
      stage.dispatchEvent(new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true}));
    }"""
    tab.page.evaluate(drop, [list(wrong.read_bytes())])
    tab.page.locator("#stage .status.wrong").wait_for()
    assert "picture" in tab.page.locator("#stage .status").inner_text()
    assert tab.page.get_by_role("button", name="Try again").count() == 0


def test_forty_thousand_characters_and_not_one_more(visit: Callable[..., Visit]) -> None:
    tab = visit()
    line = tab.page.locator("#length")
    tab.write("Words. " * 5_000)
    line.get_by_text("about 42 min of video").wait_for()
    tab.write("So many words. " * 2_666 + "1234567890")
    line.get_by_text("about 48 min of video · 40,000 of 40,000 characters").wait_for()
    tab.write("So many words. " * 2_666 + "12345678901")
    line.get_by_text("40,001 of 40,000 characters", exact=True).wait_for()
    tab.page.locator("#make").click()
    tab.says("The text has 40,001 characters, and at most 40,000 can be spoken at once")


def test_a_picture_is_pasted(visit: Callable[..., Visit], two_faces: Path) -> None:
    tab = visit(permissions=["clipboard-read", "clipboard-write"])
    tab.page.evaluate(_COPY, list(two_faces.read_bytes()))
    tab.page.locator("h1").click()
    tab.page.keyboard.press("ControlOrMeta+v")
    tab.says("2 faces found.")
    for _ in range(3):
        tab.page.locator("#examples [role=radio]").nth(1).click()
        tab.page.get_by_label("Paste from clipboard").click()  # before the example has come
        tab.page.locator("#examples [aria-checked=true]").wait_for(state="detached")
        tab.says("2 faces found.")


def test_of_choices_in_quick_succession_the_last_one_holds(visit: Callable[..., Visit]) -> None:
    tab = visit()
    tiles = tab.page.locator("#examples [role=radio]")
    tiles.first.focus()
    for _ in range(3):
        tab.page.keyboard.press("ArrowRight")
    chosen = tiles.nth(3).inner_text().lower()
    tab.page.wait_for_function(f"document.querySelector('#portrait img')?.src.endsWith('/{chosen}.jpg')")
    assert tiles.nth(3).get_attribute("aria-checked") == "true"
    tab.page.get_by_role("button", name="How does it act?").click()
    for name in ("Calm", "Natural", "Lively"):
        tab.page.get_by_role("radio", name=name, exact=True).click()
    tab.page.get_by_role("button", name="Fine knobs").click()
    tab.page.wait_for_function("document.querySelectorAll('#knobs input[type=number]')[1]?.value === '1.4'")


_COPY = """async (bytes) => {
  const picture = new Blob([new Uint8Array(bytes)], {type: "image/png"});
  await navigator.clipboard.write([new ClipboardItem({"image/png": picture})]);
}"""


def test_a_first_look_and_back(visit: Callable[..., Visit], small_portrait: Path) -> None:
    tab = visit()
    tab.portrait(small_portrait)
    for _ in range(2):
        tab.page.get_by_role("button", name="First look").click()
        tab.says("First look: the mouth closed and open.")
        tab.page.get_by_role("button", name="Back", exact=True).click()
        tab.says("Face found.")
    with tab.page.expect_response(lambda answer: "queue/join" in answer.url):  # the later of two that tell of it
        tab.page.locator("#portrait .icon-button").click()
    tab.page.locator("#stage .hint").get_by_text("Choose a portrait").wait_for()
    tab.page.locator("#make").click()
    tab.says("Choose a portrait first.")
    assert tab.page.locator("#stage .still").is_hidden()


def test_a_voice_is_found_heard_and_used(visit: Callable[..., Visit], small_portrait: Path) -> None:
    tab = visit()
    tab.portrait(small_portrait)
    tab.write("Buenos días. Hasta luego.")
    _choose(tab, "Language", "Español")
    automatic = _hear(tab)
    _choose(tab, "Voice", "espeak:es+adam")
    chosen = _hear(tab)
    assert chosen != automatic, "another voice sounds otherwise"
    tab.write("Buenos días, y hasta mañana. Hasta luego.")
    assert len(_hear(tab)) > 1.3 * len(chosen), "the sentence is the user's own"
    _choose(tab, "Voice", "auto")
    tab.make()
    assert tab.job()["request"]["options"]["language"] == "es"
    tab.page.locator("#stage").get_by_role("button", name="Cancel").click()
    tab.says("Canceled.")


def test_a_voice_is_searched_by_typing(visit: Callable[..., Visit], small_portrait: Path) -> None:
    label, voice = next(pair for pair in choices("de", "woman", None) if pair[1].startswith("espeak:"))
    tab = visit()
    tab.portrait(small_portrait)
    tab.write("Guten Tag.")
    language, box = (tab.page.get_by_label(name, exact=True) for name in ("Language", "Voice"))
    _search(tab, language, "deutsc", "Deutsch")
    with tab.page.expect_response(lambda answer: "gradio_api/run" in answer.url):
        tab.page.keyboard.press("Enter")
    box.click()
    tab.page.wait_for_function("Number(document.querySelector('[role=option]')?.ariaSetSize) < 50")
    assert tab.page.get_by_role("option", name="Spanish", exact=False).count() == 0
    _search(tab, box, label[:-3].upper(), label)
    tab.page.get_by_role("option", name=label, exact=True).click()
    _shows(tab, box, label)
    assert _hear(tab)
    tab.make()
    assert tab.job()["request"]["voice"] == voice
    tab.page.locator("#stage").get_by_role("button", name="Cancel").click()
    tab.says("Canceled.")


def test_half_a_word_chooses_what_it_found_and_escape_nothing(visit: Callable[..., Visit]) -> None:
    tab = visit()
    box = tab.page.get_by_label("Voice", exact=True)
    automatic = box.input_value()
    label = next(label for label, id in choices("", "anyone", None) if id.startswith("espeak:is"))
    _search(tab, box, label[:-2], label)
    tab.page.keyboard.press("Escape")
    _shows(tab, box, automatic)
    box.click()
    tab.page.keyboard.type("female")
    second = tab.page.get_by_role("option").nth(1)
    tab.page.wait_for_function("!document.querySelector('[role=option]').ariaLabel.startsWith('Automatic')")
    chosen = second.get_attribute("aria-label")
    second.click()
    _shows(tab, box, chosen)
    for leave in (lambda: tab.page.keyboard.press("Tab"), lambda: tab.page.locator("h1").click()):
        _search(tab, box, label[:-2], label)
        leave()
        _shows(tab, box, label)
        tab.page.get_by_role("option").first.wait_for(state="detached")
        box.click()
        box.fill("")
        tab.page.wait_for_function("document.querySelectorAll('[role=option]').length > 1")
        leave()
        _shows(tab, box, label)


def _search(tab: Visit, box: Any, typed: str, found: str) -> None:
    """Click on a list and type, until there is one thing to choose."""
    box.click()
    tab.page.keyboard.type(typed)
    option = tab.page.get_by_role("option")
    option.get_by_text(found).wait_for()
    tab.page.wait_for_function("document.querySelectorAll('[role=option]').length === 1")


def _shows(tab: Visit, box: Any, text: str) -> None:
    """Wait until a list is closed and shows this choice."""
    tab.page.wait_for_function(
        "([box, text]) => box.value === text && box.ariaExpanded === 'false'", arg=[box.element_handle(), text]
    )


def _hear(tab: Visit) -> bytes:
    """Press the button until a sound has been played to its end; the sound."""
    sound = tab.page.locator("#heard audio")
    before = sound.evaluate("sound => sound.src")
    tab.page.get_by_role("button", name="Hear it").click()
    tab.page.wait_for_function(
        "before => (sound => sound.src !== before && sound.duration > 0.3 && sound.ended && sound.currentTime > 0.3)"
        "(document.querySelector('#heard audio'))",
        arg=before,
    )
    return base64.b64decode(str(sound.evaluate("sound => sound.src")).partition(",")[2])


def test_a_sound_of_ones_own(visit: Callable[..., Visit], small_portrait: Path, spoken_file: Path) -> None:
    tab = visit()
    tab.portrait(small_portrait)
    tab.page.get_by_role("tab", name="Use my sound").click()
    tab.page.locator("#make").click()
    tab.says("There is no sound yet")
    tab.page.set_input_files("#sound input[type=file]", str(spoken_file))
    tab.page.locator("#sound audio, #sound .waveform-container, #sound [data-testid]").first.wait_for()
    tab.page.wait_for_timeout(1000)
    tab.make()
    tab.says("Done:")
    assert tab.job()["request"]["audio"]
    tab.page.get_by_role("tab", name="Captions").click()
    tab.page.get_by_text("There are no captions").wait_for()


def test_the_printed_programs_ask_for_the_same_film(
    visit: Callable[..., Visit], house: House, small_portrait: Path, tmp_path: Path
) -> None:
    tab = visit()
    picture = tmp_path / "portrait.png"
    picture.write_bytes(small_portrait.read_bytes())
    tab.portrait(picture)
    tab.write('Don\'t say "no".')
    _choose(tab, "Voice", "espeak:en-us")
    tab.make()
    tab.says("Done:")
    tab.page.get_by_role("tab", name="As an API call").click()
    asked = {**tab.job()["request"], "portrait": ""}
    code = tab.page.locator("#api-code .cm-content")
    for style, command in (("Python", [sys.executable, "-c"]), ("curl", ["bash", "-c"])):
        if style == "curl":
            tab.page.get_by_label("curl", exact=True).check()
        code.get_by_text("gradio_client" if style == "Python" else "--form-string").first.wait_for()
        program = code.inner_text()
        assert str(house.address) in program
        done = subprocess.run([*command, program], cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        newest = httpx.get(f"{house.address}/api/talks?limit=1", timeout=30).json()["talks"][0]
        assert {**newest["request"], "portrait": ""} == asked


@pytest.mark.parametrize("size", [(390, 844)])
def test_on_a_phone_all_is_within_reach(visit: Callable[..., Visit], size: tuple[int, int]) -> None:
    tab = visit(has_touch=True)
    tab.page.set_viewport_size({"width": size[0], "height": size[1]})
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert tab.page.locator("#make").is_visible()
    assert tab.page.evaluate("document.querySelector('#make').getBoundingClientRect().bottom") <= size[1]
