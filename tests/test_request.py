"""The request document: every key is honoured or refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from talking.errors import InvalidRequest, Unknown
from talking.request import MAX_SEED, Options, parse_options
from talking.settings import Settings


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
        ({"language": None}, "'language' takes text"),
        ({"rate": 10**400}, "'rate' must lie between"),
        ({"rate": True}, "'rate' takes a number"),
        (["seed"], "not a JSON object"),
        ("seed=7", "not a JSON object"),
    ],
)
def test_wrong_values_are_refused_by_name(document: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        parse_options(document)


def test_options_made_in_python_are_checked_alike() -> None:
    assert Options(rate=1).rate == 1.0
    for wrong in ({"pitch": "1"}, {"rate": True}, {"language": None}, {"seed": 1.5}):
        with pytest.raises(InvalidRequest, match="takes"):
            Options(**wrong)  # type: ignore[arg-type]


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_env({"TALKING_PORT": "8000", "TALKING_MAX_SECONDS": "60", "HOME": "/"})
    assert (settings.port, settings.max_seconds, settings.host, settings.space) == (8000, 60.0, "", False)
    assert Settings.from_env({"SPACE_ID": "someone/talking"}).space


def test_all_faulty_settings_are_named_at_once() -> None:
    env = {"TALKING_PORT": "http", "TALKING_LOG_LEVEL": "loud", "TALKING_COLOUR": "red", "TALKING_MAX_SECONDS": "0"}
    with pytest.raises(InvalidRequest) as refusal:
        Settings.from_env(env)
    for name in env:
        assert name in str(refusal.value)
