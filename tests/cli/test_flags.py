"""The flags of `talking generate`: each option of a request can be set, and what is wrong is named."""

from __future__ import annotations

import argparse
import json
from dataclasses import fields
from pathlib import Path

import pytest

from talking.cli.flags import add_flags, read_flags
from talking.errors import InvalidRequest, Unknown
from talking.request import Logo, Options
from talking.types import ExpressionCue, Knobs


def read(*words: str) -> Options:
    command = argparse.ArgumentParser()
    add_flags(command)
    return read_flags(command.parse_args(words))


def test_nothing_said_means_the_defaults() -> None:
    assert read() == Options()


EVERY = {
    "engine": "--engine mesh",
    "seed": "--seed 7",
    "language": "--language de",
    "ssml": "--ssml",
    "rate": "--rate 1.5",
    "pitch": "--pitch -2",
    "style": "--style sad",
    "transcript": "--transcript Hello",
    "reduce_noise": "--reduce-noise",
    "pad_audio": "--pad-audio 2",
    "loudness": "--loudness -16",
    "driver": "--driver lively/driver-03",
    "motion_factor": "--motion-factor 0.5",
    "align_driver": "--no-align-driver",
    "auto_match": "--no-auto-match",
    "normalization_factor": "--normalization-factor 0.5",
    "fluent": "--fluent",
    "expressions": "--expression 0:happy",
    "transition_frames": "--transition-frames 5",
    "knobs": "--knob head=0.5",
    "tuning": "--tuning steps=30",
    "face": "--face 1",
    "stitch": "--no-stitch",
    "align_expand_factor": "--align-expand-factor 0.5",
    "aspect": "--aspect 9:16",
    "output_resolution": "--output-resolution 640",
    "sharpen": "--sharpen",
    "logo": "--logo logo.png",
    "background": "--background #1e90ff",
    "result_format": "--result-format webm",
    "mute": "--mute",
    "captions": "--captions burnt",
    "min_quality": "--min-quality 0.5",
}


def test_there_is_a_flag_for_every_option() -> None:
    assert set(EVERY) == {field.name for field in fields(Options)}


@pytest.mark.parametrize("name", EVERY)
def test_a_flag_sets_its_option_and_no_other(name: str) -> None:
    options = read(*EVERY[name].split())
    changed = {
        field.name for field in fields(Options) if getattr(options, field.name) != getattr(Options(), field.name)
    }
    assert changed == {name}


def test_structured_flags() -> None:
    words = "--expression 40:happy:0.7 --expression 0:serious --knob head=0 --knob mouth=1.2 --face 320,180.5"
    options = read(*words.split(), "--logo", "logo.png", "--logo-position=-10,12")
    assert options.expressions == (ExpressionCue(0, "serious"), ExpressionCue(40, "happy", 0.7))
    assert options.knobs == Knobs(head=0.0, mouth=1.2)
    assert (options.face, options.logo) == ((320.0, 180.5), Logo("logo.png", (-10, 12)))


def test_a_document_is_read_from_text_or_file_and_flags_win(tmp_path: Path) -> None:
    document = {"seed": 3, "rate": 1.2, "knobs": {"gaze": 0}}
    assert read("--options", json.dumps(document)) == Options(seed=3, rate=1.2, knobs=Knobs(gaze=0.0))
    (tmp_path / "options.json").write_text(json.dumps(document))
    assert read("--options", str(tmp_path / "options.json"), "--seed", "9").seed == 9


@pytest.mark.parametrize(
    ("words", "kind", "message"),
    [
        ("--expression happy", InvalidRequest, "write it like 25:happy:0.7"),
        ("--expression 0:hapy", Unknown, "Did you mean happy"),
        ("--expression 0:happy:very", InvalidRequest, "no expression"),
        ("--knob head", InvalidRequest, "write it like head=0.5"),
        ("--knob hed=1", Unknown, "Did you mean head"),
        ("--knob head=3", InvalidRequest, "between 0 and 2"),
        ("--face left", InvalidRequest, "--face takes"),
        ("--face 1,2,3", InvalidRequest, "two numbers"),
        ("--logo-position 1,2", InvalidRequest, "no logo"),
        ("--options nowhere.json", InvalidRequest, "'nowhere.json' could not be read"),
        ("--options {seed:1}", InvalidRequest, "not a JSON document"),
    ],
)
def test_wrong_flags_are_named(words: str, kind: type[InvalidRequest], message: str) -> None:
    with pytest.raises(kind, match=message):
        read(*words.split())


def test_options_that_are_no_object_or_say_a_thing_twice_are_refused() -> None:
    for text in ("[1]", "7", '"seed"'):
        with pytest.raises(InvalidRequest, match="not a JSON object"):
            read("--options", text)
    with pytest.raises(InvalidRequest, match="'seed' twice"):
        read("--options", '{"seed": 1, "seed": 2}')
    with pytest.raises(InvalidRequest, match="'head' twice"):
        read("--options", '{"knobs": {"head": 1, "head": 2}}')


def test_null_means_the_default() -> None:
    document = json.dumps(dict.fromkeys(field.name for field in fields(Options)))
    assert read("--options", document) == Options()
