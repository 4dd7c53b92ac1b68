"""The registry as tables in Markdown, for people who want to know whose weights these are before they fetch them."""

from __future__ import annotations

from talking.checkpoints.registry import CHECKPOINTS, Checkpoint


def as_markdown() -> str:
    """All checkpoints: what they are, their files, licences, and whether commercial use is allowed."""
    lines = [
        "| checkpoint | what it is | files | licence of code / of weights | commercial use |",
        "| --- | --- | --- | --- | --- |",
        *(_row(each) for each in CHECKPOINTS.values()),
    ]
    return "\n".join(lines)


def size(count: int) -> str:
    """Bytes for people: "334.6 MB"; empty for 0, which means unknown."""
    if not count:
        return ""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count} B"


def _row(each: Checkpoint) -> str:
    name = f"[`{each.name}`]({each.homepage})"
    files = "; ".join(" or ".join(f"`{file.path}`" for file in slot) for slot in each.slots)
    known = size(each.bytes)
    where = f"{each.repo}: {files}" if each.repo else f"bring your own: {files}"
    return (
        f"| {name} | {each.what} | {where}{f', {known}' if known else ''} | {each.code} / {each.weights} "
        f"| {each.commercial}: {each.source} |"
    )
