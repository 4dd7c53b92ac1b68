"""One thing that was looked at, and how it is told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

State: TypeAlias = Literal["ok", "note", "fail"]
_SIGNS = {"ok": "ok  ", "note": "note", "fail": "FAIL"}


@dataclass(frozen=True)
class Finding:
    """`name` of what was looked at; `state` "ok", "note" for what works with something to know, "fail" for what is
    needed and does not; `says` a sentence with what to do; `facts` for programs, JSON-safe.
    """

    name: str
    state: State
    says: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def as_json(findings: Sequence[Finding]) -> str:
    """A document with all findings, and whether everything that is needed works."""
    return json.dumps(
        {"ok": healthy(findings), "findings": [asdict(each) for each in findings]}, indent=2, ensure_ascii=False
    )


def as_table(findings: Sequence[Finding]) -> str:
    """A line for each, and a last one that sums up."""
    failed = [each.name for each in findings if each.state == "fail"]
    end = f"Does not work: {', '.join(failed)}." if failed else "All that is needed works."
    return "\n".join([*(f"{_SIGNS[each.state]} {each.name:<10} {each.says}" for each in findings), end])


def healthy(findings: Sequence[Finding]) -> bool:
    """Whether nothing failed."""
    return all(each.state != "fail" for each in findings)
