"""What a request may ask for here, and where it may look for what it names."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from talking import net
from talking.engines import Means
from talking.errors import InvalidRequest
from talking.media import audio
from talking.media.source import Source, is_data_address

OnProgress: TypeAlias = Callable[[str, int, int], None]
"""Called with a stage ("portrait", "driver", "speech", "motion", "film", "quality"), what is done and how much there
is in all, 0 when unknown; it may raise to stop."""


@dataclass(frozen=True)
class Limits:
    """`max_seconds` of video; `max_bytes` of each file, and of a picture as far as the intake takes that many.

    `local_files` whether text may name files of this machine: never for requests of strangers. `private_urls` whether
    web addresses may lead into private networks. `cache` a folder for speech and drivers that are used again, None
    for none; `voices` the one with pulled voices, None for the usual one; `inbox` a folder whose files may be named
    even by strangers: what was put there for them. `checkpoints` is the folder with weights, None for the usual one;
    `device` where networks run; `engine` what "auto" stands for; `processes` as in Means.
    """

    max_seconds: float = 3600.0
    max_bytes: int = audio.MAX_BYTES
    local_files: bool = True
    private_urls: bool = False
    cache: Path | None = None
    voices: Path | None = None
    allow_noncommercial: bool = False
    inbox: Path | None = None
    checkpoints: Path | None = None
    device: str = "auto"
    engine: str = "auto"
    processes: int = 0

    @property
    def means(self) -> Means:
        """What engines have to work with."""
        return Means(self.checkpoints, self.device, self.allow_noncommercial, self.engine, self.processes)

    def shortened(self, seconds: float | None) -> Limits:
        """The limits for a video of at most so many seconds, where that is less."""
        return self if seconds is None else replace(self, max_seconds=min(seconds, self.max_seconds))

    def check(self, source: Source, noun: str) -> None:
        """Refuse text that may be the name of a file, where that is not allowed; a `noun` ("logo") names it."""
        if not isinstance(source, str) or self.local_files or net.is_url(source) or is_data_address(source):
            return
        if self.inbox is None or not _lies_in(source, self.inbox):
            raise InvalidRequest(f"The {noun} must be a web address here, not '{source[:40]}'.")

    def opened(self, source: Source, noun: str, *, max_bytes: int | None = None) -> Source:
        """What `source` refers to: the bytes behind a web address, anything else as it is.

        Raises FetchError, and what `check` raises.
        """
        self.check(source, noun)
        return net.resolve(
            source, max_bytes=min(self.max_bytes, max_bytes or self.max_bytes), allow_private=self.private_urls
        )


def keeping(limits: Limits) -> tuple[Limits, tuple[str, ...]]:
    """The limits, without a cache that cannot be written to, and the note on that."""
    if limits.cache is None:
        return limits, ()
    try:
        limits.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=limits.cache):
            return limits, ()
    except OSError:
        note = "Nothing was kept for the next time: the cache is no folder that can be written to."
        return replace(limits, cache=None), (note,)


def _lies_in(name: str, folder: Path) -> bool:
    try:
        return Path(name).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # no name that a file can have
        return False
