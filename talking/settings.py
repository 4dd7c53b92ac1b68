"""What an operator may set, read once from the environment and the flags: the only place that looks at it.

Each setting stands here once: its default, what it may be, and what it says. Its variable is TALKING_ and its name, its
flag of `talking serve` the same in small letters with dashes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from talking.errors import InvalidRequest

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("text", "json")

_PREFIX = "TALKING_"
_WEB = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~/-]*)?")
_DATABASES = ("postgresql://", "postgresql+psycopg://", "sqlite:///")
_STORAGES = ("s3://", "file://")
_HASHED = re.compile(r"sha256:[0-9a-f]{64}")
_YES, _NO = ("yes", "true", "1", "on"), ("", "no", "false", "0", "off")
_HUB_YES = ("1", "ON", "YES", "TRUE")  # what the hub's own client takes for yes
_LEAST_SECRET = 32


class _Fault(Exception):
    """What a value must be."""


@dataclass(frozen=True)
class Setting:
    """One setting: its `name` behind TALKING_, the `attribute` of Settings that holds it, what it `says`, and a word
    for its value (`metavar`).
    """

    name: str
    attribute: str
    says: str
    metavar: str
    read: Callable[[str], Any]

    @property
    def variable(self) -> str:
        return _PREFIX + self.name

    @property
    def flag(self) -> str:
        return "--" + self.name.lower().replace("_", "-")


def _number(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise _Fault(f"must be a number from {low:.10g} to {high:.10g}, not '{text}'")
        return value

    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        plain = text.strip()
        if not (plain.isascii() and plain.isdigit()) or not low <= int(plain[:19]) <= high:
            raise _Fault(f"must be a whole number from {low} to {high}, not '{text}'")
        return int(plain)

    return read


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        known = {word.casefold(): word for word in words}
        if text.strip().casefold() not in known:
            raise _Fault(f"must be one of {', '.join(words)}, not '{text}'")
        return known[text.strip().casefold()]

    return read


def _switch(text: str) -> bool:
    word = text.strip().casefold()
    if word not in (*_NO, *_YES):
        raise _Fault(f"must be yes or no, not '{text}'")
    return word in _YES


def _folder(text: str) -> Path | None:
    return Path(text).expanduser() if text.strip() else None


def _device(text: str) -> str:
    word = text.strip().casefold()
    if not re.fullmatch(r"auto|cpu|mps|cuda(:[0-9]{1,2})?", word):
        raise _Fault(f"must be auto, cpu, mps, cuda or one such as cuda:1, not '{text}'")
    return word


def _data(text: str) -> Path:
    return _folder(text) or Path("data")


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(text.replace(",", " ").split())
    if any(key.startswith("sha256:") and not _HASHED.fullmatch(key) for key in keys):
        raise _Fault("holds a key that begins with sha256: and does not go on with 64 digits of 0-9 and a-f")
    return keys


def _web(text: str) -> str:
    address = text.strip().rstrip("/")
    if address and not _WEB.fullmatch(address):
        raise _Fault("must be an address such as https://talking.example.org")
    return address


def _database(text: str) -> str:
    address = text.strip()
    if address and not address.startswith(_DATABASES):  # it is not shown: there may be a password in it
        raise _Fault("must be an address such as postgresql://user:password@host/name")
    return address


def _storage(text: str) -> str:
    place = text.strip()
    if "://" in place and not place.startswith(_STORAGES):  # it is not shown: there may be a password in it
        raise _Fault("must be a folder, or an address such as s3://bucket/films")
    return place


def _secret(text: str) -> str:
    if text and len(text) < _LEAST_SECRET:
        raise _Fault(f"must have {_LEAST_SECRET} characters or more, drawn by chance")
    return text


def _of(read: Callable[[str], Any], says: str, metavar: str, name: str = "") -> dict[str, Any]:
    return {"read": read, "says": says, "metavar": metavar, "name": name}


@dataclass(frozen=True)
class Settings:
    """The settings of a serving process; what each says is written beside it.

    An empty `host` means loopback, or what a Space asks for; a `cache` of None is none, `voices` and `checkpoints`
    of None are the usual folders; an empty `public_url` takes what callers name; an empty `database_url` and
    `storage_url` lie in `data`, and an empty `secret` is kept there. `space` is true on Hugging Face Spaces. `hub` is
    where voices and checkpoints are pulled from, empty for the public one (HF_ENDPOINT), and `offline` that nothing is
    pulled (HF_HUB_OFFLINE): the names that the hub's own programs know.
    """

    host: str = field(
        default="", metadata=_of(str.strip, "where to listen; others than this machine need keys", "ADDRESS")
    )
    port: int = field(default=7860, metadata=_of(_whole(0, 65_535), "0 for any that is free", "NUMBER"))
    max_seconds: float = field(default=3600.0, metadata=_of(_number(1, 3600), "the longest film", "SECONDS"))
    max_megabytes: float = field(
        default=50.0, metadata=_of(_number(0.1, 2000), "the largest file of a caller", "MEGABYTES")
    )
    log_level: str = field(default="INFO", metadata=_of(_one_of(LOG_LEVELS), "how much is logged", "LEVEL"))
    cache: Path | None = field(
        default=None, metadata=_of(_folder, "keeps speech and drivers that are used again; empty for nothing", "DIR")
    )
    voices: Path | None = field(default=None, metadata=_of(_folder, "where pulled voices are", "DIR"))
    checkpoints: Path | None = field(
        default=None, metadata=_of(_folder, "where the weights of neural engines are", "DIR")
    )
    device: str = field(
        default="auto", metadata=_of(_device, "where networks run: auto, cpu, mps, cuda or cuda:1", "DEVICE")
    )
    engine: str = field(
        default="auto", metadata=_of(str.strip, "engine of requests that name none; auto takes the best", "ENGINE")
    )
    private_urls: bool = field(
        default=False,
        metadata=_of(
            _switch, "whether addresses of callers may lead into private networks", "YES|NO", name="ALLOW_PRIVATE_URLS"
        ),
    )
    allow_noncommercial: bool = field(
        default=False, metadata=_of(_switch, "whether models for non-commercial use only may be used", "YES|NO")
    )
    allow_pulls: bool = field(
        default=True, metadata=_of(_switch, "whether callers may have weights of engines fetched", "YES|NO")
    )
    space: bool = False
    hub: str = ""
    offline: bool = False
    api_keys: tuple[str, ...] = field(
        default=(), metadata=_of(_keys, "keys of callers; others can read flags, so set the variable", "KEYS")
    )
    data: Path = field(default=Path("data"), metadata=_of(_data, "folder for jobs, films and the secret", "DIR"))
    public_url: str = field(
        default="", metadata=_of(_web, "under which callers reach the server, if not as they say", "URL")
    )
    log_format: str = field(default="text", metadata=_of(_one_of(LOG_FORMATS), "text or json", "FORMAT"))
    max_waiting: int = field(
        default=1000, metadata=_of(_whole(1, 1_000_000), "films in the queue, above which callers get 429", "NUMBER")
    )
    database_url: str = field(default="", metadata=_of(_database, "a Postgres that machines share", "URL"))
    storage_url: str = field(default="", metadata=_of(_storage, "a bucket that machines share", "URL"))
    secret: str = field(default="", metadata=_of(_secret, "signs links and webhooks, the same on all machines", "TEXT"))
    workers: int = field(default=1, metadata=_of(_whole(0, 64), "workers beside the server", "NUMBER"))
    worker_nice: int = field(
        default=10, metadata=_of(_whole(0, 19), "how far workers beside the server step back for it", "NUMBER")
    )
    deadline_seconds: float = field(
        default=3600.0, metadata=_of(_number(1, 604_800), "how long a job may take, the wait included", "SECONDS")
    )
    keep_days: float = field(
        default=7.0, metadata=_of(_number(0.001, 36_500), "how long finished jobs are kept", "DAYS")
    )
    upload_days: int = field(default=2, metadata=_of(_whole(0, 365), "how many whole days uploads are kept", "DAYS"))
    link_hours: float = field(default=24.0, metadata=_of(_number(0.01, 8760), "how long links to files work", "HOURS"))
    max_attempts: int = field(
        default=3, metadata=_of(_whole(1, 20), "how many workers a job may cost before it is given up", "NUMBER")
    )
    chunk_seconds: float = field(
        default=20.0,
        metadata=_of(
            _number(0, 600), "long films are shared between workers in chunks of so much; 0 for never", "SECONDS"
        ),
    )
    processes: int = field(
        default=0, metadata=_of(_whole(0, 64), "that each worker draws with; 0 for what suits the machine", "NUMBER")
    )
    did_max_seconds: float = field(
        default=600.0, metadata=_of(_number(1, 3600), "the longest film of D-ID's calls", "SECONDS")
    )
    mirako_max_seconds: float = field(
        default=60.0, metadata=_of(_number(1, 3600), "the longest sound of Mirako's call", "SECONDS")
    )
    mirako_min_side: int = field(
        default=512, metadata=_of(_whole(64, 8192), "the shortest side of its pictures", "PIXELS")
    )
    mirako_max_side: int = field(default=1920, metadata=_of(_whole(64, 8192), "their longest side", "PIXELS"))
    mirako_max_short_side: int = field(
        default=1080, metadata=_of(_whole(64, 8192), "the most for the shorter of their two sides", "PIXELS")
    )

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None, flags: Mapping[str, str] | None = None) -> Settings:
        """The settings in the environment and, over them, in `flags` by the setting's name ("MAX_SECONDS").

        Without TALKING_CACHE the user's folder for caches is taken; set but empty, nothing is kept.

        Raises InvalidRequest that names every fault at once, among them TALKING_ variables that do not exist.
        """
        env = os.environ if environment is None else environment
        values: dict[str, Any] = {"space": "SPACE_ID" in env, "cache": _usual_cache(env)}
        values |= {"hub": env.get("HF_ENDPOINT", "").strip().rstrip("/")}
        values |= {"offline": env.get("HF_HUB_OFFLINE", "").strip().upper() in _HUB_YES}
        faults: list[str] = []
        for each in SETTINGS:
            flag = (flags or {}).get(each.name)
            text, where = (env.get(each.variable), each.variable) if flag is None else (flag, each.flag)
            if text is None:
                continue
            try:
                values[each.attribute] = each.read(text)
            except _Fault as fault:
                faults.append(f"{where} {fault}")
        known = {each.variable for each in SETTINGS}
        faults += [f"{name} does not exist" for name in sorted(env) if name.startswith(_PREFIX) and name not in known]
        found = cls(**values)
        if not found.mirako_min_side <= found.mirako_max_short_side <= found.mirako_max_side:
            faults.append(
                "TALKING_MIRAKO_MIN_SIDE, TALKING_MIRAKO_MAX_SHORT_SIDE and TALKING_MIRAKO_MAX_SIDE must not fall"
            )
        if faults:
            raise InvalidRequest("These settings cannot be used: " + "; ".join(faults) + ".")
        return found


def _settings() -> tuple[Setting, ...]:
    said = [(each.name, each.metadata) for each in fields(Settings) if each.metadata]
    return tuple(
        Setting(told["name"] or attribute.upper(), attribute, told["says"], told["metavar"], told["read"])
        for attribute, told in said
    )


SETTINGS = _settings()
"""All settings."""


def _usual_cache(env: Mapping[str, str]) -> Path | None:
    caches = env.get("XDG_CACHE_HOME")
    try:
        return (Path(caches) if caches else Path.home() / ".cache") / "talking"
    except RuntimeError:  # a user without a home
        return None
