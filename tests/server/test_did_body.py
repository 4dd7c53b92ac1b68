"""Bodies of D-ID's POST /talks as real clients send them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import did_fields
import pytest

from talking.request import parse_request
from talking.server.did_body import Defaults, ValidationError, read_talk

HERE = Path(__file__).parent
DEFAULTS = Defaults("ours.jpg")


@pytest.mark.parametrize("row", did_fields.ROWS, ids=lambda row: row.field)
def test_every_field_is_honoured_or_told(row: Any) -> None:
    request = read_talk(row.sent, DEFAULTS)
    assert row.give(request), request.document()


@pytest.mark.parametrize("row", did_fields.ROWS, ids=lambda row: row.field)
def test_the_proof_of_each_field_exists(row: Any) -> None:
    name, _, function = row.proof.partition("::")
    text = (HERE.parent / name).read_text(encoding="utf-8")
    assert f"def {function}(" in text if function else "def test_" in text


def test_the_page_lists_the_fields_as_they_are() -> None:
    assert (HERE.parents[1] / "docs/did-fields.md").read_text(encoding="utf-8") == did_fields.page()


def test_the_least_body_speaks_with_what_is_there() -> None:
    request = read_talk({"script": {}}, DEFAULTS)
    assert (request.portrait, request.options.stitch, request.options.sharpen) == ("ours.jpg", False, True)
    assert request.text


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ([], "body"),
        ({}, "body.script"),
        ({"script": "Hello"}, "body.script"),
        ({"script": {"type": "video"}}, "body.script.type"),
        ({"script": {"input": "Hi"}}, "body.script.input"),
        ({"script": {"input": "   "}}, "body.script.input"),
        ({"script": {"input": "x" * 10_001}}, "body.script.input"),
        ({"script": {"type": "audio"}}, "body.script.audio_url"),
        ({"script": {"input": "Hello", "ssml": "perhaps"}}, "body.script.ssml"),
        ({"script": {"input": "Hello", "provider": {"type": "nobody"}}}, "body.script.provider"),
        ({"script": {}, "config": {"pad_audio": "long"}}, "body.config.pad_audio"),
        ({"script": {}, "config": {"pad_audio": 61}}, "body.config.pad_audio"),
        ({"script": {}, "config": {"result_format": "avi"}}, "body.config.result_format"),
        ({"script": {}, "config": {"stitch": {}}}, "body.config.stitch"),
        ({"script": {}, "config": {"logo": {"url": "https://a/b.png", "position": [1]}}}, "body.config.logo.position"),
        (
            {"script": {}, "config": {"driver_expressions": {"expressions": [{"expression": "bored"}]}}},
            "body.config.driver_expressions.expressions.0.expression",
        ),
        (
            {"script": {}, "config": {"driver_expressions": {"expressions": "happy"}}},
            "body.config.driver_expressions.expressions",
        ),
        ({"script": {}, "user_data": " "}, "body.user_data"),
        ({"script": {}, "user_data": "x" * 1001}, "body.user_data"),
        ({"script": {}, "webhook": "ftp://example.org"}, "body.webhook"),
        ({"script": {}, "source_url": ["a"]}, "body.source_url"),
        ({"script": {}, "face": {"top_left": 3}}, "body.face.top_left"),
        ({"script": {}, "config": [1]}, "body.config"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_path(body: Any, path: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read_talk(body, DEFAULTS)
    assert path in refusal.value.faults
    assert refusal.value.faults[path] in str(refusal.value)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ValidationError) as refusal:
        read_talk({"script": {"input": "x"}, "config": {"pad_audio": "a", "fluent": 5}, "user_data": " "}, DEFAULTS)
    assert len(refusal.value.faults) == 4


def test_a_sentence_ends_once() -> None:
    with pytest.raises(ValidationError) as refusal:
        read_talk({"script": {"input": "Hello", "provider": {"type": "nobody"}}}, DEFAULTS)
    assert not str(refusal.value).endswith("..")


@pytest.mark.parametrize(
    ("face", "told"),
    [({"size": 90}, "face.size"), ({"detection": {"left": 10, "top": 20}}, "face.detection"), ({"size": 0}, "")],
)
def test_half_a_face_is_told(face: Any, told: str) -> None:
    request = read_talk({"script": {}, "face": face}, DEFAULTS)
    assert request.options.face is None
    assert [entry.partition(":")[0] for entry in request.not_applied] == [told] * bool(told)


def test_a_face_is_picked_by_numbers_as_text() -> None:
    box = {"left": "10", "right": "30", "top": 0, "bottom": 40.0}
    assert read_talk({"script": {}, "face": {"detection": box}}, DEFAULTS).options.face == (20, 20)


def test_a_request_that_was_read_travels_on() -> None:
    body = did_fields.config(logo={"url": "https://example.org/l.png"}, driver_expressions=did_fields.CUES)
    request = read_talk(body, DEFAULTS)
    assert parse_request(request.document()) == request
