"""A user's own video as a driver: what its head, lids, gaze and brows do, tracked once and kept."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from talking.driver.clip import check_kind
from talking.driver.tracking import VERSION, track
from talking.errors import InvalidRequest
from talking.media.source import Source, read
from talking.motion.recording import Recording, load, save
from talking.net import INTERNET, Network, is_url, resolve

__all__ = ["MAX_BYTES", "load_driver"]

logger = logging.getLogger(__name__)

MAX_BYTES = 100_000_000
"""Of a driver's file: a minute from a phone in 1080p."""

FETCH_SECONDS = 120.0
"""For fetching a driver from a web address."""


def load_driver(
    source: Source,
    *,
    cache: Path | None = None,
    allow_private: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    network: Network = INTERNET,
) -> Recording:
    """The performance in a video: `source` is a path, a web address, a `data:` address, base64 text or the bytes.

    With a `cache` folder a clip is tracked once: its recording is kept there under a hash of its bytes. A recording
    that cannot be read is made again, and a folder that cannot be written is done without. `allow_private` admits
    web addresses in private networks. `on_progress(done, expected)` is told how many frames are tracked.

    Raises InvalidRequest when it is not a video, damaged, shorter than half a second or too large, FetchError when it
    cannot be fetched, NoFace, FaceError and FaceTooSmall when the face is not seen or not well enough, Unavailable
    when mediapipe or moviepy cannot be used here. The recording's `notes` say what a user should know.
    """
    name = _name(source)
    fetched = resolve(
        source,
        max_bytes=MAX_BYTES,
        timeout=FETCH_SECONDS,
        allow_private=allow_private,
        accept="video/*, image/gif, */*;q=0.5",
        network=network,
    )
    data = read(fetched, max_bytes=MAX_BYTES, error=InvalidRequest, noun="driver")
    kept = cache / f"{hashlib.sha256(data).hexdigest()}-{VERSION}.npz" if cache else None
    recording = _kept(kept) if kept else None
    if recording is None:
        check_kind(data)
        recording = _tracked(data, name, on_progress or _ignore)
        if kept:
            _keep(recording, kept)
    return replace(recording, name=name)


def _name(source: Source) -> str:
    """What to call the clip: the last part of its path, without the query of an address."""
    if isinstance(source, str) and is_url(source):
        source = source.split("?")[0].split("#")[0].rstrip("/")
    elif not isinstance(source, Path) and (not isinstance(source, str) or source.startswith("data:")):
        return "clip"
    stem = Path(source).stem[:60]
    return "".join(letter for letter in stem if letter.isprintable()) or "clip"


def _tracked(data: bytes, name: str, on_progress: Callable[[int, int], None]) -> Recording:
    """Track a clip in a file of its own: under a name of ours, and one that nobody changes meanwhile."""
    with tempfile.TemporaryDirectory(prefix="talking-") as folder:
        path = Path(folder) / "driver"
        path.write_bytes(data)
        return track(path, name, on_progress)


def _kept(path: Path) -> Recording | None:
    if not path.exists():
        return None
    try:
        return load(path)
    except InvalidRequest:
        logger.warning("a kept recording cannot be read and is made again")
        return None


def _keep(recording: Recording, path: Path) -> None:
    """Save a recording so that nobody ever sees half of one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=path.parent) as folder:
            part = Path(folder) / path.name
            save(recording, part)
            part.replace(path)
    except OSError as error:
        logger.warning("the recording of a driver could not be kept: %s", error)


def _ignore(_done: int, _expected: int) -> None:
    pass
