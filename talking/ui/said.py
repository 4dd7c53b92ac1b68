"""The page's request as a program that runs as it stands: Python with the Gradio client, or curl."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

API_STYLES = ("Python", "curl")

_FIELDS = ("driver", "background")
_KEY = "YOUR_KEY"

_DATA = """
def data(name):
    kind = mimetypes.guess_type(name)[0]
    return f"data:{kind};base64,{base64.b64encode(pathlib.Path(name).read_bytes()).decode()}"

"""
"""What /generate takes as a file comes as one; other files are written out in the options."""


def api_call(told: Mapping[str, Any], style: str, base: str, *, keyed: bool = False) -> str:
    """The program for a request document with files in it; files are told by their names, to be put beside it. With
    `keyed` it sends a key.
    """
    return _python(told, base, keyed) if style == "Python" else _curl(told, base, keyed)


class _Code(str):
    """Python that is written as it stands, and not as a text."""


def _python(told: Mapping[str, Any], base: str, keyed: bool) -> str:
    """A call of /generate, which takes portrait and sound as files, everything else as words and numbers."""
    options, written_out = _with_data(told.get("options", {}))
    headers = f', headers={{"Authorization": "Bearer {_KEY}"}}' if keyed else ""
    lines = [
        *(["import base64", "import mimetypes", "import pathlib", ""] if written_out else []),
        "from gradio_client import Client, handle_file",
        *([_DATA] if written_out else [""]),
        f"client = Client({_text(base)}{headers})",
        "video, captions, report = client.predict(",
        f"    portrait=handle_file({_text(_name(told['portrait']))}),",
    ]
    if "audio" in told:
        lines.append(f"    audio=handle_file({_text(_name(told['audio']))}),")
    lines += [f"    {name}={_text(told[name])}," for name in ("text", "voice") if name in told]
    if options:
        lines.append(f"    options={_as_python(options)},")
    lines += ['    api_name="/generate",', ")", "print(video)", ""]
    return "\n".join(lines)


def _with_data(options: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The options with calls of `data` in the place of files, and whether there are any."""
    told = dict(options)
    for name in _FIELDS:
        if _is_path(told.get(name)):
            told[name] = _Code(f"data({_text(_name(told[name]))})")
    if isinstance(told.get("logo"), Mapping):
        told["logo"] = {**told["logo"], "url": _Code(f"data({_text(_name(told['logo']['url']))})")}
    found = [*told.values(), *(told.get("logo") or {}).values()]
    return told, any(isinstance(value, _Code) for value in found)


def _curl(told: Mapping[str, Any], base: str, keyed: bool) -> str:
    """A form for POST /api/talks."""
    options = dict(told.get("options", {}))
    files = {name: told[name] for name in ("portrait", "audio") if name in told}
    files |= {name: options.pop(name) for name in _FIELDS if _is_path(options.get(name))}
    if isinstance(options.get("logo"), Mapping):
        files["logo"] = options.pop("logo")["url"]
    parts = [f"-H {_shell(f'Authorization: Bearer {_KEY}')}"] if keyed else []
    parts += [f"-F {_shell(f'{name}=@{_name(path)}')}" for name, path in files.items()]
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


def _as_python(value: Any, indent: str = "    ") -> str:
    """A JSON value as Python writes it."""
    deeper = indent + "    "
    if isinstance(value, _Code):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping) and value:
        inner = "".join(f"{deeper}{_text(name)}: {_as_python(each, deeper)},\n" for name, each in value.items())
        return f"{{\n{inner}{indent}}}"
    if isinstance(value, list | tuple) and value:
        return "[" + ", ".join(_as_python(each, deeper) for each in value) + "]"
    return repr(value)
