"""What a request refers to, brought to this machine before work begins: each file once, with its hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from talking import net
from talking.errors import InvalidRequest, NotFound
from talking.jobs.job import STORED as STORED
from talking.media import image
from talking.motion import drivers
from talking.pipeline import Limits
from talking.pipeline.scene import MAX_BACKGROUND_BYTES
from talking.request import Request
from talking.storage import Storage

_UPLOADS = "uploads/"
_DRIVER_BYTES = 100_000_000
_DRIVER_SECONDS = 120.0
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Input:
    """A file that a film was made of: the field of the request that named it, its SHA-256 in hex, and bytes."""

    name: str
    sha256: str
    size: int


def gather(request: Request, storage: Storage, limits: Limits, folder: Path) -> tuple[Request, tuple[Input, ...]]:
    """The request with every upload and web address in it replaced by a file in `folder`, and what these files are.

    Names and what is written out in the request stay as they are. Raises FetchError for addresses, InvalidRequest for
    uploads that are gone, and what the storage raises.
    """
    replaced: dict[str, str] = {}
    inputs: list[Input] = []
    for name, source in references(request):
        file = _brought(name, source, storage, limits, folder / name)
        if file is not None:
            replaced[name] = str(file)
        elif limits.local_files and name in ("portrait", "audio") and _is_file(source):
            file = Path(source)
        if file is not None:
            inputs.append(Input(name, sha256(file), file.stat().st_size))
    return with_files(request, replaced), tuple(inputs)


def sha256(file: Path) -> str:
    """The SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with file.open("rb") as data:
        while block := data.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def references(request: Request) -> Iterator[tuple[str, str]]:
    """The fields that may refer to files, with what they say."""
    yield "portrait", request.portrait
    if request.audio is not None:
        yield "audio", request.audio
    if not drivers.is_bank_name(request.options.driver):  # written like an address ("bank://lively/"), and none
        yield "driver", request.options.driver
    yield "background", request.options.background
    if request.options.logo is not None:
        yield "logo", request.options.logo.url


def _brought(name: str, source: str, storage: Storage, limits: Limits, folder: Path) -> Path | None:
    """The file that an upload or a web address leads to; None when it is neither."""
    if source.startswith(STORED):
        key = source.removeprefix(STORED)
        if not key.startswith(_UPLOADS):
            raise InvalidRequest(f"The {name} refers to something that is no upload. Upload it first.")
        folder.mkdir()
        try:
            return storage.fetch(key, folder / _file_name(key))
        except NotFound as error:
            raise InvalidRequest(f"The upload that was to be the {name} is not there any more. Upload it again.") from (
                error
            )
    if not net.is_url(source):
        return None
    folder.mkdir()
    file = folder / _file_name(source.partition("?")[0].partition("#")[0])
    seconds = _DRIVER_SECONDS if name == "driver" else net.TIMEOUT
    with file.open("wb") as target:
        net.download(source, target, max_bytes=_most(name, limits), timeout=seconds, allow_private=limits.private_urls)
    return file


def _most(name: str, limits: Limits) -> int:
    """Bytes that the pipeline reads of such a file."""
    if name == "driver":
        return _DRIVER_BYTES
    return min(limits.max_bytes, {"audio": limits.max_bytes, "background": MAX_BACKGROUND_BYTES}.get(
        name, image.MAX_BYTES
    ))  # fmt: skip


def _file_name(path: str) -> str:
    """The last part of an address, so that reports call the file as its owner does; nothing in it but plain letters."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", path.rstrip("/").rsplit("/", 1)[-1])[-60:]
    return plain.lstrip(".-") or "file"


def _is_file(source: str) -> bool:
    try:
        return Path(source).is_file()
    except (OSError, ValueError):
        return False


def with_files(request: Request, files: dict[str, str]) -> Request:
    """The request with references by name ("portrait", "logo") replaced by files of this machine."""
    options: dict[str, Any] = {name: files[name] for name in ("driver", "background") if name in files}
    if "logo" in files and request.options.logo is not None:
        options["logo"] = replace(request.options.logo, url=files["logo"])
    plain: dict[str, Any] = {name: files[name] for name in ("portrait", "audio") if name in files}
    return replace(request, **plain, options=replace(request.options, **options))
