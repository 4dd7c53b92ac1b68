"""Pulls through the hub's own client, from a server of this machine that speaks the hub's protocol."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import COMMITS, Hub, serving

from talking.checkpoints.hub import Bundle, pull
from talking.checkpoints.lock import LOCK, read_lock, verify
from talking.errors import TalkingError, Unavailable, Unknown

WEIGHTS = bytes(range(256)) * 40
CARD = b"# A voice\n\n* License: CC0\n"
BUNDLE = Bundle("test:anna", "somebody/voices", "test/anna", (("anna.onnx",), ("*.json",), ("MODEL_CARD",)))


@pytest.fixture
def hub() -> Iterator[Hub]:
    files = {"anna.onnx": WEIGHTS, "anna.json": b"{}", "MODEL_CARD": CARD, "other.onnx": b"not wanted"}
    with serving(Hub({"somebody/voices": [files]})) as running:
        yield running


def test_a_pull_brings_the_files_and_writes_down_what_they_are(hub: Hub, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    lock = pull(BUNDLE, tmp_path, endpoint=hub.address, progress=lambda *told: seen.append(told))
    place = tmp_path / "test" / "anna"
    assert (place / "anna.onnx").read_bytes() == WEIGHTS
    assert sorted(path.name for path in place.iterdir()) == ["MODEL_CARD", "anna.json", "anna.onnx", LOCK]
    assert (lock.repo, lock.revision, lock.licence) == (
        "somebody/voices",
        COMMITS[0],
        "CC0 (voice); mit (collection)",
    )
    assert lock.files["anna.onnx"].sha256 == hashlib.sha256(WEIGHTS).hexdigest()
    assert lock.files["anna.onnx"].bytes == len(WEIGHTS)
    assert read_lock(place) == lock
    assert json.loads((place / LOCK).read_text())["revision"] == COMMITS[0]
    total = len(WEIGHTS) + 2 + len(CARD)
    assert seen[-1][1:] == (total, total)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    verify(place, lock)


def test_later_pulls_stay_with_the_revision_unless_told(hub: Hub, tmp_path: Path) -> None:
    pull(BUNDLE, tmp_path, endpoint=hub.address)
    newer = hub.repos["somebody/voices"][0] | {"anna.onnx": WEIGHTS[::-1]}
    hub.repos["somebody/voices"].append(newer)
    again = pull(BUNDLE, tmp_path, endpoint=hub.address)
    assert again.revision == COMMITS[0]
    assert (tmp_path / "test/anna/anna.onnx").read_bytes() == WEIGHTS
    updated = pull(BUNDLE, tmp_path, endpoint=hub.address, update=True)
    assert updated.revision == COMMITS[1]
    assert (tmp_path / "test/anna/anna.onnx").read_bytes() == WEIGHTS[::-1]
    verify(tmp_path / "test/anna", updated)


def test_a_pull_mends_what_was_lost(hub: Hub, tmp_path: Path) -> None:
    lock = pull(BUNDLE, tmp_path, endpoint=hub.address)
    (tmp_path / "test/anna/anna.onnx").write_bytes(b"damaged")
    with pytest.raises(Unavailable, match=r"missing or was changed .* `talking voices pull test:anna` again"):
        verify(tmp_path / "test/anna", lock)
    assert pull(BUNDLE, tmp_path, endpoint=hub.address) == lock
    verify(tmp_path / "test/anna", lock)


def test_other_bytes_than_announced_or_known_are_refused(hub: Hub, tmp_path: Path) -> None:
    hub.lie["anna.onnx"] = WEIGHTS[:-1] + b"!"
    with pytest.raises(Unavailable, match="is not what the hub announces, and nothing was installed"):
        pull(BUNDLE, tmp_path, endpoint=hub.address)
    assert read_lock(tmp_path / "test/anna") is None
    hub.lie.clear()
    lock = pull(BUNDLE, tmp_path, endpoint=hub.address)
    hub.repos["somebody/voices"][0]["anna.json"] = b'{"changed": 1}'  # a history that was rewritten
    (tmp_path / "test/anna/anna.json").unlink()
    with pytest.raises(Unavailable, match=r"'anna.json' .* is not what was pulled before"):
        pull(BUNDLE, tmp_path, endpoint=hub.address)
    assert read_lock(tmp_path / "test/anna") == lock


def test_what_the_hub_does_not_have(hub: Hub, tmp_path: Path) -> None:
    for bundle in (
        Bundle("test:bert", "somebody/voices", "test/bert", (("bert.onnx",),)),
        Bundle("test:carl", "nobody/voices", "test/carl", (("carl.onnx",),)),
    ):
        with pytest.raises(Unknown, match=f"The hub has no voice '{bundle.name}'"):
            pull(bundle, tmp_path, endpoint=hub.address)
    pull(BUNDLE, tmp_path, endpoint=hub.address)
    hub.repos["somebody/voices"] = []
    with pytest.raises(Unavailable, match="no longer has the revision"):
        pull(BUNDLE, tmp_path, endpoint=hub.address)


def test_the_second_choice_of_a_slot_serves_when_the_first_is_missing(hub: Hub, tmp_path: Path) -> None:
    bundle = Bundle("test:dora", "somebody/voices", "test/dora", (("small.onnx", "other.onnx"),))
    assert list(pull(bundle, tmp_path, endpoint=hub.address).files) == ["other.onnx"]


def test_without_a_hub_the_command_to_repeat_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(Unavailable, match=r"hub did not answer: .* run `talking voices pull test:anna` again"):
        pull(BUNDLE, tmp_path, endpoint=address)
    assert not (tmp_path / "test").exists()


def test_a_folder_that_cannot_be_written(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TalkingError, match="could not be written"):
        pull(BUNDLE, tmp_path / "file", endpoint=hub.address)


@pytest.mark.parametrize("content", ["", "{}", '{"format": 2, "files": {}}', "[]"])
def test_a_lock_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / LOCK).write_text(content)
    assert read_lock(tmp_path) is None
