"""Where a run takes place: its folder, and the environment of its processes, by which they are found again."""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

_MARK = "CHAOS_RUN"


@dataclass(frozen=True)
class Place:
    """The folder of a run. `database` and `storage` addresses, empty for those in `data`; `mark` is in the environment
    of all processes of the service.
    """

    folder: Path
    database: str = ""
    storage: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    data_folder: Path | None = None
    mark: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def data(self) -> Path:
        return self.data_folder or self.folder / "data"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def environment(self) -> dict[str, str]:
        """Of every process of the service."""
        self.temporary.mkdir(parents=True, exist_ok=True)
        mine = {
            _MARK: self.mark,
            "TMPDIR": str(self.temporary),
            "GRADIO_TEMP_DIR": str(self.folder / "gradio"),
            "GRADIO_ANALYTICS_ENABLED": "False",
            "OMP_NUM_THREADS": "1",
            "TALKING_WORKER_NICE": "0",
            "TALKING_MIRAKO_MIN_SIDE": "128",
            "TALKING_CACHE": str(self.folder / "cache"),
            "TALKING_ALLOW_PRIVATE_URLS": "yes",
            "TALKING_LOG_FORMAT": "json",
            **dict(self.extra),
        }
        if self.database:
            mine["TALKING_DATABASE_URL"] = self.database
        if self.storage:
            mine["TALKING_STORAGE_URL"] = self.storage
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TALKING_")}
        return {**kept, **mine}

    def processes(self) -> dict[int, str]:
        """All processes of this run that live, zombies not among them: what each runs, by its id."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if f"{_MARK}={self.mark}".encode() not in (entry / "environ").read_bytes().split(b"\0"):
                    continue
                if (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    continue
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (OSError, IndexError):  # it went meanwhile
                continue
        return found


def new_place(folder: Path | None = None) -> Path:
    """A folder for a run: the one that is named, else a temporary one."""
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
