"""A Postgres server of one's own, in a folder, that can be restarted and crashed."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from rig.places import free_port

_PATIENCE = 30.0


class NoPostgres(Exception):
    """Its programs are not on this machine."""


def programs() -> Path:
    """The folder with initdb and postgres. Raises NoPostgres."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    for place in reversed(places):
        if (place / "initdb").exists():
            return place
    raise NoPostgres("There is no Postgres here: install the package postgresql.")


class Postgres:
    """A server with its data in a temporary folder, as safe as it comes: what it acknowledged is on the disk."""

    def __init__(self) -> None:
        self._programs = programs()
        self._user = _user()
        self._folder = Path(tempfile.mkdtemp(prefix="chaos-postgres-"))
        if self._user:
            os.chown(self._folder, self._user["user"], self._user["group"])
        self.port = free_port()
        self._server: subprocess.Popen[bytes] | None = None
        command = [
            str(self._programs / "initdb"),
            "-D",
            str(self._folder / "data"),
            "-A",
            "trust",
            "-U",
            "talking",
            "-E",
            "UTF8",
        ]
        subprocess.run(command, check=True, capture_output=True, **self._user)

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = ("listen_addresses=127.0.0.1", f"port={self.port}", f"unix_socket_directories={self._folder}")
        options = [word for setting in settings for word in ("-c", setting)]
        command = [str(self._programs / "postgres"), "-D", str(self._folder / "data"), *options]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(command, stdout=log, stderr=log, **self._user)
        until = time.monotonic() + _PATIENCE
        while not self._answers():
            if time.monotonic() > until:
                raise RuntimeError((self._folder / "log").read_text(encoding="utf-8")[-2000:])
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT ends its clients first, SIGQUIT leaves everything as it lies, to be recovered from."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(_PATIENCE)
            self._server = None

    def create(self) -> str:
        """The address of a new, empty database."""
        name = f"chaos_{secrets.token_hex(4)}"
        with psycopg.connect(f"{self._url()}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"{self._url()}/{name}"

    def remove(self) -> None:
        """End it and take its folder away."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _url(self) -> str:
        return f"postgresql://talking@127.0.0.1:{self.port}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(f"{self._url()}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _user() -> dict[str, Any]:
    """As whom to run it: Postgres refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("postgres")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": "/"}
