"""What an operator may set, read once from the environment: the only place that looks at it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from talking.errors import InvalidRequest

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("text", "json")

_NAMES = (
    "HOST",
    "PORT",
    "MAX_SECONDS",
    "MAX_MEGABYTES",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "CACHE",
    "VOICES",
    "ALLOW_PRIVATE_URLS",
    "ALLOW_NONCOMMERCIAL",
    "API_KEYS",
    "DATA",
    "PUBLIC_URL",
    "MAX_WAITING",
    "DATABASE_URL",
    "STORAGE_URL",
)
_WEB = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~/-]*)?")
_DATABASES = ("postgresql://", "postgresql+psycopg://", "sqlite:///")
_YES, _NO = ("yes", "true", "1", "on"), ("", "no", "false", "0", "off")


@dataclass(frozen=True)
class Settings:
    """The settings of a serving process.

    `host` and `port` of the page; an empty host means loopback, or what a Space asks for; `max_seconds` of a video;
    `max_megabytes` of an upload; `log_level` one of LOG_LEVELS, `log_format` of LOG_FORMATS;
    `cache` the folder for speech and drivers that are used again, None for none; `voices` the folder with pulled
    voices, None for the usual one; `private_urls` whether web addresses in requests may lead into private networks;
    `allow_noncommercial` whether models may be used that are for non-commercial use only; `space` true on
    Hugging Face Spaces. Of the service: `api_keys`, each as it is or as "sha256:" and its digest; `data` the folder
    with jobs and films; `public_url` under which it is reached from outside, without a slash at the end, empty to take
    what callers name; `max_waiting` films in the queue, above which no more are taken in;
    `database_url` of the jobs and `storage_url` of films and uploads, empty to keep them in `data`.
    """

    host: str = ""
    port: int = 7860
    max_seconds: float = 3600.0
    max_megabytes: float = 50.0
    log_level: str = "INFO"
    cache: Path | None = None
    voices: Path | None = None
    private_urls: bool = False
    allow_noncommercial: bool = False
    space: bool = False
    api_keys: tuple[str, ...] = ()
    data: Path = Path("data")
    public_url: str = ""
    log_format: str = "text"
    max_waiting: int = 1000
    database_url: str = ""
    storage_url: str = ""

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings in TALKING_HOST, TALKING_PORT and so on, as _NAMES lists them.

        Without TALKING_CACHE the user's folder for caches is taken; set but empty, nothing is kept.

        Raises InvalidRequest that names every fault at once, among them TALKING_ variables that do not exist.
        """
        env = os.environ if environment is None else environment
        faults: list[str] = []
        port = _number(env, "PORT", cls.port, 1, 65_535, faults)
        seconds = _number(env, "MAX_SECONDS", cls.max_seconds, 1, 3600, faults)
        megabytes = _number(env, "MAX_MEGABYTES", cls.max_megabytes, 0.1, 2000, faults)
        waiting = _number(env, "MAX_WAITING", cls.max_waiting, 1, 1_000_000, faults)
        level = env.get("TALKING_LOG_LEVEL", cls.log_level).upper()
        if level not in LOG_LEVELS:
            faults.append(f"TALKING_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, not '{level}'")
        form = env.get("TALKING_LOG_FORMAT", cls.log_format).strip().lower()
        if form not in LOG_FORMATS:
            faults.append(f"TALKING_LOG_FORMAT must be one of {', '.join(LOG_FORMATS)}, not '{form}'")
        private, noncommercial = (_switch(env, name, faults) for name in ("ALLOW_PRIVATE_URLS", "ALLOW_NONCOMMERCIAL"))
        public = env.get("TALKING_PUBLIC_URL", "").strip().rstrip("/")
        if public and not _WEB.fullmatch(public):
            faults.append("TALKING_PUBLIC_URL must be an address such as https://talking.example.org")
        database = env.get("TALKING_DATABASE_URL", "").strip()
        if database and not database.startswith(_DATABASES):  # it is not shown: there may be a password in it
            faults.append("TALKING_DATABASE_URL must be an address such as postgresql://user:password@host/name")
        known = {f"TALKING_{name}" for name in _NAMES}
        faults += [
            f"{name} does not exist" for name in sorted(env) if name.startswith("TALKING_") and name not in known
        ]
        if faults:
            raise InvalidRequest("These settings cannot be used: " + "; ".join(faults) + ".")
        return cls(
            env.get("TALKING_HOST", ""), int(port), seconds, megabytes, level, _cache(env),
            _folder(env.get("TALKING_VOICES", "")), private, noncommercial, "SPACE_ID" in env,
            tuple(env.get("TALKING_API_KEYS", "").replace(",", " ").split()),
            _folder(env.get("TALKING_DATA", "")) or cls.data, public, form, int(waiting),
            database, env.get("TALKING_STORAGE_URL", "").strip(),
        )  # fmt: skip


def _switch(env: Mapping[str, str], name: str, faults: list[str]) -> bool:
    word = env.get(f"TALKING_{name}", "").strip().lower()
    if word not in (*_NO, *_YES):
        faults.append(f"TALKING_{name} must be yes or no, not '{word}'")
    return word in _YES


def _folder(text: str) -> Path | None:
    return Path(text).expanduser() if text.strip() else None


def _cache(env: Mapping[str, str]) -> Path | None:
    folder = env.get("TALKING_CACHE")
    if folder is not None:
        return _folder(folder)
    caches = env.get("XDG_CACHE_HOME")
    try:
        return (Path(caches) if caches else Path.home() / ".cache") / "talking"
    except RuntimeError:  # a user without a home
        return None


def _number(env: Mapping[str, str], name: str, default: float, low: float, high: float, faults: list[str]) -> float:
    """The number in TALKING_`name`; a fault is added when it is none or out of range."""
    text = env.get(f"TALKING_{name}")
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        faults.append(f"TALKING_{name} must be a number from {low:g} to {high:g}, not '{text}'")
        return default
    return value
