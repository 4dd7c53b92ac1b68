"""Several files of one commit at once, each continued where it stopped; the progress of all as one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talking.checkpoints.lock import OnBytes

AT_ONCE = 4
"""Files that are fetched at the same time."""


@dataclass(frozen=True)
class Fetched:
    """A file to fetch: its `path` in the repo, its size in `bytes`, None when the hub does not tell."""

    path: str
    bytes: int | None


class _Stopped(Exception):
    """Another file failed, or the person who waits has had enough."""


class _Progress:
    """Bytes of all files together, told from several threads, and the way to stop them."""

    def __init__(self, total: int, tell: OnBytes | None) -> None:
        self._total, self._tell, self._done = total, tell, 0
        self._lock = threading.Lock()
        self.stopped = False

    def add(self, name: str, count: int) -> None:
        if self.stopped:
            raise _Stopped
        with self._lock:
            self._done += count
            if self._tell is not None:
                self._tell(name, min(self._done, self._total), self._total)


def fetch(
    repo: str, revision: str, files: Sequence[Fetched], staging: Path, endpoint: str | None, tell: OnBytes | None
) -> None:
    """Fetch the files of a commit into `staging`; what an earlier attempt left there unfinished is continued.

    Raises what the hub's client and the disk raise, and what `tell` raises; then nothing goes on in the background.
    """
    progress = _Progress(sum(file.bytes or 0 for file in files), tell)
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="pull") as pool:
        jobs = [pool.submit(_one, repo, revision, file, staging, endpoint, progress) for file in files]
        try:
            done, _ = wait(jobs, return_when=FIRST_EXCEPTION)
            first = next((error for error in map(_error, done) if error is not None), None)
            if first is not None:
                raise first
        finally:
            progress.stopped = True
            for job in jobs:
                job.cancel()


def _error(job: Future[None]) -> BaseException | None:
    """What a finished file failed with, unless another one is to blame."""
    error = None if job.cancelled() else job.exception()
    return None if isinstance(error, _Stopped) else error


def _one(repo: str, revision: str, file: Fetched, staging: Path, endpoint: str | None, progress: _Progress) -> None:
    # The client's own download throws away what it has when it is stopped; the function below it can be continued.
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get

    whole = staging / file.path
    if whole.is_file():
        progress.add(file.path, file.bytes or 0)
        return
    part = whole.with_name(f"{whole.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("ab") as out:
        have = out.tell()
        if file.bytes is not None and have > file.bytes:
            out.truncate(0)
            have = 0
        progress.add(file.path, have)
        http_get(
            hf_hub_url(repo, file.path, revision=revision, endpoint=endpoint or None),
            out,
            resume_size=have,
            headers={"User-Agent": "talking"},
            expected_size=file.bytes,
            tqdm_class=_bar(file.path, progress),
        )
    part.replace(whole)


def _bar(name: str, progress: _Progress) -> Any:
    """A progress bar of the client that draws nothing and tells `progress`."""
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{**options, "disable": True})  # type: ignore[no-untyped-call]

        def update(self, n: float | None = 1) -> None:
            progress.add(name, int(n or 0))

    return Bar
