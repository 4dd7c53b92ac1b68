"""The schema of a request says what the reader of requests does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from talking.errors import InvalidRequest
from talking.request import Options, options_document, parse_options, parse_request, request_schema

OPTIONS = request_schema()["properties"]["options"]["properties"]
NEEDED = {"intensity": {"start_frame": 0, "expression": "happy"}, "start_frame": {"expression": "happy"}}


def bounds() -> Iterator[Any]:
    """Every number with a range: its name, its range, and how it is put into options."""
    for name, shape in OPTIONS.items():
        if "minimum" in shape:
            yield pytest.param(shape, lambda value, name=name: {name: value}, id=name)
    for name, shape in OPTIONS["knobs"]["properties"].items():
        yield pytest.param(shape, lambda value, name=name: {"knobs": {name: value}}, id=f"knobs.{name}")
    for name in ("start_frame", "intensity"):
        shape = OPTIONS["expressions"]["items"]["properties"][name]
        yield pytest.param(
            shape, lambda value, name=name: {"expressions": [{**NEEDED[name], name: value}]}, id=f"expressions.{name}"
        )
    face, point, _ = OPTIONS["face"]["anyOf"]
    yield pytest.param(face, lambda value: {"face": value}, id="face")
    yield pytest.param(point["items"], lambda value: {"face": [value, 0]}, id="face.x")
    logo = OPTIONS["logo"]["anyOf"][0]["properties"]["position"]
    yield pytest.param(logo["items"], lambda value: {"logo": {"url": "a", "position": [0, value]}}, id="logo.y")


@pytest.mark.parametrize(("shape", "made"), list(bounds()))
def test_ranges_are_those_that_are_taken(shape: dict[str, Any], made: Any) -> None:
    for edge, beyond in ((shape["minimum"], -1), (shape["maximum"], 1)):
        assert parse_options(made(edge)) == parse_options(options_document(parse_options(made(edge))))
        with pytest.raises(InvalidRequest):
            parse_options(made(edge + beyond))


def test_every_field_is_told_with_its_default_and_its_words() -> None:
    assert list(OPTIONS) == list(vars(Options()))
    assert all(shape["description"].endswith(".") for shape in OPTIONS.values())
    told = {name: shape["default"] for name, shape in OPTIONS.items() if "default" in shape}
    assert parse_options(told) == Options()
    for name, shape in OPTIONS.items():
        for word in shape.get("enum", ()):
            assert getattr(parse_options({name: word}), name) == word
        if "enum" in shape:
            with pytest.raises(InvalidRequest):
                parse_options({name: "none of these"})


def test_the_request_has_its_own_fields() -> None:
    schema = request_schema()
    told = {name: shape["default"] for name, shape in schema["properties"].items() if "default" in shape}
    assert parse_request({**told, "portrait": "a.jpg"}).document() == {"portrait": "a.jpg"}
    assert schema["required"] == ["portrait"] and schema["additionalProperties"] is False
    with pytest.raises(InvalidRequest):
        parse_request({"portrait": "a", "user_data": "x" * (schema["properties"]["user_data"]["maxLength"] + 1)})


@pytest.mark.parametrize("odd", [5, "a", {"a": 1}, [1], [None], True])
def test_what_was_not_applied_is_a_list_of_texts(odd: object) -> None:
    with pytest.raises(InvalidRequest, match="not_applied"):
        parse_request({"portrait": "a.jpg", "text": "a", "not_applied": odd})
    assert parse_request({"portrait": "a.jpg", "text": "a", "not_applied": None}).not_applied == ()
