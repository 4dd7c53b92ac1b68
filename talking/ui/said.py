"""The page's request as a program that runs as it stands: Python with the Gradio client, or curl."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

API_STYLES = ("Python", "curl")

_FIELDS = ("driver", "background")


def api_call(told: Mapping[str, Any], style: str, base: str) -> str:
    """The program for a request document with files in it; files are told by their names, to be put beside it."""
    return _python(told, base) if style == "Python" else _curl(told, base)


def _python(told: Mapping[str, Any], base: str) -> str:
    """A call of /generate, which takes portrait and sound as files, everything else as words and numbers."""
    lines = [
        "from gradio_client import Client, handle_file",
        "",
        f"client = Client({_text(base)})",
        "video, captions, report = client.predict(",
        f"    portrait=handle_file({_text(_name(told['portrait']))}),",
    ]
    if "audio" in told:
        lines.append(f"    audio=handle_file({_text(_name(told['audio']))}),")
    lines += [f"    {name}={_text(told[name])}," for name in ("text", "voice") if name in told]
    options = told.get("options", {})
    if options:
        shown = json.dumps(options, indent=4, ensure_ascii=False).replace("\n", "\n    ")
        lines.append(f"    options={_as_python(shown)},")
    lines += ['    api_name="/generate",', ")", "print(video)", ""]
    return "\n".join(lines)


def _curl(told: Mapping[str, Any], base: str) -> str:
    """A form for POST /api/talks."""
    options = dict(told.get("options", {}))
    files = {name: told[name] for name in ("portrait", "audio") if name in told}
    files |= {name: options.pop(name) for name in _FIELDS if _is_path(options.get(name))}
    if isinstance(options.get("logo"), Mapping):
        files["logo"] = options.pop("logo")["url"]
    parts = [f"-F {name}=@{_shell(_name(path))}" for name, path in files.items()]
    parts += [f"--form-string {_shell(f'{name}={told[name]}')}" for name in ("text", "voice") if name in told]
    if options:
        parts.append(f"--form-string {_shell('options=' + json.dumps(options, ensure_ascii=False))}")
    return " \\\n  ".join([f"curl {_shell(base + '/api/talks')}", *parts]) + "\n"


def _name(path: str) -> str:
    return PurePath(path).name


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and PurePath(value).is_absolute()


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shell(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


def _as_python(document: str) -> str:
    """JSON as Python writes it; our documents hold true, but neither false nor null."""
    return document.replace(": true", ": True")
