"""The requests that the two hosted services print for their users, sent as they stand but for the pictures' host."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from serving import wait
from test_talks import PAGE_KEYS

TEXT: dict[str, Any] = {"type": "text", "input": "Hello world!"}
JENNY = {"type": "microsoft", "voice_id": "en-US-JennyNeural", "voice_config": {"style": "Cheerful"}}
EXPRESSIONS = {"expressions": [{"start_frame": 0, "expression": "happy", "intensity": 1.0}]}

EXAMPLES: dict[str, dict[str, Any]] = {
    "default": {"script": TEXT},
    "webhook": {"script": TEXT, "webhook": "http://127.0.0.1:9/webhook"},
    "stitch": {"script": TEXT, "config": {"stitch": True}},
    "voice": {"script": {**TEXT, "provider": JENNY}},
    "driver": {"driver_url": "bank://lively/driver-05", "script": TEXT},
    "expressions": {"script": TEXT, "config": {"driver_expressions": EXPRESSIONS}},
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_taken_and_told_of_with_the_printed_keys(
    client: httpx.Client, picture_host: str, name: str
) -> None:
    created = client.post("/talks", json={"source_url": picture_host, **EXAMPLES[name]})
    assert created.status_code == 201, created.text
    told = created.json()
    assert set(told) == {"id", "created_at", "created_by", "status", "object"}
    assert (told["status"], told["object"]) == ("created", "talk")
    assert client.post(f"/api/talks/{told['id']}/cancel").status_code == 200


def test_the_example_with_expressions_is_made(client: httpx.Client, picture_host: str) -> None:
    created = client.post("/talks", json={"source_url": picture_host, **EXAMPLES["expressions"]}).json()
    told = wait(lambda: client.get(f"/talks/{created['id']}").json(), ("done", "error"))
    assert told["status"] == "done", told
    for part, keys in PAGE_KEYS.items():
        assert keys <= set(told[part] if part else told), part
    shown = told["config"]["driver_expressions"]["expressions"]
    assert shown == [{"start_frame": 0, "expression": "happy", "intensity": 1}]
