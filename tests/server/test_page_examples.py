"""What the two hosted services print for their users, sent as it stands but for the hosts, and what they are told.

The pages themselves are run by benchmarks/pages.py, which takes their text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from serving import wait

from talking.server.did_body import Defaults, read_talk

TEXT: dict[str, Any] = {"type": "text", "input": "Hello world!"}
AUDIO = {"type": "audio", "audio_url": "/audio.mp3"}
JENNY = {"type": "microsoft", "voice_id": "en-US-JennyNeural", "voice_config": {"style": "Cheerful"}}
EXPRESSIONS = {"expressions": [{"start_frame": 0, "expression": "happy", "intensity": 1.0}]}

EXAMPLES: dict[str, dict[str, Any]] = {
    "default": {"script": TEXT},
    "webhook": {"script": TEXT, "webhook": "http://127.0.0.1:9/webhook"},
    "stitch": {"script": TEXT, "config": {"stitch": True}},
    "voice": {"script": {**TEXT, "provider": JENNY}},
    "audio": {"script": AUDIO},
    "driver": {"driver_url": "bank://lively/driver-05", "script": TEXT},
    "expressions": {"script": TEXT, "config": {"driver_expressions": EXPRESSIONS}},
}

CREATED = {"id": str, "created_at": str, "created_by": str, "status": str, "object": str}
DONE: dict[str, Any] = {
    "metadata": {
        "driver_url": str, "mouth_open": bool, "num_faces": int, "num_frames": int, "processing_fps": float,
        "resolution": [int, int], "size_kib": float,
    },
    "face": {
        "mask_confidence": int, "detection": [int, int, int, int], "overlap": str, "size": int, "top_left": [int, int],
        "face_id": int, "detect_confidence": float,
    },
    "config": {
        "stitch": bool, "pad_audio": int, "align_driver": bool, "sharpen": bool, "auto_match": bool,
        "normalization_factor": int, "logo": {"url": str, "position": [int, int]}, "motion_factor": int,
        "result_format": str, "fluent": bool, "align_expand_factor": float,
    },
    "audio_url": str, "created_at": str, "source_url": str, "created_by": str, "status": str, "driver_url": str,
    "modified_at": str, "user_id": str, "result_url": str, "id": str, "duration": int, "started_at": str,
}  # fmt: skip
"""The printed answers, key by key, each by its type."""

DEFAULTS = {
    "stitch": False, "pad_audio": 0, "align_driver": True, "sharpen": True, "auto_match": True,
    "normalization_factor": 1, "motion_factor": 1, "result_format": ".mp4", "fluent": False,
    "align_expand_factor": 0.3,
}  # fmt: skip
"""The printed configuration of a talk that asks for none."""

DRIVERS = [
    *(f"natural/driver-{number}" for number in range(1, 9)),
    *(f"lively/driver-{number:02d}" for number in range(1, 7)),
    *(f"subtle/driver-{number:02d}" for number in range(1, 5)),
]


def differences(expected: Any, told: Any, path: str = "") -> Iterator[str]:
    """What is missing, or of another type; a whole number may stand where any may."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            yield from differences(value, told.get(key), f"{path}.{key}")
    elif isinstance(expected, list):
        yield from [f"{path}: {told}"] if not isinstance(told, list) or len(told) != len(expected) else []
        for index, value in enumerate(expected):
            yield from differences(value, told[index], f"{path}.{index}")
    elif type(told) is not expected and not (expected is float and type(told) is int):
        yield f"{path}: {told!r}"


def asked(client: httpx.Client, picture_host: str, name: str) -> dict[str, Any]:
    """The answer to an example, with the hosts of its picture and its sound changed."""
    body: dict[str, Any] = {"source_url": picture_host, **EXAMPLES[name]}
    if body["script"] is AUDIO:
        body["script"] = {**AUDIO, "audio_url": str(httpx.URL(picture_host).join("/audio.mp3"))}
    created = client.post("/talks", json=body)
    assert created.status_code == 201, created.text
    told: dict[str, Any] = created.json()
    return told


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_taken_and_told_of_as_printed(client: httpx.Client, picture_host: str, name: str) -> None:
    told = asked(client, picture_host, name)
    assert not list(differences(CREATED, told)) and set(told) == set(CREATED)
    assert (told["status"], told["object"]) == ("created", "talk")
    assert client.post(f"/api/talks/{told['id']}/cancel").status_code == 200


@pytest.mark.parametrize("name", ["audio", "expressions"])
def test_the_examples_are_made(client: httpx.Client, picture_host: str, name: str) -> None:
    created = asked(client, picture_host, name)
    told = wait(lambda: client.get(f"/talks/{created['id']}").json(), ("done", "error"))
    assert told["status"] == "done", told
    assert not list(differences(DONE, told))
    assert DEFAULTS.items() <= told["config"].items() and told["metadata"]["not_applied"] == []
    shown = told["config"].get("driver_expressions", {}).get("expressions")
    assert shown == (EXPRESSIONS["expressions"] if name == "expressions" else None)
    assert httpx.get(told["result_url"]).headers["content-type"] == "video/mp4"


def test_a_driver_may_stand_in_the_answer_as_its_group(finished_talk: dict[str, Any]) -> None:
    assert not list(differences(DONE, finished_talk))
    assert finished_talk["driver_url"] == "bank://lively/"
    assert finished_talk["metadata"]["driver_url"].startswith("bank://lively/driver-0")


@pytest.mark.parametrize("name", DRIVERS)
def test_the_printed_drivers_are_there(name: str) -> None:
    request = read_talk({"script": {}, "driver_url": f"bank://{name}"}, Defaults("ours.jpg"))
    assert request.options.driver == f"bank://{name}" and request.not_applied == ()
