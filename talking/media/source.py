"""Bytes of what a user hands in: a path, the bytes themselves, or base64 text."""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from pathlib import Path
from typing import TypeAlias

from talking.errors import InvalidRequest

Source: TypeAlias = str | Path | bytes
"""A picture or a sound as the user gives it. A `str` is a path, base64 text, or a `data:` address."""

_MIN_BASE64 = 64
"""Shorter text is taken for a file name: the smallest picture or sound worth reading is longer than 48 bytes."""

_MAX_PATH = 4096
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_DATA_URI = re.compile(r"data:[^,]{0,200},", re.IGNORECASE)
_NON_BLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read(source: Source, *, max_bytes: int, error: type[InvalidRequest], noun: str) -> bytes:
    """The bytes of `source`, at most `max_bytes` of them and at least one.

    A `str` may name a file of this machine: text that strangers send must go through `decode_base64` instead.
    `noun` ("picture") and the `error` type say what was wanted. Raises `error` for anything but an ordinary,
    readable file, bytes or base64 of the right size; never waits for a pipe or a device.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _checked(bytes(source), max_bytes, error, noun)
    if isinstance(source, str):
        if not source.strip():
            raise error(f"No {noun} was given. Name a file, or give its bytes or base64 text.")
        if _URL.match(source):
            raise error(f"Web addresses are not fetched. Download the {noun} first, then give the file.")
        if is_data_address(source) or (not _exists(source) and _is_base64(source)):
            return decode_base64(source, max_bytes=max_bytes, error=error, noun=noun)
    elif not isinstance(source, Path):
        raise error(f"A {noun} is given as a path, as bytes or as base64 text.")
    return _checked(_read_file(source, max_bytes, error, noun), max_bytes, error, noun)


def is_data_address(text: str) -> bool:
    """Whether text is read as a `data:` address, and so never as the name of a file."""
    return _DATA_URI.match(text) is not None


def decode_base64(text: str, *, max_bytes: int, error: type[InvalidRequest], noun: str) -> bytes:
    """The bytes of bare base64 (either alphabet, white space and missing padding allowed) or of a `data:` address.

    The size is checked before anything is decoded. Raises `error`.
    """
    header = _DATA_URI.match(text)
    if header and ";base64" not in header.group().casefold():
        raise error(f"The data address of the {noun} is not base64. Encode it as data:…;base64,….")
    body = "".join(text[header.end() if header else 0 :].split()).rstrip("=")
    _check_size(len(body) * 3 // 4, max_bytes, error, noun)
    plain = body.translate(str.maketrans("-_", "+/"))
    try:
        data = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as cause:
        raise error(f"The base64 text of the {noun} is damaged. Encode the file again.") from cause
    return _checked(data, max_bytes, error, noun)


def _is_base64(text: str) -> bool:
    if len(text) < _MIN_BASE64:
        return False
    return _BASE64.fullmatch("".join(text.split())) is not None


def _exists(path: str) -> bool:
    try:
        return len(path) <= _MAX_PATH and os.path.lexists(path)
    except ValueError:  # a NUL in the name
        return False


def _read_file(path: str | Path, max_bytes: int, error: type[InvalidRequest], noun: str) -> bytes:
    name = _shown(path)
    try:
        # Looked at before it is opened, because opening a device can have effects; and again once open,
        # because the name may mean another file by then. Not blocking, so that no pipe makes us wait.
        _check_ordinary(Path(path).stat(), name, error, noun)
        descriptor = os.open(path, os.O_RDONLY | _NON_BLOCKING)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            _check_ordinary(status, name, error, noun)
            _check_size(status.st_size, max_bytes, error, noun)
            return file.read(max_bytes + 1)
    except PermissionError as cause:
        raise error(f"The file '{name}' may not be read. Change its permissions or give a copy.") from cause
    except (FileNotFoundError, NotADirectoryError, ValueError) as cause:
        raise error(f"There is no file called '{name}'. Check the name and the folder.") from cause
    except OSError as cause:
        raise error(f"The file '{name}' could not be read. Check the name, or give a copy.") from cause


def _check_ordinary(status: os.stat_result, name: str, error: type[InvalidRequest], noun: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise error(f"'{name}' is a folder. Name the {noun} in it.")
    if not stat.S_ISREG(status.st_mode):
        raise error(f"'{name}' is not an ordinary file. Save the {noun} as a file first.")


def _checked(data: bytes, max_bytes: int, error: type[InvalidRequest], noun: str) -> bytes:
    if not data:
        raise error(f"The {noun} is empty (0 bytes). Give another file.")
    _check_size(len(data), max_bytes, error, noun)
    return data


def _check_size(size: int, max_bytes: int, error: type[InvalidRequest], noun: str) -> None:
    if size > max_bytes:
        raise error(f"The {noun} has {_amount(size)}; at most {_amount(max_bytes)} are read. Give a smaller file.")


def _amount(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size} bytes"


def _shown(path: str | Path) -> str:
    """The name as the user typed it, fit for a message: no control characters, no end in sight cut off."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(path))
    return text if len(text) <= 80 else f"{text[:79]}…"
