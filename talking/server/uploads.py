"""Files that askers leave here for a while: portraits and sounds to be named in requests later."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from talking.errors import NotFound
from talking.jobs.job import new_id
from talking.media.content import Content, identify
from talking.server.faults import Refusal
from talking.storage import Storage

FOLDER = "uploads"
KEPT_DAYS = 2
"""Uploads of the day and of so many days before it are there, unless another number is set; older ones are removed."""

IMAGES = {"jpeg": "jpg", "png": "png", "webp": "webp"}
SOUNDS = {"wav": "wav", "mp3": "mp3", "m4a": "m4a", "mp4": "mp4", "mov": "mov", "flac": "flac", "ogg": "ogg",
          "webm": "webm", "aac": "aac"}  # fmt: skip
"""Endings by the kinds of files that are taken: clients look at the ending of the address that they get."""

VIDEOS = {"mp4": "mp4", "mov": "mov", "webm": "webm"}
_ENDINGS = {"image": IMAGES, "audio": SOUNDS, "video": VIDEOS}
_PREFIXES = {"image": "img_", "audio": "aud_", "video": "vid_"}
_SWEPT_DAYS = 30
_COPY = ".wav"
_ID = re.compile(r"[a-z]{3}_[A-Za-z0-9]{8,40}")


@dataclass(frozen=True)
class Upload:
    """An upload by its `id`, with its `key` in the storage."""

    id: str
    key: str


@dataclass(frozen=True)
class Uploads:
    """The uploads in a storage, by owner and day; `kept_days` as KEPT_DAYS."""

    storage: Storage
    kept_days: int = KEPT_DAYS

    def add(self, owner: str, kind: str, data: bytes, *, once: str = "") -> Upload:
        """Keep a file; `kind` is "image", "audio" or "video". What is sent twice under the same name `once` is one
        upload. Raises Refusal for a file of another kind, by its content.
        """
        endings = _ENDINGS[kind]
        content = identify(data)
        if content.kind not in endings:
            raise _unsupported(kind, content)
        id = _PREFIXES[kind] + _same(once, data) if once else new_id(_PREFIXES[kind])
        today, *before = (
            f"{_folder(owner, day, id)}/{kind}.{endings[content.kind]}" for day in _days(0, min(1, self.kept_days))
        )
        if once:  # a call that is repeated after midnight names the same file as before
            for key in before:
                if self.storage.has(key):
                    return Upload(id, key)
        self.storage.write(today, data, lasting=True)
        return Upload(id, today)

    def add_copy(self, upload: Upload, wav: bytes) -> str:
        """Keep the sound of an upload as a WAV beside it; the key of that, which `original` leads back from."""
        key = f"{upload.key}{_COPY}"
        self.storage.write(key, wav, lasting=True)
        return key

    def original(self, key: str) -> str:
        """The key of the upload that is meant by the key of an upload or of a copy of one."""
        stem = key.removesuffix(_COPY)
        return stem if stem.rpartition(".")[2] in SOUNDS.values() else key

    def delete(self, owner: str, kind: str, id: str) -> None:
        """Forget an upload of this owner. Raises NotFound."""
        for day in _days(0, self.kept_days) if _ID.fullmatch(id) else ():
            folder = _folder(owner, day, id)
            if any(self.storage.has(f"{folder}/{kind}.{ending}") for ending in set(_ENDINGS[kind].values())):
                self.storage.delete(folder)
                return
        raise NotFound(f"{kind} not found")

    def sweep(self) -> None:
        """Remove uploads whose time is over."""
        for day in _days(self.kept_days + 1, self.kept_days + _SWEPT_DAYS):
            self.storage.delete(f"{FOLDER}/{day}")


def _same(once: str, data: bytes) -> str:
    return hashlib.sha256(hashlib.sha256(once.encode()).digest() + data).hexdigest()[:32]


def _folder(owner: str, day: str, id: str) -> str:
    return f"{FOLDER}/{day}/{owner or 'open'}/{id}"


def _days(first: int, last: int) -> Iterator[str]:
    """The days that lie so many days back."""
    now = datetime.now(timezone.utc)
    for back in range(first, last + 1):
        yield f"{now - timedelta(days=back):%Y%m%d}"


def _unsupported(kind: str, content: Content) -> Refusal:
    known = sorted(set(_ENDINGS[kind].values()))
    return Refusal(
        415,
        f"This is {content.name}. Send one of: {', '.join(known)}.",
        kind="UnsupportedMimeTypeError",
        details={"received": content.kind or "unknown", "supported": known},
    )
