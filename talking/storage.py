"""Where films and uploads are kept: a folder of this machine, or a bucket that all machines share."""

from __future__ import annotations

import errno
import io
import logging
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from talking.errors import InvalidRequest, NotFound, OutputError, Unavailable

logger = logging.getLogger(__name__)

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,127}){1,4}")
"""What a stored file may be called: folders and a name, which can never lead out of the storage."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_AWAY = "The storage cannot be reached now. Try again in a while."
_FULL = "There is no room in the storage. Free some space there, then try again."
_UNKNOWN = "There is no such file here, or no longer."


class Storage:
    """Files by key. A key either holds a whole file or nothing: readers never see a part of one.

    `url` is the path of a local folder, which is made when it is first written to, or the address of a bucket
    ("s3://bucket/prefix"; its credentials and endpoint are those that the AWS tools find). Raises InvalidRequest when
    there is no such kind of storage, and Unavailable when what speaks to it is not installed.
    """

    def __init__(self, url: str) -> None:
        import fsspec

        try:
            self._fs, self._root = fsspec.core.url_to_fs(url, skip_instance_cache=True)
        except ImportError as error:
            kind = url.split(":", 1)[0]
            raise Unavailable(f"Storage on {kind}:// needs a package more: pip install 'talking[s3]'.") from error
        except ValueError as error:
            raise InvalidRequest("The storage is a folder, or an address like s3://bucket/films.") from error
        self.local = type(self._fs).__name__ == "LocalFileSystem"

    def put(self, file: Path, key: str) -> str:
        """Keep a copy of `file` under `key`, in the place of what was there; returns the key.

        Raises OutputError when there is no room, Unavailable when the storage is away.
        """
        place = self._place(key)
        with _told_plainly():
            if self.local:
                with file.open("rb") as source:
                    _keep_whole(source, Path(place))
            else:
                self._fs.put_file(str(file), place)
        return key

    def write(self, key: str, data: bytes, *, lasting: bool = False) -> None:
        """Keep `data` under `key`, which nobody reads before it is there whole; a crash of the machine may lose it,
        unless it is to be `lasting`. Raises what `put` raises.
        """
        place = self._place(key)
        with _told_plainly():
            if self.local:
                _keep_whole(io.BytesIO(data), Path(place), lasting=lasting)
            else:
                self._fs.pipe_file(place, data)

    def read(self, key: str) -> bytes | None:
        """What is under `key`, None when there is nothing. Raises Unavailable."""
        try:
            with _told_plainly():
                return bytes(self._fs.cat_file(self._place(key)))
        except NotFound:
            return None

    def open(self, key: str) -> BinaryIO:
        """The file under `key` to read from, seekable. Raises NotFound and Unavailable."""
        with _told_plainly():
            return cast(BinaryIO, self._fs.open(self._place(key), "rb"))

    def fetch(self, key: str, file: Path) -> Path:
        """Copy what is under `key` to the local `file`; returns it. Raises NotFound and Unavailable."""
        with self.open(key) as source, _told_plainly(), file.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        return file

    def size(self, key: str) -> int:
        """Bytes under `key`. Raises NotFound and Unavailable."""
        with _told_plainly():
            return int(self._fs.size(self._place(key)))

    def has(self, key: str) -> bool:
        """Whether there is something under `key`."""
        with _told_plainly():
            self._fs.invalidate_cache()
            return bool(self._fs.isfile(self._place(key)))

    def delete(self, prefix: str) -> None:
        """Forget the file `prefix`, or all whose keys begin with it and a slash. What is not there is fine."""
        place = self._place(prefix)
        with _told_plainly():
            if self.local:
                target = Path(place)
                if not target.is_dir():
                    target.unlink(missing_ok=True)
                    return
                shutil.rmtree(target)
                if "/" in prefix.strip("/"):
                    with suppress(OSError):  # others may still lie there
                        target.parent.rmdir()
                return
            self._fs.invalidate_cache()
            if self._fs.exists(place):
                self._fs.rm(place, recursive=True)

    def place(self, key: str) -> Path | None:
        """Where a file under `key` would lie on this machine; None when the storage is elsewhere."""
        return Path(self._place(key)) if self.local else None

    def path(self, key: str) -> Path | None:
        """Where the file lies on this machine; None when the storage is elsewhere. Raises NotFound."""
        if not self.local:
            return None
        place = Path(self._place(key))
        if not place.is_file():
            raise NotFound(_UNKNOWN)
        return place

    def url(self, key: str, *, seconds: int = 3600) -> str | None:
        """An address of the storage's own that gives the file to anybody for `seconds`; None when it makes none."""
        if self.local:
            return None
        with _told_plainly():
            return str(self._fs.sign(self._place(key), expiration=seconds))

    def _place(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise NotFound(_UNKNOWN)
        return f"{self._root}/{key}"


def _keep_whole(source: BinaryIO, place: Path, *, lasting: bool = True) -> None:
    """Copy under another name, see it onto the disk when it shall last, then move it into its place."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            if lasting:
                target.flush()
                os.fsync(target.fileno())
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """What a file system says, in words that hold no path. Clients of buckets raise errors of many kinds."""
    try:
        yield
    except (NotFound, OutputError, Unavailable):
        raise
    except FileNotFoundError as error:
        raise NotFound(_UNKNOWN) from error
    except Exception as error:
        logger.warning("the storage failed: %r", error)
        if _code(error) in _NO_ROOM:
            raise OutputError(_FULL) from error
        raise Unavailable(_AWAY) from error


def _code(error: Any) -> int:
    return int(getattr(error, "errno", 0) or 0)
