"""An OpenAPI document as one page of HTML, without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; } h3 { margin: 2rem 0 .25rem; font-size: 1.05rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .75rem 1rem; border-radius: .5rem; overflow: auto; }
table { border-collapse: collapse; width: 100%; font-size: 15px; }
td, th { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
td:first-child { white-space: nowrap; }
.verb { display: inline-block; min-width: 4.2rem; font-weight: 700; }
.scroll { overflow-x: auto; }
"""


def page(document: Mapping[str, Any]) -> str:
    """The page."""
    info = document["info"]
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width, initial-scale=1'>",
        f"<title>{escape(info['title'])}: the API</title><style>{_STYLE}</style>",
        f"<h1>{escape(info['title'])}</h1><p>{_prose(info['description'])}</p>",
        "<p>For programs: <a href='openapi.json'><code>openapi.json</code></a>.</p>",
        "<h2>Calls</h2>",
        *(
            part
            for path, calls in document["paths"].items()
            for verb, call in calls.items()
            for part in _call(path, verb, call)
        ),
        "<h2>Objects</h2>",
        *(part for name, schema in sorted(document["components"]["schemas"].items()) for part in _object(name, schema)),
    ]
    return "\n".join(parts) + "\n"


def _call(path: str, verb: str, call: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h3><code><span class=verb>{verb.upper()}</span>{escape(path)}</code></h3>"
    yield f"<p><b>{escape(call['summary'])}.</b> {_prose(call.get('description', ''))}</p>"
    rows = [
        (f"{each['name']} ({each['in']})", _kind(each["schema"]), each.get("description", ""))
        for each in call.get("parameters", ())
    ]
    if rows:
        yield _table(rows)
    for content in call.get("requestBody", {}).get("content", {}).values():
        for example in content.get("examples", {}).values():
            yield f"<p>{escape(example['summary'])}:</p><pre>{_json(example['value'])}</pre>"
    told = [(status, ", ".join(_answer(answer)), answer["description"]) for status, answer in call["responses"].items()]
    yield _table(told)


def _answer(answer: Mapping[str, Any]) -> Iterator[str]:
    for kind, content in answer.get("content", {}).items():
        schema = content.get("schema", {})
        yield _kind(schema) if kind == "application/json" and schema else kind


def _object(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h3 id='{escape(name)}'><code>{escape(name)}</code></h3><p>{_prose(schema.get('description', ''))}</p>"
    yield _table([*_fields(schema)])


def _fields(schema: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str, str]]:
    """All fields of an object, those of objects in it after it."""
    for name, shape in schema.get("properties", {}).items():
        needed = " (required)" if name in schema.get("required", ()) and before == "" else ""
        yield before + name + needed, _kind(shape), shape.get("description", "") + _range(shape)
        if shape.get("properties"):
            yield from _fields(shape, f"{before}{name}.")


def _kind(shape: Mapping[str, Any]) -> str:
    """What a value is, in a few words."""
    if "$ref" in shape:
        return str(shape["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in shape:
        return " or ".join(_kind(each) for each in shape["anyOf"])
    if "enum" in shape:
        return " · ".join(str(each) or "(empty)" for each in shape["enum"])
    kind = shape.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(shape.get('items', {}))}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _range(shape: Mapping[str, Any]) -> str:
    told = f" From {shape['minimum']:,g} to {shape['maximum']:,g}." if {"minimum", "maximum"} <= set(shape) else ""
    if "default" in shape and shape["default"] not in ("", [], None):
        told += f" Default: {json.dumps(shape['default'])}."
    return told


def _table(rows: list[tuple[str, str, str]]) -> str:
    lines = (
        f"<tr><td><code>{escape(name)}</code><td>{escape(kind)}<td>{_prose(text)}</tr>" for name, kind, text in rows
    )
    return f"<div class=scroll><table>{''.join(lines)}</table></div>"


def _json(value: Any) -> str:
    return escape(json.dumps(value, indent=2, ensure_ascii=False))


def _prose(text: str) -> str:
    """Text with `words` for programs set as such."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces))
