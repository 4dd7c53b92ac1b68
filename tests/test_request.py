"""The request document: every key is honoured or refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from talking.errors import InvalidRequest, Unknown
from talking.request import MAX_SEED, Logo, Options, Request, options_document, parse_options, parse_request
from talking.settings import Settings
from talking.types import ExpressionCue, Knobs


def test_a_missing_document_means_the_defaults() -> None:
    assert parse_options(None) == parse_options({}) == Options()


def test_values_arrive() -> None:
    options = parse_options({"seed": 7, "engine": "mesh", "rate": 1, "pitch": -2.5, "language": "de", "style": "sad"})
    assert options == Options(seed=7, engine="mesh", rate=1.0, pitch=-2.5, language="de", style="sad")


def test_an_unknown_key_is_refused_with_near_matches() -> None:
    with pytest.raises(Unknown, match=r"no option called 'sed'\. Did you mean seed"):
        parse_options({"sed": 7})


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"seed": "7"}, "'seed' takes a whole number"),
        ({"seed": True}, "'seed' takes a whole number"),
        ({"seed": 1.5}, "'seed' takes a whole number"),
        ({"seed": -1}, "'seed' must lie between 0"),
        ({"seed": MAX_SEED + 1}, "'seed' must lie between 0"),
        ({"rate": "fast"}, "'rate' takes a number"),
        ({"rate": 9}, "'rate' must lie between 0.5 and 2"),
        ({"rate": float("nan")}, "'rate' must lie between 0.5 and 2"),
        ({"pitch": float("inf")}, "'pitch' must lie between -7 and 7"),
        ({"language": 7}, "'language' takes text"),
        ({"rate": 10**400}, "'rate' must lie between"),
        ({"rate": True}, "'rate' takes a number"),
        ({"fluent": "true"}, "'fluent' takes true or false"),
        ({"fluent": 1}, "'fluent' takes true or false"),
        ({"motion_factor": 2.1}, "'motion_factor' must lie between 0 and 2"),
        ({"pad_audio": 61}, "'pad_audio' must lie between 0 and 60"),
        ({"aspect": "4:3"}, "'aspect' is one of source, 16:9, 9:16, 1:1, not '4:3'"),
        ({"captions": "loud"}, "'captions' is one of files, soft, burnt"),
        ({"result_format": ".avi"}, "'result_format' is one of mp4, mov, webm, gif"),
        ({"output_resolution": 640.0}, "'output_resolution' takes a whole number"),
        ({"loudness": 0}, "'loudness' must lie between -40 and -8"),
        ({"expressions": "happy"}, "'expressions' takes a list"),
        ({"expressions": [{"expression": "happy"}]}, "'expressions' lacks a field"),
        ({"expressions": [{"start_frame": 0, "expression": "hapy"}]}, "Did you mean happy"),
        (
            {"expressions": [{"start_frame": -1, "expression": "happy"}]},
            r"'expressions\.start_frame' must lie between 0",
        ),
        ({"expressions": [{"start_frame": 0, "expression": "happy", "intensity": 1.1}]}, "between 0 and 1"),
        (
            {"expressions": [{"start_frame": 0, "expression": "happy", "size": 1}]},
            "field in 'expressions' called 'size'",
        ),
        ({"knobs": {"mouth": 3}}, r"'knobs\.mouth' must lie between 0 and 2"),
        ({"knobs": {"mouht": 1}}, "Did you mean mouth"),
        ({"knobs": 1}, "'knobs' takes an object with mouth, head"),
        ({"logo": {"position": [0, 0]}}, "'logo' lacks a field"),
        ({"logo": {"url": " "}}, r"'logo\.url' is empty"),
        ({"logo": {"url": "x.png", "position": [0]}}, "takes two numbers"),
        ({"logo": {"url": "x.png", "position": [0, float("nan")]}}, "must lie between"),
        ({"face": -1}, "'face' must lie between 0"),
        ({"face": True}, "'face' takes a number, 0 for the first face, or a point"),
        ({"face": [1, 2, 3]}, "takes two numbers"),
        ({"min_quality": 2}, "'min_quality' must lie between 0 and 1"),
        (["seed"], "not a JSON object"),
        ("seed=7", "not a JSON object"),
    ],
)
def test_wrong_values_are_refused_by_name(document: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        parse_options(document)


FULL: dict[str, Any] = {
    "seed": 7,
    "driver": "lively/driver-03",
    "expressions": [
        {"start_frame": 0, "expression": "serious", "intensity": 0.5},
        {"start_frame": 40, "expression": "happy", "intensity": 1.0},
    ],
    "knobs": {"mouth": 1.0, "head": 0.5, "blink": 1.0, "gaze": 1.0, "breathing": 1.0, "expression": 2.0},
    "face": [120.0, 88.5],
    "stitch": False,
    "output_resolution": 640,
    "logo": {"url": "logo.png", "position": [-10, 12]},
    "background": "#1e90ff",
    "loudness": -16.0,
}


def test_structured_values_arrive_and_leave_as_the_same_document() -> None:
    options = parse_options({**FULL, "expressions": FULL["expressions"][::-1]})
    assert options.expressions == (ExpressionCue(0, "serious", 0.5), ExpressionCue(40, "happy", 1.0))
    assert (options.knobs, options.face) == (Knobs(head=0.5, expression=2.0), (120.0, 88.5))
    assert options.logo == Logo("logo.png", (-10, 12))
    document = options_document(options)
    assert json.loads(json.dumps(document)) == FULL
    assert parse_options(document) == options
    assert options_document(Options()) == {}


def test_a_request_travels_as_json() -> None:
    request = Request(
        "https://example.org/me.jpg", text="Hello!", options=parse_options(FULL), user_data="order 7", persist=True,
        not_applied=("config.show_watermark: there is none",),
    )  # fmt: skip
    document = json.loads(json.dumps(request.document()))
    assert document["options"] == FULL
    assert parse_request(document) == request
    assert Request("me.jpg", text="").document() == {"portrait": "me.jpg", "text": ""}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "lacks a portrait"),
        ([], "not a JSON object"),
        ({"portrait": "a.jpg", "txt": "Hi"}, "no field called 'txt'.*Did you mean text"),
        ({"portrait": "a.jpg", "text": 5}, "'text' takes text"),
        ({"portrait": "a.jpg", "persist": "yes"}, "'persist' takes true or false"),
        ({"portrait": "a.jpg", "user_data": "x" * 1001}, "at most 1,000"),
        ({"portrait": "a.jpg", "options": {"sed": 1}}, "Did you mean seed"),
    ],
)
def test_a_wrong_request_is_refused_by_name(document: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        parse_request(document)


def test_options_made_in_python_are_checked_alike() -> None:
    assert Options(rate=1).rate == 1.0
    for wrong in ({"pitch": "1"}, {"rate": True}, {"language": 7}, {"seed": 1.5}):
        with pytest.raises(InvalidRequest, match="takes"):
            Options(**wrong)  # type: ignore[arg-type]


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_env({"TALKING_PORT": "8000", "TALKING_MAX_SECONDS": "60", "HOME": "/"})
    assert (settings.port, settings.max_seconds, settings.host, settings.space) == (8000, 60.0, "", False)
    assert Settings.from_env({"SPACE_ID": "someone/talking"}).space
    assert not settings.private_urls
    assert Settings.from_env({"TALKING_ALLOW_PRIVATE_URLS": "yes"}).private_urls


def test_the_cache_has_a_place_of_its_own_unless_it_is_turned_off() -> None:
    assert Settings.from_env({"TALKING_CACHE": "/somewhere"}).cache == Path("/somewhere")
    assert Settings.from_env({"TALKING_CACHE": ""}).cache is None
    assert Settings.from_env({"XDG_CACHE_HOME": "/caches"}).cache == Path("/caches/talking")
    usual = Settings.from_env({}).cache
    assert usual is not None and usual.name == "talking"


def test_all_faulty_settings_are_named_at_once() -> None:
    env = {"TALKING_PORT": "http", "TALKING_LOG_LEVEL": "loud", "TALKING_COLOUR": "red", "TALKING_MAX_SECONDS": "0"}
    env["TALKING_ALLOW_PRIVATE_URLS"] = "perhaps"
    flags = {"KEEP_DAYS": "nan", "SECRET": "too short", "WORKERS": "1.5"}
    with pytest.raises(InvalidRequest) as refusal:
        Settings.from_env(env, flags)
    for name in (*env, "--keep-days", "--secret must have 32", "--workers must be a whole number"):
        assert name in str(refusal.value)
    assert "too short" not in str(refusal.value)


def test_a_flag_wins_over_its_variable() -> None:
    found = Settings.from_env({"TALKING_DID_MAX_SECONDS": "90", "TALKING_KEEP_DAYS": "2"}, {"KEEP_DAYS": "0.5"})
    assert (found.did_max_seconds, found.keep_days) == (90.0, 0.5)
    assert Settings.from_env({"TALKING_PORT": "oops"}, {"PORT": "0"}).port == 0


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="MIRAKO_MIN_SIDE"):
        Settings.from_env({"TALKING_MIRAKO_MIN_SIDE": "2000"})
