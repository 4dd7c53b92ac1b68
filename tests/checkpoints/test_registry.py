"""What is said of checkpoints: complete, consistent, and the same in the documents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from talking.checkpoints import CHECKPOINTS, Checkpoint, folder
from talking.checkpoints.table import as_markdown, size
from talking.engines import ENGINES

ROOT = Path(__file__).parents[2]


def test_the_table_for_people_is_current() -> None:
    text = (ROOT / "checkpoints/README.md").read_text(encoding="utf-8")
    assert as_markdown() in text, "python -m talking.checkpoints prints the table"


@pytest.mark.parametrize("known", CHECKPOINTS.values(), ids=list(CHECKPOINTS))
def test_every_checkpoint_says_whose_it_is_and_what_one_may_do(known: Checkpoint) -> None:
    assert known.slots and all(slot for slot in known.slots)
    assert known.what and known.source and known.homepage.startswith("https://") and known.code and known.weights
    assert known.commercial in ("yes", "no", "unclear")
    assert re.fullmatch(r"([0-9a-f]{40})?", known.revision)
    assert known.own == (known.commercial != "yes")  # what may not be used commercially is never fetched
    for slot in known.slots:
        for file in slot:
            assert re.fullmatch(r"[0-9a-f]{0,64}", file.sha256) and file.bytes >= 0


def test_every_engine_stands_in_the_guide_with_its_licences() -> None:
    guide = (ROOT / "docs/engines.md").read_text(encoding="utf-8")
    for name, card in ENGINES.items():
        row = next(line for line in guide.splitlines() if line.startswith(f"| `{name}` |"))
        allowed = all(CHECKPOINTS[each].commercial == "yes" for each in card.checkpoints)
        assert ("**no**" in row) == (not allowed)
        for each in card.checkpoints:
            if allowed:
                assert CHECKPOINTS[each].weights.removeprefix("CreativeML-") in row


def test_sizes_for_people() -> None:
    assert [size(count) for count in (0, 547, 334_643_276, 5_072_222_488)] == ["", "547 B", "334.6 MB", "5.1 GB"]


def test_the_usual_folder_is_the_one_of_the_source_tree() -> None:
    assert folder._CHECKOUT == ROOT / "checkpoints"
