"""What the form means: documents, and back; the report as a drawing; the request as a program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from talking.errors import InvalidRequest
from talking.request import parse_request
from talking.ui import words
from talking.ui.filled import filled, preset_of
from talking.ui.form import PRESETS, Form, Missing, document, read, split
from talking.ui.said import api_call
from talking.ui.shown import report_html

PLAIN = Form(
    portrait="/cache/maya.jpg", face=0, tab="text", text="Hi.", language="", voice="auto", captions="files", sound=None,
    transcript="", reduce_noise=False, driver="auto", own_driver=None, expressions=(), mouth=1, head=1, blink=1, gaze=1,
    breathing=1, expression=1, rate=1, pitch=0, pad=0, frame="whole", shape="source", background="keep",
    colour="#115e59", background_file=None, logo=None, result_format="mp4", sharpen=False, seed=0, engine="auto",
)  # fmt: skip
FULL = PLAIN._replace(
    face=1, language="de", captions="soft", own_driver="/cache/me.mp4", rate=1.2, pitch=-2, pad=1.5, frame="face",
    expressions=({"second": 0.4, "expression": "happy", "intensity": 0.7},), shape="9:16", background="colour",
    colour="rgba(17.4, 94, 89, 1)", logo="/cache/logo.png", result_format="webm", sharpen=True, seed=7, engine="mesh",
    **PRESETS["lively"],
)  # fmt: skip
SPOKEN = PLAIN._replace(
    tab="audio", text="", sound="/cache/hi.wav", transcript="He said: true.", reduce_noise=True,
    driver="lively/driver-03", background="file", background_file="/cache/sea.mp4", mouth=0.5,
)  # fmt: skip


def test_a_form_left_as_it_is_asks_for_nothing_special() -> None:
    assert document(PLAIN) == {"portrait": "/cache/maya.jpg", "text": "Hi."}


@pytest.mark.parametrize("form", [PLAIN, FULL, SPOKEN])
def test_a_stored_request_fills_the_form_that_it_came_from(form: Form) -> None:
    plain, files = split(document(read(form)), form)
    named = {name: f"upload:{name}" for name in files}
    told = {**plain, **{name: path for name, path in named.items() if name in ("portrait", "audio")}}
    told["options"] = {**plain.get("options", {}), **{n: p for n, p in named.items() if n in ("driver", "background")}}
    if "logo" in named:
        told["options"]["logo"] = {"url": named["logo"]}
    stored = json.loads(json.dumps(parse_request(told).document()))
    again = filled(stored, files)
    assert document(again) == document(form)
    assert (again.tab, again.frame, again.background) == (form.tab, form.frame, form.background)
    assert preset_of(again) == {0: "natural", 1: "lively", 2: None}[[PLAIN, FULL, SPOKEN].index(form)]


def test_colours_of_the_browser_are_written_as_six_digits() -> None:
    assert document(FULL)["options"]["background"] == "#115e59"


@pytest.mark.parametrize(
    "change",
    [
        {"text": ["Hi."]}, {"text": "x" * 200_001}, {"seed": 1e300}, {"face": float("nan")}, {"head": "much"},
        {"expressions": "happy"}, {"expressions": [7]}, {"expressions": [{"second": -1}]}, {"voice": {}}, {"pad": True},
    ],
)  # fmt: skip
def test_what_no_page_sends_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match=r"\.$"):
        document(read(PLAIN._replace(**change)))


def test_what_is_missing_is_told_by_its_place() -> None:
    for form, key in (
        (PLAIN._replace(portrait=None), "need_portrait"),
        (PLAIN._replace(text=" \n"), "need_words"),
        (PLAIN._replace(tab="audio"), "need_sound"),
    ):
        with pytest.raises(Missing) as missing:
            document(form)
        assert missing.value.key == key
        assert key in words.table()["en"]
    with pytest.raises(InvalidRequest, match="sent something"):
        read(PLAIN[:-1])


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("form", [PLAIN, FULL, SPOKEN])
def test_programs_hold_no_path_and_nothing_but_python(form: Form, keyed: bool) -> None:
    told = document(form)
    python, curl = (api_call(told, style, "https://example.org", keyed=keyed) for style in ("Python", "curl"))
    compile(python, "program", "exec")
    for program in (python, curl):
        assert "/cache/" not in program
        assert ("YOUR_KEY" in program) is keyed
        assert "maya.jpg" in program
    if form is SPOKEN:
        assert '"transcript": "He said: true."' in python
        assert '"reduce_noise": True' in python


def test_a_report_is_a_table_and_a_drawing_of_each_part() -> None:
    told = words.table()["de"]
    track = {"fps": 25.0, "opening": [0.1, 0.2, None, 0.3, 0.1] * 15, "loudness": [0.0, 0.5, 0.2, 0.1, 0.0] * 15}
    quality = {
        "values": {"av_corr": 0.81, "clipping": 0.1, "pitch_std": 2.0}, "grades": {"av_corr": 1.0, "clipping": 0.1},
        "tracks": [{**track, "start": 0.0}, {**track, "start": 40.0}],
    }  # fmt: skip
    shown = report_html({"quality": quality}, told)
    assert shown.count("<tr>") == 3 and "0.81" in shown
    assert told["verdict_bad"] in shown and told["figure_clipping"] in shown
    assert shown.count("<path") == 2 and ">0 s<" in shown and ">41 s<" in shown
    assert "nan" not in shown and "None" not in shown
    assert told["no_quality"] in report_html({}, told)
    assert report_html({"quality": {**quality, "tracks": []}}, told).count("<svg") == 0


def test_paths_of_files_come_back_by_their_field() -> None:
    assert filled({"portrait": "upload:a", "text": "Hi."}, {"portrait": Path("/x/a.jpg")}).portrait == "/x/a.jpg"
    assert filled({"portrait": "https://example.org/a.jpg", "audio": "https://example.org/a.wav"}, {}).tab == "audio"
