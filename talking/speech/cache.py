"""Speech that was made before: kept on disk by what was asked for, so that the same words cost nothing twice."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import time
import zipfile
import zlib
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path
from typing import IO

import numpy as np

from talking.errors import InvalidRequest
from talking.speech.voice import CACHED, Provider, Voice
from talking.types import Mark, Speech

logger = logging.getLogger(__name__)

MAX_BYTES = 1_000_000_000
"""What a cache holds at most unless told otherwise: about three hours of speech at 24,000 Hz."""

_FORMAT = 1
_ABANDONED_SECONDS = 3600
"""After this a half-written file belongs to nobody any more."""

_UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)
"""What a file that is damaged, half gone or not ours raises when it is read."""


class Store:
    """A folder of speech, one `.npz` for each: the samples and, as JSON, the rest. Nothing in it is ever executed.

    Files appear whole or not at all, and those used longest ago make room for new ones once the folder holds more
    than `max_bytes`. Threads and processes may share it. Raises InvalidRequest when `folder` is a file.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        if folder.exists() and not folder.is_dir():
            raise InvalidRequest(f"The cache '{folder}' is a file and not a folder: name another.")
        self._folder = folder
        self._max_bytes = max_bytes

    def get(self, key: str) -> Speech | None:
        """The speech under a key; None when there is none. A damaged one is removed."""
        path = self._path(key)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
                speech = _speech(content["samples"], content["rest"].tobytes(), key)
            os.utime(path)  # used now: the last to make room
        except FileNotFoundError:
            return None
        except _UNREADABLE as error:
            logger.warning("a damaged file of the speech cache is made anew: %s", type(error).__name__)
            _remove(path)
            return None
        return speech

    def put(self, key: str, speech: Speech) -> bool:
        """Keep a speech; False when that is not possible, which is no reason to fail."""
        rest = {
            "format": _FORMAT,
            "key": key,
            "rate": speech.rate,
            "marks": [asdict(mark) for mark in speech.marks],
            "text": speech.text,
            "language": speech.language,
            "notes": speech.notes,
        }
        if speech.samples.nbytes > self._max_bytes:
            return False
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
                _write(file, speech, json.dumps(rest).encode(), path)
            self._make_room()
        except OSError as error:
            logger.warning("the speech could not be kept: %s", error)
            return False
        return True

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.npz"

    def _make_room(self) -> None:
        files = []
        for path in self._folder.glob("??/*"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # another process was faster
            if path.suffix == ".part" and status.st_mtime < time.time() - _ABANDONED_SECONDS:
                _remove(path)
            elif path.suffix == ".npz":
                files.append((status.st_mtime_ns, status.st_size, path))
        held = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if held <= self._max_bytes:
                return
            _remove(path)
            held -= size


class Cached:
    """A provider whose speech is kept in a `Store`. What comes out of it carries the note CACHED."""

    def __init__(self, inner: Provider, store: Store) -> None:
        self._inner = inner
        self._store = store
        self.network = inner.network

    def voices(self) -> tuple[Voice, ...]:
        return self._inner.voices()

    def refresh(self) -> None:
        self._inner.refresh()

    def find(self, name: str) -> Voice | None:
        return self._inner.find(name)

    def reachable(self) -> bool:
        return self._inner.reachable()

    def trouble(self) -> str:
        return self._inner.trouble()

    def version(self, voice: Voice) -> str:
        return self._inner.version(voice)

    def synthesize(self, text: str, voice: Voice, *, rate: float, pitch: float, style: str | None) -> Speech:
        """As the provider itself; it is asked only for what was never asked before."""
        asked = (_FORMAT, _version(), voice.provider, self.version(voice), voice.id, text, rate, pitch, style)
        key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        kept = self._store.get(key)
        if kept is not None:
            return replace(kept, notes=(*kept.notes, CACHED))
        speech = self._inner.synthesize(text, voice, rate=rate, pitch=pitch, style=style)
        self._store.put(key, speech)
        return speech


def _version() -> str:
    """Ours, because levels, speeds and marks are made here."""
    try:
        return metadata.version("talking")
    except metadata.PackageNotFoundError:
        return ""


def _speech(samples: np.ndarray[tuple[int], np.dtype[np.float32]], rest: bytes, key: str) -> Speech:
    """Raises ValueError, KeyError or TypeError when the two are not what `put` wrote."""
    told = json.loads(rest)
    if told["format"] != _FORMAT or told["key"] != key or samples.dtype != np.float32 or samples.ndim != 1:
        raise ValueError("not what was kept under this key")
    marks = tuple(Mark(**mark) for mark in told["marks"])
    return Speech(samples, int(told["rate"]), marks, told["text"], told["language"], tuple(told["notes"]))


def _write(file: IO[bytes], speech: Speech, rest: bytes, path: Path) -> None:
    """Fill the file and put it in its place; nothing is left of it when that fails."""
    try:
        np.savez(file, samples=speech.samples, rest=np.frombuffer(rest, np.uint8))
        file.close()
        Path(file.name).replace(path)
    except BaseException:
        _remove(Path(file.name))
        raise


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        logger.warning("a file of the speech cache cannot be removed: %s", error)
